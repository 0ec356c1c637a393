#include "support/network_oracles.hpp"

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
  return vector(json.at("data_colmajor"))
      .reshaped(json.at("rows").get<Index>(), json.at("cols").get<Index>());
}

NetworkOracleCase read_case(const Json& json) {
  NetworkOracleCase out;
  out.name = json.at("name").get<std::string>();
  Architecture& net = out.architecture;
  net.widths = json.at("dims").get<std::vector<Index>>();
  net.scales = json.at("layer_scales").get<std::vector<double>>();
  net.skips = json.at("skips").get<std::vector<int>>();
  net.precisions = json.at("precisions").get<std::vector<double>>();
  net.activation = parse_activation(json.at("activation").get<std::string>());
  net.placement = parse_placement(json.at("placement").get<std::string>());
  net.biases = json.at("bias").get<bool>();
  check(net);
  out.data.x = matrix(json.at("X"));
  out.data.y = matrix(json.at("Y"));
  out.data.name = out.name;
  out.theta.resize(net.n_parameters());
  for (Index l = 0; l < net.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    weight(net, out.theta, l) = matrix(json.at("weights").at(i));
    if (net.biases) bias(net, out.theta, l) = matrix(json.at("biases").at(i));
  }
  out.mse = json.at("mse").get<double>();
  out.energy = json.at("energy").get<double>();
  out.activities = matrix(json.at("equilibrium_activities"));
  out.gradient = vector(json.at("grad_energy"));
  out.hessian_spectrum = vector(json.at("hessian_eigenvalues_energy"));
  std::sort(out.hessian_spectrum.begin(), out.hessian_spectrum.end());
  out.smallest_activity_eigenvalue = json.at("min_eig_activity_hessian").get<double>();
  return out;
}

std::vector<NetworkOracleCase> read_cases() {
  const auto file =
      std::filesystem::path(SADDLESCOPE_TEST_SOURCE_DIR) / "tests/reference/nonlinear.json";
  std::ifstream stream(file);
  require(stream.is_open(), "reference numbers: expected a file {}, got none", file.string());
  std::vector<NetworkOracleCase> out;
  const Json json = Json::parse(stream);
  for (const Json& entry : json.at("cases")) out.push_back(read_case(entry));
  return out;
}

}  // namespace

const std::vector<NetworkOracleCase>& network_oracle_cases() {
  static const std::vector<NetworkOracleCase> cases = read_cases();
  return cases;
}

}  // namespace saddlescope::testing
