#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/slice_files.hpp"

namespace saddlescope::analysis {
namespace {

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double s = 0, t = 0;  // of the lowest value
};

Extent extent(const SliceSurface& surface, const SliceGrid& grid) {
  Extent out;
  for (Index j = 0; j < surface.values.cols(); ++j)
    for (Index i = 0; i < surface.values.rows(); ++i) {
      const double value = surface.values(i, j);
      if (std::isnan(value)) continue;
      if (value < out.low) out = {value, out.high, grid.s[i], grid.t[j]};
      if (value > out.high) out.high = value;
    }
  return out;
}

std::string axes_text(const SliceStudyResult& result) {
  std::string text;
  for (std::size_t j = 0; j < result.axes.size(); ++j) {
    const SliceAxis& axis = result.axes[j];
    text += fmt::format("  {:<22}{}", j == 0 ? "direction s" : "direction t", axis.label);
    if (axis.index > 0)
      text += fmt::format(", lambda = {:.6g} to {:.1e}", axis.eigenvalue, axis.error);
    if (axis.multiplicity > 1)
      text += fmt::format(", one of {} with this value to rounding", axis.multiplicity);
    if (axis.variance > 0)
      text += fmt::format(", {:.4g} % of the squared distances", 100 * axis.variance);
    text += "\n";
  }
  if (result.zero_rows > 0)
    text += fmt::format("  {:<22}{} of {} rows of weights are zero and stay zero\n", "",
                        result.zero_rows, result.rows);
  const Index n = result.grid.s.size();
  text += fmt::format("  {:<22}-{:.4g} to {:.4g}, {} points{}\n\n", "range", result.range,
                      result.range, n, result.grid.t.size() > 1 ? " along each" : "");
  return text;
}

template <class Items, class Cell>
std::string row(const std::string& label, const Items& items, const Cell& cell) {
  std::string text = fmt::format("  {:<22}", label);
  for (const auto& item : items) text += fmt::format("{:>24}", std::string(cell(item)));
  return text + "\n";
}

std::string surfaces_text(const SliceStudyResult& result) {
  const auto extent_of = [&](const SlicedObjective& one) {
    return extent(one.surface, result.grid);
  };
  std::string text = row("", result.surfaces, [](const SlicedObjective& one) { return one.title; });
  text += row("lowest value", result.surfaces, [&](const SlicedObjective& one) {
    return fmt::format("{:.6g}", extent_of(one).low);
  });
  text += row("at", result.surfaces, [&](const SlicedObjective& one) {
    const Extent e = extent_of(one);
    return result.grid.t.size() > 1 ? fmt::format("({:.4g}, {:.4g})", e.s, e.t)
                                    : fmt::format("{:.4g}", e.s);
  });
  text += row("highest value", result.surfaces, [&](const SlicedObjective& one) {
    return fmt::format("{:.6g}", extent_of(one).high);
  });
  for (std::size_t j = 0; j < result.axes.size(); ++j) {
    const char* axis = j == 0 ? "s" : "t";
    const auto model = [&](const char* what, auto member) {
      text += row(fmt::format("{} along {}", what, axis), result.surfaces,
                  [&](const SlicedObjective& one) {
                    return one.models.size() > j ? fmt::format("{:.6g}", one.models[j].*member)
                                                 : std::string("-");
                  });
    };
    model("slope", &QuadraticModel::slope);
    model("curvature", &QuadraticModel::curvature);
  }
  text += row("gaps", result.surfaces,
              [](const SlicedObjective& one) { return fmt::format("{}", one.surface.n_missing); });
  return text;
}

std::string trajectories_text(const SliceStudyResult& result) {
  const auto& ways = result.trajectories;
  if (ways.empty()) return {};
  const auto number = [](double value) { return fmt::format("{:.6g}", value); };
  const auto last = [](const Vector& v) { return v.size() > 0 ? v[v.size() - 1] : 0; };
  std::string text = "\n";
  text += row("training on", ways, [](const SliceTrajectory& one) {
    return is_loss(one.objective) ? "loss: BP" : "energy F*: PC";
  });
  text += row("steps", ways, [](const SliceTrajectory& one) {
    return fmt::format("{}", std::max<Index>(one.values.size() - 1, 0));
  });
  text += row("value at the start", ways, [&](const SliceTrajectory& one) {
    return one.values.size() > 0 ? number(one.values[0]) : std::string("-");
  });
  text += row("value at the end", ways,
              [&](const SliceTrajectory& one) { return number(last(one.values)); });
  text += row("steps to half of it", ways, [](const SliceTrajectory& one) {
    for (Index k = 0; k < one.values.size(); ++k)
      if (one.values[k] <= one.values[0] / 2) return fmt::format("{}", k);
    return std::string("not reached");
  });
  text += row("distance at the end", ways,
              [&](const SliceTrajectory& one) { return number(last(one.projected.distance)); });
  text += row("farthest off the slice", ways, [&](const SliceTrajectory& one) {
    return number(one.projected.off_plane.size() > 0 ? one.projected.off_plane.maxCoeff() : 0);
  });
  text += row("share in the slice", ways, [](const SliceTrajectory& one) {
    return fmt::format("{:.4f}", one.projected.explained);
  });
  return text;
}

}  // namespace

std::string slice_text(const SliceStudyResult& result) {
  std::string text =
      data_title(result.problem) + "   |   " + network_title(result.problem) + "\n\n";
  text += axes_text(result) + surfaces_text(result) + trajectories_text(result);
  for (const SlicedObjective& one : result.surfaces)
    if (one.surface.n_missing > 0)
      text +=
          fmt::format("\n{}: {} of {} points are missing, the first at {}\n", one.title,
                      one.surface.n_missing, one.surface.values.size(), one.surface.first_missing);
  for (const SliceTrajectory& one : result.trajectories)
    if (!one.summary.ok())
      text += fmt::format("\ntraining on the {} ended early: {}\n",
                          is_loss(one.objective) ? "loss" : "energy", one.summary.message);
  return text;
}

}  // namespace saddlescope::analysis
