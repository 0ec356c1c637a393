// mupc-fig1 [mu]: residual networks of many layers trained by PC at one learning rate.
//
// phi before W, identity skips, no biases, one-hot targets, mean squared error, Adam, batches of
// 64, as many inference steps as hidden layers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/reproduction.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

constexpr Index kBatch = 64;
constexpr double kRate = 0.1;
constexpr double kSpRate = 0.01;                 // the best published one of SP
constexpr double kPublishedInferenceStep = 0.5;  // on the batch mean
constexpr double kGoal = 0.9;                    // test accuracy

struct Sizes {
  std::vector<Index> depths = {8, 32, 128};
  Index width = 64, samples = 0, epochs = 5, seeds = 1;
};

Sizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {{2, 6}, 32, 600, 6, 1};
  if (scale == StudyScale::kFull) return {{8, 16, 32, 64, 128}, 512, 0, 1, 3};
  return {};
}

struct Setting {
  std::string name, label, algorithm;
  Parameterisation parameterisation;
  double rate;
  bool published_inference;
  const char* ink;
};
const std::vector<Setting>& settings() {
  using P = Parameterisation;
  static const std::vector<Setting> all = {
      {"mupc", "PC, µPC", "pc", P::kMupc, kRate, false, colour::kEnergy},
      {"mupc_published_inference", "PC, µPC, published inference step", "pc", P::kMupc, kRate, true,
       "#E69F00"},
      {"sp", "PC, SP, same rate", "pc", P::kSp, kRate, false, "#CC79A7"},
      {"sp_own_rate", "PC, SP, its own rate", "pc", P::kSp, kSpRate, false, "#999999"},
      {"bp", "BP, µPC", "bp", P::kMupc, kRate, false, colour::kLoss}};
  return all;
}

struct Job {
  const Setting* setting;
  Index depth = 0;
  std::uint64_t seed = 0;
  StudyRun run;
  // Of the weights at the end; none where training left the finite numbers.
  [[nodiscard]] std::optional<double> accuracy() const {
    if (!run.summary.ok() || run.curve.empty()) return std::nullopt;
    return run.curve.back().test_accuracy;
  }
};

void train(const Sizes& sizes, const Dataset& data, Job& job) {
  const Split parts = split(data, 0.8, job.seed);
  const Setting& setting = *job.setting;
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(job.depth) + 2, sizes.width);
  shape.widths.front() = data.x.rows();
  shape.widths.back() = data.y.rows();
  shape.parameterisation = setting.parameterisation;
  shape.skips = true;
  shape.activation = Activation::kRelu;
  const NetworkEnergy<float> energy(make_architecture(shape));
  InitialiseOptions init;
  init.parameterisation = setting.parameterisation;
  init.kind = setting.parameterisation == Parameterisation::kSp ? Initialisation::kUniform
                                                                : Initialisation::kNormal;
  RandomStream stream(job.seed, "weights");
  const Vector theta = initialise(energy.architecture(), init, stream);
  TwinOptions options;
  options.algorithms = {parse_training_algorithm(setting.algorithm)};
  options.optimiser.kind = OptimiserKind::kAdam;
  options.optimiser.learning_rate = setting.rate;
  options.inference.max_steps = job.depth;
  options.inference.step = setting.published_inference ? kPublishedInferenceStep : 0;
  options.inference.batch_mean_step = setting.published_inference;
  options.batch = kBatch;
  options.seed = job.seed;
  const Index per_epoch = (parts.train.n_samples() + kBatch - 1) / kBatch;
  options.updates = sizes.epochs * per_epoch;
  job.run = run_for_study<float>(energy, options, theta, parts.train, parts.test, per_epoch);
}

// One cell of the table.
struct Cell {
  std::vector<double> accuracies;  // of the seeds whose training stayed finite
  Index not_finite = 0;
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double one : accuracies) sum += one;
    return accuracies.empty() ? 0 : sum / static_cast<double>(accuracies.size());
  }
  [[nodiscard]] std::string text() const {
    return accuracies.empty() ? "not finite" : fmt::format("{:.1f} %", 100 * mean());
  }
};

