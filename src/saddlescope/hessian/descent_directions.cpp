#include "saddlescope/hessian/descent_directions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>

#include "saddlescope/base/require.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/linalg/lapack.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// A_l V and V A_l without forming A_l = a_l W_l + tau_l I.
Matrix map_forward(const Architecture& net, const Vector& theta, Index layer, const Matrix& V) {
  const double skip = net.skips[at(layer)];
  Matrix out = skip != 0 ? V : Matrix(net.rows(layer), V.cols());
  gemm<double>(net.scales[at(layer)], weight(net, theta, layer), Op::kNone, V, Op::kNone, skip,
               out);
  return out;
}

Matrix map_backward(const Architecture& net, const Vector& theta, Index layer, const Matrix& V) {
  const double skip = net.skips[at(layer)];
  Matrix out = skip != 0 ? V : Matrix(V.rows(), net.cols(layer));
  gemm<double>(net.scales[at(layer)], V, Op::kNone, weight(net, theta, layer), Op::kNone, skip,
               out);
  return out;
}

double roundings(const Architecture& net, Index columns) {
  double n = static_cast<double>(columns);
  for (const Index width : net.widths) n += static_cast<double>(width);
  return n;
}

}  // namespace

DescentDirections::DescentDirections(const Architecture& architecture,
                                     const DataFactor<double>& data, const Vector& theta,
                                     const DescentOptions& options)
    : architecture_(architecture), damping_(options.damping) {
  check_fit(architecture, data, theta);
  require(std::isfinite(options.damping) && options.damping > 0,
          "Gauss-Newton damping: expected a finite number > 0, got {}", options.damping);
  const Architecture& net = architecture_;
  const Index L = net.depth();
  const Index d_y = net.output();
  const double lambda = net.lambda();

  P_.resize(at(L));
  Q_.resize(at(L));
  P_[at(L - 1)] = Matrix::Identity(d_y, d_y);
  excess_ = Matrix::Zero(d_y, d_y);
  for (Index l = L - 1; l >= 0; --l) {
    const double a = net.scales[at(l)];
    const Matrix gram = product<double>(P_[at(l)], Op::kNone, P_[at(l)], Op::kTranspose);
    Q_[at(l)] = a * a * gram;
    if (l < L - 1) excess_ += gram / net.precisions[at(l)];
    if (l > 0) P_[at(l - 1)] = map_backward(net, theta, l, P_[at(l)]);
  }
  const Matrix P_1 = map_backward(net, theta, 0, P_[0]);
  const Matrix prediction = product<double>(P_1, Op::kNone, data.x, Op::kNone);
  const Matrix r = data.y - prediction;
  if (!excess_.allFinite() || !r.allFinite()) {
    summary_ = {Status::kNotFinite,
                fmt::format("descent directions: the products of the maps overflow: largest "
                            "|theta_i| = {:.3g}, depth {}",
                            theta.cwiseAbs().maxCoeff(), L)};
    return;
  }
  spectral_excess_ = symmetric_eigenvalues(excess_)[d_y - 1];
  const Matrix S = excess_ + Matrix::Identity(d_y, d_y) / lambda;
  const Eigen::LLT<Matrix> factor(S);
  condition_ = 1 + lambda * spectral_excess_;
  if (factor.info() != Eigen::Success) {
    summary_ = {Status::kRefused,
                fmt::format("descent directions: S = I/lambda + .. is not positive definite to "
                            "rounding, lambda |S| = {:.2g}",
                            condition_)};
    return;
  }
  const Matrix e_L = factor.solve(r);
  loss_ = r.squaredNorm() / 2;
  energy_ = r.cwiseProduct(e_L).sum() / 2;
  rounding_ = roundings(net, data.x.cols()) * kEps * (data.y.norm() + prediction.norm()) / r.norm();

  // One forward pass of [x r', C, x].
  const Matrix rr = product<double>(r, Op::kNone, e_L, Op::kTranspose);  // r r' S^{-1}
  // Gauss-Newton sees the samples only through the row space of x, on which z_l = Z_l V', V with
  // orthonormal columns: a part of r outside it would meet eps alone in K + eps I and then cancel.
  const bool gauss_newton = options.gauss_newton;
  const Matrix V = gauss_newton ? input_span<double>({data.x.transpose(), {}}) : Matrix();
  const Index m = V.cols();
  Matrix F(net.input(), 2 * d_y + m);
  F.leftCols(d_y) = product<double>(data.x, Op::kNone, r, Op::kTranspose);
  F.middleCols(d_y, d_y).setZero();
  if (m > 0) F.rightCols(m) = product<double>(data.x, Op::kNone, V, Op::kNone);
  std::vector<Matrix> z;
  for (Index l = 0; l < L; ++l) {
    Matrix M = F.leftCols(d_y).transpose();
    Matrix corrected = M;
    gemm<double>(1, rr, Op::kNone, F.middleCols(d_y, d_y), Op::kTranspose, 1, corrected);
    M_[at(Descent::kLevenbergMarquardt)].emplace_back(factor.solve(M));
    M_[at(Descent::kPredictiveCoding)].emplace_back(factor.solve(corrected));
    M_[at(Descent::kBackprop)].push_back(std::move(M));
    if (gauss_newton) z.emplace_back(F.rightCols(m));
    if (l == L - 1) break;
    F = map_forward(net, theta, l, F);
    F.middleCols(d_y, d_y) += P_[at(l)].transpose() / net.precisions[at(l)];
  }
  if (!F.allFinite()) {
    for (auto& one : M_) one.clear();
    summary_ = {Status::kNotFinite, "descent directions: the activities overflow"};
    return;
  }
  if (gauss_newton) solve_gauss_newton(product<double>(r, Op::kNone, V, Op::kNone), z);
}

