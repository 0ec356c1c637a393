#include "saddlescope/saddle/proof_direction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <Eigen/SVD>

#include "saddlescope/base/require.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Roundings of a chain of products in A: this many eps times the norms of its factors.
double rounding(const Matrix& A) { return 8 * kEps * static_cast<double>(A.rows() + A.cols()); }

// The maps, activities and residuals that both cases share; data as columns over which <.> is a
// sum.
struct ForwardPass {
  Architecture net;
  std::vector<Matrix> A;
  DataFactor<double> data;
  Matrix z;           // A_{L-1:1} x
  double z_size = 0;  // norms of its factors, multiplied
  Matrix r;           // y - A_L z
  double r_size = 0;

  [[nodiscard]] Index depth() const { return net.depth(); }
};

ForwardPass forward_pass(const Architecture& architecture, const Dataset& data,
                         const Vector& theta) {
  ForwardPass pass{architecture,
                   effective_maps<double>(architecture, theta),
                   compress(data_factor<double>(data)),
                   {},
                   0,
                   {},
                   0};
  pass.z = pass.data.x;
  pass.z_size = pass.z.norm();
  for (Index l = 0; l + 1 < pass.depth(); ++l) {
    pass.z = pass.A[at(l)] * pass.z;
    pass.z_size *= pass.A[at(l)].norm();
  }
  pass.r = pass.data.y - pass.A.back() * pass.z;
  pass.r_size = pass.data.y.norm() + pass.A.back().norm() * pass.z_size;
  return pass;
}

// Orthonormal columns q with |A'q| <= tolerance.
Matrix left_null_vectors(const Matrix& A, double tolerance) {
  const Eigen::JacobiSVD<Matrix> svd(A, Eigen::ComputeFullU);
  Index rank = 0;
  while (rank < svd.singularValues().size() && svd.singularValues()[rank] > tolerance) ++rank;
  return svd.matrixU().rightCols(A.rows() - rank);
}

// Unit vectors c of span{r_i}.
std::vector<Vector> output_directions(const ForwardPass& pass) {
  const Eigen::JacobiSVD<Matrix> svd(pass.r, Eigen::ComputeThinU);
  const double tolerance = rounding(pass.r) * pass.r_size;
  Index rank = 0;
  while (rank < svd.singularValues().size() && svd.singularValues()[rank] > tolerance) ++rank;
  if (rank == 0) return {};
  const Matrix span = svd.matrixU().leftCols(rank);
  std::vector<Vector> out = {span.col(0)};
  const Matrix coupling = pass.data.x * pass.data.y.transpose() * span;
  const Eigen::JacobiSVD<Matrix> largest(coupling, Eigen::ComputeThinV);
  if (largest.singularValues()[0] > 0) out.emplace_back(span * largest.matrixV().col(0));
  return out;
}

// The block L-1 of the inverse activity Hessian: with M_0 = 0 and M_l = A_l M_{l-1} A_l' + I/pi_l,
// K = M - M A_L' S^{-1} A_L M for M = M_{L-1} and S = A_L M A_L' + I/lambda.
Matrix last_block_of_inverse(const ForwardPass& pass) {
  Matrix M = Matrix::Zero(pass.net.input(), pass.net.input());
  for (Index l = 0; l + 1 < pass.depth(); ++l) {
    M = pass.A[at(l)] * M * pass.A[at(l)].transpose();
    M.diagonal().array() += 1 / pass.net.precisions[at(l)];
  }
  const Matrix AM = pass.A.back() * M;
  Matrix S = AM * pass.A.back().transpose();
  S.diagonal().array() += 1 / pass.net.lambda();
  return M - AM.transpose() * S.llt().solve(AM);
}

ProofDirection case_one(const ForwardPass& pass, const Vector& c, const Matrix& null_vectors) {
  const Matrix K = null_vectors.transpose() * last_block_of_inverse(pass) * null_vectors;
  const Eigenpairs pairs = symmetric_eigenpairs((K + K.transpose()) / 2);
  const Vector q = null_vectors * pairs.vectors.rightCols(1);
  ProofDirection out;
  out.which = ProofCase::kSingularActivities;
  out.vector = Vector::Zero(pass.net.n_parameters());
  const Matrix V = c * q.transpose();
  weight(pass.net, out.vector, pass.depth() - 1) = V / V.norm();
  const double a = pass.net.scales.back() * pass.net.lambda();
  out.curvature = -a * a * (c.transpose() * pass.r).squaredNorm() * pairs.values.maxCoeff();
  return out;
}

