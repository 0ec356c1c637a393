// One BLAS thread from the moment the program starts, also where base/threads is never called.
//
// OpenBLAS gives other bits on two threads than on one. Included by the files that call BLAS or
// LAPACK, only there.
#pragma once

#include <cblas.h>

namespace saddlescope {

inline const bool kOneBlasThread = [] {
  openblas_set_num_threads(1);
  return true;
}();

}  // namespace saddlescope
