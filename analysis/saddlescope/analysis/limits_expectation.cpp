#include "saddlescope/analysis/limits_expectation.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include <boost/math/distributions/normal.hpp>
#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/descent_directions.hpp"
#include "saddlescope/theory/mean_schur.hpp"

namespace saddlescope::analysis {
namespace {

// P(|z| > 3) for one normal z.
double tail_at_three() { return 2 * boost::math::cdf(boost::math::normal(), -3.0); }

// Mean and standard error of the mean, each column of `samples` a draw, by two passes.
struct Mean {
  Vector mean, standard_error;
};

Mean mean_of(const Matrix& samples) {
  const auto n = static_cast<double>(samples.cols());
  Mean out;
  out.mean = samples.rowwise().mean();
  const Matrix centred = samples.colwise() - out.mean;
  out.standard_error = (centred.rowwise().squaredNorm() / (n * (n - 1))).cwiseSqrt();
  return out;
}

}  // namespace

MeanSchurResult sample_mean_schur(const MeanSchurCase& one) {
  require(one.draws >= 2, "draws: expected >= 2, got {}", one.draws);
  const Architecture net = make_architecture(one.architecture);
  const auto variances = entry_variances(net, one.init);
  require(variances.has_value(),
          "initialisation: expected one with independent entries (uniform or normal), got {}",
          name(one.init.kind));
  MeanSchurResult out;
  out.asked = one;
  out.exact = mean_schur_excess(net, *variances);

  // S depends on no data; any will do.
  const DataFactor<double> data = {Matrix::Ones(net.input(), 1), Matrix::Ones(net.output(), 1)};
  const Index d_y = net.output();
  out.n_entries = d_y * (d_y + 1) / 2;
  Matrix samples(out.n_entries + 1, one.draws);  // the entries of each draw, then tr/d_y
  RandomStream stream(one.seed, "mean of S");
  for (Index k = 0; k < one.draws; ++k) {
    const DescentDirections directions(net, data, initialise(net, one.init, stream), {false});
    const Matrix& excess = directions.schur_excess();
    Index row = 0;
    for (Index j = 0; j < d_y; ++j)
      for (Index i = 0; i <= j; ++i) samples(row++, k) = excess(i, j);
    samples(row, k) = excess.trace() / static_cast<double>(d_y);
  }
  const Mean found = mean_of(samples);
  Index row = 0;
  for (Index j = 0; j < d_y; ++j)
    for (Index i = 0; i <= j; ++i, ++row)
      out.entry_z = std::max(out.entry_z, std::abs(found.mean[row] - (i == j ? out.exact : 0)) /
                                              found.standard_error[row]);
  out.mean = found.mean[row];
  out.standard_error = found.standard_error[row];
  out.z = (out.mean - out.exact) / out.standard_error;
  return out;
}

std::vector<MeanSchurResult> mean_schur_table(
    double lambda, std::uint64_t seed, Index draws,
    const std::function<void(const std::string&)>& progress) {
  struct Kind {
    Parameterisation parameterisation;
    Initialisation init;
  };
  constexpr Kind kKinds[] = {{Parameterisation::kSp, Initialisation::kUniform},
                             {Parameterisation::kSp, Initialisation::kNormal},
                             {Parameterisation::kNtp, Initialisation::kNormal},
                             {Parameterisation::kMupc, Initialisation::kNormal}};
  std::vector<MeanSchurCase> cases;
  for (const auto& [parameterisation, init] : kKinds) {
    for (const bool skips : {false, true}) {
      for (const double gamma : {1.0, 2.0}) {
        MeanSchurCase one;
        one.architecture.widths = {8, 16, 16, 16, 16, 3};
        one.architecture.parameterisation = parameterisation;
        one.architecture.skips = skips;
        one.architecture.gamma = gamma;
        one.architecture.lambda = lambda;
        one.init.kind = init;
        one.init.parameterisation = parameterisation;
        // A seed each: sharing one would give all cases the same normal numbers.
        one.seed = seed * 1000 + cases.size();
        one.draws = draws;
        cases.push_back(one);
      }
    }
  }
  std::vector<MeanSchurResult> out(cases.size());
  std::mutex lock;
  std::size_t done = 0;
  parallel_for(static_cast<Index>(cases.size()), [&](Index i) {
    out[static_cast<std::size_t>(i)] = sample_mean_schur(cases[static_cast<std::size_t>(i)]);
    const std::lock_guard guard(lock);
    if (progress) progress(fmt::format("mean of S: {} of {} cases", ++done, cases.size()));
  });
  return out;
}

double three_sigma_of_many(Index n) {
  // (1 - q)^n = 1 - p with q the tail of one comparison on both sides.
  const double q = -std::expm1(std::log1p(-tail_at_three()) / static_cast<double>(n));
  return -boost::math::quantile(boost::math::normal(), q / 2);
}

double false_alarm(Index n) {
  return -std::expm1(static_cast<double>(n) * std::log1p(-tail_at_three()));
}

}  // namespace saddlescope::analysis
