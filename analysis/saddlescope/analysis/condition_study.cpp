#include "saddlescope/analysis/condition_study.hpp"

#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/inference_predict_study.hpp"
#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void require_memory(const Architecture& architecture) {
  const double needed = conditioning_memory(architecture);
  const double available = available_memory();
  require_fits(
      needed <= available,
      "--width, --hidden-layers: the factor of the activity Hessian, the maps and the Krylov "
      "bases need {} beside the weights, {} available",
      memory_text(needed), memory_text(available));
}

// Both ends from the dense eigenvalues of F_zz, each with the error bound of the eigen-solver.
Conditioning dense_conditioning(const SampleHessian& at, double tolerance) {
  const Vector values = symmetric_eigenvalues(at.dense());
  Conditioning out;
  out.dim = values.size();
  out.lambda_min = values[0];
  out.lambda_max = values[values.size() - 1];
  const double error = eigenvalue_error_bound(values.size(), values.lpNorm<Eigen::Infinity>());
  out.lambda_min_below = out.lambda_min - error;
  out.lambda_min_above = out.lambda_min + error;
  out.lambda_max_below = out.lambda_max - error;
  out.lambda_max_above = out.lambda_max + error;
  out.condition_number = out.lambda_max / out.lambda_min;
  out.relative_error_bound =
      out.lambda_min_below > 0
          ? out.lambda_max_above / out.lambda_min_below / out.condition_number - 1
          : std::numeric_limits<double>::infinity();
  if (!(out.relative_error_bound <= tolerance))
    out.summary = {Status::kUndecided,
                   out.lambda_min_below > 0
                       ? fmt::format("the relative error bound {:.2g} misses the tolerance {:.2g}",
                                     out.relative_error_bound, tolerance)
                       : fmt::format("F_zz is not proved positive definite: lambda_min = {:.3g} +- "
                                     "{:.1g}",
                                     out.lambda_min, error)};
  return out;
}

const char* verdict(Status status) {
  if (status == Status::kOk) return "proved";
  return status == Status::kUndecided ? "undecided" : "not finite";
}

// JSON has no infinity and no NaN.
nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

std::string bound_text(double bound) {
  return std::isfinite(bound) ? fmt::format("{:.2g}", bound) : std::string("none");
}

}  // namespace

OptionTable describe(ConditionStudyOptions& options) {
  OptionTable table;
  describe(options.network, table);
  describe(options.sample, table);
  table.add("tolerance", &options.tolerance,
            "relative error bound wanted for the condition number, in (0, 1) [1e-6]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/condition]", OptionRole::kRun);
  return table;
}

ConditionStudyOptions effective(ConditionStudyOptions options) {
  options.network = effective(options.network);
  options.sample = effective(options.sample, options.network);
  require(options.tolerance > 0 && options.tolerance < 1,
          "--tolerance: expected a number in (0, 1), got {}", options.tolerance);
  return options;
}

ConditionStudyResult condition_study(const ConditionStudyOptions& given,
                                     const std::function<void(const std::string&)>& progress) {
  const ConditionStudyOptions options = effective(given);
  const auto start = std::chrono::steady_clock::now();
  if (progress) progress("weights");
  ConditionStudyResult result;
  auto begin = start;
  if (describes_linear(options.network)) {
    refuse_sample(options.sample);
    const Network network = make_network(options.network);
    require_memory(network.architecture);
    result.title = inference_title(network);
    result.network_seconds = seconds_since(start);
    begin = std::chrono::steady_clock::now();
    result.conditioning = activity_conditioning(network.architecture, network.theta,
                                                {.activity_decay = network.activity_decay,
                                                 .tolerance = options.tolerance,
                                                 .seed = options.network.seed,
                                                 .progress = progress});
  } else {
    const SampleHessian at = sample_hessian(options.network, options.sample);
    result.title = at.title();
    result.state = at.state();
    result.network_seconds = seconds_since(start);
    begin = std::chrono::steady_clock::now();
    require_dense_hessian(at.network);
    result.conditioning = dense_conditioning(at, options.tolerance);
  }
  result.seconds = seconds_since(begin);
  const Conditioning& c = result.conditioning;
  if (c.summary.status == Status::kNotFinite) return result;
  result.largest_stable_step = 2 / c.lambda_max;
  result.best_step = 2 / (c.lambda_min + c.lambda_max);
  result.rate = (c.lambda_max - c.lambda_min) / (c.lambda_max + c.lambda_min);
  return result;
}

