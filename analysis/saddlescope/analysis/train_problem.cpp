#include <fmt/format.h>

#include "saddlescope/analysis/train_study.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

// What the problem's flags do not say yet, and the weights drawn for it.
void shape_network(const TrainOptions& options, Network& network) {
  Architecture& net = network.architecture;
  network.activity_decay = options.activity_decay;
  if (!options.problem.network.empty()) return;
  net.activation = parse_activation(options.activation.value_or("identity"));
  net.placement = parse_placement(options.placement.value_or("pre"));
  net.loss = parse_output_loss(options.loss.value_or("mse"));
  net.biases = options.bias.value_or(false);
  if (*options.problem.point != "init") {
    network.theta = Vector::Zero(net.n_parameters());
    return;
  }
  InitialiseOptions init;
  init.kind = parse_initialisation(*options.problem.init);
  init.sigma = *options.problem.init_scale;
  init.parameterisation = parse_parameterisation(*options.problem.parameterisation);
  RandomStream stream(options.problem.seed, "weights");
  network.theta = initialise(net, init, stream);
}

}  // namespace

TrainProblem make_train_problem(const TrainOptions& given) {
  const TrainOptions options = effective(given);
  const std::string& point = *options.problem.point;
  require(point != "zero-rank", "--point: expected init, origin or network for training, got {}",
          point);
  TrainProblem out;
  out.problem = make_problem_with_decay(options.problem);
  shape_network(options, out.problem.network);
  Split parts = split(out.problem.data, 1 - options.test_fraction, options.problem.seed);
  out.train = std::move(parts.train);
  out.test = std::move(parts.test);
  if (options.shuffle_labels) {
    RandomStream stream(options.problem.seed, "shuffled labels");
    const Index n = out.train.n_samples();
    const Matrix y = out.train.y(Eigen::all, stream.sample(n, n));
    out.train.y = y;
    out.train.name += ", labels shuffled";
  }
  return out;
}

}  // namespace saddlescope::analysis
