#include "saddlescope/network/architecture.hpp"

#include <cmath>
#include <cstddef>

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

}  // namespace

Index Architecture::rows(Index layer) const { return widths[at(layer + 1)]; }

Index Architecture::cols(Index layer) const { return widths[at(layer)]; }

Index Architecture::offset(Index layer) const {
  Index begin = 0;
  for (Index l = 0; l < layer; ++l) begin += rows(l) * cols(l);
  return begin;
}

Index Architecture::n_parameters() const { return offset(depth()); }

void check(const Architecture& architecture) {
  const auto& [widths, scales, skips, precisions] = architecture;
  const std::size_t L = scales.size();
  require(L >= 1, "scales: expected one per layer and at least one layer, got none");
  require(widths.size() == L + 1, "widths: expected {} (n_0 .. n_L), got {}", L + 1, widths.size());
  require(skips.size() == L, "skips: expected {} (one per layer), got {}", L, skips.size());
  require(precisions.size() == L, "precisions: expected {} (one per layer), got {}", L,
          precisions.size());
  double p = 0;
  for (std::size_t l = 0; l <= L; ++l) {
    require(widths[l] >= 1, "width n_{}: expected >= 1, got {}", l, widths[l]);
    if (l > 0) p += static_cast<double>(widths[l]) * static_cast<double>(widths[l - 1]);
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
std::vector<MatrixOf<T>> effective_maps(const Architecture& architecture,
                                        const VectorOf<T>& theta) {
  std::vector<MatrixOf<T>> maps;
  for (Index l = 0; l < architecture.depth(); ++l) {
    maps.push_back(T(architecture.scales[at(l)]) * weight<T>(architecture, theta, l));
    if (architecture.skips[at(l)] != 0) maps.back().diagonal().array() += T(1);
  }
  return maps;
}

template Eigen::Map<const MatrixOf<double>> weight<double>(const Architecture&,
                                                           const VectorOf<double>&, Index);
template Eigen::Map<const MatrixOf<Quad>> weight<Quad>(const Architecture&, const VectorOf<Quad>&,
                                                       Index);
template Eigen::Map<MatrixOf<double>> weight<double>(const Architecture&, VectorOf<double>&, Index);
template Eigen::Map<MatrixOf<Quad>> weight<Quad>(const Architecture&, VectorOf<Quad>&, Index);
template std::vector<MatrixOf<double>> effective_maps<double>(const Architecture&,
                                                              const VectorOf<double>&);
template std::vector<MatrixOf<Quad>> effective_maps<Quad>(const Architecture&,
                                                          const VectorOf<Quad>&);

}  // namespace saddlescope
