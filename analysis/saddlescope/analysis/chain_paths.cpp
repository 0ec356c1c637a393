#include "saddlescope/analysis/chain_paths.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/training/full_batch.hpp"

namespace saddlescope::analysis {

Chain make_chain(Index layers, Index width, std::uint64_t seed) {
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(layers) + 1, width);
  Chain out = {make_architecture(shape), toy({64, width, seed}), {}, {}};
  const auto factor = compress(data_factor<double>(out.data));
  out.mse = mse_loss<double>(out.architecture, factor);
  out.energy = equilibrated_energy<double>(out.architecture, factor);
  return out;
}

ChainPath descend(const Chain& chain, bool energy, const Vector& start, double rate,
                  Index updates) {
  OptimiserOptions options;
  options.learning_rate = rate;
  FullBatchTrainer trainer(energy ? *chain.energy : *chain.mse, start, options);
  ChainPath out;
  train(trainer, updates, [&](const FullBatchTrainer& at) {
    const Evaluation<double> loss = chain.mse->at(at.theta());
    if (!loss.summary.ok()) return;
    out.theta.push_back(at.theta());
    out.loss.push_back(loss.point->value());
    if (!out.left && out.loss.back() <= 0.9 * out.loss.front()) out.left = at.step();
  });
  return out;
}

}  // namespace saddlescope::analysis
