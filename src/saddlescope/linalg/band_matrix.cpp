#include "saddlescope/linalg/band_matrix.hpp"

#include <complex>
#include <vector>

#include <lapacke.h>

namespace saddlescope {
namespace {

using Complex = std::complex<double>;

int gbsv(int n, int b, int columns, double* A, int* pivots, double* B) {
  return LAPACKE_dgbsv_work(LAPACK_COL_MAJOR, n, b, b, columns, A, 3 * b + 1, pivots, B, n);
}

// LAPACK's complex type has the layout of std::complex, as the C++ standard promises.
int gbsv(int n, int b, int columns, Complex* A, int* pivots, Complex* B) {
  return LAPACKE_zgbsv_work(LAPACK_COL_MAJOR, n, b, b, columns,
                            reinterpret_cast<lapack_complex_double*>(A), 3 * b + 1, pivots,
                            reinterpret_cast<lapack_complex_double*>(B), n);
}

}  // namespace

template <class T>
bool solve_band_in_place(BandMatrix<T>& A, MatrixOf<T>& B) {
  const int n = static_cast<int>(A.dim());
  if (n == 0 || B.cols() == 0) return true;
  std::vector<int> pivots(static_cast<std::size_t>(n));
  return gbsv(n, static_cast<int>(A.half_bandwidth()), static_cast<int>(B.cols()),
              A.stored().data(), pivots.data(), B.data()) == 0;
}

template bool solve_band_in_place(BandMatrix<double>&, MatrixOf<double>&);
template bool solve_band_in_place(BandMatrix<Complex>&, MatrixOf<Complex>&);

}  // namespace saddlescope
