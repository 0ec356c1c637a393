#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/analysis/solve_files.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr StationarityVerdict kVerdicts[] = {
    StationarityVerdict::kMinimum,  StationarityVerdict::kOnKinks, StationarityVerdict::kIndefinite,
    StationarityVerdict::kKink,     StationarityVerdict::kStalled, StationarityVerdict::kCapped,
    StationarityVerdict::kNotFinite};

using Samples = std::vector<StationarityCertificate>;

Index count(const Samples& samples, StationarityVerdict verdict) {
  return std::count_if(samples.begin(), samples.end(),
                       [verdict](const auto& one) { return one.verdict == verdict; });
}

// The largest of what is a number; NaN where nothing is.
template <class Value>
double largest(const Samples& samples, const Value& value) {
  double out = std::numeric_limits<double>::quiet_NaN();
  for (const StationarityCertificate& one : samples) out = std::fmax(out, value(one));
  return out;
}

double least_eigenvalue(const Samples& samples) {
  return -largest(samples, [](const auto& one) { return -one.lambda_min_below; });
}

double mean_energy(const Samples& samples) {
  double sum = 0;
  for (const StationarityCertificate& one : samples) sum += one.energy;
  return sum / static_cast<double>(samples.size());
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

void write_activities(const fs::path& file, const SolveStudyResult& result) {
  const NetworkEquilibrium& found = *result.newton;
  const Architecture& net = result.problem.network.architecture;
  Hdf5Writer writer(file);
  Index offset = 0;
  for (Index l = 1; l < net.depth(); ++l) {
    writer.matrix(fmt::format("/z/{}", l), found.z.middleRows(offset, net.rows(l - 1)).transpose());
    offset += net.rows(l - 1);
  }
  const auto column = [&](const char* name, auto&& value) {
    Vector values(static_cast<Index>(found.samples.size()));
    for (Index i = 0; i < values.size(); ++i)
      values[i] = static_cast<double>(value(found.samples[static_cast<std::size_t>(i)]));
    writer.vector(name, values);
  };
  using One = StationarityCertificate;
  column("/energy", [](const One& s) { return s.energy; });
  column("/gradient_norm", [](const One& s) { return s.gradient_norm; });
  column("/rounding", [](const One& s) { return s.rounding; });
  column("/lambda_min", [](const One& s) { return s.lambda_min; });
  column("/lambda_min_below", [](const One& s) { return s.lambda_min_below; });
  column("/newton_step", [](const One& s) { return s.newton_step; });
  column("/distance", [](const One& s) { return s.distance; });
  column("/kinks", [](const One& s) { return s.kinks.size(); });
  column("/steps", [](const One& s) { return s.steps; });
  column("/verdict", [](const One& s) { return static_cast<int>(s.verdict); });
  std::string codes;
  for (const StationarityVerdict verdict : kVerdicts)
    codes +=
        fmt::format("{}{} {}", codes.empty() ? "" : ", ", static_cast<int>(verdict), name(verdict));
  writer.attribute("/verdict", "codes", codes);
  writer.attribute("/", "solver", result.solvers.front());
  writer.attribute("/", "activity_decay", result.problem.network.activity_decay);
  writer.commit();
}

CsvTable certificate_table(const Samples& samples) {
  CsvTable table;
  table.header = {"sample",     "verdict",          "gradient_norm", "rounding",
                  "lambda_min", "lambda_min_below", "newton_step",   "energy",
                  "kinks",      "kink_distance",    "steps",         "gauss_newton_steps",
                  "distance"};
  Index sample = 0;
  for (const StationarityCertificate& s : samples)
    table.rows.push_back({std::to_string(++sample), name(s.verdict), csv_number(s.gradient_norm),
                          csv_number(s.rounding), csv_number(s.lambda_min),
                          csv_number(s.lambda_min_below), csv_number(s.newton_step),
                          csv_number(s.energy), std::to_string(s.kinks.size()),
                          csv_number(s.kink_distance), std::to_string(s.steps),
                          std::to_string(s.gauss_newton_steps), csv_number(s.distance)});
  return table;
}

// The finite numbers of the samples in ascending order.
template <class Value>
std::vector<double> sorted(const Samples& samples, const Value& value) {
  std::vector<double> out;
  for (const StationarityCertificate& one : samples)
    if (std::isfinite(value(one))) out.push_back(value(one));
  std::sort(out.begin(), out.end());
  return out;
}

// NaN for numbers that have no place there: a gradient may be zero exactly.
double on_log_axis(double value) {
  return value > 0 ? value : std::numeric_limits<double>::quiet_NaN();
}

std::string sorted_csv(const std::vector<double>& first, const std::vector<double>& second) {
  CsvTable table;
  table.header = {"rank", "first", "second"};
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i)
    table.rows.push_back({std::to_string(i + 1), i < first.size() ? csv_number(first[i]) : "NaN",
                          i < second.size() ? csv_number(second[i]) : "NaN"});
  return csv_text(table);
}

}  // namespace

