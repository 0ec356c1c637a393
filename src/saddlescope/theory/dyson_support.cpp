#include "saddlescope/theory/dyson_support.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <fmt/format.h>

namespace saddlescope {
namespace {

// Per cell; the points cluster at its ends, the first a 7,000th of its length away.
constexpr int kScan = 96;
constexpr double kEmpty = 1e-7;  // of x: intervals shorter than this are ends of gaps that meet

double scan_point(double low, double high, int i) {
  const double angle = std::numbers::pi * (i + 0.5) / kScan;
  const double share = std::pow(std::sin(angle / 2), 2);
  return low * std::pow(high / low, share);
}

class Scan {
 public:
  explicit Scan(const DysonChain& chain) : chain_(chain) {}

  Support run() {
    const SpectralEdge low = least_edge(chain_), high = greatest_edge(chain_);
    note(low);
    note(high);
    if (!out_.summary.ok()) return out_;
    std::vector<double> cuts = {low.x};
    for (const SingularPoint& point : chain_.singular)
      if (point.x > low.x && point.x < high.x) cuts.push_back(point.x);
    cuts.push_back(high.x);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) cell(cuts[i], cuts[i + 1]);
    return out_;
  }

 private:
  void note(const SpectralEdge& edge) {
    out_.residual = std::max(out_.residual, edge.residual);
    if (out_.summary.ok()) out_.summary = edge.summary;
  }

  void cell(double low, double high) {
    double from = low;
    std::optional<DysonSolution> near;
    for (int i = 0; i < kScan; ++i) {
      const double x = scan_point(low, high, i);
      if (x <= from) continue;
      std::optional<DysonSolution> found;
      if (near)
        found = dyson_solution_from(chain_, near->state.c + (x - near->state.x) * near->slope, x);
      if (!found) found = dyson_solution(chain_, x);
      if (!found) {
        if (out_.summary.ok())
          out_.summary = {Status::kNotConverged,
                          fmt::format("Dyson equation at x = {:.10g}: no continuation from the "
                                      "upper half plane arrived",
                                      x)};
        continue;
      }
      out_.residual = std::max(out_.residual, found->state.residual);
      near = std::move(found);
      if (!near->outside) continue;
      const Gap gap = gap_around(chain_, *near);
      note(gap.low);
      note(gap.high);
      if (!gap.low.summary.ok() || !gap.high.summary.ok()) continue;
      add(from, std::max(gap.low.x, low));
      from = std::min(gap.high.x, high);
      near.reset();
    }
    add(from, high);
  }

  void add(double low, double high) {
    if (high - low > kEmpty * high) out_.intervals.emplace_back(low, high);
  }

  const DysonChain& chain_;
  Support out_;
};

}  // namespace

Gap gap_around(const DysonChain& chain, const DysonSolution& outside) {
  const ComplexState& s = outside.state;
  const DysonState<double> real{s.x.real(), s.c.real(), s.X.real(), s.residual};
  return {next_edge(chain, real, -1), next_edge(chain, real, +1)};
}

Support spectral_support(const DysonChain& chain) { return Scan(chain).run(); }

}  // namespace saddlescope
