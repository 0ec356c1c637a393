#include "saddlescope/analysis/solve_files.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr EquilibriumVerdict kVerdicts[] = {
    EquilibriumVerdict::kConverged, EquilibriumVerdict::kCapped, EquilibriumVerdict::kStalled,
    EquilibriumVerdict::kDiverging};

// JSON has no infinity: a bound that is not known is null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(); }

Index count(const Equilibrium& one, EquilibriumVerdict verdict) {
  return std::count_if(one.samples.begin(), one.samples.end(),
                       [verdict](const SampleCertificate& s) { return s.verdict == verdict; });
}

Index most_steps(const Equilibrium& one) {
  Index most = 0;
  for (const SampleCertificate& sample : one.samples) most = std::max(most, sample.steps);
  return most;
}

template <class Value>
double largest(const Equilibrium& one, Value&& value) {
  double out = 0;
  for (const SampleCertificate& sample : one.samples) out = std::max(out, value(sample));
  return out;
}

// 0 where the equilibrium is 0 and was found.
double relative_distance(const SampleCertificate& s) {
  return s.distance > 0 ? s.distance / s.size : 0;
}

double mean_energy(const Equilibrium& one) {
  double sum = 0;
  for (const SampleCertificate& sample : one.samples) sum += sample.energy;
  return sum / static_cast<double>(one.samples.size());
}

void write_activities(const fs::path& file, const SolveStudyResult& result,
                      const std::string& solver) {
  const Equilibrium& one = result.equilibria.front();
  const Architecture& net = result.problem.network.architecture;
  Hdf5Writer writer(file);
  Index offset = 0;
  for (Index l = 1; l < net.depth(); ++l) {
    const Index n = net.rows(l - 1);
    writer.matrix(fmt::format("/z/{}", l), one.z.middleRows(offset, n).transpose());
    offset += n;
  }
  const auto column = [&](const char* name, auto&& value) {
    Vector values(static_cast<Index>(one.samples.size()));
    for (Index i = 0; i < values.size(); ++i)
      values[i] = static_cast<double>(value(one.samples[static_cast<std::size_t>(i)]));
    writer.vector(name, values);
  };
  column("/energy", [](const SampleCertificate& s) { return s.energy; });
  column("/gradient_norm", [](const SampleCertificate& s) { return s.gradient_norm; });
  column("/distance", [](const SampleCertificate& s) { return s.distance; });
  column("/energy_gap", [](const SampleCertificate& s) { return s.energy_gap; });
  column("/steps", [](const SampleCertificate& s) { return s.steps; });
  column("/verdict", [](const SampleCertificate& s) { return static_cast<int>(s.verdict); });
  writer.attribute("/verdict", "codes", "0 converged, 1 capped, 2 stalled, 3 diverging");
  writer.attribute("/", "verdict", name(one.verdict));
  writer.attribute("/", "solver", solver);
  writer.attribute("/", "activity_decay", result.problem.network.activity_decay);
  writer.attribute("/", "lambda_min_below", one.conditioning.lambda_min_below);
  writer.attribute("/", "lambda_max_above", one.conditioning.lambda_max_above);
  writer.commit();
}

CsvTable certificate_table(const SolveStudyResult& result) {
  CsvTable table;
  table.header = {"solver",   "sample",     "verdict", "gradient_norm", "rounding",
                  "distance", "energy_gap", "energy",  "size",          "steps"};
  for (std::size_t i = 0; i < result.equilibria.size(); ++i) {
    Index sample = 0;
    for (const SampleCertificate& s : result.equilibria[i].samples)
      table.rows.push_back({result.solvers[i], std::to_string(++sample), name(s.verdict),
                            csv_number(s.gradient_norm), csv_number(s.rounding),
                            csv_number(s.distance), csv_number(s.energy_gap), csv_number(s.energy),
                            csv_number(s.size), std::to_string(s.steps)});
  }
  return table;
}

CsvTable path_table(const SolveStudyResult& result) {
  CsvTable table;
  table.header = {"solver", "step", "time", "gradient_norm", "energy", "energy_gap"};
  for (std::size_t i = 0; i < result.equilibria.size(); ++i)
    for (const EquilibriumTrace& row : result.equilibria[i].trace)
      table.rows.push_back({result.solvers[i], std::to_string(row.step), csv_number(row.time),
                            csv_number(row.gradient_norm), csv_number(row.energy),
                            csv_number(row.energy_gap)});
  return table;
}

Json to_json(const Equilibrium& one, const std::string& solver, bool exact_path) {
  Json json;
  json["solver"] = solver;
  json["verdict"] = name(one.verdict);
  for (const EquilibriumVerdict verdict : kVerdicts)
    json["samples"][name(verdict)] = count(one, verdict);
  json["gradient_norm"] = number(largest(one, [](const auto& s) { return s.gradient_norm; }));
  json["gradient_rounding"] = number(largest(one, [](const auto& s) { return s.rounding; }));
  json["distance"] = number(largest(one, [](const auto& s) { return s.distance; }));
  json["relative_distance"] = number(largest(one, relative_distance));
  json["energy_gap"] = number(largest(one, [](const auto& s) { return s.energy_gap; }));
  json["energy"] = number(mean_energy(one));
  json["steps"] = most_steps(one);
  json["step"] = one.step > 0 ? Json(one.step) : Json();
  json["momentum"] = solver == "momentum" ? Json(one.momentum) : Json();
  json["predicted_rate"] = number(one.predicted_rate);
  json["measured_rate"] = number(one.measured_rate);
  if (solver == "cg") json["predicted_rate_is"] = exact_path ? "from all eigenvalues" : "a bound";
  json["message"] = one.summary.message;
  json["seconds"] = one.seconds;
  return json;
}

