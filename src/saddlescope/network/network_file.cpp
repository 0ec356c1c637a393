#include "saddlescope/network/network_file.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope {

namespace {

constexpr std::int64_t kFormatVersion = 1;

std::string group_of(Index layer) { return fmt::format("/layers/{}", layer + 1); }

// The attributes of the root that say how layers compute.
void read_root(const Hdf5Reader& reader, Architecture& architecture) {
  const std::string file = reader.file().string();
  const double version = reader.number("/", "format_version").value_or(kFormatVersion);
  require(version == kFormatVersion, "{}: attribute format_version: expected {}, found {}", file,
          kFormatVersion, version);
  const auto attribute = [&](const char* key, const char* otherwise, const auto& parse) {
    const std::string found = reader.text("/", key).value_or(otherwise);
    try {
      return parse(found);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: attribute {}", file, error.what()));
    }
  };
  architecture.activation = attribute("activation", "identity", parse_activation);
  architecture.placement = attribute("placement", "pre", parse_placement);
  architecture.loss = attribute("loss", "mse", parse_output_loss);
}

// 1 .. L are the only names below /layers; HDF5 lists them as text, 10 before 2.
Index count_layers(const Hdf5Reader& reader) {
  const std::string file = reader.file().string();
  require(reader.exists("/layers"),
          "{}: /layers: expected groups 1 .. L with a weight each, found nothing of that name",
          file);
  const std::vector<std::string> names = reader.children("/layers");
  require(!names.empty(), "{}: /layers: expected groups 1 .. L, found none", file);
  const auto L = static_cast<Index>(names.size());
  for (const std::string& name : names) {
    Index number = 0;
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, number);
    require(parsed.ec == std::errc() && parsed.ptr == end && name.front() != '0' && number >= 1,
            "{}: /layers: expected groups named 1 .. {}, found '{}'", file, L, name);
    require(number <= L, "{}: /layers: expected groups 1 .. L without a gap, found {} of {} groups",
            file, number, L);
  }
  return L;
}

Matrix read_weight(const Hdf5Reader& reader, Index layer) {
  const std::string group = group_of(layer);
  Matrix W = reader.matrix(group + "/weight");
  require(W.size() > 0, "{}: {}/weight: expected at least one row and one column, found {} x {}",
          reader.file().string(), group, W.rows(), W.cols());
  for (const std::string& name : reader.children(group))
    require(name == "weight" || name == "bias",
            "{}: {}: expected only the datasets weight and bias, found '{}'",
            reader.file().string(), group, name);
  return W;
}

// Layer 1 decides whether the network has biases; the other layers follow.
std::optional<Vector> read_bias(const Hdf5Reader& reader, Index layer, Index rows) {
  const std::string where = group_of(layer) + "/bias";
  const std::string file = reader.file().string();
  const bool expected = reader.exists(group_of(0) + "/bias");
  const bool found = reader.exists(where);
  require(found == expected,
          "{}: {}: expected a bias on every layer or on none, found {} on layer "
          "1 and {} here",
          file, where, expected ? "one" : "none", found ? "one" : "none");
  if (!found) return std::nullopt;
  Vector b = reader.vector(where);
  require(b.size() == rows, "{}: {}: expected {} entries (the rows of the weight), found {}", file,
          where, rows, b.size());
  return b;
}

void read_attributes(const Hdf5Reader& reader, Index layer, const Matrix& W,
                     Architecture& architecture) {
  const std::string group = group_of(layer);
  const std::string where = fmt::format("{}: {}", reader.file().string(), group);
  for (const std::string& name : reader.attributes(group))
    require(name == "scale" || name == "skip" || name == "precision",
            "{}: expected the attributes scale, skip and precision, found '{}'", where, name);
  for (const std::string& name : reader.attributes(group + "/weight"))
    require(name != "scale" && name != "skip" && name != "precision",
            "{}/weight: attribute {}: expected on the group {}, found on the dataset", where, name,
            group);
  architecture.scales.push_back(reader.number(group, "scale").value_or(1));
  const double skip = reader.number(group, "skip").value_or(0);
  require(skip == 0 || skip == 1, "{}: attribute skip: expected 0 or 1, found {}", where, skip);
  require(skip == 0 || W.rows() == W.cols(),
          "{}: attribute skip: expected 0 where the weight is not square ({} x {}), found 1", where,
          W.rows(), W.cols());
  architecture.skips.push_back(skip == 1 ? 1 : 0);
  const double precision = reader.number(group, "precision").value_or(1);
  require(precision > 0, "{}: attribute precision: expected > 0, found {}", where, precision);
  architecture.precisions.push_back(precision);
}

}  // namespace

