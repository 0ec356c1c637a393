// The handwritten digits that ship with the library (data/README.md has origin and licence).
//
// 1,797 images of 8 x 8 pixels: x is 64 x 1797, pixels row by row, divided by 16 into [0, 1]; y is
// 10 x 1797, one-hot. They are embedded in the library, so no file is looked for.
#pragma once

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

[[nodiscard]] Dataset digits();

}  // namespace saddlescope
