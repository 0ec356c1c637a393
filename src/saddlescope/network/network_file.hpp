// Networks in HDF5 files, so that weights trained elsewhere can be probed.
//
//   /                attributes format_version = 1, activation, placement, loss, activity_decay,
//                    and for the record parameterisation, gamma
//   /layers/<l>      l = 1..L: dataset weight (n_l x n_{l-1}), optional dataset bias (n_l; on every
//                    layer or on none); attributes scale (a_l), skip (0|1), precision (pi_l)
//
// What is missing takes the default: version 1, identity, pre, mse, decay 0, no bias, scale 1, skip
// 0, precision 1. In Python, f["layers/1/weight"] = W for every layer is enough.
#pragma once

#include <filesystem>
#include <string>

#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct Network {
  Architecture architecture;
  Vector theta;
  std::string parameterisation;  // for the record only: the scales are what counts
  double gamma = 1;
  double activity_decay = 0;  // alpha >= 0 of the energy in the activities
};

// Throws std::invalid_argument with file, field, expected and found: not HDF5, layers that are
// missing or do not chain, NaN, widths, skips or precisions out of range, an activation, placement or
// loss of no known name, biases of the wrong size or on some layers only, anything beside weight and
// bias in a layer's group.
[[nodiscard]] Network read_network(const std::filesystem::path& file);
// The border of verbs that compute linear networks: throws std::invalid_argument with file,
// attribute and expected value unless the network read from `file` is one (require_linear).
void require_linear(const Network& network, const std::filesystem::path& file);
// Throws before anything is written if the network is not one that reads back.
void write_network(const std::filesystem::path& file, const Network& network);

}  // namespace saddlescope
