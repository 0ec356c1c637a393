#include "saddlescope/inference/batch_pass.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// f(matrix of a, matrix of b) for all that a pass holds.
template <class T, class F>
void for_each_matrix(NetworkPass<T>& a, const NetworkPass<T>& b, const F& f) {
  for (std::size_t l = 0; l < b.z.size(); ++l) f(a.z[l], b.z[l]);
  for (std::size_t l = 0; l < b.layers.size(); ++l) {
    f(a.layers[l].inner, b.layers[l].inner);
    f(a.layers[l].inner_slope, b.layers[l].inner_slope);
    f(a.layers[l].sum, b.layers[l].sum);
    f(a.layers[l].outer_slope, b.layers[l].outer_slope);
    f(a.layers[l].prediction, b.layers[l].prediction);
    f(a.error[l], b.error[l]);
    f(a.delta[l], b.delta[l]);
  }
}

}  // namespace

template <class T>
void shape_pass(const Architecture& net, Index N, NetworkPass<T>& pass) {
  const std::size_t L = at(net.depth());
  pass.z.resize(L + 1);
  pass.layers.resize(L);
  pass.error.resize(L);
  pass.delta.resize(L);
  for (std::size_t l = 0; l <= L; ++l) pass.z[l].resize(net.widths[l], N);
  for (Index l = 0; l < net.depth(); ++l) {
    LayerValues<T>& values = pass.layers[at(l)];
    const Index inner = net.activates_input(l) ? N : 0;
    values.inner.resize(inner > 0 ? net.cols(l) : 0, inner);
    values.inner_slope.resize(values.inner.rows(), inner);
    const Index outer = net.activates_sum(l) ? N : 0;
    values.outer_slope.resize(outer > 0 ? net.rows(l) : 0, outer);
    for (MatrixOf<T>* M : {&values.sum, &values.prediction, &pass.error[at(l)], &pass.delta[at(l)]})
      M->resize(net.rows(l), N);
  }
}

template <class T>
void copy_columns(const NetworkPass<T>& part, Index first, NetworkPass<T>& pass) {
  for_each_matrix<T>(pass, part, [&](MatrixOf<T>& all, const MatrixOf<T>& columns) {
    if (columns.size() > 0) all.middleCols(first, columns.cols()) = columns;
  });
}

template void shape_pass<double>(const Architecture&, Index, NetworkPass<double>&);
template void shape_pass<float>(const Architecture&, Index, NetworkPass<float>&);
template void copy_columns<double>(const NetworkPass<double>&, Index, NetworkPass<double>&);
template void copy_columns<float>(const NetworkPass<float>&, Index, NetworkPass<float>&);

}  // namespace saddlescope
