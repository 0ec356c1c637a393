#include "support/oracles.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "saddlescope/base/require.hpp"

namespace saddlescope::testing {

namespace {

using Json = nlohmann::json;

Vector vector(const Json& json) {
  const auto values = json.get<std::vector<double>>();
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

Matrix matrix(const Json& json) {
  const auto rows = json.at("rows").get<Index>();
  const auto cols = json.at("cols").get<Index>();
  const Vector values = vector(json.at("data_colmajor"));
  require(values.size() == rows * cols, "reference matrix: expected {} numbers, got {}",
          rows * cols, values.size());
  return values.reshaped(rows, cols);
}

std::vector<Matrix> matrices(const Json& json) {
  std::vector<Matrix> out;
  for (const Json& entry : json) out.push_back(matrix(entry));
  return out;
}

// theta: the layers' matrices one after the other, each column-major.
Vector concatenate(const std::vector<Matrix>& weights) {
  Index p = 0;
  for (const Matrix& W : weights) p += W.size();
  Vector theta(p);
  Index begin = 0;
  for (const Matrix& W : weights) {
    theta.segment(begin, W.size()) = W.reshaped();
    begin += W.size();
  }
  return theta;
}

template <class T>
std::optional<T> optional(const Json& json, const std::string& key) {
  if (!json.contains(key) || json.at(key).is_null()) return std::nullopt;
  return json.at(key).get<T>();
}

OracleObjective objective(const Json& json, const std::string& suffix) {
  OracleObjective out;
  out.value = json.at(suffix).get<double>();
  out.gradient = vector(json.at("grad_" + suffix));
  out.hessian_product = vector(json.at("hvp_" + suffix));
  out.hessian_spectrum = vector(json.at("hessian_eigenvalues_" + suffix));
  std::sort(out.hessian_spectrum.begin(), out.hessian_spectrum.end());
  out.n_negative = json.at("n_negative_" + suffix).get<Index>();
  out.n_zero = json.at("n_zero_" + suffix).get<Index>();
  out.excess_nullity = optional<Index>(json, "excess_nullity_" + suffix);
  out.verdict = optional<std::string>(json, "verdict_" + suffix);
  return out;
}

ArchitectureOptions architecture_options(const Json& json) {
  ArchitectureOptions out;
  out.widths = json.at("dims").get<std::vector<Index>>();
  out.parameterisation = parse_parameterisation(json.at("parameterisation").get<std::string>());
  out.gamma = json.at("gamma").get<double>();
  out.skips = json.at("skips").get<bool>();
  out.precisions = json.at("precisions").get<std::vector<double>>();
  return out;
}

OracleCase read_case(const Json& json) {
  OracleCase out;
  out.name = json.at("name").get<std::string>();
  out.point = json.at("point").get<std::string>();
  out.options = architecture_options(json);
  const std::vector<Index>& widths = out.options.widths;
  std::vector<int> skips(widths.size() - 1, 0);
  if (out.options.skips && skips.size() > 2) std::fill(skips.begin() + 1, skips.end() - 1, 1);
  out.architecture = {widths, json.at("layer_scales").get<std::vector<double>>(), skips,
                      out.options.precisions};
  check(out.architecture);
  out.data.x = matrix(json.at("X"));
  out.data.y = matrix(json.at("Y"));
  out.data.name = out.name;
  out.theta = concatenate(matrices(json.at("weights")));
  out.direction = vector(json.at("direction"));
  out.S = matrix(json.at("S"));
  out.mse = objective(json, "mse");
  out.energy = objective(json, "energy");
  if (json.contains("equilibrium_activities")) {
    out.activities = matrices(json.at("equilibrium_activities"));
    out.activity_spectrum = vector(json.at("activity_hessian_eigenvalues"));
    std::sort(out.activity_spectrum.begin(), out.activity_spectrum.end());
  }
  out.symmetry_nullity = optional<Index>(json, "symmetry_nullity");
  return out;
}

std::vector<OracleCase> read_cases() {
  const auto file =
      std::filesystem::path(SADDLESCOPE_TEST_SOURCE_DIR) / "tests/reference/deep_linear.json";
  std::ifstream stream(file);
  require(stream.is_open(), "reference numbers: expected a file {}, got none", file.string());
  std::vector<OracleCase> out;
  const Json json = Json::parse(stream);
  for (const Json& entry : json.at("cases")) out.push_back(read_case(entry));
  return out;
}

}  // namespace

const std::vector<OracleCase>& oracle_cases() {
  static const std::vector<OracleCase> cases = read_cases();
  return cases;
}

const OracleCase& oracle_case(const std::string& name) {
  const std::vector<OracleCase>& cases = oracle_cases();
  const auto found = std::find_if(cases.begin(), cases.end(),
                                  [&](const OracleCase& entry) { return entry.name == name; });
  require(found != cases.end(), "reference case: expected one of deep_linear.json, got {}", name);
  return *found;
}

}  // namespace saddlescope::testing
