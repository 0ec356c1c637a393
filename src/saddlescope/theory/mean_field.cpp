#include "saddlescope/theory/mean_field.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

void check(const MeanFieldProblem& problem) {
  const Matrix& kernel = problem.input_kernel;
  require(kernel.rows() >= 1 && kernel.rows() == kernel.cols(),
          "mean field: input kernel: expected P x P with P >= 1, got {} x {}", kernel.rows(),
          kernel.cols());
  require(problem.targets.rows() == kernel.rows() && problem.targets.cols() >= 1,
          "mean field: targets: expected {} x K with K >= 1, got {} x {}", kernel.rows(),
          problem.targets.rows(), problem.targets.cols());
  require(kernel.allFinite(), "mean field: input kernel: expected finite entries, got NaN or Inf");
  require(problem.targets.allFinite(),
          "mean field: targets: expected finite entries, got NaN or Inf");
  require(std::isfinite(problem.targets.squaredNorm()),
          "mean field: targets: expected a finite sum of squares, got entries up to {:g}",
          problem.targets.cwiseAbs().maxCoeff());
  // A product X'X of P columns is symmetric and semidefinite to P eps of its size.
  const double rounding = 4 * static_cast<double>(kernel.rows()) *
                          std::numeric_limits<double>::epsilon() * kernel.norm();
  require((kernel - kernel.transpose()).norm() <= rounding,
          "mean field: input kernel: expected a symmetric matrix, got |K - K'| = {:.3g}",
          (kernel - kernel.transpose()).norm());
  const double least = symmetric_eigenvalues(kernel)(0);
  require(least >= -rounding,
          "mean field: input kernel: expected eigenvalues >= 0, got {:.3g} as the least", least);
  require(problem.hidden_layers >= 1, "mean field: hidden layers: expected >= 1, got {}",
          problem.hidden_layers);
  require(problem.steps >= 0, "mean field: steps: expected >= 0, got {}", problem.steps);
  require(std::isfinite(problem.learning_rate) && problem.learning_rate > 0,
          "mean field: learning rate: expected > 0, got {}", problem.learning_rate);
  require(std::isfinite(problem.gamma) && problem.gamma > 0,
          "mean field: richness gamma: expected > 0, got {}", problem.gamma);
}

enum class OutputFrom { kFirstLayer, kLastLayer };

// One pass over time. M[l], Q[l] are those of layer l = 1 .. H.
class March {
 public:
  March(const MeanFieldProblem& problem, OutputFrom from, MeanFieldSolution& out)
      : out_(out),
        from_(from),
        kernel_((problem.input_kernel + problem.input_kernel.transpose()) / 2),
        targets_(problem.targets),
        P_(kernel_.rows()),
        K_(targets_.cols()),
        layers_(problem.hidden_layers),
        gamma_(problem.gamma),
        rate_(problem.learning_rate / static_cast<double>(P_)),
        c_(gamma_ * rate_) {
    const Index times = problem.steps + 1;
    const Index n = times * P_, m = times * K_;
    out_.H.assign(at(layers_ + 1), Matrix::Zero(n, n));
    out_.A.assign(at(layers_ + 1), Matrix::Zero(n, m));
    out_.G.assign(at(layers_ + 2), Matrix::Zero(m, m));
    out_.B.assign(at(layers_ + 1), Matrix::Zero(m, n));
    out_.G.front().resize(0, 0);
    M_.assign(at(layers_ + 1), Matrix::Zero(n, n));
    Q_.assign(at(layers_ + 1), Matrix::Zero(m, m));
    M_.front().resize(0, 0);
    Q_.front().resize(0, 0);
    out_.H.front() = kernel_.replicate(times, times);
    out_.G.back() = Matrix::Identity(K_, K_).replicate(times, times);
  }

  // Row t of everything, from rows before t. False where it is not finite.
  bool advance(Index t) {
    for (Index l = 1; l <= layers_; ++l) upwards(l, t);
    for (Index l = layers_; l >= 1; --l) downwards(l, t);
    const Matrix f =
        from_ == OutputFrom::kLastLayer ? outputs_of_last_layer(t) : outputs_of_first_layer(t);
    const Matrix residual = targets_ - f;
    const double loss = residual.squaredNorm() / (2 * static_cast<double>(P_));
    if (!std::isfinite(loss) || !rows_finite(t)) return false;
    out_.residuals.push_back(residual);
    losses_.push_back(loss);
    return true;
  }

  // Keeps the first `times` times.
  void keep(Index times) {
    for (Matrix& one : out_.H) one.conservativeResize(times * P_, times * P_);
    for (Matrix& one : out_.A) one.conservativeResize(times * P_, times * K_);
    for (Matrix& one : out_.B) one.conservativeResize(times * K_, times * P_);
    for (Index l = 1; l <= layers_ + 1; ++l)
      out_.G[at(l)].conservativeResize(times * K_, times * K_);
    out_.residuals.resize(at(times));
    out_.loss = Eigen::Map<const Vector>(losses_.data(), times);
  }

