#include "saddlescope/training/signal_propagation.hpp"

#include <cmath>

#include "saddlescope/energy/network_layer.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

Index n_samples(const NetworkPass<double>& pass) { return pass.z.front().cols(); }

// phi' squared or plain, ones where no phi stands.
Matrix slopes(const Matrix& found, Index rows, Index cols) {
  return found.size() > 0 ? found : Matrix::Ones(rows, cols);
}

}  // namespace

// J = diag(s_u) a W diag(s_v) + tau I, so |J|_F^2 = sum_ij (a s_u,i W_ij s_v,j)^2 + 2 tau a sum_i
// s_u,i W_ii s_v,i + tau n.
Vector layer_jacobian_norms(const Architecture& net, const Vector& theta,
                            const NetworkPass<double>& pass) {
  Vector out(net.depth());
  const Index N = n_samples(pass);
  for (Index l = 0; l < net.depth(); ++l) {
    const LayerValues<double>& values = pass.layers[at(l)];
    const Matrix W = net.scales[at(l)] * weight(net, theta, l);
    const Matrix below = slopes(values.inner_slope, net.cols(l), N);
    const Matrix above = slopes(values.outer_slope, net.rows(l), N);
    double sum = (W.cwiseAbs2() * below.cwiseAbs2()).cwiseProduct(above.cwiseAbs2()).sum();
    if (net.skips[at(l)] != 0) {
      const Matrix both = above.cwiseProduct(below);
      sum += 2 * W.diagonal().dot(both.rowwise().sum()) + static_cast<double>(N * net.rows(l));
    }
    out[l] = std::sqrt(sum / static_cast<double>(N * net.cols(l)));
  }
  return out;
}

Vector output_jacobian_norms(const Architecture& net, const Vector& theta,
                             const NetworkPass<double>& pass) {
  const Index N = n_samples(pass), L = net.depth();
  Vector squares = Vector::Zero(L);
  Matrix delta;
  for (Index k = 0; k < net.output(); ++k) {
    Matrix eps = Matrix::Zero(net.output(), N);
    eps.row(k).setOnes();
    for (Index l = L - 1; l >= 0; --l) {
      const LayerValues<double>& values = pass.layers[at(l)];
      sum_error<double>(net, l, values, eps, delta);
      Matrix below(net.cols(l), N);
      pull_back<double>(net, theta, l, values, eps, values.outer_slope.size() > 0 ? delta : eps,
                        below);
      squares[l] += below.squaredNorm();
      eps = below;
    }
  }
  return (squares / static_cast<double>(N * net.output())).cwiseSqrt();
}

}  // namespace saddlescope
