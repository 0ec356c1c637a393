// Networks in HDF5 files, so that weights trained elsewhere can be probed.
//
//   /                attributes format_version = 1, activation, placement, loss, activity_decay,
//                    and for the record parameterisation, gamma
//   /layers/<l>      l = 1..L: dataset weight (n_l x n_{l-1}); attributes scale (a_l), skip (0|1),
//   precision (pi_l)
//
// What is missing takes the default: identity, mse, decay 0, scale 1, skip 0, precision 1.
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
};

// Throws std::invalid_argument with file, field, expected and found: not HDF5, layers that are
// missing or do not chain, NaN, widths, scales or precisions out of range, and networks that are
// not linear with the mean squared error and no activity decay, which this version does not
// compute.
[[nodiscard]] Network read_network(const std::filesystem::path& file);
void write_network(const std::filesystem::path& file, const Network& network);

}  // namespace saddlescope
