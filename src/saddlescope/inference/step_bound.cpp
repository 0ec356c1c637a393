#include "saddlescope/inference/step_bound.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/linalg/plain_lanczos.hpp"

namespace saddlescope {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Index kProducts = 9;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// The largest eigenvalue of a positive semidefinite operator on R^n, from below.
double largest_eigenvalue(Index n, const PlainLanczos::Apply& apply) {
  RandomStream stream(0, "curvature bound");
  PlainLanczosOptions options;
  options.max_basis = options.max_products = kProducts;
  PlainLanczos lanczos(n, apply, stream, options);
  (void)lanczos.search(1e-3);
  return lanczos.finite() ? std::max(0.0, lanczos.value()) : kNaN;
}

// |W|_2, over the shorter side.
template <class T>
double spectral_norm(ConstMatrixRefOf<T> W) {
  const bool wide = W.rows() < W.cols();
  const Op first = wide ? Op::kTranspose : Op::kNone;
  const Op second = wide ? Op::kNone : Op::kTranspose;
  VectorOf<T> in, out(std::min(W.rows(), W.cols())), middle(std::max(W.rows(), W.cols()));
  return std::sqrt(largest_eigenvalue(out.size(), [&](const Vector& v, Vector& Av) {
    in = v.cast<T>();
    gemm<T>(T(1), W, first, in, Op::kNone, T(0), middle);
    gemm<T>(T(1), W, second, middle, Op::kNone, T(0), out);
    Av = out.template cast<double>();
  }));
}

// The curvature of the output's energy in its prediction, at most.
double output_curvature(const Architecture& net) {
  return net.loss == OutputLoss::kCrossEntropy ? net.lambda() / 2 : net.lambda();
}

double curvature(const Architecture& net, Index layer) {
  return layer + 1 == net.depth() ? output_curvature(net) : net.precisions[at(layer)];
}

template <class T>
double jacobian_norm(const Architecture& net, const VectorOf<T>& theta, Index layer) {
  const bool activated = net.activates_input(layer) || net.activates_sum(layer);
  const double slope = activated ? largest_slope(net.activation) : 1;
  return slope * std::abs(net.scales[at(layer)]) * spectral_norm<T>(weight(net, theta, layer)) +
         net.skips[at(layer)];
}

// y = A_l v or A_l' v.
template <class T>
void apply_map(const Architecture& net, const VectorOf<T>& theta, Index layer, Op op,
               const VectorOf<T>& v, VectorOf<T>& y) {
  y.resize(op == Op::kNone ? net.rows(layer) : net.cols(layer));
  gemm<T>(T(net.scales[at(layer)]), weight(net, theta, layer), op, v, Op::kNone, T(0), y);
  if (net.skips[at(layer)] != 0) y += v;
}

// |sum_l A_{L:l+1} A_{L:l+1}'|_2 over the free l < L.
template <class T>
double response_norm(const NetworkEnergy<T>& energy, const VectorOf<T>& theta) {
  const Architecture& net = energy.architecture();
  const Index first = energy.first_free();
  std::vector<VectorOf<T>> down(at(net.depth() + 1));
  VectorOf<T> up, next;
  return largest_eigenvalue(net.output(), [&](const Vector& v, Vector& Av) {
    down[at(net.depth())] = v.cast<T>();
    for (Index l = net.depth() - 1; l >= first; --l)
      apply_map<T>(net, theta, l, Op::kTranspose, down[at(l + 1)], down[at(l)]);
    up = down[at(first)];
    for (Index l = first; l < net.depth(); ++l) {
      apply_map<T>(net, theta, l, Op::kNone, up, next);
      up = next;
      if (l + 1 < net.depth()) up += down[at(l + 1)];
    }
    Av = up.template cast<double>();
  });
}

}  // namespace

template <class T>
double activity_curvature_bound(const NetworkEnergy<T>& energy, const VectorOf<T>& theta) {
  const Architecture& net = energy.architecture();
  const Index first = energy.first_free();
  const Index n = energy.last_free() - first + 1;
  Matrix norms = Matrix::Zero(n, n);
  for (Index k = 0; k < n; ++k) {
    const Index l = first + k;  // of z_l
    norms(k, k) += (l > 0 ? net.precisions[at(l - 1)] : 0) + energy.activity_decay();
    if (l == net.depth()) continue;
    const double s = jacobian_norm<T>(net, theta, l);
    norms(k, k) += curvature(net, l) * s * s;
    if (k + 1 < n) norms(k, k + 1) = norms(k + 1, k) = net.precisions[at(l)] * s;
  }
  return norms.allFinite() ? symmetric_eigenvalues(norms)[n - 1] : kNaN;
}

template <class T>
double error_curvature_bound(const NetworkEnergy<T>& energy, const VectorOf<T>& theta) {
  const Architecture& net = energy.architecture();
  double bound = 0;
  for (Index l = energy.first_free(); l <= energy.last_free(); ++l)
    if (l > 0) bound = std::max(bound, net.precisions[at(l - 1)]);
  if (energy.clamping().output) bound += output_curvature(net) * response_norm<T>(energy, theta);
  if (energy.activity_decay() != 0) {
    // |dz/de|_2^2 <= sum over k >= l of |dz_k/de_l|_2^2
    double squares = 0;
    std::vector<double> products;  // of the norms from layer l up to the present one
    for (Index l = energy.first_free(); l <= energy.last_free(); ++l) {
      const double s = l > energy.first_free() ? jacobian_norm<T>(net, theta, l - 1) : 1;
      for (double& product : products) product *= s;
      products.push_back(1);
      for (const double product : products) squares += product * product;
    }
    bound += energy.activity_decay() * squares;
  }
  return bound;
}

double largest_slope(Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return 1.129;
    case Activation::kSilu:
      return 1.1;
    case Activation::kSelu:
      return 1.759;
    default:
      return 1;
  }
}

template double activity_curvature_bound<double>(const NetworkEnergy<double>&, const Vector&);
template double activity_curvature_bound<float>(const NetworkEnergy<float>&,
                                                const VectorOf<float>&);
template double error_curvature_bound<double>(const NetworkEnergy<double>&, const Vector&);
template double error_curvature_bound<float>(const NetworkEnergy<float>&, const VectorOf<float>&);

}  // namespace saddlescope
