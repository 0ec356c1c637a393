#include "saddlescope/hessian/linear_enclosure.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/verified_solve.hpp"

namespace saddlescope {
namespace {

// factor * A, without work where the factor is exactly 1.
PreciseIntervalMatrix times(const PreciseInterval& factor, PreciseIntervalMatrix A) {
  if (factor == PreciseInterval(1.0)) return A;
  A *= factor;
  return A;
}

bool is_zero(const PreciseIntervalMatrix& A) {
  return std::all_of(A.entries().begin(), A.entries().end(),
                     [](const PreciseInterval& x) { return x.is_zero(); });
}

bool all_bounded(const std::vector<PreciseIntervalMatrix>& matrices) {
  return std::all_of(matrices.begin(), matrices.end(),
                     [](const PreciseIntervalMatrix& A) { return A.is_bounded(); });
}

// Rows `top` then `bottom` of the columns of two matrices.
PreciseIntervalMatrix stacked(const PreciseIntervalMatrix& top,
                              const PreciseIntervalMatrix& bottom) {
  PreciseIntervalMatrix out(top.rows() + bottom.rows(), top.cols());
  for (Index j = 0; j < out.cols(); ++j) {
    for (Index i = 0; i < top.rows(); ++i) out(i, j) = top(i, j);
    for (Index i = 0; i < bottom.rows(); ++i) out(top.rows() + i, j) = bottom(i, j);
  }
  return out;
}

}  // namespace

EnclosedData enclose_data(const Dataset& data) {
  check(data);
  const Index d_x = data.x.rows();
  const Index d_y = data.y.rows();
  EnclosedData out{
      PreciseIntervalMatrix(data.x), PreciseIntervalMatrix(data.y), {}, data.n_samples()};
  if (out.n_samples <= d_x + d_y) return out;
  const PreciseIntervalMatrix samples = stacked(out.x, out.y);
  out.moments = samples * samples.transpose();
  out.x = PreciseIntervalMatrix(Matrix::Identity(d_x, d_x + d_y));
  out.y = PreciseIntervalMatrix(d_y, d_x + d_y);
  for (Index i = 0; i < d_y; ++i) out.y(i, d_x + i) = 1.0;
  return out;
}

LinearEnclosure::LinearEnclosure(LinearObjective objective, const Architecture& architecture,
                                 const EnclosedData& data, const Vector& theta)
    : objective_(objective), architecture_(architecture), data_(data) {
  check(architecture_);
  require_linear(architecture_, "enclosure");
  require(data.x.rows() == architecture_.input() && data.y.rows() == architecture_.output(),
          "enclosure: expected data of {} inputs and {} outputs as the network's, got {} and {}",
          architecture_.input(), architecture_.output(), data.x.rows(), data.y.rows());
  require(theta.size() == architecture_.n_parameters(), "parameters theta: expected {}, got {}",
          architecture_.n_parameters(), theta.size());
  if (!subnormals_are_kept()) {
    summary_ = {Status::kRefused, "enclosure: the processor flushes subnormals to zero"};
    return;
  }
  enclose_state(theta);
  if (!summary_.ok()) return;
  enclose_gradient();
  value_ = (mean_product(r_, e_.back()) / 2.0).enclosure();
  if (value_.is_bounded() && gradient_norm_.is_bounded()) return;
  summary_ = {Status::kNotFinite, "enclosure: value or gradient have no bounds"};
  value_ = gradient_norm_ = Interval::entire();
}

PreciseIntervalMatrix LinearEnclosure::scaled_weight(const Vector& theta, Index layer) const {
  return times(architecture_.scales[at(layer)],
               PreciseIntervalMatrix(weight(architecture_, theta, layer)));
}

// <a' b> = tr(C_a M C_b')/N.
PreciseInterval LinearEnclosure::mean_product(const PreciseIntervalMatrix& a,
                                              const PreciseIntervalMatrix& b) const {
  const PreciseInterval sum = data_.moments.rows() == 0 ? dot(a, b) : dot(a * data_.moments, b);
  return sum / static_cast<double>(data_.n_samples);
}

void LinearEnclosure::enclose_state(const Vector& theta) {
  const Index L = architecture_.depth();
  const bool energy = objective_ == LinearObjective::kEnergy;
  for (Index l = 0; l < L; ++l) {
    q_.push_back(energy ? PreciseInterval(1.0) / architecture_.precisions[at(l)]
                        : PreciseInterval(l == L - 1 ? 1.0 : 0.0));
    A_.push_back(scaled_weight(theta, l));
    if (architecture_.skips[at(l)] != 0)
      for (Index i = 0; i < A_.back().rows(); ++i) A_.back()(i, i) += 1.0;
  }

  PreciseIntervalMatrix P = PreciseIntervalMatrix::identity(architecture_.output());
  S_ = times(q_.back(), P);
  for (Index l = L - 1; l >= 0; --l) {
    P = l == L - 1 ? A_[at(l)] : P * A_[at(l)];
    if (energy && l >= 1) S_ += times(q_[at(l - 1)], P * P.transpose());
  }
  r_ = data_.y - P * data_.x;

  e_.resize(at(L));
  e_.back() = r_;
  if (energy) {
    PreciseVerifiedSolution solution = verified_solve(S_, r_);
    if (!solution.summary.ok()) {
      summary_ = std::move(solution.summary);
      return;
    }
    e_.back() = std::move(solution.x);
  }
  for (Index l = L - 2; l >= 0; --l) e_[at(l)] = A_[at(l + 1)].transpose() * e_[at(l + 1)];

  z_.push_back(data_.x);
  for (Index l = 0; l + 1 < L; ++l) {
    PreciseIntervalMatrix z = A_[at(l)] * z_[at(l)];
    if (energy) z += times(q_[at(l)], e_[at(l)]);
    z_.push_back(std::move(z));
  }
  if (!all_bounded(e_) || !all_bounded(z_) || !all_bounded(A_))
    summary_ = {Status::kNotFinite, "enclosure: weights, errors or activities have no bounds"};
}

void LinearEnclosure::enclose_gradient() {
  Interval sum;
  for (Index l = 0; l < architecture_.depth(); ++l) {
    const PreciseIntervalMatrix& z = z_[at(l)];
    const PreciseIntervalMatrix weighted =
        data_.moments.rows() == 0 ? z.transpose() : data_.moments * z.transpose();
    sum += squared_norm(enclosure(times(architecture_.scales[at(l)], e_[at(l)] * weighted)));
  }
  // A sum of squares: only a step outward can have taken it below 0.
  if (sum.is_bounded()) sum = Interval(std::max(0.0, sum.lower()), sum.upper());
  gradient_norm_ = sqrt(sum) / static_cast<double>(data_.n_samples);
}

LinearEnclosure::Curvature LinearEnclosure::along(const Vector& direction) const {
  require(direction.size() == architecture_.n_parameters(),
          "direction of an enclosure: expected {} entries, got {}", architecture_.n_parameters(),
          direction.size());
  Curvature out;
  out.summary = summary_;
  if (!summary_.ok()) return out;

  const Index L = architecture_.depth();
  const bool energy = objective_ == LinearObjective::kEnergy;
  std::vector<PreciseIntervalMatrix> A_dot;
  A_dot.reserve(at(L));
  for (Index l = 0; l < L; ++l) A_dot.push_back(scaled_weight(direction, l));
  std::vector<PreciseIntervalMatrix> f(at(L));  // f_L = 0 is never formed
  for (Index l = L - 2; l >= 0; --l) {
    f[at(l)] = A_dot[at(l + 1)].transpose() * e_[at(l + 1)];
    if (l + 2 < L) f[at(l)] += A_[at(l + 1)].transpose() * f[at(l + 1)];
  }

  PreciseInterval sum;
  PreciseIntervalMatrix w;
  for (Index l = 0; l < L; ++l) {
    PreciseIntervalMatrix moved = A_dot[at(l)] * z_[at(l)];
    PreciseIntervalMatrix next = moved;
    if (l > 0) next += A_[at(l)] * w;
    if (l + 1 < L) {
      moved += moved;
      if (energy) {
        const PreciseIntervalMatrix spread = times(q_[at(l)], f[at(l)]);
        next += spread;
        moved += spread;
      }
      sum -= mean_product(f[at(l)], moved);
    }
    w = std::move(next);
  }
  if (!is_zero(w)) {
    PreciseIntervalMatrix solved = w;
    if (energy) {
      PreciseVerifiedSolution solution = verified_solve(S_, w);
      if (!solution.summary.ok()) {
        out.summary = std::move(solution.summary);
        return out;
      }
      solved = std::move(solution.x);
    }
    sum += mean_product(w, solved);
  }

  const PreciseIntervalMatrix V{Matrix(direction)};
  const Interval derivative = sum.enclosure();
  const Interval quotient = derivative / dot(V, V).enclosure();
  if (!derivative.is_bounded() || !quotient.is_bounded()) {
    out.summary = {Status::kNotFinite,
                   "enclosure: the second derivative has no bounds, or the direction no length"};
    return out;
  }
  out.second_derivative = derivative;
  out.rayleigh_quotient = quotient;
  return out;
}

}  // namespace saddlescope
