// The flags that say how a network of given widths computes, described once for every verb.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::analysis {

// Members left empty take the default that describe() states; all must be empty beside a network
// file, which says the same.
struct ArchitectureFlags {
  std::optional<std::string> parameterisation;
  std::optional<double> gamma;
  std::optional<bool> skips;
  std::optional<double> lambda;
  std::optional<std::vector<double>> precisions;
  std::optional<std::string> activation;
  std::optional<std::string> placement;  // of an activation
  std::optional<bool> bias;
  std::optional<std::string> loss;
  std::optional<double> activity_decay;
};

void describe(ArchitectureFlags& flags, OptionTable& table);

// Throws std::invalid_argument naming the first flag that stands beside the network file; `others`
// are those of the verb that describe a network, too.
void refuse_beside_a_file(const std::string& file, const ArchitectureFlags& flags,
                          std::vector<std::pair<const char*, bool>> others);

// Defaults spelled out. Throws std::invalid_argument where one is out of range or contradicts another.
void fill_defaults(ArchitectureFlags& flags);

// The network of these flags, defaults filled, without weights.
[[nodiscard]] Network shaped_network(const ArchitectureFlags& flags, std::vector<Index> widths);

// phi = identity, no biases and the mean squared error; flags filled.
[[nodiscard]] bool is_linear(const Architecture& architecture);
[[nodiscard]] bool is_linear(const ArchitectureFlags& flags);

// Whether loss and energy have the closed forms of linear networks: phi = identity, no biases, mean
// squared error, no activity decay.
[[nodiscard]] bool has_closed_form(const Network& network);

// The border of what holds for linear networks only. Throws std::invalid_argument naming the file's
// attribute (`file` not empty) or the flag that makes the network another.
void require_linear_network(const Network& network, const std::string& file);

// ", relu post, biases, cross-entropy, decay 0.1": what a title says of a network beyond a linear one.
[[nodiscard]] std::string activation_title(const Network& network);

}  // namespace saddlescope::analysis
