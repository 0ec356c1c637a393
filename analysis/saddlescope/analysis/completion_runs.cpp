#include "saddlescope/analysis/completion_runs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/SVD>
#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kRank = 3;
constexpr double kObserved = 0.8;
constexpr Index kPublishedInference = 50;  // steps of
constexpr double kPublishedInferenceStep = 0.1;
constexpr double kDone = 1e-2;
constexpr double kLeft = 0.9;
constexpr double kRise = 2;  // of the gradient between a plateau and an escape
constexpr double kTolerance = 1e-6;

struct Completion {
  Matrix target;
  Dataset full, train, test;  // missing entries are NaN
};

Matrix make_target(const std::string& kind, RandomStream& stream) {
  if (kind == kDrawn) {
    const Matrix U = stream.normal_matrix(kSide, kRank);
    return U * stream.normal_matrix(kRank, kSide);
  }
  Vector s(kRank);
  for (Index k = 0; k < kRank; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const double next = k + 1 < kRank ? kLoggedLosses[at + 1] : 0;
    s[k] = std::sqrt(kSide * kSide * (kLoggedLosses[at] - next) / kObserved);
  }
  const Matrix U = stream.orthogonal_matrix(kSide, kRank);
  return U * s.asDiagonal() * stream.orthogonal_matrix(kRank, kSide);
}

Completion make_completion(const std::string& kind, std::uint64_t seed) {
  RandomStream stream(seed, "matrix to complete");
  Completion out;
  out.target = make_target(kind, stream);
  out.full = {out.target, out.target, "matrix completion"};
  out.train = out.full;
  out.test = out.full;
  for (Index i = 0; i < out.target.size(); ++i) {
    const bool observed = stream.uniform(0, 1) < kObserved;
    (observed ? out.test : out.train).y.data()[i] = std::numeric_limits<double>::quiet_NaN();
    if (!observed) out.full.x.data()[i] = 0;
  }
  out.train.x = out.full.x;
  out.test.x = out.full.x;
  return out;
}

NetworkEnergy<double> make_energy(const CompletionSizes& sizes, const std::string& activation) {
  ArchitectureOptions shape;
  shape.widths = {kSide, sizes.width, sizes.width, sizes.width, kSide};
  shape.activation = parse_activation(activation);
  shape.placement = Placement::kPost;
  return NetworkEnergy<double>(make_architecture(shape), 0, {.targets = Targets::kObserved});
}

Vector make_start(const CompletionSizes& sizes, const Architecture& net, std::uint64_t seed) {
  RandomStream stream(seed, "weights");
  // Entries of deviation sigma whatever the width: what the rule of NTP draws.
  return initialise(net,
                    {.kind = Initialisation::kNormal,
                     .sigma = sizes.sigma,
                     .parameterisation = Parameterisation::kNtp},
                    stream);
}

TwinOptions make_options(TrainingAlgorithm algorithm, Normalisation normalisation, Index updates,
                         std::uint64_t seed) {
  TwinOptions out;
  out.algorithms = {algorithm};
  out.normalisation = normalisation;
  // BP's published step in means over samples.
  out.optimiser.learning_rate = normalisation == Normalisation::kMatched
                                    ? kCompletionRate * kPublishedUnits
                                    : kCompletionRate;
  out.batch = kSide;
  out.updates = updates;
  out.seed = seed;
  return out;
}

Index rank_of(const NetworkEnergy<double>& energy, const Vector& theta, const Completion& data) {
  const Eigen::JacobiSVD<Matrix> target(data.target);
  const Eigen::JacobiSVD<Matrix> found(energy.predict(theta, data.train.x));
  return (found.singularValues().array() > 0.1 * target.singularValues()[0]).count();
}

double published_loss(const CurvePoint& point) { return kPublishedUnits * point.train_loss; }

// Follows the gradient's falls and rises.
class PlateauFinder {
 public:
  // Whether a plateau was just left: `candidate()` then is it.
  bool look(const CurvePoint& point, const Vector& theta) {
    if (!point.gradient_norm) return false;
    const double g = *point.gradient_norm;
    if (falls_) {
      if (g < candidate_.gradient) candidate_ = {point.update, 0, published_loss(point), g, theta};
      if (g <= kRise * candidate_.gradient) return false;
      falls_ = false;
      peak_ = g;
      return true;
    }
    peak_ = std::max(peak_, g);
    if (g * kRise < peak_) {
      falls_ = true;
      candidate_ = {point.update, 0, published_loss(point), g, theta};
    }
    return false;
  }
  [[nodiscard]] const Plateau& candidate() const { return candidate_; }

 private:
  bool falls_ = true;
  double peak_ = 0;
  Plateau candidate_ = {0, 0, 0, std::numeric_limits<double>::infinity(), {}};
};

std::optional<Index> done_at(const StudyRun& run) {
  return first_at_or_below(run, kDone / kPublishedUnits);
}

