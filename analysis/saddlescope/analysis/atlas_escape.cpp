#include "saddlescope/analysis/atlas_escape.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "saddlescope/base/threads.hpp"

namespace saddlescope::analysis {
namespace {

const AtlasProblem& problem_of(const AtlasResult& result, Index record) {
  return result
      .problems[static_cast<std::size_t>(result.records[static_cast<std::size_t>(record)].problem)];
}

const AtlasPoint& point_of(const AtlasResult& result, Index record) {
  return problem_of(result, record)
      .points[static_cast<std::size_t>(result.records[static_cast<std::size_t>(record)].point)];
}

// Saddles whose least eigenvalue is a hundredth of |H| or more: the linear law then rules up to a
// radius that the integrator reaches in few steps.
constexpr double kSteep = 1e-2;

struct Choice {
  Index record;
  bool energy;
  bool origin_of_loss;
};

std::vector<Choice> choose(const AtlasResult& result, Index per_depth) {
  std::vector<Choice> chosen;
  std::map<std::pair<Index, bool>, std::set<std::string>> families;
  std::map<std::pair<Index, bool>, Index> counts;
  std::set<Index> origins;
  for (const bool repeat : {false, true})  // new families first
    for (std::size_t i = 0; i < result.records.size(); ++i) {
      const auto record = static_cast<Index>(i);
      const AtlasProblem& problem = problem_of(result, record);
      const AtlasPoint& point = point_of(result, record);
      if (problem.kind == "counterexample") continue;
      for (const bool energy : {false, true}) {
        const AtlasVerdict& one = result.records[i].under[energy ? 1 : 0];
        if (!repeat && !energy && point.built.family == "origin" && !point.orbit &&
            one.verdict == PointVerdict::kNonStrictSaddle && problem.kind == "realisable" &&
            one.escape_order == problem.depth && origins.insert(problem.depth).second)
          chosen.push_back({record, false, true});
        if (one.verdict != PointVerdict::kStrictSaddle ||
            !(-one.lambda_min >= kSteep * one.hessian_norm))
          continue;
        const std::pair<Index, bool> key{problem.depth, energy};
        if (counts[key] >= per_depth) continue;
        if (families[key].insert(point.built.family).second != !repeat) continue;
        ++counts[key];
        chosen.push_back({record, energy, false});
      }
    }
  return chosen;
}

AtlasEscape measure(const AtlasResult& result, const Choice& choice) {
  const AtlasProblem& problem = problem_of(result, choice.record);
  const LinearLandscape landscape(choice.energy ? LinearObjective::kEnergy : LinearObjective::kMse,
                                  problem.network.architecture, problem.data);
  const Vector& theta = point_of(result, choice.record).built.theta;
  const EscapeRay ray = choice.origin_of_loss ? loss_origin_ray(landscape)
                                              : steepest_ray(landscape.objective(),
                                                             landscape.reduced().reduce(theta));
  return {choice.record, problem.depth, choice.energy,
          escape_time(landscape, landscape.reduced().reduce(theta), ray)};
}

double ratio(const EscapeTime& time) { return time.measured / time.predicted; }

}  // namespace

std::vector<AtlasEscape> time_escapes(const AtlasResult& result, Index per_depth) {
  const std::vector<Choice> chosen = choose(result, per_depth);
  std::vector<AtlasEscape> escapes(chosen.size());
  parallel_for(static_cast<Index>(chosen.size()), [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    escapes[k] = measure(result, chosen[k]);
  });
  return escapes;
}

EscapeAgreement agreement(const std::vector<AtlasEscape>& escapes) {
  EscapeAgreement out;
  std::vector<double> slowness, times;
  for (const AtlasEscape& one : escapes) {
    // Not to arrive in three times the predicted time is to disagree.
    const bool late = one.time.summary.status == Status::kNotConverged;
    if (!one.time.summary.ok() && !late) {
      ++out.unfinished;
      continue;
    }
    const double off = late ? 2 : std::abs(ratio(one.time) - 1);
    const bool strict = one.time.ray.order == 2;
    ++(strict ? out.strict : out.higher);
    double& worst = strict ? out.worst_strict : out.worst_higher;
    worst = std::max(worst, off);
    out.worst_balance = std::max(out.worst_balance, one.time.flow.balance_residual);
    if (!strict || late) continue;
    slowness.push_back(-1 / (2 * one.time.ray.coefficient));
    times.push_back(one.time.measured / std::log(one.time.radius / one.time.epsilon));
  }
  const auto varies = [&] {
    return std::adjacent_find(slowness.begin(), slowness.end(), std::not_equal_to<>()) !=
           slowness.end();
  };
  if (varies()) out.strict_law = fit_power_law(slowness, times);
  return out;
}

CsvTable escape_table(const AtlasResult& result, const std::vector<AtlasEscape>& escapes) {
  CsvTable table;
  table.header = {"point",   "L",      "objective", "description", "order", "coefficient",
                  "epsilon", "radius", "predicted", "measured",    "ratio", "balance_residual",
                  "status"};
  for (const AtlasEscape& one : escapes) {
    const EscapeTime& time = one.time;
    std::vector<std::string> row = {
        std::to_string(one.record), std::to_string(one.depth), one.energy ? "energy" : "loss",
        describe(result, result.records[static_cast<std::size_t>(one.record)]),
        std::to_string(time.ray.order)};
    for (const double v : {time.ray.coefficient, time.epsilon, time.radius, time.predicted,
                           time.measured, ratio(time), time.flow.balance_residual})
      row.push_back(csv_number(v));
    row.push_back(time.summary.ok() ? "escaped" : time.summary.message);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Figure escape_time_figure(const std::vector<AtlasEscape>& escapes) {
  struct Kind {
    const char* label;
    const char* ink;
    int point;
  };
  const Kind kinds[] = {{"loss, strict", colour::kLoss, 6},
                        {"energy, strict", colour::kEnergy, 7},
                        {"loss, order L", colour::kTheory, 8}};
  CsvTable ratios;
  ratios.header = {"predicted", "loss_strict", "energy_strict", "loss_order"};
  std::array<Index, 3> seen{};
  std::vector<FigureData> files;
  std::string curves;
  const char* const kInks[] = {"#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#0072B2"};
  for (const AtlasEscape& one : escapes) {
    if (!one.time.summary.ok()) continue;
    const std::size_t kind = one.time.ray.order > 2 ? 2 : one.energy ? 1 : 0;
    ++seen[kind];
    std::vector<std::string> row = {csv_number(one.time.predicted), "NaN", "NaN", "NaN"};
    row[kind + 1] = csv_number(100 * (ratio(one.time) - 1));
    ratios.rows.push_back(std::move(row));
    if (kind != 2) continue;
    // In units of the radius and of the predicted time the law is one curve for each order.
    CsvTable curve;
    curve.header = {"time", "distance", "law"};
    const auto k = static_cast<double>(one.time.ray.order);
    for (const FlowRecord& record : one.time.flow.records) {
      const double rate = (k - 2) * k * -one.time.ray.coefficient;
      const double law =
          std::pow(std::pow(one.time.epsilon, 2 - k) - rate * record.time, 1 / (2 - k));
      curve.rows.push_back({csv_number(record.time / one.time.predicted),
                            csv_number(record.radius / one.time.radius),
                            csv_number(std::isfinite(law) ? law / one.time.radius : NAN)});
    }
    const std::string file = fmt::format("atlas_escape_order_{}.csv", one.time.ray.order);
    files.push_back({file, csv_text(curve)});
    curves += fmt::format(
        "{0}'{1}' skip 1 using 1:2 with lines lw 2.4 lc rgb '{2}' title 'order {3}', '' skip 1 "
        "using "
        "1:3 with lines dt 2 lw 1.2 lc rgb '#000000' notitle",
        curves.empty() ? "plot " : ", ", file, kInks[(one.time.ray.order - 3) % 5],
        one.time.ray.order);
  }
  Figure figure;
  figure.name = "atlas_escape";
  figure.title = "Times of escape from the saddles of the atlas, against their laws";
  figure.caption =
      "Left: measured minus predicted time, in per cent, against the predicted time. Right: "
      "distance "
      "from the origin along the flow, both in units of the law, which is dashed.";
  figure.width = 1700;
  figure.height = 800;
  figure.data = std::move(files);
  figure.data.push_back({"atlas_escape_times.csv", csv_text(ratios)});
  std::string points;
  for (std::size_t i = 0; i < 3; ++i)
    if (seen[i] > 0)
      points += fmt::format(
          "{}'atlas_escape_times.csv' skip 1 using 1:{} with points pt {} ps 1.4 lw 1.4 lc rgb "
          "'{}' "
          "title '{} ({})'",
          points.empty() ? "plot " : ", ", i + 2, kinds[i].point, kinds[i].ink, kinds[i].label,
          seen[i]);
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.11,0.985,0.14,0.8 spacing 0.1,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\nset tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set key at graph 0,1.02 left bottom horizontal Left reverse samplen 1.5 font ',16'\n"
      "set logscale x\nset format x '10^{{%T}}'\nset xlabel 'predicted time of escape'\n"
      "set ylabel 'measured − predicted [% of predicted]'\n"
      "set offsets graph 0.05,graph 0.05,graph 0.1,graph 0.1\n{}\n"
      "unset logscale x\nset format x\nset offsets 0,0,0,0\n",
      quoted("Escape along gradient flow, against its law"), colour::kMuted, points);
  if (!curves.empty())
    figure.commands +=
        "set xlabel 'time / predicted time of escape'\nset xrange [0:1.02]\nset yrange [0:1.02]\n"
        "set ylabel 'distance from the origin / radius of escape' offset 1,0\n" +
        curves + ", NaN with lines dt 2 lw 1.2 lc rgb '#000000' title 'law'\n";
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
