// Networks with independent random weights, and one draw of their activity Hessian.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::testing {

struct RandomNetwork {
  Architecture architecture;
  InitialiseOptions init;
  std::vector<double> variances;

  // Eigenvalues of H_z for one draw, ascending.
  [[nodiscard]] Vector draw(std::uint64_t seed, double activity_decay = 0) const {
    RandomStream stream(seed, "weights");
    return symmetric_eigenvalues(activity_hessian<double>(architecture,
                                                          initialise(architecture, init, stream),
                                                          activity_decay)
                                     .dense());
  }
};

inline RandomNetwork random_network(std::vector<Index> widths, Parameterisation parameterisation,
                                    bool skips, double lambda = 1,
                                    Initialisation kind = Initialisation::kNormal) {
  ArchitectureOptions shape;
  shape.widths = std::move(widths);
  shape.parameterisation = parameterisation;
  shape.skips = skips;
  shape.lambda = lambda;
  RandomNetwork c;
  c.architecture = make_architecture(shape);
  c.init.kind = kind;
  c.init.parameterisation = parameterisation;
  c.variances = *entry_variances(c.architecture, c.init);
  return c;
}

}  // namespace saddlescope::testing
