// Runs of saddles-fig5, their tables and figure. Internal to its study.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/reproduction.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/data/dataset.hpp"

namespace saddlescope::analysis {

inline constexpr Index kWithin = 2000;  // updates that are also asked about
inline constexpr const char* kEscapeSettings[] = {"matched", "published"};

struct EscapeSizes {
  Index width = 128, samples = 0, seeds = 5, published_seeds = 2, updates = 3000, every = 10;
  std::vector<std::string> activations = {"identity", "tanh", "relu"};
  double sigma = 5e-3;  // deviation of the initial weights
};

struct EscapeJob {
  std::string activation, setting, algorithm;
  std::uint64_t seed = 0;
  StudyRun run;
  std::optional<Index> left;
};

// Updates to a share of the initial loss, of one activation, setting and algorithm, over seeds.
struct EscapeGroup {
  std::vector<double> steps;  // censored ones count as the updates allowed
  Index censored = 0;
  Index within = 0;  // there in kWithin updates
  // Median (range), how many are censored, and how many took kWithin at most.
  [[nodiscard]] std::string text(Index updates) const;
};
[[nodiscard]] EscapeGroup escape_group(const std::vector<EscapeJob>& jobs, const EscapeSizes& sizes,
                                       const std::string& activation, const std::string& setting,
                                       const std::string& algorithm, double share);

// At equal steps: agrees where PC leaves in fewer updates than its twin for every activation and
// seed; differs where BP does not need more in any; else, as some pair stays for all updates
// allowed, undecided.
[[nodiscard]] Agreement pc_leads(const std::vector<EscapeJob>& jobs);

// Updates until the energy of PC is down to `share` of its start at equal steps of `rate`, predicted
// from the origin alone: there F* falls through W_L only, at the rate |lambda_min| =
// lambda_max(Sigma_yy) of its Hessian (linearly or not, as phi(0) = 0), and a singular value s of W_L
// beyond the linear regime as
//
//   ds/dt = rate |lambda_min| s/(1 + s^2)^2,   F* = F*(0)/(1 + s^2),   s(0)^2 = n sigma^2.
[[nodiscard]] double predicted_energy_escape(const EscapeSizes& sizes, const Dataset& data,
                                             double rate, double share);

// A row for each run, and for each point of its curve.
[[nodiscard]] StudyTable escape_runs_table(const std::vector<EscapeJob>& jobs);
[[nodiscard]] StudyTable escape_curves_table(const std::vector<EscapeJob>& jobs);

// Share of the initial loss, and gradient norms, by update: a column for each activation.
[[nodiscard]] Figure escape_curves_figure(const std::vector<EscapeJob>& jobs,
                                          const EscapeSizes& sizes, const Dataset& data);

}  // namespace saddlescope::analysis
