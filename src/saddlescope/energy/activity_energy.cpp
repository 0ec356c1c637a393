#include "saddlescope/energy/activity_energy.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

// e_1 .. e_L for stacked activities.
template <class T>
std::vector<MatrixOf<T>> prediction_errors(const Architecture& architecture,
                                           const std::vector<MatrixOf<T>>& A,
                                           const DataFactor<T>& data, const MatrixOf<T>& z) {
  Index hidden = 0;
  for (Index l = 0; l + 1 < architecture.depth(); ++l) hidden += architecture.rows(l);
  require(z.rows() == hidden && z.cols() == data.x.cols(),
          "activities z: expected {} x {}, got {} x {}", hidden, data.x.cols(), z.rows(), z.cols());
  std::vector<MatrixOf<T>> e;
  MatrixOf<T> below = data.x;
  Index offset = 0;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const Index n = architecture.rows(l);
    const MatrixOf<T> here =
        l + 1 < architecture.depth() ? MatrixOf<T>(z.middleRows(offset, n)) : data.y;
    e.push_back(here - A[static_cast<std::size_t>(l)] * below);
    below = here;
    offset += n;
  }
  return e;
}

}  // namespace

template <class T>
VectorOf<T> layer_energies(const Architecture& architecture, const VectorOf<T>& theta,
                           const DataFactor<T>& data, const MatrixOf<T>& z) {
  const auto e = prediction_errors(architecture, effective_maps(architecture, theta), data, z);
  VectorOf<T> F(architecture.depth());
  for (Index l = 0; l < architecture.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    F[l] = T(architecture.precisions[i]) / T(2) * e[i].squaredNorm();
  }
  return F;
}

template <class T>
MatrixOf<T> activity_gradient(const Architecture& architecture, const VectorOf<T>& theta,
                              const DataFactor<T>& data, const MatrixOf<T>& z) {
  const auto A = effective_maps(architecture, theta);
  const auto e = prediction_errors(architecture, A, data, z);
  MatrixOf<T> g(z.rows(), z.cols());
  Index offset = 0;
  for (Index l = 0; l + 1 < architecture.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    g.middleRows(offset, architecture.rows(l)) =
        T(architecture.precisions[i]) * e[i] -
        T(architecture.precisions[i + 1]) * (A[i + 1].transpose() * e[i + 1]);
    offset += architecture.rows(l);
  }
  return g;
}

template VectorOf<double> layer_energies(const Architecture&, const VectorOf<double>&,
                                         const DataFactor<double>&, const MatrixOf<double>&);
template VectorOf<Quad> layer_energies(const Architecture&, const VectorOf<Quad>&,
                                       const DataFactor<Quad>&, const MatrixOf<Quad>&);
template MatrixOf<double> activity_gradient(const Architecture&, const VectorOf<double>&,
                                            const DataFactor<double>&, const MatrixOf<double>&);
template MatrixOf<Quad> activity_gradient(const Architecture&, const VectorOf<Quad>&,
                                          const DataFactor<Quad>&, const MatrixOf<Quad>&);

}  // namespace saddlescope