void DescentDirections::solve_gauss_newton(const Matrix& r, const std::vector<Matrix>& z) {
  const Index d_y = r.rows();
  const Index m = r.cols();
  Matrix K = Matrix::Zero(m * d_y, m * d_y);
  for (std::size_t l = 0; l < z.size(); ++l) {
    const Matrix G = product<double>(z[l], Op::kTranspose, z[l], Op::kNone);
    for (Index j = 0; j < m; ++j)
      for (Index i = j; i < m; ++i) K.block(i * d_y, j * d_y, d_y, d_y) += G(i, j) * Q_[l];
  }
  const auto refuse = [&](Status status, std::string why) {
    summary_ = {status, "Gauss-Newton direction: " + std::move(why)};
  };
  if (!K.allFinite()) return refuse(Status::kNotFinite, "JJ'/N overflows");
  const double largest = K.rows() == 0 ? 0 : symmetric_eigenvalues(K)[K.rows() - 1];
  if (!(largest > 0)) return refuse(Status::kRefused, "JJ' = 0, so that its damping has no scale");
  shift_ = damping_ * largest;
  K.diagonal().array() += shift_;
  if (!cholesky_in_place<double>(K))
    return refuse(Status::kRefused,
                  fmt::format("JJ'/N + eps I is not positive definite to rounding, eps = {:.2g} "
                              "lambda_max",
                              damping_));
  Matrix U = r;
  Eigen::Map<Matrix> column(U.data(), U.size(), 1);
  solve_lower_in_place<double>(K, Op::kNone, column);
  solve_lower_in_place<double>(K, Op::kTranspose, column);
  for (const Matrix& activity : z)
    M_[at(Descent::kGaussNewton)].push_back(
        product<double>(U, Op::kNone, activity, Op::kTranspose));
}

double DescentDirections::inner(Descent a, Descent b, Index layer) const {
  require(has(a) && has(b), "descent directions: this one was not computed: {}",
          summary_.ok() ? "not asked for" : summary_.message);
  const Matrix QM = product<double>(Q_[static_cast<std::size_t>(layer)], Op::kNone,
                                    M_[at(b)][static_cast<std::size_t>(layer)], Op::kNone);
  return M_[at(a)][static_cast<std::size_t>(layer)].cwiseProduct(QM).sum();
}

double DescentDirections::inner(Descent a, Descent b) const {
  double sum = 0;
  for (Index l = 0; l < depth(); ++l) sum += inner(a, b, l);
  return sum;
}

namespace {

std::optional<double> quotient(double ab, double aa, double bb) {
  const double norms = std::sqrt(aa) * std::sqrt(bb);
  if (!(norms > 0)) return std::nullopt;
  return std::clamp(ab / norms, -1.0, 1.0);
}

}  // namespace

std::optional<double> DescentDirections::cosine(Descent a, Descent b, Index layer) const {
  return quotient(inner(a, b, layer), inner(a, a, layer), inner(b, b, layer));
}

std::optional<double> DescentDirections::cosine(Descent a, Descent b) const {
  return quotient(inner(a, b), inner(a, a), inner(b, b));
}

Vector DescentDirections::vector(Descent direction) const {
  require(has(direction), "descent directions: this one was not computed: {}",
          summary_.ok() ? "not asked for" : summary_.message);
  Vector out(architecture_.n_parameters());
  for (Index l = 0; l < depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    gemm<double>(architecture_.scales[i], P_[i], Op::kTranspose, M_[at(direction)][i], Op::kNone, 0,
                 weight(architecture_, out, l));
  }
  return out;
}

double DescentDirections::cosine_error(Descent a, Descent b) const {
  double terms = 0;
  for (std::size_t l = 0; l < Q_.size(); ++l)
    terms += Q_[l].trace() * M_[at(a)][l].norm() * M_[at(b)][l].norm();
  const auto relative = [&](Descent one) {
    if (one == Descent::kBackprop) return rounding_;
    return rounding_ * (one == Descent::kGaussNewton ? 1 / damping_ : condition_);
  };
  return (relative(a) + relative(b)) * terms / (std::sqrt(inner(a, a)) * std::sqrt(inner(b, b)));
}

}  // namespace saddlescope
