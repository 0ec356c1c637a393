// The right-hand side of a gradient flow, and what is recorded along it. Internal to saddle/.
#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "saddlescope/saddle/gradient_flow.hpp"

namespace saddlescope::flow {

using State = std::vector<double>;  // delta, then vec(I_1) .. vec(I_{L-1}) where there are laws

// The objective could not be computed; the flow ends at its last point.
struct NotComputable : std::runtime_error {
  NotComputable(Status why, const std::string& text) : std::runtime_error(text), status(why) {}
  Status status;
};

class System {
 public:
  virtual ~System() = default;
  [[nodiscard]] virtual Index dim() const = 0;          // of theta
  [[nodiscard]] virtual Index n_integrals() const = 0;  // entries behind delta
  // dstate/dt. Throws NotComputable.
  virtual void derivative(const Vector& theta, State& rate) const = 0;
  struct Local {
    FlowRecord record;  // all but time and radius
    double gradient_bound = 0;
    double hessian_size = 0;  // of the order of |H|_2 or above it
  };
  [[nodiscard]] virtual Local local(const Vector& theta) const = 0;
  // |D_l(theta) - D_l(start) + 2 I_l| for the worst l and the scale of D at theta.
  struct Balance {
    double defect = 0, scale = 0;
  };
  [[nodiscard]] virtual Balance balance(const Vector& start, const Vector& theta,
                                        const double* integrals) const = 0;
};

[[nodiscard]] std::unique_ptr<System> plain_system(const Objective<double>& objective);
[[nodiscard]] std::unique_ptr<System> linear_system(const LinearLandscape& landscape);

[[nodiscard]] FlowResult integrate(const System& system, const Vector& center,
                                   const Vector& displacement, const FlowOptions& options);

// The statement of gradient_flow.hpp from the records of a flow of F* with output precision lambda.
[[nodiscard]] Runaway find_runaway(const std::vector<FlowRecord>& records, double lambda);

}  // namespace saddlescope::flow
