// The activity Hessian of a nonlinear network belongs to one sample at its equilibrium: which one,
// and that matrix.
//
//   F_zz at z* of the sample, z* by Newton's method with its certificate
//
// Where z* is held at kinks of the activation, inference moves on their hyperplanes only, and the
// eigenvalues that count are those of F_zz on the hyperplanes' tangent space.
#pragma once

#include <optional>
#include <string>

#include "saddlescope/analysis/inference_network.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/linalg/block_tridiagonal.hpp"

namespace saddlescope::analysis {

// Only for networks that are not linear, whose activity Hessian depends on the data.
struct SampleOptions {
  std::optional<std::string> data;
  std::optional<std::string> normalise;
  std::optional<Index> sample;  // from 1
};

void describe(SampleOptions& options, OptionTable& table);

// Defaults spelled out where `network` describes a network that is not linear (for a file they stay
// as they are); refuses them where it is linear.
[[nodiscard]] SampleOptions effective(SampleOptions options,
                                      const InferenceNetworkOptions& network);

// Throws std::invalid_argument naming the first of them that is given: the network is linear.
void refuse_sample(const SampleOptions& options);

struct SampleHessian {
  Network network;
  std::string data;  // name
  Index sample = 1;
  StationarityCertificate certificate;
  BlockTridiagonal<double> blocks;  // F_zz
  Matrix tangent;                   // dim x (dim - kinks), orthonormal; empty where no kink is held

  [[nodiscard]] Matrix dense() const;  // on the tangent space
  [[nodiscard]] std::string title() const;
  // "minimum, |dF/dz| = 1e-15, 3 kinks held"
  [[nodiscard]] std::string state() const;
};

// Widths that are not given are those of the data. Throws std::invalid_argument for a sample that
// the data do not have, std::runtime_error where its inference ends in no stationary point.
[[nodiscard]] SampleHessian sample_hessian(const InferenceNetworkOptions& network,
                                           const SampleOptions& options);

}  // namespace saddlescope::analysis
