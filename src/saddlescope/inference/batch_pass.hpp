// The pass of a whole mini-batch, put together from those of its blocks. Internal to inference/.
#pragma once

#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {

// The shapes of a pass over N samples; matrices that have them keep their memory.
template <class T>
void shape_pass(const Architecture& net, Index N, NetworkPass<T>& pass);

// Columns first, first + 1, .. of `pass` become those of `part`.
template <class T>
void copy_columns(const NetworkPass<T>& part, Index first, NetworkPass<T>& pass);

}  // namespace saddlescope
