#include "saddlescope/analysis/phase_prediction.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/theory/dyson_branch.hpp"

namespace saddlescope::analysis {
namespace {

// Smallest and largest eigenvalue of tridiag(-b, 1 + b^2 + alpha, -b) with another last entry.
std::pair<double, double> chain_ends(Index H, double b, double alpha, double last) {
  Vector diagonal = Vector::Constant(H, 1 + b * b + alpha);
  diagonal[H - 1] = last;
  const Vector off = Vector::Constant(H - 1, -b);
  Vector smallest, largest;
  Matrix vectors;
  if (lapack_tridiagonal_eigenpairs(diagonal, off, 0, 0, smallest, vectors) != 0 ||
      lapack_tridiagonal_eigenpairs(diagonal, off, H - 1, H - 1, largest, vectors) != 0)
    throw std::runtime_error("LAPACK's tridiagonal eigen-solver did not converge");
  return {smallest[0], largest[0]};
}

// The singular value of a_l W_l, orthonormal rows or columns times a common factor.
double singular_value(const PhaseCellShape& cell, Index layer) {
  const Architecture& net = cell.architecture;
  const double spread =
      cell.init.parameterisation == Parameterisation::kSp
          ? 1
          : std::sqrt(static_cast<double>(std::max(net.rows(layer), net.cols(layer))));
  return net.scales[static_cast<std::size_t>(layer)] * cell.init.sigma * spread;
}

bool is_orthogonal_chain(const PhaseCellShape& cell) {
  const Architecture& net = cell.architecture;
  const auto hidden_begin = net.widths.begin() + 1;
  const auto hidden_end = net.widths.end() - 1;
  return cell.init.kind == Initialisation::kOrthogonal && hidden_begin < hidden_end &&
         std::all_of(hidden_begin, hidden_end, [&](Index n) { return n == *hidden_begin; }) &&
         std::all_of(net.skips.begin(), net.skips.end(), [](int skip) { return skip == 0; }) &&
         std::all_of(net.precisions.begin(), net.precisions.end() - 1,
                     [](double pi) { return pi == 1; });
}

std::optional<PhasePrediction> orthogonal_chains(const PhaseCellShape& cell) {
  if (!is_orthogonal_chain(cell)) return {};
  const Architecture& net = cell.architecture;
  const Index L = net.depth();
  const double alpha = cell.activity_decay;
  const double b = L > 2 ? singular_value(cell, 1) : 0;
  const double s = singular_value(cell, L - 1);
  auto [low, high] = chain_ends(L - 1, b, alpha, 1 + alpha + net.lambda() * s * s);
  if (net.output() < net.cols(L - 1)) {
    const auto [low_open, high_open] = chain_ends(L - 1, b, alpha, 1 + alpha);
    low = std::min(low, low_open);
    high = std::max(high, high_open);
  }
  return PhasePrediction{high / low, "orthogonal chains"};
}

}  // namespace

std::optional<PhasePrediction> phase_prediction(const PhaseCellShape& cell) {
  const auto variances = entry_variances(cell.architecture, cell.init);
  if (!variances) return orthogonal_chains(cell);
  const PredictedCondition edges =
      predicted_condition_number(cell.architecture, *variances, cell.activity_decay);
  if (!edges.summary.ok()) return {};
  return PhasePrediction{edges.condition_number, "matrix Dyson equation"};
}

}  // namespace saddlescope::analysis
