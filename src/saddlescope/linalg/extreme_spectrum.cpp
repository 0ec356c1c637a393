#include "saddlescope/linalg/extreme_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/linalg/lanczos_search.hpp"
#include "saddlescope/linalg/power_of_two.hpp"

namespace saddlescope {
namespace {

constexpr Index kDenseUpTo = 64;

const char* name(SpectrumEnd end) { return end == SpectrumEnd::kSmallest ? "smallest" : "largest"; }

// The pairs found at one end, beside the columns of `others`, which are deflated with them.
class Found {
 public:
  Found(SpectrumEnd end, Matrix others)
      : end_(end), others_(others.cols()), deflated_(std::move(others)) {}

  [[nodiscard]] Index size() const { return static_cast<Index>(depths_.size()); }
  [[nodiscard]] const Matrix& deflated() const { return deflated_; }

  void add(const SearchResult& result) {
    const Index old = deflated_.cols();
    deflated_.conservativeResize(Eigen::NoChange, old + result.vectors.cols());
    deflated_.rightCols(result.vectors.cols()) = result.vectors;
    for (const double value : result.values) depths_.push_back(depth(value));
  }

  // True if `value` is more extreme than the count-th pair by more than `margin`.
  [[nodiscard]] bool beaten_by(double value, Index count, double margin) const {
    return depth(value) < depths_[order()[static_cast<std::size_t>(count - 1)]] - margin;
  }

  // The vectors of the `count` most extreme pairs.
  [[nodiscard]] Matrix most_extreme(Index count) const {
    Matrix kept(deflated_.rows(), std::min(count, size()));
    const auto by_depth = order();
    for (Index j = 0; j < kept.cols(); ++j)
      kept.col(j) =
          deflated_.col(others_ + static_cast<Index>(by_depth[static_cast<std::size_t>(j)]));
    return kept;
  }

 private:
  // Ascends from the extreme inwards.
  [[nodiscard]] double depth(double value) const {
    return end_ == SpectrumEnd::kSmallest ? value : -value;
  }
  [[nodiscard]] std::vector<std::size_t> order() const {
    std::vector<std::size_t> by_depth(depths_.size());
    std::iota(by_depth.begin(), by_depth.end(), std::size_t{0});
    std::stable_sort(by_depth.begin(), by_depth.end(),
                     [&](std::size_t a, std::size_t b) { return depths_[a] < depths_[b]; });
    return by_depth;
  }

