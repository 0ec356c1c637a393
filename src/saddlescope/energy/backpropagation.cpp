#include "saddlescope/energy/backpropagation.hpp"

#include <cassert>

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
void backpropagate(const Architecture& architecture, const VectorOf<T>& theta,
                   ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y, NetworkPass<T>& pass,
                   Targets targets) {
  const Index L = architecture.depth();
  assert(x.rows() == architecture.input() && y.rows() == architecture.output());
  assert(x.cols() == y.cols());
  pass.layers.resize(at(L));
  pass.error.resize(at(L));
  pass.delta.resize(at(L));
  pass.z.resize(at(L + 1));
  pass.z.front() = x;
  for (Index l = 0; l < L; ++l) {
    predict_layer<T>(architecture, theta, l, pass.z[at(l)], pass.layers[at(l)]);
    if (l + 1 < L) pass.z[at(l + 1)] = pass.layers[at(l)].prediction;
  }
  pass.z.back() = y;
  pass.error.back().resize(y.rows(), y.cols());
  output_error<T>(architecture, y, pass.layers.back().prediction, pass.error.back(), targets);
  for (Index l = L - 1; l >= 0; --l) {
    sum_error<T>(architecture, l, pass.layers[at(l)], pass.error[at(l)], pass.delta[at(l)]);
    if (l == 0) break;
    pass.error[at(l - 1)].resize(architecture.cols(l), y.cols());
    pull_back<T>(architecture, theta, l, pass.layers[at(l)], pass.error[at(l)], pass.delta[at(l)],
                 pass.error[at(l - 1)]);
  }
}

template void backpropagate<double>(const Architecture&, const Vector&, ConstMatrixRef,
                                    ConstMatrixRef, NetworkPass<double>&, Targets);
template void backpropagate<float>(const Architecture&, const VectorOf<float>&,
                                   ConstMatrixRefOf<float>, ConstMatrixRefOf<float>,
                                   NetworkPass<float>&, Targets);

}  // namespace saddlescope
