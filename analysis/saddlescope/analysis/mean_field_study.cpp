#include "saddlescope/analysis/mean_field_study.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/width_training.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/data/generators.hpp"

namespace saddlescope::analysis {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

template <class T>
void require_each(const char* flag, const std::vector<T>& values, T least, bool open) {
  require(!values.empty(), "{}: expected at least one value, got none", flag);
  for (const T value : values) {
    require(open ? value > least : value >= least, "{}: expected {} {}, got {}", flag,
            open ? ">" : ">=", least, value);
    require(std::count(values.begin(), values.end(), value) == 1,
            "{}: expected each value once, got {} twice", flag, value);
  }
}

MeanFieldProblem limit_problem(const MeanFieldStudyOptions& options, const Dataset& data,
                               const MeanFieldCase& one) {
  MeanFieldProblem problem;
  problem.input_kernel = data.x.transpose() * data.x / static_cast<double>(data.x.rows());
  problem.targets = data.y.transpose();
  problem.hidden_layers = one.hidden_layers;
  problem.steps = options.steps;
  problem.learning_rate = options.learning_rate;
  problem.gamma = one.gamma;
  return problem;
}

WidthTrainingOptions training_options(const MeanFieldStudyOptions& options,
                                      const MeanFieldCase& one, const WidthComparison& at,
                                      Index seed) {
  WidthTrainingOptions training;
  training.objective = at.objective;
  training.width = at.width;
  training.hidden_layers = one.hidden_layers;
  training.steps = options.steps;
  training.learning_rate = options.learning_rate;
  training.gamma = one.gamma;
  training.lambda = options.lambda;
  training.seed = options.seed + static_cast<std::uint64_t>(seed);
  return training;
}

void require_memory(const MeanFieldStudyOptions& options, const MeanFieldStudyResult& result) {
  double theory = 0, training = 0;
  for (const MeanFieldCase& one : result.cases) {
    theory += mean_field_bytes(limit_problem(options, result.data, one));
    for (const WidthComparison& at : one.widths)
      training = std::max(training,
                          width_training_bytes(result.data, training_options(options, one, at, 0)));
  }
  const double needed = theory + threads() * training;
  require_fits(
      needed <= available_memory(),
      "--steps, --samples, --widths: kernels of all times need {} and networks {} per thread, "
      "{} available",
      memory_text(theory), memory_text(training), memory_text(available_memory()));
}

struct Task {
  std::size_t one, width;
  Index seed;  // -1: the theory
  double cost;
};

// Long ones first, so that no thread is left with one at the end.
std::vector<Task> all_tasks(const MeanFieldStudyOptions& options,
                            const MeanFieldStudyResult& result) {
  std::vector<Task> tasks;
  const double cube =
      std::pow(static_cast<double>((options.steps + 1) * (options.samples + options.output)), 3.0);
  for (std::size_t i = 0; i < result.cases.size(); ++i) {
    const MeanFieldCase& one = result.cases[i];
    tasks.push_back({i, 0, -1, 2.7 * static_cast<double>(one.hidden_layers) * cube});
    for (std::size_t w = 0; w < one.widths.size(); ++w) {
      const double bytes =
          width_training_bytes(result.data, training_options(options, one, one.widths[w], 0));
      const double flops = bytes / 24 * 12 * static_cast<double>(options.samples * options.steps);
      for (Index s = 0; s < options.seeds; ++s) tasks.push_back({i, w, s, flops});
    }
  }
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.cost > b.cost; });
  return tasks;
}

void compare(const MeanFieldSolution& theory, Index steps, const std::vector<WidthTraining>& seeds,
             WidthComparison& out) {
  Index times = theory.loss.size();
  for (const WidthTraining& seed : seeds) {
    times = std::min(times, seed.loss.size());
    if (!seed.summary.ok() && out.summary.ok()) out.summary = seed.summary;
  }
  const auto n = static_cast<Index>(seeds.size());
  out.losses.resize(n, times);
  for (Index s = 0; s < n; ++s)
    out.losses.row(s) = seeds[static_cast<std::size_t>(s)].loss.head(times).transpose();
  const double unit = theory.loss(0) > 0 ? theory.loss(0) : 1;
  for (Index t = 0; t < times; ++t) {
    const double mean = out.losses.col(t).mean();
    const double deviation = std::abs(mean - theory.loss(t)) / unit;
    const double seed_deviation =
        std::sqrt((out.losses.col(t).array() - theory.loss(t)).square().mean()) / unit;
    out.seed_deviation = std::max(out.seed_deviation, seed_deviation);
    if (t > 0 && deviation <= out.deviation) continue;
    out.deviation = deviation;
    if (n < 2) continue;
    const double variance =
        (out.losses.col(t).array() - mean).square().sum() / static_cast<double>(n - 1);
    out.error = std::sqrt(variance / static_cast<double>(n)) / unit;
  }
  if (times <= steps) return;
  const Index P = theory.n_samples;
  const Matrix expected = theory.H.back().block(steps * P, steps * P, P, P);
  double sum = 0;
  for (const WidthTraining& seed : seeds)
    sum += (seed.kernels.back() - expected).norm() / expected.norm();
  out.kernel_deviation = sum / static_cast<double>(n);
  out.kernels = seeds.front().kernels;
}

}  // namespace