 private:
  // Row t of M, A and H of layer l: h_t = u_t + C_{t,<t} g_{<t} with g = B^{l-1} u + Q r.
  void upwards(Index l, Index t) {
    const Index p = t * P_, k = t * K_, p1 = p + P_;
    const Matrix& below = out_.H[at(l - 1)];
    const Matrix& above = out_.G[at(l + 1)];
    Matrix &A = out_.A[at(l)], &M = M_[at(l)];
    Matrix C = out_.A[at(l - 1)].block(p, 0, P_, k);
    for (Index s = 0; s < t; ++s)
      gemm<double>(c_, below.block(p, s * P_, P_, P_), Op::kNone, out_.residuals[at(s)], Op::kNone,
                   1, C.middleCols(s * K_, K_));
    gemm<double>(1, C, Op::kNone, out_.B[at(l - 1)].topLeftCorner(k, p), Op::kNone, 0,
                 M.block(p, 0, P_, p));
    M.block(p, p, P_, P_).setIdentity();
    gemm<double>(1, C, Op::kNone, Q_[at(l)].topLeftCorner(k, k), Op::kNone, 0,
                 A.block(p, 0, P_, k));
    Matrix row(P_, p1);
    add_covariance(M.block(p, 0, P_, p1), below.topLeftCorner(p1, p1), M.topLeftCorner(p1, p1), 0,
                   row);
    add_covariance(A.block(p, 0, P_, k), above.topLeftCorner(k, k), A.topLeftCorner(p1, k), 1, row);
    store(row, p, out_.H[at(l)]);
  }

  // Row t of Q, B^{l-1} and G of layer l: g_t = r_t + D_{t,<t} h_{<t} with h = M u + A r.
  void downwards(Index l, Index t) {
    const Index p = t * P_, k = t * K_, k1 = k + K_;
    const Matrix& below = out_.H[at(l - 1)];
    const Matrix& above = out_.G[at(l + 1)];
    Matrix &B = out_.B[at(l - 1)], &Q = Q_[at(l)];
    Matrix D = out_.B[at(l)].block(k, 0, K_, p);
    for (Index s = 0; s < t; ++s)
      gemm<double>(c_, above.block(k, s * K_, K_, K_), Op::kNone, out_.residuals[at(s)],
                   Op::kTranspose, 1, D.middleCols(s * P_, P_));
    gemm<double>(1, D, Op::kNone, out_.A[at(l)].topLeftCorner(p, k), Op::kNone, 0,
                 Q.block(k, 0, K_, k));
    Q.block(k, k, K_, K_).setIdentity();
    gemm<double>(1, D, Op::kNone, M_[at(l)].topLeftCorner(p, p), Op::kNone, 0,
                 B.block(k, 0, K_, p));
    Matrix row(K_, k1);
    add_covariance(Q.block(k, 0, K_, k1), above.topLeftCorner(k1, k1), Q.topLeftCorner(k1, k1), 0,
                   row);
    add_covariance(B.block(k, 0, K_, p), below.topLeftCorner(p, p), B.topLeftCorner(k1, p), 1, row);
    store(row, k, out_.G[at(l)]);
  }

  // row = R S V' + keep row
  static void add_covariance(ConstMatrixRef R, ConstMatrixRef S, ConstMatrixRef V, double keep,
                             Matrix& row) {
    const Matrix RS = product<double>(R, Op::kNone, S, Op::kNone);
    gemm<double>(1, RS, Op::kNone, V, Op::kTranspose, keep, row);
  }

  // Rows `begin`.. of the symmetric S up to the diagonal, and their mirror image.
  static void store(Matrix& row, Index begin, Matrix& S) {
    const Index n = row.rows();
    const Matrix square = row.rightCols(n);
    row.rightCols(n) = (square + square.transpose()) / 2;
    S.block(begin, 0, n, begin + n) = row;
    S.block(0, begin, begin + n, n) = row.transpose();
  }

  [[nodiscard]] Matrix outputs_of_last_layer(Index t) const {
    const Matrix& A = out_.A.back();
    const Matrix& H = out_.H.back();
    Matrix f = Matrix::Zero(P_, K_);
    for (Index s = 0; s < t; ++s) {
      f += A.block(t * P_, s * K_, P_, K_) / gamma_;
      gemm<double>(rate_, H.block(t * P_, s * P_, P_, P_), Op::kNone, out_.residuals[at(s)],
                   Op::kNone, 1, f);
    }
    return f;
  }

