// What the points of nonlinear objectives share: dense Hessians from products, and the refusal of
// series along curves.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

class NetworkPoint : public Point<double> {
 public:
  explicit NetworkPoint(Architecture architecture) : architecture_(std::move(architecture)) {}

  [[nodiscard]] Index dim() const override { return architecture_.n_parameters(); }
  [[nodiscard]] const Architecture& architecture() const { return architecture_; }

  [[nodiscard]] Matrix hessian() const override {
    std::vector<Index> layers(static_cast<std::size_t>(architecture_.depth()));
    std::iota(layers.begin(), layers.end(), Index{0});
    return layer_hessian(layers);
  }

  // Products with the unit vectors of the layers, symmetrised.
  [[nodiscard]] Matrix layer_hessian(const std::vector<Index>& layers) const override {
    std::vector<Index> entries;
    for (const Index l : layers)
      for (Index i = architecture_.offset(l); i < architecture_.offset(l + 1); ++i)
        entries.push_back(i);
    const auto k = static_cast<Index>(entries.size());
    Matrix H(k, k);
    for (Index begin = 0; begin < k; begin += kBlock) {
      const Index size = std::min(kBlock, k - begin);
      Matrix V = Matrix::Zero(dim(), size);
      for (Index j = 0; j < size; ++j) V(entries[static_cast<std::size_t>(begin + j)], j) = 1;
      Matrix HV(dim(), size);
      hessian_times(V, HV);
      H.middleCols(begin, size) = HV(entries, Eigen::all);
    }
    return 0.5 * (H + H.transpose());
  }

 private:
  static constexpr Index kBlock = 64;
  Architecture architecture_;
};

// check() of data whose targets may be missing where that is opted in for.
inline void check_observed(Dataset data, Targets targets) {
  if (targets == Targets::kObserved) data.y = data.y.array().isNaN().select(0.0, data.y);
  check(data);
}

[[nodiscard]] inline CurveSeries<double> no_series(const std::string& objective) {
  CurveSeries<double> none;
  none.summary = {Status::kRefused,
                  objective + ": Taylor series along curves are computed for linear networks only"};
  return none;
}

}  // namespace saddlescope
