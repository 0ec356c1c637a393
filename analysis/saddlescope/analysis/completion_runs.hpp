// Matrix completion by deep networks [S]: the data, BP's runs with the plateaus they pass, and PC's
// runs from there. Internal to the study of saddles-fig6.
//
// Y is 10 x 10 of rank 3, M a mask with entries 1 of probability 0.8. Samples are the columns of Y:
// the input is M.Y (entry by entry), the target Y where M = 1; the rest is missing and tests the
// completion. Two kinds of Y:
//
//   drawn    U V' with iid N(0, 1) factors, as published: its spectrum differs from draw to draw,
//            and with it the losses of the plateaus and the time to pass them
//   logged   Haar-random singular vectors, s_k^2 = 100 (loss_{k-1} - loss_k)/0.8 with the losses
//            logged for the published Y, which was not kept: the best guess at its spectrum
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

// Logged beside the published figure, linear network: losses of the plateaus of rank 0, 1, 2.
inline constexpr double kLoggedLosses[] = {3.4458, 1.096, 0.1255};
inline constexpr const char* kLogged = "logged";
inline constexpr const char* kDrawn = "drawn";

struct CompletionSizes {
  Index width = 100, seeds = 5, drawn_seeds = 5;              // the latter linear only
  std::vector<std::pair<std::string, Index>> activations = {  // and how many of the seeds
      {"identity", 5},
      {"tanh", 1},
      {"relu", 1}};
  double sigma = 5e-3;
  Index bp_updates = 150000, pc_updates = 2500, matched_updates = 20000;
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
  std::string target, activation;
  std::uint64_t seed = 0;
  StudyRun bp;
  std::vector<Plateau> plateaus;
  std::optional<Index> done;  // loss 1e-2
};

// PC from one start, under one setting:
//
//   published   gradient summed over samples, targets unmasked, 50 steps of 0.1 of inference
//   matched     BP's step, missing targets free, inference converged
//
// Losses are those of the entries observed in both.
struct CompletionEscape {
  std::string target, activation, start, setting;
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