std::string network_solve_text(const SolveStudyResult& result) {
  const Samples& samples = result.newton->samples;
  std::string text =
      data_title(result.problem) + "   |   " + network_title(result.problem) + "\n\n";
  const auto line = [&](const std::string& label, const std::string& value) {
    text += fmt::format("  {:<34}{}\n", label, value);
  };
  for (const StationarityVerdict verdict : kVerdicts)
    if (const Index n = count(samples, verdict); n > 0)
      line(name(verdict), fmt::format("{} of {} samples", n, samples.size()));
  using One = StationarityCertificate;
  const auto worst = [&](const auto& value) {
    return fmt::format("{:.3g}", largest(samples, value));
  };
  line("|dF/dz| at most", worst([](const One& s) { return s.gradient_norm; }));
  line("  its rounding at most", worst([](const One& s) { return s.rounding; }));
  line("Newton step left, at most", worst([](const One& s) { return s.newton_step; }));
  line("lambda_min(F_zz), proved above", fmt::format("{:.6g}", least_eigenvalue(samples)));
  line("kinks held, most", worst([](const One& s) { return double(s.kinks.size()); }));
  line("steps, most", worst([](const One& s) { return double(s.steps); }));
  line("F, mean", fmt::format("{:.10g}", mean_energy(samples)));
  line("seconds", fmt::format("{:.3g}", result.seconds));
  if (!result.newton->summary.ok()) text += fmt::format("\n{}\n", result.newton->summary.message);
  return text;
}

Figure network_solve_figure(const SolveStudyResult& result) {
  const Samples& samples = result.newton->samples;
  using One = StationarityCertificate;
  Figure figure;
  figure.name = "solve";
  figure.title = "Certified equilibria of a nonlinear network";
  figure.caption =
      "Samples in ascending order: the smallest eigenvalue of the activity Hessian with its proved "
      "lower bound, and the gradient of the energy beside the bound of its rounding.";
  figure.width = 1700;
  figure.height = 760;
  figure.data.push_back(
      {"solve_eigenvalues.csv",
       sorted_csv(sorted(samples, [](const One& s) { return s.lambda_min; }),
                  sorted(samples, [](const One& s) { return s.lambda_min_below; }))});
  figure.data.push_back(
      {"solve_gradients.csv",
       sorted_csv(sorted(samples, [](const One& s) { return on_log_axis(s.gradient_norm); }),
                  sorted(samples, [](const One& s) { return on_log_axis(s.rounding); }))});
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.085,0.98,0.15,0.78 spacing 0.095,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'samples, each curve ascending'\nset xrange [1:{}]\n"
      "set key at graph 0,1.22 left top Left reverse samplen 2\n"
      "set ylabel 'smallest eigenvalue of F_{{zz}}' offset 0.5,0\n"
      "plot 'solve_eigenvalues.csv' skip 1 using 1:2 with lines lw 3 lc rgb '{}' title 'Rayleigh "
      "quotient', '' skip 1 using 1:3 with lines lw 2 dt 2 lc rgb '{}' title 'proved lower bound'\n"
      "set ylabel 'gradient |∂F/∂z|'\nset logscale y\nset format y '10^{{%T}}'\n"
      "plot 'solve_gradients.csv' skip 1 using 1:2 with lines lw 3 lc rgb '{}' title 'at the point "
      "returned', '' skip 1 using 1:3 with lines lw 2 dt 2 lc rgb '{}' title 'bound of its "
      "rounding'\n"
      "unset multiplot\n",
      quoted(data_title(result.problem) + "   |   " + network_title(result.problem)),
      colour::kMuted, std::max<std::size_t>(samples.size(), 2), colour::kEnergy, colour::kTheory,
      colour::kEnergy, colour::kTheory);
  return figure;
}

std::vector<std::string> write_network_solve(const SolveStudyResult& result,
                                             const SolveStudyOptions& given,
                                             const fs::path& folder) {
  SolveStudyOptions options = effective(given);
  fs::create_directories(folder);
  const Problem& problem = result.problem;
  const Samples& samples = result.newton->samples;
  using One = StationarityCertificate;
  write_problem(folder, problem);
  write_activities(folder / "activities.h5", result);
  write_csv(folder / "certificate.csv", certificate_table(samples));
  Json json = record_of(describe(options).to_json(), problem.data);
  json["activity_decay"] = problem.network.activity_decay;
  Json one;
  one["solver"] = result.solvers.front();
  for (const StationarityVerdict verdict : kVerdicts)
    one["samples"][name(verdict)] = count(samples, verdict);
  const auto worst = [&](const auto& value) { return number(largest(samples, value)); };
  one["gradient_norm"] = worst([](const One& s) { return s.gradient_norm; });
  one["gradient_rounding"] = worst([](const One& s) { return s.rounding; });
  one["newton_step"] = worst([](const One& s) { return s.newton_step; });
  one["lambda_min_below"] = number(least_eigenvalue(samples));
  one["energy"] = number(mean_energy(samples));
  one["steps"] = worst([](const One& s) { return static_cast<double>(s.steps); });
  one["message"] = result.newton->summary.message;
  json["solvers"].push_back(std::move(one));
  fs::remove(folder / "solve.csv");
  std::vector<std::string> warnings = redraw(folder, {"solve"}, !options.no_figures, [&] {
    return std::vector<Figure>{network_solve_figure(result)};
  });
  return write_record(folder / "certificate.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
