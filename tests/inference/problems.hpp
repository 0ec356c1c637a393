// Networks and samples that the tests of inference share.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "support/random_problem.hpp"

#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::testing {

inline constexpr double kEps = std::numeric_limits<double>::epsilon();

// width^hidden between d_x = 3 and d_y = 2, entries N(0, 1/fan_in) in effect, N(0, 1) samples.
inline Problem initialised(Parameterisation parameterisation, Index width, Index hidden, bool skips,
                           Index samples, std::uint64_t seed) {
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(hidden) + 2, width);
  shape.widths.front() = 3;
  shape.widths.back() = 2;
  shape.parameterisation = parameterisation;
  shape.skips = skips;
  Problem p;
  p.architecture = make_architecture(shape);
  InitialiseOptions init;
  init.kind = Initialisation::kNormal;
  init.parameterisation = parameterisation;
  RandomStream stream(seed, "inference problem");
  p.theta = initialise(p.architecture, init, stream);
  p.data.x = stream.normal_matrix(3, samples);
  p.data.y = stream.normal_matrix(2, samples);
  return p;
}

// Unequal widths, skips, bottleneck, every parameterisation with and without skips; kappa to 1e3.
inline std::vector<Problem> inference_problems() {
  std::vector<Problem> out;
  for (Problem& p : random_problems())
    if (p.architecture.depth() >= 2) out.push_back(std::move(p));
  for (const auto parameterisation :
       {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc})
    for (const bool skips : {false, true})
      out.push_back(initialised(parameterisation, 8, 4, skips, 7, 11));
  return out;
}

inline std::vector<EquilibriumSolver> solvers() {
  std::vector<EquilibriumSolver> out;
  for (const std::string& name : solver_names()) out.push_back(parse_solver(name));
  return out;
}

inline Equilibrium solve(const Problem& p, const EquilibriumOptions& options) {
  return equilibrium(p.architecture, p.theta, p.data.x, p.data.y, options);
}

}  // namespace saddlescope::testing