  SpectrumEnd end_;
  Index others_;
  Matrix deflated_;
  std::vector<double> depths_;
};

struct End {
  Matrix vectors;   // of the most extreme pairs, at most count
  Summary summary;  // what is short at this end
};

// First searches until `count` pairs have converged, then checks, one pair at a time, that what is
// left holds nothing more extreme. Each check that does brings the most extreme pair left, so there
// are at most count + 1 of them.
End search_end(const CountedOperator& H, SpectrumEnd end, Matrix others, double scale,
               const ExtremeOptions& options, RandomStream& stream) {
  Found found(end, std::move(others));
  const double margin = 2 * options.tolerance * scale;  // twice the error of a value
  const auto stop = [&](Status status, std::string message) {
    return End{found.most_extreme(options.count), {status, std::move(message)}};
  };
  for (int search = 1;; ++search) {
    const Index missing = options.count - found.size();
    const bool checking = missing <= 0;
    const Index products_before = H.products();
    const SearchResult result =
        lanczos_search(H, end, found.deflated(), checking ? 1 : missing, scale, options.tolerance,
                       options.max_restarts, stream);
    if (options.progress)
      options.progress(fmt::format("{} end, search {}: {} of {} pairs converged, {} products",
                                   name(end), search, result.values.size(), checking ? 1 : missing,
                                   H.products() - products_before));
    if (result.values.size() == 0) {
      if (checking)
        return stop(Status::kUndecided,
                    fmt::format("{} end: {} pairs converged, but the search for missed copies did "
                                "not converge in {} restarts",
                                name(end), options.count, options.max_restarts));
      return stop(Status::kNotConverged,
                  fmt::format("{} end: {} of {} pairs converged in {} restarts of each search",
                              name(end), found.size(), options.count, options.max_restarts));
    }
    if (checking && !found.beaten_by(result.values[0], options.count, margin)) return stop({}, {});
    found.add(result);
  }
}

// Rayleigh-Ritz of H on span(U), U with orthonormal columns, the first `a` for the small end.
void fill_pairs(const CountedOperator& H, const Matrix& U, Index a, ExtremeSpectrum& out) {
  const Index k = U.cols();
  const Index b = k - a;
  Matrix HU(U.rows(), k);
  if (k > 0) H.apply(U, HU);
  const Matrix T = product<double>(U, Op::kTranspose, HU, Op::kNone);
  const Eigenpairs ritz = symmetric_eigenpairs((T + T.transpose()) / 2);
  const Matrix V = product<double>(U, Op::kNone, ritz.vectors, Op::kNone);
  if (k > 0) H.apply(V, HU);
  const Vector residuals = column_norms(HU - V * ritz.values.asDiagonal());
  out.smallest = ritz.values.head(a);
  out.largest = ritz.values.tail(b);
  out.smallest_vectors = V.leftCols(a);
  out.largest_vectors = V.rightCols(b);
  out.smallest_residuals = residuals.head(a);
  out.largest_residuals = residuals.tail(b);
}

ExtremeSpectrum dense_spectrum(const CountedOperator& H, Index count) {
  const Index n = H.dim();
  const Index kept = std::min(count, n);
  Matrix M(n, n);
  H.apply(Matrix::Identity(n, n), M);
  const Eigenpairs pairs = symmetric_eigenpairs((M + M.transpose()) / 2);
  ExtremeSpectrum out;
  const Vector residuals =
      column_norms(M * pairs.vectors - pairs.vectors * pairs.values.asDiagonal());
  out.smallest = pairs.values.head(kept);
  out.largest = pairs.values.tail(kept);
  out.smallest_vectors = pairs.vectors.leftCols(kept);
  out.largest_vectors = pairs.vectors.rightCols(kept);
  out.smallest_residuals = residuals.head(kept);
  out.largest_residuals = residuals.tail(kept);
  out.complete = true;
  return out;
}

// H = 0: the first and the last coordinate vectors.
ExtremeSpectrum zero_spectrum(Index n, Index count) {
  ExtremeSpectrum out;
  out.smallest = out.largest = out.smallest_residuals = out.largest_residuals = Vector::Zero(count);
  out.smallest_vectors = out.largest_vectors = Matrix::Zero(n, count);
  out.smallest_vectors.topRows(count).diagonal().setOnes();
  out.largest_vectors.bottomRows(count).diagonal().setOnes();
  out.complete = true;
  return out;
}

ExtremeSpectrum lanczos_spectrum(const CountedOperator& H, const ExtremeOptions& options) {
  RandomStream stream(options.seed, "extreme spectrum");
  const double scale = estimate_norm(H, stream);
  if (scale == 0) return zero_spectrum(H.dim(), options.count);

  const Matrix none(H.dim(), 0);
  End small = search_end(H, SpectrumEnd::kSmallest, none, scale, options, stream);
  const End large = search_end(H, SpectrumEnd::kLargest, small.vectors, scale, options, stream);
  const Index a = small.vectors.cols();
  Matrix U = std::move(small.vectors);
  U.conservativeResize(Eigen::NoChange, a + large.vectors.cols());
  U.rightCols(large.vectors.cols()) = large.vectors;

  ExtremeSpectrum out;
  fill_pairs(H, U, a, out);
  out.complete = small.summary.ok() && large.summary.ok();
  for (const Summary& end : {small.summary, large.summary}) {
    if (end.ok()) continue;
    if (out.summary.status != Status::kNotConverged) out.summary.status = end.status;
    out.summary.message += (out.summary.message.empty() ? "" : ". ") + end.message;
  }
  return out;
}

double largest_or_zero(const Vector& v) { return v.size() == 0 ? 0.0 : v.cwiseAbs().maxCoeff(); }

}  // namespace

ExtremeSpectrum extreme_spectrum(const AnySymmetricOperator& H, const ExtremeOptions& options) {
  require(H.dim() >= 1, "extreme spectrum: expected an operator of dimension >= 1, got {}",
          H.dim());
  require(options.count >= 1, "extreme spectrum: expected count >= 1, got {}", options.count);
  require(options.tolerance > 0 && std::isfinite(options.tolerance),
          "extreme spectrum: expected tolerance > 0, got {}", options.tolerance);
  require(options.max_restarts >= 1, "extreme spectrum: expected max_restarts >= 1, got {}",
          options.max_restarts);
  const CountedOperator counted(H);
  ExtremeSpectrum out;
  try {
    const bool dense = H.dim() <= kDenseUpTo || H.dim() <= 4 * options.count;
    out = dense ? dense_spectrum(counted, options.count) : lanczos_spectrum(counted, options);
  } catch (const NotFiniteProduct& error) {
    out.summary = {Status::kNotFinite, error.what()};
  }
  out.products = counted.products();
  out.norm = std::max(largest_or_zero(out.smallest), largest_or_zero(out.largest));
  const double residual =
      std::max(largest_or_zero(out.smallest_residuals), largest_or_zero(out.largest_residuals));
  if (residual > options.tolerance * out.norm && out.summary.status != Status::kNotConverged) {
    out.summary.status = Status::kNotConverged;
    out.summary.message =
        fmt::format("the largest residual is {:.3g}, above the tolerance {:.3g} x |H|_2 = {:.3g}",
                    residual, options.tolerance, options.tolerance * out.norm);
  }
  return out;
}

double extreme_spectrum_bytes(Index dim, const ExtremeOptions& options) {
  // Spectra's basis and its copy at a restart, deflated pairs and their copies, blocks of products.
  const double columns = 2.0 * static_cast<double>(krylov_size(dim, options.count)) +
                         8.0 * static_cast<double>(options.count);
  return 8.0 * static_cast<double>(dim) * columns;
}

}  // namespace saddlescope
