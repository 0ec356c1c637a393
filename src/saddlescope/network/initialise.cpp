#include "saddlescope/network/initialise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

namespace {

constexpr std::array<std::pair<const char*, Initialisation>, 4> kNames{{
    {"uniform", Initialisation::kUniform},
    {"normal", Initialisation::kNormal},
    {"orthogonal", Initialisation::kOrthogonal},
    {"zero", Initialisation::kZero},
}};

Matrix draw(Index rows, Index cols, const InitialiseOptions& options, RandomStream& stream) {
  const bool sp = options.parameterisation == Parameterisation::kSp;
  const double root_fan_in = std::sqrt(static_cast<double>(cols));
  switch (options.kind) {
    case Initialisation::kUniform: {
      const double s = sp ? options.sigma / root_fan_in : std::sqrt(3.0) * options.sigma;
      Matrix W(rows, cols);
      for (double& entry : W.reshaped()) entry = s * stream.uniform(-1, 1);
      return W;
    }
    case Initialisation::kNormal:
      return (sp ? options.sigma / root_fan_in : options.sigma) * stream.normal_matrix(rows, cols);
    case Initialisation::kOrthogonal: {
      const double spread = sp ? 1 : std::sqrt(static_cast<double>(std::max(rows, cols)));
      return options.sigma * spread * stream.orthogonal_matrix(rows, cols);
    }
    case Initialisation::kZero:
      break;
  }
  return Matrix::Zero(rows, cols);
}

}  // namespace

Vector initialise(const Architecture& architecture, const InitialiseOptions& options,
                  RandomStream& stream) {
  check(architecture);
  require(std::isfinite(options.sigma) && options.sigma >= 0,
          "init scale sigma: expected a finite number >= 0, got {}", options.sigma);
  Vector theta(architecture.n_parameters());
  const bool draws_biases =
      options.kind == Initialisation::kUniform && options.parameterisation == Parameterisation::kSp;
  for (Index l = 0; l < architecture.depth(); ++l) {
    weight(architecture, theta, l) =
        draw(architecture.rows(l), architecture.cols(l), options, stream);
    if (!architecture.biases) continue;
    bias(architecture, theta, l).setZero();
    if (!draws_biases) continue;
    const double s = options.sigma / std::sqrt(static_cast<double>(architecture.cols(l)));
    for (double& entry : bias(architecture, theta, l)) entry = s * stream.uniform(-1, 1);
  }
  return theta;
}

std::optional<std::vector<double>> entry_variances(const Architecture& architecture,
                                                   const InitialiseOptions& options) {
  if (options.kind == Initialisation::kOrthogonal) return std::nullopt;
  const bool sp = options.parameterisation == Parameterisation::kSp;
  std::vector<double> variances;
  for (Index l = 0; l < architecture.depth(); ++l) {
    double variance = options.sigma * options.sigma;
    if (sp) variance /= static_cast<double>(architecture.cols(l));
    if (sp && options.kind == Initialisation::kUniform) variance /= 3;
    variances.push_back(options.kind == Initialisation::kZero ? 0 : variance);
  }
  return variances;
}

Initialisation parse_initialisation(const std::string& name) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return name == entry.first; });
  if (found == kNames.end())
    require_known("initialisation", {"uniform", "normal", "orthogonal", "zero"}, name);
  return found->second;
}

std::string name(Initialisation initialisation) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(), [&](const auto& entry) {
    return initialisation == entry.second;
  });
  return found->first;
}

}  // namespace saddlescope
