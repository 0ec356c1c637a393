#include "support/quad_equilibrium.hpp"

#include <stdexcept>
#include <vector>

#include <Eigen/Cholesky>

#include "saddlescope/hessian/network_curvature.hpp"

namespace saddlescope::testing {
namespace {

using QuadVector = VectorOf<Quad>;
using QuadMatrix = MatrixOf<Quad>;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// phi and phi' of tanh and softplus.
struct Function {
  Quad value, slope;
};
Function function(Activation activation, const Quad& u) {
  if (activation == Activation::kTanh) {
    const Quad t = tanh(u);
    return {t, (1 - t) * (1 + t)};
  }
  if (activation == Activation::kSoftplus) return {log(1 + exp(u)), 1 / (1 + exp(-u))};
  throw std::invalid_argument("quad networks: tanh and softplus only");
}

struct Gradients {
  QuadVector z, theta;
};

// dF/dz and dF/dtheta from F = sum_l pi_l/2 |z_l - f_l|^2 + alpha/2 |z|^2.
Gradients gradients(const NetworkEnergy<double>& energy, const QuadVector& theta, const Vector& x,
                    const Vector& y, const QuadVector& z) {
  const Architecture& net = energy.architecture();
  Gradients out{Quad(energy.activity_decay()) * z, QuadVector::Zero(theta.size())};
  for (Index l = 0; l < net.depth(); ++l) {
    const Index rows = net.rows(l);
    const Index cols = net.cols(l);
    const auto activity = [&](Index k) -> QuadVector {
      if (k == 0) return x.cast<Quad>();
      if (k == net.depth()) return y.cast<Quad>();
      return z.segment(energy.offset(k), net.widths[at(k)]);
    };
    const QuadVector v = activity(l);
    const Quad a(net.scales[at(l)]);
    QuadVector h = v, slope_v = QuadVector::Ones(cols), slope_u = QuadVector::Ones(rows);
    if (net.activates_input(l))
      for (Index j = 0; j < cols; ++j) {
        const Function f = function(net.activation, v[j]);
        h[j] = f.value;
        slope_v[j] = f.slope;
      }
    const Eigen::Map<const QuadMatrix> W(theta.data() + net.offset(l), rows, cols);
    QuadVector f(rows), delta(rows), eps(rows);
    for (Index i = 0; i < rows; ++i) {
      Quad u = 0;
      for (Index j = 0; j < cols; ++j) u += a * W(i, j) * h[j];
      if (net.biases) u += theta[net.bias_offset(l) + i];
      f[i] = u;
      if (net.activates_sum(l)) {
        const Function g = function(net.activation, u);
        f[i] = g.value;
        slope_u[i] = g.slope;
      }
      if (net.skips[at(l)] != 0) f[i] += v[i];
    }
    eps = Quad(net.precisions[at(l)]) * (activity(l + 1) - f);
    delta = eps.cwiseProduct(slope_u);
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < cols; ++j)
        out.theta[net.offset(l) + j * rows + i] = -a * delta[i] * h[j];
    if (net.biases) out.theta.segment(net.bias_offset(l), rows) = -delta;
    if (l + 1 < net.depth()) out.z.segment(energy.offset(l + 1), rows) += eps;
    if (l == 0) continue;
    for (Index j = 0; j < cols; ++j) {
      Quad pulled = 0;
      for (Index i = 0; i < rows; ++i) pulled += a * W(i, j) * delta[i];
      pulled *= slope_v[j];
      if (net.skips[at(l)] != 0) pulled += eps[j];
      out.z[energy.offset(l) + j] -= pulled;
    }
  }
  return out;
}

}  // namespace

QuadVector quad_equilibrium(const NetworkEnergy<double>& energy, const QuadVector& theta,
                            const Vector& x, const Vector& y, const Vector& start) {
  const Vector there = theta.cast<double>();
  NetworkPass<double> pass;
  energy.evaluate(there, x, y, start, pass);
  const Matrix H = NetworkCurvature(energy, there, pass).activity_hessian(0).dense();
  const Eigen::LLT<Matrix> factor(H);
  QuadVector z = start.cast<Quad>();
  for (int k = 0; k < 40; ++k) {
    const QuadVector g = gradients(energy, theta, x, y, z).z;
    const auto size = static_cast<double>(Quad(g.norm()));
    if (size == 0) break;
    // Scaled, as |g| may lie below what double can hold squared.
    const Vector step = factor.solve((g / Quad(size)).cast<double>());
    z -= Quad(size) * step.cast<Quad>();
    if (size * step.norm() < 1e-28) return z;
  }
  throw std::runtime_error("quad equilibrium: no convergence");
}

QuadMatrix quad_hessian(const NetworkEnergy<double>& energy, const Vector& theta, const Vector& x,
                        const Vector& y, const Vector& start) {
  const Quad h(1e-9);
  const auto gradient = [&](const QuadVector& at) {
    return gradients(energy, at, x, y, quad_equilibrium(energy, at, x, y, start)).theta;
  };
  QuadMatrix H(theta.size(), theta.size());
  for (Index j = 0; j < theta.size(); ++j) {
    QuadVector up = theta.cast<Quad>(), down = up;
    up[j] += h;
    down[j] -= h;
    H.col(j) = (gradient(up) - gradient(down)) / (2 * h);
  }
  return H;
}

}  // namespace saddlescope::testing
