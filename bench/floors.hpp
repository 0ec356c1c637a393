// The floor of each kernel: the matrix products that no algorithm of its kind can do without, run
// as plain DGEMMs at the kernel's shapes and on its number of threads, on buffers that are already
// there (assembly excepted). What a kernel adds (allocation, copies, small solves, loops that are
// no products) is what its ratio to the floor shows.
//
// m columns of data, layer l is n_l x n_{l-1}, p_l = n_l n_{l-1}, d = n_L.
//
//   gradient   loss: the passes z_l = A_l z_{l-1} (all l) and e_{l-1} = A_l' e_l (l >= 2) and the
//              outer products e_l z_{l-1}' (all l): (6 p - 2 p_1) m flops.
//              energy: the same, but the prediction is P_1 x with P_l = P_{l+1} A_l, because the
//              activities at equilibrium need the errors first; and S = sum of P_l P_l'.
//              One thread: neither kernel shares its work out.
//   product    per direction V: V_l z_{l-1}, edot_l z_{l-1}' (all l) and A_l zdot_{l-1}, A_l'
//              edot_l, V_l' e_l, e_l zdot_{l-1}' (l >= 2): 12 (p - p_1) m + 4 p_1 m flops. Layer 1
//              has no tangent below it. `product_rest` runs its four other products, 8 p_1 m
//              flops, so that both together are the 12 p m flops of a layer in general position.
//              One task per direction, as the kernel.
//   assembly   the second moments of z and e that the blocks (l, m) with l <= m need, and every
//              entry of the upper triangle once, as DGEMMs of inner dimension 4 (energy: four
//              Kronecker products in a block) or 2 (loss: two), one column of the Hessian each.
//              Not counted: the Kronecker factors (a few products without the dimension m) and the
//              lower triangle, which is a copy. The floor writes to a new matrix, as the result is
//              one: the system hands out its pages at the first write, and for large p that takes
//              most of the time of both.
//              One task per column of W_m, as the kernel.
#pragma once

#include <functional>

#include "problem.hpp"

namespace saddlescope::bench {

enum class Kind { kLoss, kEnergy };

// Runs the floor once and returns its flops. What it writes to and reads from is kept alive inside,
// except for a problem, V and HV, which must outlive it.
using Floor = std::function<double()>;

[[nodiscard]] Floor gradient_floor(const Problem& problem, Kind kind);
// V and HV are p x k.
[[nodiscard]] Floor product_floor(const Problem& problem, const Matrix& V, Matrix& HV);
[[nodiscard]] Floor product_rest(const Problem& problem, const Matrix& V, Matrix& HV);
[[nodiscard]] Floor assembly_floor(const Problem& problem, Kind kind);

}  // namespace saddlescope::bench