std::string condition_text(const ConditionStudyResult& result) {
  const Conditioning& c = result.conditioning;
  std::string text = fmt::format("network  {}\n\n", result.title);
  const auto line = [&](const char* label, const std::string& value) {
    text += fmt::format("  {:<34}{}\n", label, value);
  };
  if (!result.state.empty()) line("inference of the sample", result.state);
  line("dimension of H_z", fmt::format("{}", c.dim));
  if (c.summary.status != Status::kNotFinite) {
    const auto interval = [](double below, double above) {
      return fmt::format("[{:.10g}, {}]", below,
                         std::isfinite(above) ? fmt::format("{:.10g}", above) : "unknown");
    };
    line("smallest eigenvalue", fmt::format("{:.10g}", c.lambda_min));
    line("  proved to lie in", interval(c.lambda_min_below, c.lambda_min_above));
    line("largest eigenvalue", fmt::format("{:.10g}", c.lambda_max));
    line("  proved to lie in", interval(c.lambda_max_below, c.lambda_max_above));
    line("condition number kappa", fmt::format("{:.10g}", c.condition_number));
    line("  relative error at most", bound_text(c.relative_error_bound));
    line("descent is stable below the step", fmt::format("{:.6g}", result.largest_stable_step));
    line("  and fastest at", fmt::format("{:.6g}", result.best_step));
    line("  shrinking the error by", fmt::format("1 - {:.4g} a step", 1 - result.rate));
    line("products, solves", fmt::format("{}, {}", c.products, c.solves));
  }
  line("time", fmt::format("{:.3g} s, weights {:.3g} s", result.seconds, result.network_seconds));
  text += fmt::format("\n  {}{}{}\n", verdict(c.summary.status), c.summary.ok() ? "" : ": ",
                      c.summary.message);
  return text;
}

void write_condition(const ConditionStudyResult& result, const ConditionStudyOptions& given,
                     const std::filesystem::path& folder) {
  ConditionStudyOptions options = effective(given);
  const Conditioning& c = result.conditioning;
  const bool known = c.summary.status != Status::kNotFinite;
  const auto number = [&](double value) {
    return known ? number_or_null(value) : nlohmann::ordered_json(nullptr);
  };
  nlohmann::ordered_json json;
  json["options"] = describe(options).to_json();
  json["network"] = result.title;
  if (!result.state.empty()) json["inference"] = result.state;
  json["dimension"] = c.dim;
  json["lambda_min"] = number(c.lambda_min);
  json["lambda_max"] = number(c.lambda_max);
  json["condition_number"] = number(c.condition_number);
  json["relative_error_bound"] = number(c.relative_error_bound);  // null: only a lower bound
  json["seconds"] = result.seconds;
  json["verdict"] = verdict(c.summary.status);
  json["message"] = c.summary.message;
  json["proved"] = {{"lambda_min_below", number(c.lambda_min_below)},
                    {"lambda_min_above", number(c.lambda_min_above)},
                    {"lambda_max_below", number(c.lambda_max_below)},
                    {"lambda_max_above", number(c.lambda_max_above)},
                    {"condition_number_below", number(c.condition_number_below())}};
  json["gradient_descent"] = {{"largest_stable_step", number(result.largest_stable_step)},
                              {"best_step", number(result.best_step)},
                              {"error_factor_per_step", number(result.rate)}};
  json["products"] = c.products;
  json["solves"] = c.solves;
  json["provenance"] = provenance();
  json["network_seconds"] = result.network_seconds;
  std::filesystem::create_directories(folder);
  write_text(folder / "condition.json", json.dump(2) + "\n");
}

}  // namespace saddlescope::analysis