Json to_json(const Conditioning& c) {
  return {{"dimension", c.dim},
          {"lambda_min", c.lambda_min},
          {"lambda_max", c.lambda_max},
          {"lambda_min_below", c.lambda_min_below},
          {"lambda_max_above", number(c.lambda_max_above)},
          {"condition_number", number(c.condition_number)},
          {"relative_error_bound", number(c.relative_error_bound)},
          {"message", c.summary.message}};
}

}  // namespace

bool has_path(const SolveStudyResult& result) {
  return std::any_of(result.equilibria.begin(), result.equilibria.end(),
                     [](const Equilibrium& one) { return one.trace.size() >= 2; });
}

std::string solve_text(const SolveStudyResult& result) {
  if (result.newton) return network_solve_text(result);
  const Conditioning& c = result.conditioning;
  std::string text = data_title(result.problem) + "   |   " + network_title(result.problem);
  text += fmt::format("\nactivity Hessian: dimension {}, lambda {:.6g} .. {:.6g}, kappa {:.6g}",
                      c.dim, c.lambda_min, c.lambda_max, c.condition_number);
  text += std::isfinite(c.relative_error_bound)
              ? fmt::format(" (within {:.0e})\n\n", c.relative_error_bound)
              : std::string(" (not proved)\n\n");
  const auto line = [&](const std::string& label, auto&& cell) {
    text += fmt::format("  {:<24}", label);
    for (const Equilibrium& one : result.equilibria)
      text += fmt::format("{:>13}", std::string(cell(one)));
    text += "\n";
  };
  const auto optional = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.7f}", *value) : std::string("-");
  };
  text += fmt::format("  {:<24}", "");
  for (const std::string& solver : result.solvers) text += fmt::format("{:>13}", solver);
  text += "\n";
  line("verdict", [](const Equilibrium& one) { return name(one.verdict); });
  line("samples converged", [](const Equilibrium& one) {
    return fmt::format("{}/{}", count(one, EquilibriumVerdict::kConverged), one.samples.size());
  });
  line("|z - z*|/|z| at most", [](const Equilibrium& one) {
    return fmt::format("{:.1e}", largest(one, relative_distance));
  });
  line("F - F* at most", [](const Equilibrium& one) {
    return fmt::format("{:.1e}",
                       largest(one, [](const SampleCertificate& s) { return s.energy_gap; }));
  });
  line("|dF/dz| at most", [](const Equilibrium& one) {
    return fmt::format("{:.1e}",
                       largest(one, [](const SampleCertificate& s) { return s.gradient_norm; }));
  });
  line("F, mean", [](const Equilibrium& one) { return fmt::format("{:.8g}", mean_energy(one)); });
  line("steps, most", [](const Equilibrium& one) {
    return one.trace.empty() ? std::string("-") : std::to_string(most_steps(one));
  });
  line("step size", [](const Equilibrium& one) {
    return one.step > 0 ? fmt::format("{:.6g}", one.step) : std::string("-");
  });
  line("rate predicted", [&](const Equilibrium& one) { return optional(one.predicted_rate); });
  line("rate measured", [&](const Equilibrium& one) { return optional(one.measured_rate); });
  line("seconds", [](const Equilibrium& one) { return fmt::format("{:.3g}", one.seconds); });
  for (const Equilibrium& one : result.equilibria)
    if (!one.summary.message.empty()) text += fmt::format("\n{}\n", one.summary.message);
  for (const std::string& solver : result.solvers) {
    if (solver == "dopri5") text += "\ndopri5: rates are per unit of time of the flow\n";
    if (solver == "cg")
      text += result.cg_path
                  ? "\ncg: rates are the mean factors of the gradient per step, predicted "
                    "from all eigenvalues\n"
                  : "\ncg: the rate predicted is that of its Chebyshev bound\n";
  }
  return text;
}

std::vector<std::string> write_solve(const SolveStudyResult& result, const SolveStudyOptions& given,
                                     const fs::path& folder) {
  if (result.newton) return write_network_solve(result, given, folder);
  SolveStudyOptions options = effective(given);
  fs::create_directories(folder);
  const Problem& problem = result.problem;
  write_problem(folder, problem);
  write_activities(folder / "activities.h5", result, result.solvers.front());
  write_csv(folder / "certificate.csv", certificate_table(result));
  write_csv(folder / "solve.csv", path_table(result));
  Json json = record_of(describe(options).to_json(), problem.data);
  json["activity_decay"] = problem.network.activity_decay;
  json["conditioning"] = to_json(result.conditioning);
  for (std::size_t i = 0; i < result.equilibria.size(); ++i)
    json["solvers"].push_back(
        to_json(result.equilibria[i], result.solvers[i], result.cg_path.has_value()));
  std::vector<std::string> warnings =
      redraw(folder, {"solve"}, !options.no_figures && has_path(result),
             [&] { return std::vector<Figure>{solve_figure(result)}; });
  return write_record(folder / "certificate.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
