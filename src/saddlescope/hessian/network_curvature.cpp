#include "saddlescope/hessian/network_curvature.hpp"

#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

NetworkCurvature::NetworkCurvature(NetworkEnergy<double> energy, Vector theta,
                                   NetworkPass<double> pass)
    : energy_(std::move(energy)), theta_(std::move(theta)), pass_(std::move(pass)) {
  const Architecture& net = energy_.architecture();
  for (Index l = 0; l < net.depth(); ++l)
    bends_.push_back(layer_bend(net, theta_, l, pass_.layers[at(l)], pass_.z[at(l)],
                                pass_.error[at(l)], pass_.delta[at(l)]));
}

Matrix NetworkCurvature::curvature_times(Index layer, Index sample, const Matrix& V) const {
  const Architecture& net = energy_.architecture();
  if (layer + 1 < net.depth()) return net.precisions[at(layer)] * V;
  return output_curvature_times(net, pass_.z.back().col(sample),
                                pass_.layers.back().prediction.col(sample), V,
                                energy_.clamping().targets);
}

Matrix NetworkCurvature::curvature_times(Index layer, const Matrix& f_dot) const {
  const Architecture& net = energy_.architecture();
  if (layer + 1 < net.depth() ||
      (net.loss == OutputLoss::kMse && energy_.clamping().targets == Targets::kAll))
    return net.precisions[at(layer)] * f_dot;
  Matrix out(f_dot.rows(), f_dot.cols());
  for (Index i = 0; i < f_dot.cols(); ++i) out.col(i) = curvature_times(layer, i, f_dot.col(i));
  return out;
}

BlockTridiagonal<double> NetworkCurvature::activity_hessian(Index sample,
                                                            ActivityHessianKind kind) const {
  const Architecture& net = energy_.architecture();
  require(energy_.dim() > 0, "activity Hessian: expected a free layer, got none (L = {})",
          net.depth());
  require(sample >= 0 && sample < n_samples(), "sample: expected 0 .. {}, got {}", n_samples() - 1,
          sample);
  const bool exact = kind == ActivityHessianKind::kExact;
  BlockTridiagonal<double> H;
  for (Index l = energy_.first_free(); l <= energy_.last_free(); ++l) {
    const Index n = net.widths[at(l)];
    const double below = l == 0 ? 0.0 : net.precisions[at(l - 1)];
    Matrix D = Matrix::Identity(n, n) * (below + energy_.activity_decay());
    if (l < net.depth()) {
      const LayerValues<double>& values = pass_.layers[at(l)];
      const LayerBend& bend = bends_[at(l)];
      Matrix du = net.scales[at(l)] * weight(net, theta_, l);  // du/dz_l
      if (net.activates_input(l)) du = du * values.inner_slope.col(sample).asDiagonal();
      Matrix J = du;
      if (net.activates_sum(l)) J = values.outer_slope.col(sample).asDiagonal() * du;
      if (net.skips[at(l)] != 0) J.diagonal().array() += 1;
      const Matrix CJ = curvature_times(l, sample, J);
      gemm<double>(1, J, Op::kTranspose, CJ, Op::kNone, 1, D);
      if (exact && net.activates_input(l)) D.diagonal() -= bend.inner.col(sample);
      if (exact && net.activates_sum(l)) {
        const Matrix bent = bend.outer.col(sample).asDiagonal() * du;
        gemm<double>(-1, du, Op::kTranspose, bent, Op::kNone, 1, D);
      }
      if (l < energy_.last_free()) H.upper.emplace_back(-CJ.transpose());
    }
    H.diagonal.emplace_back(0.5 * (D + D.transpose()));
  }
  return H;
}