void train_bp(const CompletionSizes& sizes, CompletionRun& out) {
  const Completion data = make_completion(out.target, out.seed);
  const NetworkEnergy<double> energy = make_energy(sizes, out.activation);
  PlateauFinder finder;
  out.bp = run_for_study<double>(
      energy,
      make_options(TrainingAlgorithm::kBp, Normalisation::kPcSaddles, sizes.bp_updates, out.seed),
      make_start(sizes, energy.architecture(), out.seed), data.train, data.test, 50,
      [&](const StudyRun& so_far, const Vector& theta) {
        if (so_far.curve.empty()) return false;
        if (finder.look(so_far.curve.back(), theta)) {
          out.plateaus.push_back(finder.candidate());
          out.plateaus.back().rank = rank_of(energy, finder.candidate().theta, data);
        }
        return published_loss(so_far.curve.back()) > kDone;
      });
  out.done = done_at(out.bp);
}

// Losses of the entries observed where training saw all of them.
void use_test_loss(CurvePoint& point) { std::swap(point.train_loss, point.test_loss); }

void train_pc(const CompletionSizes& sizes, const Vector& start, CompletionEscape& out) {
  const Completion data = make_completion(out.target, out.seed);
  const NetworkEnergy<double> energy = make_energy(sizes, out.activation);
  const bool matched = out.setting == "matched";
  TwinOptions options = make_options(TrainingAlgorithm::kPc,
                                     matched ? Normalisation::kMatched : Normalisation::kPcSaddles,
                                     matched ? sizes.matched_updates : sizes.pc_updates, out.seed);
  if (matched) {
    options.inference.method = InferenceMethod::kConjugateGradients;
    options.inference.max_steps = 100;
    options.inference.tolerance = kTolerance;
  } else {
    options.inference.max_steps = kPublishedInference;
    // Steps of 0.1 diverge in the ReLU network: there the longest stable ones.
    options.inference.step = out.activation == "relu" ? 0 : kPublishedInferenceStep;
  }
  std::optional<double> level;
  out.pc = run_for_study<double>(energy, options, start, matched ? data.train : data.full,
                                 matched ? data.test : data.train, matched ? 25 : 5,
                                 [&](const StudyRun& so_far, const Vector& /*theta*/) {
                                   if (so_far.curve.empty()) return false;
                                   CurvePoint last = so_far.curve.back();
                                   if (!matched) use_test_loss(last);
                                   if (!level) level = kLeft * last.train_loss;
                                   if (!out.left && last.train_loss <= *level)
                                     out.left = last.update;
                                   // Where every update is as short as BP's, leaving is all that is asked.
                                   if (matched && out.left && last.update >= *out.left * 5 / 4)
                                     return false;
                                   return published_loss(last) > kDone;
                                 });
  if (!matched)
    for (CurvePoint& point : out.pc.curve) use_test_loss(point);
  out.done = done_at(out.pc);
}

}  // namespace

std::optional<Index> crossing(const StudyRun& run, double above, double below) {
  return first_at_or_below(run, std::sqrt(above * below) / kPublishedUnits);
}

std::vector<CompletionRun> train_bp(const CompletionSizes& sizes,
                                    const std::function<void(const std::string&)>& progress) {
  std::vector<CompletionRun> out;
  for (const auto& [activation, seeds] : sizes.activations)
    for (Index seed = 0; seed < std::min(seeds, sizes.seeds); ++seed)
      out.push_back({kLogged, activation, static_cast<std::uint64_t>(seed), {}, {}, {}});
  for (Index seed = 0; seed < sizes.drawn_seeds; ++seed)
    out.push_back({kDrawn, "identity", static_cast<std::uint64_t>(seed), {}, {}, {}});
  run_jobs(
      static_cast<Index>(out.size()),
      [&](Index i) { train_bp(sizes, out[static_cast<std::size_t>(i)]); }, progress);
  return out;
}

std::vector<CompletionEscape> train_pc(const CompletionSizes& sizes,
                                       const std::vector<CompletionRun>& bp,
                                       const std::function<void(const std::string&)>& progress) {
  std::vector<CompletionEscape> out;
  std::vector<Vector> starts;
  for (const CompletionRun& run : bp)
    for (const char* setting : {"published", "matched"}) {
      // Tens of thousands of updates each: of the linear network and one kind of target only.
      if ((run.activation != "identity" || run.target != kLogged) &&
          setting == std::string("matched"))
        continue;
      const auto add = [&](const std::string& start, const Vector& theta) {
        out.push_back({run.target, run.activation, start, setting, run.seed, {}, {}, {}});
        starts.push_back(theta);
      };
      add("random", make_start(sizes, make_energy(sizes, run.activation).architecture(), run.seed));
      // The first plateau of each rank below the target's.
      for (Index rank = 0; rank < kRank; ++rank)
        for (const Plateau& plateau : run.plateaus)
          if (plateau.rank == rank) {
            add(fmt::format("rank-{}", rank), plateau.theta);
            break;
          }
    }
  run_jobs(
      static_cast<Index>(out.size()),
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        train_pc(sizes, starts[at], out[at]);
      },
      progress);
  return out;
}

}  // namespace saddlescope::analysis
