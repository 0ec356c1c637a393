#include "saddlescope/analysis/train_study.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/data/draw.hpp"

namespace saddlescope::analysis {

TrainProblem make_train_problem(const TrainOptions& given) {
  const TrainOptions options = effective(given);
  const std::string& point = *options.problem.point;
  require(point != "zero-rank", "--point: expected init, origin or network for training, got {}",
          point);
  TrainProblem out;
  out.problem = make_problem(options.problem);
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