Cell cell(const std::vector<Job>& jobs, const Setting& setting, Index depth) {
  Cell out;
  for (const Job& job : jobs) {
    if (job.setting != &setting || job.depth != depth) continue;
    if (const auto accuracy = job.accuracy()) {
      out.accuracies.push_back(*accuracy);
    } else {
      ++out.not_finite;
    }
  }
  return out;
}

StudyTable accuracy_table(const std::vector<Job>& jobs) {
  StudyTable out = {"accuracy",
                    {{"setting", "algorithm", "hidden_layers", "seed", "learning_rate",
                      "test_accuracy", "train_loss", "message"},
                     {},
                     {}}};
  for (const Job& job : jobs) {
    const auto accuracy = job.accuracy();
    out.table.rows.push_back({job.setting->name, job.setting->algorithm, std::to_string(job.depth),
                              std::to_string(job.seed), csv_number(job.setting->rate),
                              accuracy ? csv_number(*accuracy) : "",
                              accuracy ? csv_number(job.run.curve.back().train_loss) : "",
                              job.run.summary.message});
  }
  return out;
}

StudyTable curves_table(const std::vector<Job>& jobs) {
  StudyTable out = {
      "curves",
      {{"setting", "hidden_layers", "seed", "update", "train_loss", "test_accuracy"}, {}, {}}};
  for (const Job& job : jobs)
    for (const CurvePoint& point : job.run.curve)
      out.table.rows.push_back({job.setting->name, std::to_string(job.depth),
                                std::to_string(job.seed), std::to_string(point.update),
                                csv_number(point.train_loss),
                                point.test_accuracy ? csv_number(*point.test_accuracy) : ""});
  return out;
}

// Accuracy by depth, a line per setting; runs that left the finite numbers are crosses at 0.
Figure draw_accuracies(const std::vector<Job>& jobs, const Sizes& sizes, const Dataset& data) {
  Figure out;
  out.name = "mupc-fig1";
  out.width = 1400;
  out.height = 860;
  std::string plot;
  for (const Setting& setting : settings()) {
    std::string text = "hidden_layers,accuracy,not_finite\n";
    for (const Index depth : sizes.depths) {
      const Cell one = cell(jobs, setting, depth);
      text += fmt::format("{},{},{}\n", depth,
                          one.accuracies.empty() ? "" : fmt::format("{:.6g}", 100 * one.mean()),
                          one.accuracies.empty() ? "0" : "");
    }
    const std::string file = fmt::format("mupc-fig1_{}.csv", setting.name);
    out.data.push_back({file, text});
    plot += fmt::format(
        "'{0}' skip 1 using 1:2 with linespoints lw 2.4 pt 7 ps 1.4 {1}lc rgb '{2}' title '{3}', "
        "'{0}' skip 1 using 1:3 with points pt 2 ps 2 lw 2.4 lc rgb '{2}' notitle, ",
        file, setting.algorithm == "bp" ? "dt 2 " : "", setting.ink, setting.label);
  }
  out.commands = fmt::format(
      "set title {} noenhanced offset 0,0.4\nset lmargin 10\nset border 3 lw 0.8 lc rgb "
      "'{}'\nset tics nomirror out textcolor rgb '#000000'\nset grid lc rgb '#dddddd' lt 1 lw "
      "0.6\nset logscale x 2\nset xtics ({})\nset xrange [{}:{}]\nset yrange [-3:103]\nset xlabel "
      "'hidden layers'\nset ylabel 'test accuracy (%)'\nset key outside right top Left reverse "
      "samplen 2\nplot {}{:g} lc rgb '#777777' dt 3 lw 1.5 title '{:g} %', NaN with points pt 2 "
      "ps 2 lw 2.4 lc rgb '#777777' title 'not finite'\n",
      quoted(fmt::format("Residual networks of width {}, one learning rate   |   {}, {} epoch{}",
                         sizes.width, data.name, sizes.epochs, sizes.epochs > 1 ? "s" : "")),
      colour::kMuted, fmt::join(sizes.depths, ", "),
      0.8 * static_cast<double>(sizes.depths.front()),
      1.25 * static_cast<double>(sizes.depths.back()), plot, 100 * kGoal, 100 * kGoal);
  return out;
}

