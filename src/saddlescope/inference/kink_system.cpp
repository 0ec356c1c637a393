#include "saddlescope/inference/kink_system.hpp"

#include <cmath>
#include <utility>

#include <Eigen/Cholesky>

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

Matrix kink_normals(const NetworkEnergy<double>& energy, const Vector& theta,
                    const std::vector<HeldKink>& held) {
  const Architecture& net = energy.architecture();
  Matrix C = Matrix::Zero(energy.dim(), static_cast<Index>(held.size()));
  for (Index k = 0; k < C.cols(); ++k) {
    const HeldKink& j = held[at(k)];
    const Index begin = energy.offset(j.layer);
    if (net.activates_input(j.layer)) {
      C(begin + j.unit, k) = 1;
    } else {
      C.col(k).segment(begin, net.cols(j.layer)) =
          net.scales[at(j.layer)] * weight(net, theta, j.layer).row(j.unit);
    }
  }
  return C;
}

Vector kink_tangents(const Architecture& net, const std::vector<HeldKink>& held,
                     const NetworkPass<double>& pass, Index sample, const Vector& theta_dot) {
  Vector out = Vector::Zero(static_cast<Index>(held.size()));
  for (Index k = 0; k < out.size(); ++k) {
    const HeldKink& j = held[at(k)];
    if (net.activates_input(j.layer)) continue;
    out[k] = net.scales[at(j.layer)] *
             weight(net, theta_dot, j.layer).row(j.unit).dot(pass.z[at(j.layer)].col(sample));
    if (net.biases) out[k] += bias(net, theta_dot, j.layer)[j.unit];
  }
  return out;
}

void add_kink_adjoint(const Architecture& net, const std::vector<HeldKink>& held,
                      const NetworkPass<double>& pass, Index sample, const Vector& m, double factor,
                      VectorRef g) {
  for (Index k = 0; k < m.size(); ++k) {
    const HeldKink& j = held[at(k)];
    if (net.activates_input(j.layer)) continue;
    Eigen::Map<Matrix> W(g.data() + net.offset(j.layer), net.rows(j.layer), net.cols(j.layer));
    W.row(j.unit) +=
        factor * m[k] * net.scales[at(j.layer)] * pass.z[at(j.layer)].col(sample).transpose();
    if (net.biases) g[net.bias_offset(j.layer) + j.unit] += factor * m[k];
  }
}

double kink_tangent_size(const Architecture& net, const std::vector<HeldKink>& held,
                         const NetworkPass<double>& pass, Index sample) {
  double squares = 0;
  for (const HeldKink& j : held) {
    if (net.activates_input(j.layer)) continue;
    squares += std::pow(net.scales[at(j.layer)], 2) * pass.z[at(j.layer)].col(sample).squaredNorm();
    if (net.biases) squares += 1;
  }
  return std::sqrt(squares);
}

KinkSystem::KinkSystem(const BlockTridiagonal<double>& H, Matrix normals)
    : H_(H), normals_(std::move(normals)), summary_(H_.summary()) {
  if (!summary_.ok() || normals_.cols() == 0) return;
  lifted_ = H_.solve(normals_);
  const Eigen::LLT<Matrix> S(normals_.transpose() * lifted_);
  if (S.info() != Eigen::Success) {
    summary_ = {Status::kRefused, "the hyperplanes of the held kinks depend on each other"};
    return;
  }
  factor_ = S.matrixL();
}

KinkSystem::Solution KinkSystem::solve(Matrix force, const Matrix& gap) const {
  Solution out{H_.solve(std::move(force)), {}};
  if (normals_.cols() == 0) return out;
  out.m = normals_.transpose() * out.z - gap;
  factor_.triangularView<Eigen::Lower>().solveInPlace(out.m);
  factor_.triangularView<Eigen::Lower>().transpose().solveInPlace(out.m);
  out.z -= lifted_ * out.m;
  return out;
}

// The inverse has the blocks H^{-1} - H^{-1} C' S^{-1} C H^{-1} (between 0 and H^{-1}), H^{-1} C'
// S^{-1} and -S^{-1}.
double KinkSystem::inverse_norm(double lambda_min_below) const {
  const double tangent = 1 / lambda_min_below;
  if (normals_.cols() == 0) return tangent;
  Matrix inverse = Matrix::Identity(normals_.cols(), normals_.cols());
  factor_.triangularView<Eigen::Lower>().solveInPlace(inverse);
  factor_.triangularView<Eigen::Lower>().transpose().solveInPlace(inverse);
  return tangent + 2 * (lifted_ * inverse).norm() + inverse.norm();
}

}  // namespace saddlescope
