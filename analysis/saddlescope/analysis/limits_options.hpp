// The options of `inference limits`, and the networks they range over.
//
// A cell of the grid is a parameterisation, a width n of all hidden layers, their number H = L - 1,
// and a seed of the weights, drawn from the stream (seed, "weights") as the other verbs do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/training/optimiser.hpp"

namespace saddlescope::analysis {

[[nodiscard]] DataOptions limits_data();  // digits, 64 samples

struct LimitsOptions {
  DataOptions data = limits_data();  // data.seed is set from `seed`
  std::vector<std::string> parts = {"init", "training", "expectation"};
  std::vector<std::string> parameterisations = {"mupc", "sp"};
  bool no_skips = false;
  double gamma = 1;
  double lambda = 1;
  std::optional<std::string> init;
  std::optional<std::vector<Index>> widths, hidden_layers, training_widths;
  int seeds = 3;
  std::uint64_t seed = 0;
  double damping = 1e-6;
  Index steps = 100;
  Index probe_every = 25;
  std::string optimiser = "adam";
  std::optional<double> learning_rate;
  Index draws = 4000;
  int threads = 0;
  std::string out = "out/limits";
  bool no_figures = false;

  [[nodiscard]] bool has_part(const std::string& part) const;
};

[[nodiscard]] OptionTable describe(LimitsOptions& options);

// Every default spelled out. Throws std::invalid_argument naming the flag.
[[nodiscard]] LimitsOptions effective(LimitsOptions options);

struct LimitsCell {
  std::string parameterisation;
  Index width = 0;
  Index hidden_layers = 0;
  std::uint64_t seed = 0;

  [[nodiscard]] Index depth() const { return hidden_layers + 1; }  // L
};

// All cells, parameterisation by parameterisation, then hidden layers, widths and seeds.
[[nodiscard]] std::vector<LimitsCell> limits_cells(const LimitsOptions& options,
                                                   const std::vector<Index>& widths);
[[nodiscard]] std::string cell_name(
    const LimitsCell& cell);  // "mupc, width 64, 7 hidden layers, ..

[[nodiscard]] ArchitectureOptions cell_architecture(const LimitsOptions& options,
                                                    const LimitsCell& cell, const Dataset& data);
[[nodiscard]] InitialiseOptions cell_initialisation(const LimitsOptions& options,
                                                    const LimitsCell& cell);
[[nodiscard]] Vector cell_weights(const LimitsOptions& options, const LimitsCell& cell,
                                  const Architecture& architecture);

}  // namespace saddlescope::analysis
