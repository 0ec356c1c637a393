// Critical points searched from random starts under each objective, resumable; every point found is
// classified, certified and compared with the others modulo symmetry.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/saddle/classification.hpp"
#include "saddlescope/saddle/critical_search.hpp"

namespace saddlescope::analysis {

struct SearchStudyOptions {
  ProblemOptions problem;  // its point is a random initialisation
  Index starts = 200;
  std::vector<double> start_scales = {0.1, 0.3, 1};
  double flow_time = 20;
  std::string method = "newton-mr";
  std::optional<Index> index;  // for eigenvector-following
  Index max_iterations = 1000;
  std::vector<std::string> objectives = {"mse", "energy"};
  int threads = 0;
  std::string out = "out/search";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(SearchStudyOptions& options);
[[nodiscard]] SearchStudyOptions effective(SearchStudyOptions options);

// One start under one objective. Start i draws its weights from a stream of its own, with the
// (i mod k)-th of the k start scales.
struct SearchRecord {
  Index start = 0;
  double scale = 0;
  CriticalPointSearch search;             // theta in reduced parameters
  std::optional<Classification> verdict;  // of critical points
  // Of linear networks: the rank of A_{L:1} and the class modulo the objective's symmetry; -1: not a
  // critical point, or undecided.
  Index rank = -1;
  Index orbit = -1;
};

struct ObjectiveSearch {
  std::string objective;
  std::vector<SearchRecord> records;  // in order of the starts
  Index n_orbits = 0;
};

struct SearchStudyResult {
  Problem problem;
  std::vector<ObjectiveSearch> objectives;
  Index resumed = 0;  // searches read from the state file
  double seconds = 0;
};

// Keeps finished searches in `state` (HDF5), written after every 32 starts and, where they are slow,
// at the end of one 0.5 s after the last: the same call continues where an interrupted one stopped,
// and a larger number of starts adds to it. Throws std::invalid_argument if the file is of other
// options or data.
[[nodiscard]] SearchStudyResult search_study(
    const SearchStudyOptions& options, const std::filesystem::path& state,
    const std::function<void(const std::string&)>& progress = {});

[[nodiscard]] Index count(const ObjectiveSearch& search, SearchEnd end);

}  // namespace saddlescope::analysis