// w: a unit null vector of A_L. Nothing where w is not in the range of A_{L-1:2} or g is rounding.
std::optional<ProofDirection> case_two(const ForwardPass& pass, const Vector& c, const Vector& w) {
  const Index L = pass.depth();
  const Vector g = pass.data.x * (pass.r.transpose() * c);
  if (!(g.norm() > rounding(pass.data.x) * pass.data.x.norm() * pass.r_size)) return std::nullopt;
  Matrix onto = Matrix::Identity(pass.net.rows(0), pass.net.rows(0));
  double size = 1;
  for (Index l = 1; l + 1 < L; ++l) {
    onto = pass.A[at(l)] * onto;
    size *= pass.A[at(l)].norm();
  }
  const Vector v = onto.completeOrthogonalDecomposition().solve(w);
  const double missed = (onto * v - w).norm();
  if (!(v.norm() > 0) || !(missed <= rounding(onto) * (1 + size * v.norm()))) return std::nullopt;

  const double a_1 = pass.net.scales.front();
  const double a_L = pass.net.scales.back();
  const double lambda = pass.net.lambda();
  const double b = lambda * std::abs(a_1 * a_L) * g.norm() / v.norm();
  const double d = lambda * a_L * a_L * (w.transpose() * pass.z).squaredNorm();
  const double mu = -b * (b / (d / 2 + std::hypot(d / 2, b)));
  // The eigenvector of [0 -b; -b d] to mu is (1, -mu/b), in coordinates where V_1 and V_L have
  // length 1.
  const double s = -mu / b;
  const Matrix V_1 = std::copysign(1, a_1) * v * g.transpose() / (v.norm() * g.norm());
  const Matrix V_L = std::copysign(1, a_L) * s * c * w.transpose();
  ProofDirection out;
  out.which = ProofCase::kOutputCoupling;
  out.vector = Vector::Zero(pass.net.n_parameters());
  weight(pass.net, out.vector, 0) = V_1 / std::hypot(1, s);
  weight(pass.net, out.vector, L - 1) = V_L / std::hypot(1, s);
  out.curvature = mu;
  return out;
}

}  // namespace

ProofDirections proof_directions(const Architecture& architecture, const Dataset& data,
                                 const Vector& theta) {
  check(architecture);
  check(data);
  require(data.x.rows() == architecture.input() && data.y.rows() == architecture.output(),
          "proof direction: expected data of {} inputs and {} outputs as the network's, got {} and "
          "{}",
          architecture.input(), architecture.output(), data.x.rows(), data.y.rows());
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
  require(theta.allFinite(), "parameters theta: expected finite numbers, got NaN or Inf");
  ProofDirections out;
  if (architecture.depth() < 2) {
    out.reason = "the network has no hidden layer";
    return out;
  }
  const ForwardPass pass = forward_pass(architecture, data, theta);
  const std::vector<Vector> outputs = output_directions(pass);
  if (!pass.z.allFinite() || !pass.r.allFinite()) {
    out.reason = "activities or residuals overflow";
    return out;
  }
  if (outputs.empty()) {
    out.reason = "the residual y - A_{L:1} x is zero to rounding: F* is at its minimum 0";
    return out;
  }
  const Matrix singular = left_null_vectors(pass.z, rounding(pass.z) * pass.z_size);
  const Matrix& last = pass.A.back();
  const Matrix kernel = left_null_vectors(last.transpose(), rounding(last) * last.norm());
  Vector w;
  if (kernel.cols() > 0) {
    // The unit w of the kernel with the least <(w'z)^2>, which d above holds.
    const Matrix seen = kernel.transpose() * pass.z;
    const Eigen::JacobiSVD<Matrix> svd(seen, Eigen::ComputeFullU);
    w = kernel * svd.matrixU().rightCols(1);
  }
  for (const Vector& c : outputs) {
    if (singular.cols() > 0) out.found.push_back(case_one(pass, c, singular));
    if (w.size() > 0)
      if (std::optional<ProofDirection> direction = case_two(pass, c, w))
        out.found.push_back(std::move(*direction));
  }
  std::erase_if(out.found, [](const ProofDirection& direction) {
    return !direction.vector.allFinite() || !(direction.curvature < 0);
  });
  std::stable_sort(out.found.begin(), out.found.end(),
                   [](const auto& a, const auto& b) { return a.curvature < b.curvature; });
  if (!out.found.empty()) return out;
  out.reason = kernel.cols() == 0
                   ? "<z z'> has full rank and A_L is injective: neither case of the proof applies"
                   : "<z z'> has full rank, and no null vector of A_L is both in the range of "
                     "A_{L-1:2} and coupled to the inputs by <x r'> c";
  return out;
}

}  // namespace saddlescope
