#include "saddlescope/linalg/interval.hpp"

namespace saddlescope {

bool subnormals_are_kept() {
  // Read at run time, so that the product is the processor's and not the compiler's.
  const volatile double smallest_normal = std::numeric_limits<double>::min();
  const volatile double subnormal = smallest_normal / 2;
  return subnormal != 0 && subnormal + subnormal == smallest_normal;
}

}  // namespace saddlescope
