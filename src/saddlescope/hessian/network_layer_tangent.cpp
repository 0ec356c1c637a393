#include "saddlescope/hessian/network_layer_tangent.hpp"

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

double scale(const Architecture& architecture, Index layer) {
  return architecture.scales[at(layer)];
}

}  // namespace

LayerBend layer_bend(const Architecture& architecture, const Vector& theta, Index layer,
                     const LayerValues<double>& values, const Matrix& v, const Matrix& eps,
                     const Matrix& delta) {
  LayerBend bend;
  if (architecture.activates_input(layer)) {
    bend.inner.resize(v.rows(), v.cols());
    activation_curvature<double>(architecture.activation, v, bend.inner);
    Matrix back(v.rows(), v.cols());
    gemm<double>(scale(architecture, layer), weight(architecture, theta, layer), Op::kTranspose,
                 delta, Op::kNone, 0, back);
    bend.inner.array() *= back.array();
  }
  if (architecture.activates_sum(layer)) {
    bend.outer.resize(eps.rows(), eps.cols());
    activation_curvature<double>(architecture.activation, values.sum, bend.outer);
    bend.outer.array() *= eps.array();
  }
  return bend;
}

void push_tangent(const Architecture& architecture, const Vector& theta, Index layer,
                  const LayerValues<double>& values, const Matrix& v, const Matrix* v_dot,
                  const Vector* theta_dot, LayerTangent& out) {
  const double a = scale(architecture, layer);
  out.sum.resize(values.sum.rows(), values.sum.cols());
  out.inner.resize(0, 0);
  if (v_dot != nullptr) {
    out.inner = *v_dot;
    if (architecture.activates_input(layer)) out.inner.array() *= values.inner_slope.array();
    gemm<double>(a, weight(architecture, theta, layer), Op::kNone, out.inner, Op::kNone, 0,
                 out.sum);
  }
  if (theta_dot != nullptr) {
    const Matrix& h = architecture.activates_input(layer) ? values.inner : v;
    gemm<double>(a, weight(architecture, *theta_dot, layer), Op::kNone, h, Op::kNone,
                 v_dot != nullptr ? 1 : 0, out.sum);
    if (architecture.biases) out.sum.colwise() += bias(architecture, *theta_dot, layer);
  }
  out.prediction = out.sum;
  if (architecture.activates_sum(layer)) out.prediction.array() *= values.outer_slope.array();
  if (v_dot != nullptr && architecture.skips[at(layer)] != 0) out.prediction += *v_dot;
}

void pull_tangent(const Architecture& architecture, const Vector& theta, Index layer,
                  const LayerValues<double>& values, const LayerBend& bend, const Matrix& delta,
                  const Matrix* v_dot, const Vector* theta_dot, const Matrix& eps_dot,
                  bool with_adjoint, LayerTangent& out) {
  const double a = scale(architecture, layer);
  out.delta = eps_dot;
  if (architecture.activates_sum(layer))
    out.delta.array() =
        values.outer_slope.array() * eps_dot.array() + bend.outer.array() * out.sum.array();
  if (!with_adjoint) return;
  out.adjoint.resize(architecture.cols(layer), eps_dot.cols());
  gemm<double>(a, weight(architecture, theta, layer), Op::kTranspose, out.delta, Op::kNone, 0,
               out.adjoint);
  if (theta_dot != nullptr)
    gemm<double>(a, weight(architecture, *theta_dot, layer), Op::kTranspose, delta, Op::kNone, 1,
                 out.adjoint);
  if (architecture.activates_input(layer)) {
    out.adjoint.array() *= values.inner_slope.array();
    if (v_dot != nullptr) out.adjoint.array() += bend.inner.array() * v_dot->array();
  }
  if (architecture.skips[at(layer)] != 0) out.adjoint += eps_dot;
}

void parameter_tangent(const Architecture& architecture, Index layer,
                       const LayerValues<double>& values, const Matrix& v, const Matrix& delta,
                       const LayerTangent& tangent, double factor, Vector& g) {
  const double a = factor * scale(architecture, layer);
  const Matrix& h = architecture.activates_input(layer) ? values.inner : v;
  gemm<double>(a, tangent.delta, Op::kNone, h, Op::kTranspose, 0, weight(architecture, g, layer));
  if (tangent.inner.size() > 0)
    gemm<double>(a, delta, Op::kNone, tangent.inner, Op::kTranspose, 1,
                 weight(architecture, g, layer));
  if (architecture.biases) bias(architecture, g, layer) = factor * tangent.delta.rowwise().sum();
}

}  // namespace saddlescope