Json configuration(const Sizes& sizes, const Dataset& data) {
  Json json = {{"data", data.name},
               {"normalisation", data.normalisation},
               {"samples", data.n_samples()},
               {"train_fraction", 0.8},
               {"hidden_layers", sizes.depths},
               {"width", sizes.width},
               {"activation", "relu"},
               {"placement", "pre"},
               {"skips", true},
               {"batch", kBatch},
               {"epochs", sizes.epochs},
               {"seeds", sizes.seeds},
               {"optimiser", "adam"},
               {"precision", "single"},
               {"inference_steps", "hidden layers"}};
  for (const Setting& setting : settings())
    json["settings"][setting.name] = {
        {"algorithm", setting.algorithm},
        {"parameterisation", name(setting.parameterisation)},
        {"learning_rate", setting.rate},
        {"inference_step", setting.published_inference
                               ? fmt::format("{:g} on the batch mean", kPublishedInferenceStep)
                               : "the largest stable one of a sample"}};
  return json;
}

StudyResult summarise(const std::vector<Job>& jobs, const Sizes& sizes, const Dataset& data) {
  StudyResult out;
  out.configuration = configuration(sizes, data);
  out.agrees = true;
  for (const Index depth : sizes.depths) {
    const Cell mupc = cell(jobs, settings().front(), depth);
    out.ours += fmt::format("{}H = {}:", out.ours.empty() ? "test accuracy, " : "; ", depth);
    for (const Setting& setting : settings()) {
      const Cell one = cell(jobs, setting, depth);
      Json& json = out.quantities[setting.name][std::to_string(depth)];
      json = {{"test_accuracy", one.accuracies.empty() ? Json() : Json(one.mean())},
              {"seeds_not_finite", one.not_finite}};
      out.ours += fmt::format("{} {} {}", &setting == &settings().front() ? "" : ",", setting.label,
                              one.text());
    }
    const Cell sp = cell(jobs, settings()[2], depth);
    out.agrees = out.agrees && mupc.not_finite == 0 && mupc.mean() >= kGoal &&
                 (sp.accuracies.empty() || sp.mean() < mupc.mean());
  }
  out.judgement = fmt::format(
      "µPC {} {:g} % at every depth at one learning rate with SP lower or not finite "
      "there",
      out.agrees ? "reaches" : "does not reach", 100 * kGoal);
  out.tables = {accuracy_table(jobs), curves_table(jobs)};
  out.figure = draw_accuracies(jobs, sizes, data);
  return out;
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  DataOptions source;
  if (!context.data.empty()) source.source = context.data;
  source.samples = sizes.samples;
  const Dataset data = load(source);
  std::vector<Job> jobs;
  // The deepest first, which take longest.
  for (auto depth = sizes.depths.rbegin(); depth != sizes.depths.rend(); ++depth)
    for (const Setting& setting : settings())
      for (Index seed = 0; seed < sizes.seeds; ++seed)
        jobs.push_back({&setting, *depth, static_cast<std::uint64_t>(seed), {}});
  run_jobs(
      static_cast<Index>(jobs.size()),
      [&](Index i) { train(sizes, data, jobs[static_cast<std::size_t>(i)]); }, context.progress);
  return summarise(jobs, sizes, data);
}

}  // namespace

Study mupc_depth_study() {
  return {"mupc-fig1",
          "muPC trains residual networks of more than 100 layers at one learning rate, SP does not",
          "muPC networks of 8 to 128 hidden layers train at one weight and one activity rate (Adam "
          "0.1, 0.5); SP degrades with depth [mu]",
          {"the activity step was taken on the mean over the batch, 0.5/64 of a sample's. Here the "
           "largest stable one of a sample; the published one runs beside as 'published inference "
           "step'",
           "BP's loss was a mean over outputs without 1/2, which Adam hides. Here BP descends the "
           "same loss as PC",
           "digits of 8 x 8 pixels stand in for MNIST unless it is given by --data"},
          true,
          run};
}

}  // namespace saddlescope::analysis
