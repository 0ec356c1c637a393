#include "saddlescope/hessian/activity_hessian.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

template <class T>
BlockTridiagonal<T> activity_hessian(const Architecture& architecture, const VectorOf<T>& theta,
                                     T activity_decay) {
  require(architecture.depth() >= 2,
          "activity Hessian: expected a hidden layer (L >= 2), got L = {}", architecture.depth());
  require(activity_decay >= T(0), "activity decay alpha: expected >= 0, got {}",
          static_cast<double>(activity_decay));
  const auto A = effective_maps(architecture, theta);
  BlockTridiagonal<T> H;
  for (std::size_t l = 0; l + 1 < A.size(); ++l) {
    const T above(architecture.precisions[l + 1]);
    MatrixOf<T> diagonal = MatrixOf<T>::Identity(A[l].rows(), A[l].rows()) *
                           (T(architecture.precisions[l]) + activity_decay);
    gemm<T>(above, A[l + 1], Op::kTranspose, A[l + 1], Op::kNone, T(1), diagonal);
    H.diagonal.push_back(std::move(diagonal));
    if (l + 2 < A.size()) H.upper.push_back(-above * A[l + 1].transpose());
  }
  return H;
}

template <class T>
MatrixOf<T> activity_source(const Architecture& architecture, const VectorOf<T>& theta,
                            ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y) {
  require(architecture.depth() >= 2, "activities: expected a hidden layer (L >= 2), got L = {}",
          architecture.depth());
  const auto A = effective_maps(architecture, theta);
  Index dim = 0;
  for (std::size_t l = 0; l + 1 < A.size(); ++l) dim += A[l].rows();
  MatrixOf<T> b = MatrixOf<T>::Zero(dim, x.cols());
  b.topRows(A.front().rows()) =
      T(architecture.precisions.front()) * product<T>(A.front(), Op::kNone, x, Op::kNone);
  b.bottomRows(A.back().cols()) +=
      T(architecture.lambda()) * product<T>(A.back(), Op::kTranspose, y, Op::kNone);
  return b;
}

template BlockTridiagonal<double> activity_hessian(const Architecture&, const VectorOf<double>&,
                                                   double);
template BlockTridiagonal<Quad> activity_hessian(const Architecture&, const VectorOf<Quad>&, Quad);
template MatrixOf<double> activity_source(const Architecture&, const VectorOf<double>&,
                                          ConstMatrixRefOf<double>, ConstMatrixRefOf<double>);
template MatrixOf<Quad> activity_source(const Architecture&, const VectorOf<Quad>&,
                                        ConstMatrixRefOf<Quad>, ConstMatrixRefOf<Quad>);

}  // namespace saddlescope
