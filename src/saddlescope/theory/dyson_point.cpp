#include "saddlescope/theory/dyson_point.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace saddlescope {
namespace {

constexpr int kNewtonSteps = 15;

bool is_real(const ComplexState& s) {
  return (s.X.imag().array().abs() <= 1e-9 * s.X.array().abs()).all();
}

// Real solutions of the real equation exist inside the support as well. Where every X_k falls with
// x, they continue to Im X < 0 above the axis, so they are the limit, and the density is zero.
bool is_outside(const DysonChain& chain, const VectorOf<Complex>& slope) {
  for (Index k = 0; k < chain.size(); ++k)
    if (chain.strength[k] > 0 && !(slope[k].real() < 0)) return false;
  return true;
}

std::optional<DysonSolution> corrected(const DysonChain& chain, Complex x,
                                       const VectorOf<Complex>& guess) {
  DysonSolution out;
  out.state.x = x;
  out.state.c = guess;
  if (!newton(chain, out.state, kNewtonSteps, out.slope)) return std::nullopt;
  if (x.imag() == 0 && is_real(out.state)) {
    if (!is_outside(chain, out.slope)) return std::nullopt;
    out.outside = true;
    return out;
  }
  if (!is_physical(chain, out.state)) return std::nullopt;
  return out;
}

}  // namespace

bool is_physical(const DysonChain& chain, const ComplexState& s) {
  constexpr double kRounding = 1e-9;
  const Complex w = std::sqrt(s.x);
  for (Index k = 0; k < chain.size(); ++k) {
    const Complex G = k % 2 == 0 ? s.X[k] / w : s.X[k] * w;
    if (!(G.imag() <= kRounding * std::abs(G))) return false;
  }
  return true;
}

std::optional<DysonSolution> dyson_solution(const DysonChain& chain, double x, double eta) {
  DysonSolution here;
  double height = 4 * chain.norm;
  here.state.x = {x, height};
  here.state.c = VectorOf<Complex>::Zero(chain.size());
  fixed_point(chain, here.state, 1.0, 60);
  auto start = corrected(chain, here.state.x, here.state.c);
  if (!start) return std::nullopt;
  here = std::move(*start);
  double factor = 0.2;
  for (int steps = 0; steps < 400; ++steps) {
    // The last step once the height no longer matters at the scale of x.
    const bool low = height <= 1e-2 * x;
    if (eta == 0 && low) {
      const VectorOf<Complex> guess = here.state.c - Complex(0, height) * here.slope;
      if (auto end = corrected(chain, x, guess)) return end;
      // Outside the support: the solution at this height is real up to O(eta).
      if (height <= 1e-12 * x) {
        VectorOf<Complex> real = here.state.c;
        real.imag().setZero();
        return corrected(chain, x, real);
      }
    }
    const double next = std::max(eta, factor * height);
    const VectorOf<Complex> guess = here.state.c + Complex(0, next - height) * here.slope;
    auto lower = corrected(chain, {x, next}, guess);
    if (!lower) {
      factor = std::sqrt(factor);
      if (factor > 0.999) return std::nullopt;
      continue;
    }
    here = std::move(*lower);
    height = next;
    if (eta > 0 && height <= eta) return here;
    factor = std::max(0.1, factor * factor);
  }
  return std::nullopt;
}

std::optional<DysonSolution> dyson_solution_from(const DysonChain& chain,
                                                 const VectorOf<Complex>& c, double x) {
  return corrected(chain, x, c);
}

double density_at(const DysonChain& chain, const DysonSolution& solution) {
  return solution.outside
             ? 0
             : std::max(0.0, -trace<Complex>(chain, solution.state.X).imag() / std::numbers::pi);
}

}  // namespace saddlescope
