#include "saddlescope/training/probe_equilibrium.hpp"

#include "saddlescope/energy/backpropagation.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {

ProbeEquilibrium probe_equilibrium(const NetworkEnergy<double>& energy, const Vector& theta,
                                   const Dataset& data) {
  ProbeEquilibrium out;
  if (energy.dim() == 0) {
    backpropagate<double>(energy.architecture(), theta, data.x, data.y, out.pass,
                          energy.clamping().targets);
    out.certified = 1;
    return out;
  }
  const NetworkEquilibrium found = network_equilibrium(energy, theta, data.x, data.y);
  out.finite = found.z.allFinite();
  if (!out.finite) return out;
  energy.evaluate(theta, data.x, data.y, found.z, out.pass);
  Index minima = 0;
  for (std::size_t i = 0; i < found.samples.size(); ++i) {
    const StationarityCertificate& one = found.samples[i];
    apply_kinks(energy.architecture(), one.kinks, static_cast<Index>(i), out.pass);
    if (one.verdict == StationarityVerdict::kMinimum ||
        one.verdict == StationarityVerdict::kOnKinks)
      ++minima;
  }
  out.certified = static_cast<double>(minima) / static_cast<double>(data.n_samples());
  return out;
}

}  // namespace saddlescope
