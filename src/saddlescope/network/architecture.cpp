#include "saddlescope/network/architecture.hpp"

#include <cmath>
#include <cstddef>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// theta must hold all layers: the views below read past its end otherwise.
void check_size(const Architecture& architecture, Index got) {
  const Index p = architecture.n_parameters();
  require(got == p, "parameter vector: expected {} entries, got {}", p, got);
}

void check_layer(const Architecture& architecture, Index layer) {
  require(layer >= 0 && layer < architecture.depth(), "layer index: expected 0 .. {}, got {}",
          architecture.depth() - 1, layer);
}

void check_bias(const Architecture& architecture, Index got, Index layer) {
  require(architecture.biases, "bias of layer {}: expected a network with biases, got one without",
          layer + 1);
  check_size(architecture, got);
  check_layer(architecture, layer);
}

}  // namespace

Index Architecture::rows(Index layer) const { return widths[at(layer + 1)]; }

Index Architecture::cols(Index layer) const { return widths[at(layer)]; }

Index Architecture::offset(Index layer) const {
  Index begin = 0;
  for (Index l = 0; l < layer; ++l) begin += rows(l) * (cols(l) + (biases ? 1 : 0));
  return begin;
}

Index Architecture::bias_offset(Index layer) const {
  return offset(layer) + rows(layer) * cols(layer);
}

Index Architecture::n_parameters() const { return offset(depth()); }

bool Architecture::activates_input(Index layer) const {
  return placement == Placement::kPre && activation != Activation::kIdentity && layer > 0;
}

bool Architecture::activates_sum(Index layer) const {
  return placement == Placement::kPost && activation != Activation::kIdentity &&
         layer + 1 < depth();
}

void check(const Architecture& architecture) {
  const std::vector<Index>& widths = architecture.widths;
  const std::vector<double>& scales = architecture.scales;
  const std::vector<int>& skips = architecture.skips;
  const std::vector<double>& precisions = architecture.precisions;
  const std::size_t L = scales.size();
  require(L >= 1, "scales: expected one per layer and at least one layer, got none");
  require(widths.size() == L + 1, "widths: expected {} (n_0 .. n_L), got {}", L + 1, widths.size());
  require(skips.size() == L, "skips: expected {} (one per layer), got {}", L, skips.size());
  require(precisions.size() == L, "precisions: expected {} (one per layer), got {}", L,
          precisions.size());
  double p = 0;
  for (std::size_t l = 0; l <= L; ++l) {
    require(widths[l] >= 1, "width n_{}: expected >= 1, got {}", l, widths[l]);
    if (l > 0)
      p += static_cast<double>(widths[l]) *
           (static_cast<double>(widths[l - 1]) + (architecture.biases ? 1 : 0));
  }
  require(p < 0x1p53, "widths: expected fewer than 2^53 parameters, got {:.3g}", p);
  for (std::size_t l = 0; l < L; ++l) {
    require(std::isfinite(scales[l]), "scale a_{}: expected a finite number, got {}", l + 1,
            scales[l]);
    require(skips[l] == 0 || skips[l] == 1, "skip tau_{}: expected 0 or 1, got {}", l + 1,
            skips[l]);
    require(skips[l] == 0 || widths[l + 1] == widths[l],
            "skip tau_{0}: expected equal widths n_{1} = n_{0}, got {2} and {3}", l + 1, l,
            widths[l], widths[l + 1]);
    require(std::isfinite(precisions[l]) && precisions[l] > 0,
            "precision pi_{}: expected a finite number > 0, got {}", l + 1, precisions[l]);
  }
}

void require_linear(const Architecture& architecture, const std::string& what) {
  require(architecture.activation == Activation::kIdentity,
          "{}: expected a linear network, got activation {}", what, name(architecture.activation));
  require(!architecture.biases, "{}: expected a network without biases, got biases", what);
  require(architecture.loss == OutputLoss::kMse, "{}: expected loss mse, got {}", what,
          name(architecture.loss));
}

template <class T>
Eigen::Map<const MatrixOf<T>> weight(const Architecture& architecture, const VectorOf<T>& theta,
                                     Index layer) {
  check_size(architecture, theta.size());
  check_layer(architecture, layer);
  return {theta.data() + architecture.offset(layer), architecture.rows(layer),
          architecture.cols(layer)};
}