Network read_network(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  Network out;
  read_root(reader, out.architecture);
  const Index L = count_layers(reader);
  out.parameterisation = reader.text("/", "parameterisation").value_or("");
  out.gamma = reader.number("/", "gamma").value_or(1);
  out.activity_decay = reader.number("/", "activity_decay").value_or(0);
  require(std::isfinite(out.activity_decay) && out.activity_decay >= 0,
          "{}: attribute activity_decay: expected a finite number >= 0, found {}", file.string(),
          out.activity_decay);
  std::vector<Matrix> weights;
  std::vector<Vector> biases;
  for (Index l = 0; l < L; ++l) {
    const Matrix& W = weights.emplace_back(read_weight(reader, l));
    if (l == 0) out.architecture.widths.push_back(W.cols());
    require(W.cols() == out.architecture.widths.back(),
            "{}: {}/weight: expected {} columns (the rows of layer {}), found {}", file.string(),
            group_of(l), out.architecture.widths.back(), l, W.cols());
    out.architecture.widths.push_back(W.rows());
    read_attributes(reader, l, W, out.architecture);
    if (auto b = read_bias(reader, l, W.rows())) biases.push_back(std::move(*b));
  }
  out.architecture.biases = !biases.empty();
  check(out.architecture);
  out.theta.resize(out.architecture.n_parameters());
  for (Index l = 0; l < L; ++l) {
    weight(out.architecture, out.theta, l) = weights[static_cast<std::size_t>(l)];
    if (out.architecture.biases)
      bias(out.architecture, out.theta, l) = biases[static_cast<std::size_t>(l)];
  }
  return out;
}

void require_linear(const Network& network, const std::filesystem::path& file) {
  const Architecture& net = network.architecture;
  require(net.activation == Activation::kIdentity,
          "{}: attribute activation: expected identity (what is asked for is computed for linear "
          "networks), found {}",
          file.string(), name(net.activation));
  require(!net.biases,
          "{}: /layers/1/bias: expected none (what is asked for is computed for linear networks "
          "without biases), found a bias",
          file.string());
  require(net.loss == OutputLoss::kMse,
          "{}: attribute loss: expected mse (what is asked for is computed for the mean squared "
          "error), found {}",
          file.string(), name(net.loss));
}

void write_network(const std::filesystem::path& file, const Network& network) {
  const Architecture& architecture = network.architecture;
  check(architecture);
  require(network.theta.size() == architecture.n_parameters(),
          "{}: parameters to write: expected {}, got {}", file.string(),
          architecture.n_parameters(), network.theta.size());
  for (Index i = 0; i < network.theta.size(); ++i)
    require(std::isfinite(network.theta(i)),
            "{}: parameters to write: expected finite numbers, got {} at entry {}", file.string(),
            network.theta(i), i);
  require(std::isfinite(network.gamma), "{}: gamma: expected a finite number, got {}",
          file.string(), network.gamma);
  require(std::isfinite(network.activity_decay) && network.activity_decay >= 0,
          "{}: activity decay: expected a finite number >= 0, got {}", file.string(),
          network.activity_decay);

  Hdf5Writer writer(file);
  writer.attribute("/", "format_version", kFormatVersion);
  writer.attribute("/", "activation", name(architecture.activation));
  writer.attribute("/", "placement", name(architecture.placement));
  writer.attribute("/", "loss", name(architecture.loss));
  writer.attribute("/", "activity_decay", network.activity_decay);
  if (!network.parameterisation.empty())
    writer.attribute("/", "parameterisation", network.parameterisation);
  writer.attribute("/", "gamma", network.gamma);
  for (Index l = 0; l < architecture.depth(); ++l) {
    const std::string group = group_of(l);
    const auto at = static_cast<std::size_t>(l);
    writer.matrix(group + "/weight", weight(architecture, network.theta, l));
    if (architecture.biases) writer.vector(group + "/bias", bias(architecture, network.theta, l));
    writer.attribute(group, "scale", architecture.scales[at]);
    writer.attribute(group, "skip", std::int64_t{architecture.skips[at]});
    writer.attribute(group, "precision", architecture.precisions[at]);
  }
  writer.commit();
}

}  // namespace saddlescope