OptionTable describe(MeanFieldStudyOptions& options) {
  OptionTable table;
  table.add("hidden-layers", &options.hidden_layers, "numbers of hidden layers H, each >= 1 [1,2]");
  table.add("gamma", &options.gamma,
            "richness, each > 0: small is lazy, large learns features [1]");
  table.add("widths", &options.widths, "widths of the trained networks, each >= 1 [128,512,2048]");
  table.add("objective", &options.objectives,
            "what the networks train on: mse, energy or both [mse,energy]");
  table.add("steps", &options.steps, "steps of gradient descent, T >= 1 [50]");
  table.add("learning-rate", &options.learning_rate,
            "eta > 0; weights move by eta gamma^2 n (/lambda for the energy) times the gradient "
            "[0.2]");
  table.add("lambda", &options.lambda, "output precision of the energy, > 0 [1]");
  table.add("samples", &options.samples, "samples P >= 1 of a linear teacher [10]");
  table.add("input", &options.input, "input width d_x, >= 1 [40]");
  table.add("output", &options.output, "output width K = d_y, >= 1 [1]");
  table.add("noise", &options.noise, "deviation of the noise on the targets, >= 0 [0]");
  table.add("seeds", &options.seeds, "networks of each width, >= 1 [3]");
  table.add("seed", &options.seed, "seed of the data and of the first network, >= 0 [0]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/mean_field]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

MeanFieldStudyOptions effective(MeanFieldStudyOptions options) {
  if (!options.hidden_layers) options.hidden_layers = {1, 2};
  if (!options.gamma) options.gamma = {1.0};
  if (!options.widths) options.widths = {128, 512, 2048};
  require_each<Index>("--hidden-layers", *options.hidden_layers, 1, false);
  require_each<double>("--gamma", *options.gamma, 0, true);
  require_each<Index>("--widths", *options.widths, 1, false);
  require_objectives(options.objectives);
  require(
      std::find(options.objectives.begin(), options.objectives.end(), "ce") ==
          options.objectives.end(),
      "--objective: mean-field theory is that of the mean squared error; expected mse or energy, "
      "got 'ce'");
  const auto at_least_one = [](const char* flag, Index value) {
    require(value >= 1, "{}: expected >= 1, got {}", flag, value);
  };
  at_least_one("--steps", options.steps);
  at_least_one("--samples", options.samples);
  at_least_one("--input", options.input);
  at_least_one("--output", options.output);
  at_least_one("--seeds", options.seeds);
  require(options.learning_rate > 0, "--learning-rate: expected > 0, got {}",
          options.learning_rate);
  require(options.lambda > 0, "--lambda: expected > 0, got {}", options.lambda);
  require(options.noise >= 0, "--noise: expected >= 0, got {}", options.noise);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

MeanFieldStudyResult mean_field_study(const MeanFieldStudyOptions& given,
                                      const std::function<void(const std::string&)>& progress) {
  const auto begin = Clock::now();
  const MeanFieldStudyOptions options = effective(given);
  MeanFieldStudyResult result;
  TeacherOptions teacher;
  teacher.samples = options.samples;
  teacher.input = options.input;
  teacher.output = options.output;
  teacher.noise = options.noise;
  teacher.seed = options.seed;
  result.data = linear_teacher(teacher);
  for (const Index H : *options.hidden_layers) {
    for (const double gamma : *options.gamma) {
      MeanFieldCase one;
      one.hidden_layers = H;
      one.gamma = gamma;
      for (const std::string& objective : options.objectives) {
        for (const Index width : *options.widths) {
          WidthComparison at;
          at.objective = objective == "mse" ? LinearObjective::kMse : LinearObjective::kEnergy;
          at.width = width;
          one.widths.push_back(at);
        }
      }
      result.cases.push_back(std::move(one));
    }
  }
  require_memory(options, result);

  const std::vector<Task> tasks = all_tasks(options, result);
  std::vector<std::vector<std::vector<WidthTraining>>> runs;
  for (const MeanFieldCase& one : result.cases)
    runs.emplace_back(one.widths.size(),
                      std::vector<WidthTraining>(static_cast<std::size_t>(options.seeds)));
  std::mutex lock;
  std::size_t done = 0;
  parallel_for(static_cast<Index>(tasks.size()), [&](Index i) {
    const Task& task = tasks[static_cast<std::size_t>(i)];
    MeanFieldCase& one = result.cases[task.one];
    if (task.seed < 0) {
      const auto start = Clock::now();
      one.theory = solve_mean_field(limit_problem(options, result.data, one));
      one.theory_seconds = seconds_since(start);
    } else {
      runs[task.one][task.width][static_cast<std::size_t>(task.seed)] = train_at_width(
          result.data, training_options(options, one, one.widths[task.width], task.seed));
    }
    const std::lock_guard guard(lock);
    ++done;
    if (progress) progress(fmt::format("mean field and networks: {} of {}", done, tasks.size()));
  });
  for (std::size_t i = 0; i < result.cases.size(); ++i) {
    MeanFieldCase& one = result.cases[i];
    for (std::size_t w = 0; w < one.widths.size(); ++w)
      compare(one.theory, options.steps, runs[i][w], one.widths[w]);
  }
  result.seconds = seconds_since(begin);
  return result;
}

std::optional<double> width_slope(const MeanFieldCase& one, LinearObjective objective,
                                  double WidthComparison::*value) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const WidthComparison& at : one.widths) {
    if (at.objective != objective) continue;
    if (!(at.*value > 0)) return {};
    const double u = std::log(static_cast<double>(at.width)), v = std::log(at.*value);
    n += 1;
    x += u;
    y += v;
    xx += u * u;
    xy += u * v;
  }
  if (n < 2) return {};
  return (n * xy - x * y) / (n * xx - x * x);
}

}  // namespace saddlescope::analysis