template <class T>
Eigen::Map<MatrixOf<T>> weight(const Architecture& architecture, VectorOf<T>& theta, Index layer) {
  check_size(architecture, theta.size());
  check_layer(architecture, layer);
  return {theta.data() + architecture.offset(layer), architecture.rows(layer),
          architecture.cols(layer)};
}

template <class T>
Eigen::Map<const VectorOf<T>> bias(const Architecture& architecture, const VectorOf<T>& theta,
                                   Index layer) {
  check_bias(architecture, theta.size(), layer);
  return {theta.data() + architecture.bias_offset(layer), architecture.rows(layer)};
}

template <class T>
Eigen::Map<VectorOf<T>> bias(const Architecture& architecture, VectorOf<T>& theta, Index layer) {
  check_bias(architecture, theta.size(), layer);
  return {theta.data() + architecture.bias_offset(layer), architecture.rows(layer)};
}

template <class T>
std::vector<MatrixOf<T>> effective_maps(const Architecture& architecture,
                                        const VectorOf<T>& theta) {
  require_linear(architecture, "effective maps");
  std::vector<MatrixOf<T>> maps;
  for (Index l = 0; l < architecture.depth(); ++l) {
    maps.push_back(T(architecture.scales[at(l)]) * weight<T>(architecture, theta, l));
    if (architecture.skips[at(l)] != 0) maps.back().diagonal().array() += T(1);
  }
  return maps;
}

Placement parse_placement(const std::string& name) {
  require_known("placement", {"pre", "post"}, name);
  return name == "pre" ? Placement::kPre : Placement::kPost;
}

std::string name(Placement placement) { return placement == Placement::kPre ? "pre" : "post"; }

OutputLoss parse_output_loss(const std::string& name) {
  require_known("loss", {"mse", "ce"}, name);
  return name == "mse" ? OutputLoss::kMse : OutputLoss::kCrossEntropy;
}

std::string name(OutputLoss loss) { return loss == OutputLoss::kMse ? "mse" : "ce"; }

template Eigen::Map<const MatrixOf<double>> weight<double>(const Architecture&,
                                                           const VectorOf<double>&, Index);
template Eigen::Map<const MatrixOf<Quad>> weight<Quad>(const Architecture&, const VectorOf<Quad>&,
                                                       Index);
template Eigen::Map<MatrixOf<double>> weight<double>(const Architecture&, VectorOf<double>&, Index);
template Eigen::Map<MatrixOf<Quad>> weight<Quad>(const Architecture&, VectorOf<Quad>&, Index);
template Eigen::Map<const MatrixOf<float>> weight<float>(const Architecture&,
                                                         const VectorOf<float>&, Index);
template Eigen::Map<MatrixOf<float>> weight<float>(const Architecture&, VectorOf<float>&, Index);
template Eigen::Map<const MatrixOf<long double>> weight<long double>(const Architecture&,
                                                                     const VectorOf<long double>&,
                                                                     Index);
template Eigen::Map<MatrixOf<long double>> weight<long double>(const Architecture&,
                                                               VectorOf<long double>&, Index);
template Eigen::Map<const VectorOf<long double>> bias<long double>(const Architecture&,
                                                                   const VectorOf<long double>&,
                                                                   Index);
template Eigen::Map<VectorOf<long double>> bias<long double>(const Architecture&,
                                                             VectorOf<long double>&, Index);
template Eigen::Map<const Vector> bias<double>(const Architecture&, const Vector&, Index);
template Eigen::Map<Vector> bias<double>(const Architecture&, Vector&, Index);
template Eigen::Map<const VectorOf<float>> bias<float>(const Architecture&, const VectorOf<float>&,
                                                       Index);
template Eigen::Map<VectorOf<float>> bias<float>(const Architecture&, VectorOf<float>&, Index);
template std::vector<MatrixOf<double>> effective_maps<double>(const Architecture&,
                                                              const VectorOf<double>&);
template std::vector<MatrixOf<Quad>> effective_maps<Quad>(const Architecture&,
                                                          const VectorOf<Quad>&);

}  // namespace saddlescope