  [[nodiscard]] Matrix outputs_of_first_layer(Index t) const {
    const Matrix& B = out_.B.front();
    const Matrix& G = out_.G[1];
    Matrix sum = Matrix::Zero(P_, K_);
    for (Index s = 0; s < t; ++s) {
      sum += B.block(t * K_, s * P_, K_, P_).transpose() / gamma_;
      gemm<double>(rate_, out_.residuals[at(s)], Op::kNone, G.block(t * K_, s * K_, K_, K_),
                   Op::kTranspose, 1, sum);
    }
    return product<double>(kernel_, Op::kNone, sum, Op::kNone);
  }

  [[nodiscard]] bool rows_finite(Index t) const {
    bool finite = true;
    for (const Matrix& one : out_.H) finite = finite && one.middleRows(t * P_, P_).allFinite();
    for (Index l = 1; l <= layers_; ++l)
      finite = finite && out_.G[at(l)].middleRows(t * K_, K_).allFinite();
    return finite;
  }

  MeanFieldSolution& out_;
  OutputFrom from_;
  Matrix kernel_, targets_;
  Index P_, K_, layers_;
  double gamma_, rate_, c_;
  std::vector<Matrix> M_, Q_;
  std::vector<double> losses_;
};

MeanFieldSolution run(const MeanFieldProblem& problem, OutputFrom from,
                      const std::function<void(Index)>& progress) {
  MeanFieldSolution out;
  out.n_samples = problem.input_kernel.rows();
  out.n_outputs = problem.targets.cols();
  out.hidden_layers = problem.hidden_layers;
  March march(problem, from, out);
  Index t = 0;
  while (t <= problem.steps && march.advance(t)) {
    if (progress) progress(t);
    ++t;
  }
  march.keep(t);
  return out;
}

}  // namespace

MeanFieldSolution solve_mean_field(const MeanFieldProblem& problem,
                                   const std::function<void(Index)>& progress) {
  check(problem);
  const auto half = [&](Index first) {
    return [&progress, first](Index t) {
      if (progress) progress((first + t) / 2);
    };
  };
  const Vector other = run(problem, OutputFrom::kFirstLayer, half(0)).loss;
  MeanFieldSolution out = run(problem, OutputFrom::kLastLayer, half(problem.steps + 1));
  const Index times = std::min(out.loss.size(), other.size());
  out.loss_error = (out.loss.head(times) - other.head(times)).cwiseAbs();
  const double largest = out.loss.maxCoeff();
  const double limit = std::sqrt(std::numeric_limits<double>::epsilon()) * largest;
  if (out.loss.size() <= problem.steps) {
    out.summary = {
        Status::kNotFinite,
        fmt::format("training diverges: no finite numbers from step {} on, the loss went from "
                    "{:.3g} to {:.3g} in the steps before (learning rate {:g}, gamma {:g})",
                    out.loss.size(), out.loss(0), out.loss(out.loss.size() - 1),
                    problem.learning_rate, problem.gamma)};
  } else if (times <= problem.steps) {
    out.summary = {Status::kUndecided,
                   fmt::format("rounding decides whether training diverges: computed through the "
                               "first layer it does at step {}",
                               times)};
  } else if (out.loss_error.maxCoeff() > limit) {
    out.summary = {Status::kUndecided,
                   fmt::format("rounding: losses computed through the first and the last layer "
                               "differ by {:.3g}, more than {:.3g} = sqrt(eps) of the largest",
                               out.loss_error.maxCoeff(), limit)};
  }
  return out;
}

double mean_field_bytes(const MeanFieldProblem& problem) {
  const auto times = static_cast<double>(problem.steps + 1);
  const auto layers = static_cast<double>(problem.hidden_layers);
  const double p = times * static_cast<double>(problem.input_kernel.rows());
  const double k = times * static_cast<double>(problem.targets.cols());
  return 8 * ((2 * layers + 1) * (p * p + k * k) + 2 * (layers + 1) * p * k);
}

Matrix tangent_kernel(const MeanFieldSolution& solution, Index t) {
  require(t >= 0 && t < solution.loss.size(), "tangent kernel: time: expected 0 .. {}, got {}",
          solution.loss.size() - 1, t);
  const Index P = solution.n_samples, K = solution.n_outputs;
  Matrix out = Matrix::Zero(K * P, K * P);
  for (Index l = 0; l <= solution.hidden_layers; ++l) {
    const Matrix H = solution.H[at(l)].block(t * P, t * P, P, P);
    const Matrix G = solution.G[at(l + 1)].block(t * K, t * K, K, K);
    for (Index j = 0; j < K; ++j)
      for (Index k = 0; k < K; ++k) out.block(k * P, j * P, P, P) += G(k, j) * H;
  }
  return out;
}

}  // namespace saddlescope
