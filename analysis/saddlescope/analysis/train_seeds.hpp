// The same training for several seeds, and what they say together: means over seeds, and PC minus
// BP of the same seed, with intervals.
//
//   DIR/seeds.json     the options, written first
//   DIR/seed-<s>/      what a run of seed s alone leaves behind (analysis/train_files.hpp)
//   DIR/seeds.csv      a row per seed and algorithm, DIR/summary.json, the figure seeds
//
// A seed decides the split of the data, the initial weights and the order of the samples; twins
// share all three, so that their difference is free of what they have in common. A seed is done where
// its summary.json stands, which is written last: a resumed run reads it and does not train again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/train_study.hpp"

namespace saddlescope::analysis {

// The options of a training of several seeds, which resumption compares with.
inline constexpr const char* kSeedsState = "seeds.json";

// One seed's run as its folder tells it.
struct SeedRun {
  std::uint64_t seed = 0;
  bool trained_now = false;  // at least in part; false: it was done before
  nlohmann::ordered_json summary;
  CsvTable log;
};

struct SeedsResult {
  std::vector<SeedRun> seeds;
  std::vector<std::string> algorithms;    // in the order of the log
  std::string data_title, network_title;  // of the first seed
  Index batch = 0;                        // samples in a mini-batch
  std::vector<std::string> warnings;
  double seconds = 0;
};

// The options of the runs in a folder; empty where there are none. Throws std::invalid_argument
// naming a file that is not whole.
[[nodiscard]] std::optional<nlohmann::ordered_json> read_seeds_config(
    const std::filesystem::path& folder);

// Trains each seed, one after the other, each on all threads. `options.seeds` >= 2; with
// options.resume it goes on where it stood.
[[nodiscard]] SeedsResult train_seeds(const TrainOptions& options,
                                      const std::filesystem::path& folder,
                                      const std::function<void(const std::string&)>& progress = {});

// Over the seeds whose runs ended finite and have the quantity (a key of a run's summary.json);
// empty where there are none. The difference: PC minus BP.
[[nodiscard]] std::optional<Estimate> seeds_mean(const SeedsResult& result,
                                                 const std::string& algorithm,
                                                 const std::string& quantity);
[[nodiscard]] std::optional<Estimate> seeds_difference(const SeedsResult& result,
                                                       const std::string& quantity);

[[nodiscard]] std::string train_seeds_text(const SeedsResult& result, const TrainOptions& options);
[[nodiscard]] Figure train_seeds_figure(const SeedsResult& result);
// Returns the warnings of all runs, and figures not drawn.
std::vector<std::string> write_train_seeds(const SeedsResult& result, const TrainOptions& options,
                                           const std::filesystem::path& folder);

}  // namespace saddlescope::analysis
