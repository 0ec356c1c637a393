// Matrix completion by deep networks [S]: the data, BP's runs with the plateaus they pass, and PC's
// runs from there. Internal to the study of saddles-fig6.
//
// Y = U V' with iid N(0, 1) factors, 10 x 10 of rank 3; inputs are the columns of the identity, a
// sample each; 80 of the 100 entries are targets, the rest are missing and test the completion.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/study_run.hpp"

namespace saddlescope::analysis {

inline constexpr Index kSide = 10;
inline constexpr double kCompletionRate = 1e-2;
// The published loss is the mean over samples and outputs, without 1/2: 2/d_y of ours.
inline constexpr double kPublishedUnits = 2.0 / kSide;

struct CompletionSizes {
  Index width = 100, seeds = 5;
  std::vector<std::pair<std::string, Index>> activations = {  // and how many of the seeds
      {"identity", 5},
      {"tanh", 1},
      {"relu", 1}};
  double sigma = 5e-3;
  Index bp_updates = 200000, pc_updates = 4000, matched_updates = 30000;
};

// Where BP's gradient was smallest between two of its rises.
struct Plateau {
  Index update = 0;
  Index rank = 0;   // singular values of the prediction above a tenth of the target's largest
  double loss = 0;  // published units, as all losses here
  double gradient = 0;
  Vector theta;
};

struct CompletionRun {
  std::string activation;
  std::uint64_t seed = 0;
  StudyRun bp;
  std::vector<Plateau> plateaus;
  std::optional<Index> done;  // loss 1e-2
};

// PC from one start, under one normalisation.
struct CompletionEscape {
  std::string activation, start, normalisation;
  std::uint64_t seed = 0;
  StudyRun pc;
  std::optional<Index> left;  // loss 10 % below the start's
  std::optional<Index> done;
};

// Without theta, summaries of BP's runs.
[[nodiscard]] std::vector<CompletionRun> train_bp(
    const CompletionSizes& sizes, const std::function<void(const std::string&)>& progress);
[[nodiscard]] std::vector<CompletionEscape> train_pc(
    const CompletionSizes& sizes, const std::vector<CompletionRun>& bp,
    const std::function<void(const std::string&)>& progress);

// When the loss first went below the geometric mean of two levels.
[[nodiscard]] std::optional<Index> crossing(const StudyRun& run, double above, double below);

}  // namespace saddlescope::analysis