NetworkCurvature::MixedFactors NetworkCurvature::mixed_factors(Index layer, Index sample) const {
  const Architecture& net = energy_.architecture();
  const LayerValues<double>& values = pass_.layers[at(layer)];
  const Index rows = net.rows(layer);
  const Index cols = net.cols(layer);
  const double a = net.scales[at(layer)];
  Vector slope = Vector::Ones(rows);
  if (net.activates_sum(layer)) slope = values.outer_slope.col(sample);
  const Matrix CS = curvature_times(layer, sample, slope.asDiagonal());  // -d eps/du
  MixedFactors out{Matrix::Zero(energy_.dim(), rows), Matrix::Zero(energy_.dim(), cols)};
  if (is_free(layer + 1)) out.of_sum.middleRows(energy_.offset(layer + 1), rows) = -CS;
  if (!is_free(layer)) return out;
  Matrix bend = -(slope.asDiagonal() * CS);  // d delta/du
  if (net.activates_sum(layer)) bend.diagonal() += bends_[at(layer)].outer.col(sample);
  Matrix below(cols, rows);
  gemm<double>(-a, weight(net, theta_, layer), Op::kTranspose, bend, Op::kNone, 0, below);
  Vector inner = Vector::Ones(cols);
  if (net.activates_input(layer)) inner = values.inner_slope.col(sample);
  below = inner.asDiagonal() * below;
  if (net.skips[at(layer)] != 0) below += CS;
  out.of_sum.middleRows(energy_.offset(layer), cols) = below;
  out.of_adjoint.middleRows(energy_.offset(layer), cols).diagonal() = -a * inner;
  return out;
}

GradientTangent NetworkCurvature::along(const Matrix* z_dot, const Vector* theta_dot) const {
  const Architecture& net = energy_.architecture();
  const Index L = net.depth();
  require(z_dot == nullptr || (z_dot->rows() == energy_.dim() && z_dot->cols() == n_samples()),
          "direction in z: expected {} x {}", energy_.dim(), n_samples());
  require(theta_dot == nullptr || theta_dot->size() == net.n_parameters(),
          "direction in theta: expected {} entries", net.n_parameters());
  const auto activity = [&](Index l) -> Matrix {  // z'_l, empty where there is none
    if (z_dot == nullptr || !is_free(l)) return {};
    return z_dot->middleRows(energy_.offset(l), net.widths[at(l)]);
  };
  GradientTangent out{Matrix::Zero(energy_.dim(), n_samples()), Vector::Zero(net.n_parameters())};
  const auto rows = [&](Index l) {
    return out.activities.middleRows(energy_.offset(l), net.widths[at(l)]);
  };
  LayerTangent tangent;
  Matrix v_dot = activity(0);
  for (Index l = 0; l < L; ++l) {
    const Matrix above = activity(l + 1);
    const Matrix* below = v_dot.size() > 0 ? &v_dot : nullptr;
    const LayerValues<double>& values = pass_.layers[at(l)];
    const Matrix& delta = pass_.delta[at(l)];
    Matrix eps_dot = Matrix::Zero(net.rows(l), n_samples());
    if (below != nullptr || theta_dot != nullptr) {
      push_tangent(net, theta_, l, values, pass_.z[at(l)], below, theta_dot, tangent);
      eps_dot = -curvature_times(l, tangent.prediction);
    } else {
      tangent.inner.resize(0, 0);
      tangent.sum = eps_dot;
    }
    if (above.size() > 0) eps_dot += net.precisions[at(l)] * above;
    pull_tangent(net, theta_, l, values, bends_[at(l)], delta, below, theta_dot, eps_dot,
                 is_free(l), tangent);
    if (is_free(l)) rows(l) -= tangent.adjoint;
    if (is_free(l + 1)) rows(l + 1) += eps_dot;
    parameter_tangent(net, l, values, pass_.z[at(l)], delta, tangent,
                      -1.0 / static_cast<double>(n_samples()), out.parameters);
    v_dot = above;
  }
  if (z_dot != nullptr) out.activities += energy_.activity_decay() * *z_dot;
  return out;
}

}  // namespace saddlescope
