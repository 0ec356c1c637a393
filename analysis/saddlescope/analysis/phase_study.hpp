// The condition number of the activity Hessian over width N and number of hidden layers H: one
// diagram per parameterisation, initialisation and skips on or off, each cell the median over
// seeds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/phase_prediction.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/inference/conditioning.hpp"

namespace saddlescope::analysis {

struct PhaseOptions {
  std::optional<std::vector<Index>> widths, hidden_layers;
  std::vector<std::string> parameterisations = {"sp", "ntp", "mupc"};
  std::vector<std::string> inits = {"uniform", "normal", "orthogonal"};
  std::vector<std::string> skip_variants = {"off", "on"};
  std::optional<Index> seeds;
  Index output = 10;
  double lambda = 1;
  double activity_decay = 0;
  double tolerance = 0.01;
  std::uint64_t seed = 0;
  bool quick = false;
  int threads = 0;
  std::string out = "out/phase";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(PhaseOptions& options);
[[nodiscard]] PhaseOptions effective(PhaseOptions options);

struct PhaseCell {
  Index width = 0, hidden_layers = 0;
  std::vector<Conditioning> seeds;
  double median = 0;  // of kappa; NaN where a seed's products overflowed
  bool undecided =
      false;  // a seed's kappa is a lower bound, or its error bound misses the tolerance
  std::optional<PhasePrediction> predicted;
};

// kappa ~ N^p or H^p along the upper half of the grid, at the largest value of the other axis, over
// the decided cells.
struct PhaseGrowth {
  PowerLaw law;
  Index at = 0;  // the largest value of the other axis
  Index from = 0, to = 0;
};

struct PhaseDiagram {
  std::string parameterisation, init;
  bool skips = false;
  std::vector<PhaseCell> cells;  // width by width, hidden layers ascending inside
  PhaseGrowth depth_growth, width_growth;

  [[nodiscard]] std::string name() const;  // "sp, normal, skips"
};

struct PhaseResult {
  std::vector<Index> widths, hidden_layers;  // ascending
  std::vector<PhaseDiagram> diagrams;
  double seconds = 0;

  [[nodiscard]] const PhaseCell& cell(const PhaseDiagram& diagram, std::size_t width,
                                      std::size_t hidden) const {
    return diagram.cells[width * hidden_layers.size() + hidden];
  }
};

// One cell as a network; its weights are a function of (seed, the cell) alone. kappa does not depend
// on the first layer, whose input has width 1.
[[nodiscard]] PhaseCellShape phase_cell_shape(const PhaseOptions& options,
                                              const PhaseDiagram& diagram, Index width,
                                              Index hidden_layers);
[[nodiscard]] Conditioning phase_cell_conditioning(const PhaseCellShape& shape,
                                                   const PhaseDiagram& diagram, double tolerance,
                                                   std::uint64_t seed);

// Cells and seeds run in parallel, the largest first.
[[nodiscard]] PhaseResult phase_study(const PhaseOptions& options,
                                      const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis
