#include "saddlescope/analysis/limits_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/memory_budget.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/theory/mean_schur.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Weights, two buffers of the widest layer while they are drawn, what the directions keep, and K
// twice.
double cell_bytes(const Architecture& net, const DataFactor<double>& data) {
  const auto d_y = static_cast<double>(net.output());
  const auto m = static_cast<double>(data.x.cols());
  double units = 0, widest = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    units += static_cast<double>(net.cols(l));
    widest = std::max(widest, static_cast<double>(net.rows(l)) * static_cast<double>(net.cols(l)));
  }
  return 8 * (static_cast<double>(net.n_parameters()) + 2 * widest + units * (m + 7 * d_y) +
              2 * m * d_y * m * d_y);
}

}  // namespace

LimitsPoint limits_point(const Architecture& architecture, const DataFactor<double>& data,
                         const Vector& theta, bool gauss_newton, double damping) {
  const DescentDirections directions(architecture, data, theta, {gauss_newton, damping});
  LimitsPoint out;
  out.summary = directions.summary();
  const bool known = directions.has(Descent::kBackprop);
  out.loss = known ? directions.loss() : kNaN;
  out.energy = known ? directions.energy() : kNaN;
  out.ratio = architecture.lambda() * out.loss / out.energy;
  out.spectral_excess = known ? directions.spectral_excess() : kNaN;
  out.mean_excess =
      known ? directions.schur_excess().trace() / static_cast<double>(architecture.output()) : kNaN;
  out.ratio_error = directions.ratio_error();
  for (std::size_t k = 0; k < kDescentPairs.size(); ++k) {
    const auto& [a, b, name, title] = kDescentPairs[k];
    out.cosine[k] = out.cosine_error[k] = kNaN;
    out.layer_cosine[k].assign(static_cast<std::size_t>(architecture.depth()), kNaN);
    if (!directions.has(a) || !directions.has(b)) continue;
    out.cosine[k] = directions.cosine(a, b).value_or(kNaN);
    out.cosine_error[k] = directions.cosine_error(a, b);
    for (Index l = 0; l < architecture.depth(); ++l)
      out.layer_cosine[k][static_cast<std::size_t>(l)] = directions.cosine(a, b, l).value_or(kNaN);
  }
  return out;
}

std::vector<MapCell> limits_map(const LimitsOptions& options, const Dataset& data,
                                const std::function<void(const std::string&)>& progress) {
  const std::vector<LimitsCell> cells = limits_cells(options, *options.widths);
  const DataFactor<double> factor = compress(data_factor<double>(data));
  const double available = available_memory();
  std::vector<double> bytes;
  for (const LimitsCell& cell : cells) {
    bytes.push_back(cell_bytes(make_architecture(cell_architecture(options, cell, data)), factor));
    require_fits(bytes.back() <= available, "--widths: {} with {} samples needs {}, {} available",
                 cell_name(cell), data.n_samples(), memory_text(bytes.back()),
                 memory_text(available));
  }
  std::vector<MapCell> map(cells.size());
  std::mutex lock;
  std::size_t done = 0;
  parallel_by_size(bytes, available, [&](std::size_t i) {
    const Architecture net = make_architecture(cell_architecture(options, cells[i], data));
    const auto variances = entry_variances(net, cell_initialisation(options, cells[i]));
    map[i].cell = cells[i];
    map[i].expected_excess = variances ? mean_schur_excess(net, *variances) : kNaN;
    map[i].point =
        limits_point(net, factor, cell_weights(options, cells[i], net), true, options.damping);
    const std::lock_guard guard(lock);
    if (progress) progress(fmt::format("at random weights: {} of {} networks", ++done, map.size()));
  });
  return map;
}

double seed_median(const std::vector<MapCell>& map, const std::string& parameterisation,
                   Index width, Index hidden_layers,
                   const std::function<double(const MapCell&)>& value) {
  std::vector<double> values;
  for (const MapCell& one : map)
    if (one.cell.parameterisation == parameterisation && one.cell.width == width &&
        one.cell.hidden_layers == hidden_layers && std::isfinite(value(one)))
      values.push_back(value(one));
  return values.empty() ? kNaN : median(std::move(values));
}

}  // namespace saddlescope::analysis
