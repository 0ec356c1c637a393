#include "saddlescope/inference/equilibrium_options.hpp"

#include <algorithm>

#include "saddlescope/base/known_names.hpp"

namespace saddlescope {

const std::vector<std::string>& solver_names() {
  static const std::vector<std::string> names = {"closed", "block", "descent", "momentum",
                                                 "cg",     "euler", "heun",    "dopri5"};
  return names;
}

EquilibriumSolver parse_solver(const std::string& name) {
  const std::vector<std::string>& names = solver_names();
  const auto found = std::find(names.begin(), names.end(), name);
  require_known("solver", names, name);
  return static_cast<EquilibriumSolver>(found - names.begin());
}

std::string name(EquilibriumSolver solver) {
  return solver_names()[static_cast<std::size_t>(solver)];
}

bool is_direct(EquilibriumSolver solver) {
  return solver == EquilibriumSolver::kClosedForm || solver == EquilibriumSolver::kBlock;
}

bool has_step(EquilibriumSolver solver) {
  return !is_direct(solver) && solver != EquilibriumSolver::kConjugateGradients;
}

}  // namespace saddlescope
