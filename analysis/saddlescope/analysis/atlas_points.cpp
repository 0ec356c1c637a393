#include "saddlescope/analysis/atlas_points.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/saddle/counterexamples.hpp"
#include "saddlescope/saddle/orbit.hpp"
#include "saddlescope/saddle/rank_r_family.hpp"
#include "saddlescope/saddle/zero_rank_family.hpp"

namespace saddlescope::analysis {
namespace {

double log_uniform(RandomStream& stream, double low, double high) {
  return std::exp(stream.uniform(std::log(low), std::log(high)));
}

// 2 .. largest, small widths more often: the cost of a point grows with the sixth power.
Index draw_width(RandomStream& stream, Index largest) {
  const double u = stream.uniform(0, 1);
  return std::min(largest, 2 + static_cast<Index>(static_cast<double>(largest - 1) * u * u));
}

// Inputs outnumber outputs more often than not, so that families that need it exist; every fourth
// network has a last hidden layer narrower than its output.
ArchitectureOptions draw_shape(const AtlasDraw& draw, RandomStream& stream) {
  ArchitectureOptions shape;
  const Index outputs = 2 + stream.index(2);
  shape.skips = draw.depth >= 3 && stream.index(3) == 0;
  shape.widths.push_back(outputs + stream.index(4));
  const Index common = draw_width(stream, draw.max_width);
  for (Index l = 1; l < draw.depth; ++l)
    shape.widths.push_back(shape.skips ? common : draw_width(stream, draw.max_width));
  shape.widths.push_back(outputs);
  if (stream.index(4) == 0 && !shape.skips) {
    shape.widths.back() = 3;
    shape.widths.front() = std::max<Index>(shape.widths.front(), 4);
    shape.widths[shape.widths.size() - 2] = 2;
  }
  constexpr Parameterisation kKinds[] = {Parameterisation::kSp, Parameterisation::kNtp,
                                         Parameterisation::kMupc};
  shape.parameterisation = kKinds[stream.index(3)];
  shape.gamma = log_uniform(stream, 0.5, 2);
  shape.precisions.resize(static_cast<std::size_t>(draw.depth), 1.0);
  if (stream.index(2) == 0)
    for (double& precision : shape.precisions) precision = log_uniform(stream, 0.5, 2);
  shape.precisions.back() = log_uniform(stream, 0.25, 4);
  return shape;
}

Dataset draw_data(const AtlasDraw& draw, const ArchitectureOptions& shape, RandomStream& stream) {
  const Index input = shape.widths.front(), output = shape.widths.back();
  const auto seed = static_cast<std::uint64_t>(stream.index(Index{1} << 30));
  const Index samples = input + output + 5;
  if (draw.kind == "uncorrelated")
    return exactly_uncorrelated(
        {.samples = samples, .input = input, .output = output, .seed = seed});
  TeacherOptions teacher;
  teacher.samples = samples;
  teacher.input = input;
  teacher.output = output;
  teacher.seed = seed;
  for (Index k = 0; k < std::min(input, output); ++k)
    teacher.singular_values.push_back(stream.uniform(0.5, 2));
  if (draw.kind == "noisy") teacher.noise = 0.5;
  return linear_teacher(teacher);
}

// Draws the families of one problem.
class Families {
 public:
  Families(const AtlasDraw& draw, AtlasProblem& problem, RandomStream& stream)
      : draw_(draw),
        problem_(problem),
        net_(problem.network.architecture),
        moments_(second_moments(problem.data)),
        stream_(stream) {}

  void all() {
    add([&](Index) { return zero_rank(ZeroRankKind::kVanishing, all_hidden(), 0, "origin"); },
        has_skips() ? 2 : 1);
    add([&](Index) { return zero_rank(ZeroRankKind::kPenultimate, {}, 1, "penultimate"); });
    if (draw_.kind == "uncorrelated")
      add([&](Index) { return zero_rank(ZeroRankKind::kUncorrelated, {}, 1, "uncorrelated"); });
    else if (net_.output() < net_.input())
      add([&](Index) { return zero_rank(ZeroRankKind::kMoments, {}, 1, "moments"); });
    add([&](Index) { return zero_rank(ZeroRankKind::kVanishing, some_hidden(), 1, "vanishing"); });
    if (net_.depth() >= 3)
      add([&](Index) {
        return zero_rank(ZeroRankKind::kKernel, {stream_.index(net_.depth() - 2)}, 1, "kernel");
      });
    if (draw_.kind == "uncorrelated") return;
    add([&](Index) { return rank_r(); });
    add([&](Index) { return named(bottleneck_optimum(net_, problem_.data, stream_), "optimum"); },
        2);
  }

 private:
  [[nodiscard]] bool has_skips() const {
    return std::any_of(net_.skips.begin(), net_.skips.end(), [](int skip) { return skip != 0; });
  }
  [[nodiscard]] std::vector<Index> all_hidden() const {
    std::vector<Index> layers;
    for (Index l = 0; l + 1 < net_.depth(); ++l)
      if (net_.skips[static_cast<std::size_t>(l)] == 0) layers.push_back(l);
    return layers;
  }
  std::vector<Index> some_hidden() {
    std::vector<Index> layers =
        stream_.sample(net_.depth() - 1, 1 + stream_.index(net_.depth() - 1));
    std::sort(layers.begin(), layers.end());
    return layers;
  }

  // Weights whose effective maps are of order one.
  Vector weights(double size) {
    Vector theta = stream_.normal_matrix(net_.n_parameters(), 1);
    for (Index l = 0; l < net_.depth(); ++l) {
      const double a = net_.scales[static_cast<std::size_t>(l)];
      weight(net_, theta, l) *= size / (a * std::sqrt(static_cast<double>(net_.cols(l))));
    }
    return theta;
  }

  static ConstructedPoint named(ConstructedPoint point, const char* family) {
    point.family = family;
    return point;
  }

  ConstructedPoint zero_rank(ZeroRankKind kind, const std::vector<Index>& layers, double size,
                             const char* family) {
    return named(zero_rank_family(net_, moments_, weights(size), {kind, layers}, stream_), family);
  }

  ConstructedPoint rank_r() {
    Index most = std::min(net_.input(), net_.output());
    for (const Index width : net_.widths) most = std::min(most, width);
    RankROptions options;
    options.singular_subset =
        stream_.sample(std::min(net_.input(), net_.output()), 1 + stream_.index(most));
    options.t = log_uniform(stream_, 0.5, 2) * (stream_.index(2) == 0 ? 1 : -1);
    options.random_rows = stream_.index(2) == 0;
    return named(rank_r_family(net_, problem_.data, options, stream_), "rank-r");
  }

  // `count` points; every second is moved along its orbit.
  template <class Make>
  void add(const Make& make, Index count = 0) {
    if (count == 0) count = draw_.points;
    for (Index i = 0; i < count; ++i) {
      AtlasPoint point{make(i), i % 2 == 1};
      if (point.orbit)
        point.built.theta =
            random_orbit_point(net_, point.built.theta, draw_.orbit_condition, stream_);
      problem_.points.push_back(std::move(point));
    }
  }

  const AtlasDraw& draw_;
  AtlasProblem& problem_;
  const Architecture& net_;
  SecondMoments moments_;
  RandomStream& stream_;
};

AtlasProblem as_problem(Construction built, const std::string& name) {
  AtlasProblem problem;
  problem.depth = built.architecture.depth();
  problem.kind = "counterexample";
  problem.network.architecture = built.architecture;
  problem.network.parameterisation = "sp";
  problem.data = std::move(built.data);
  problem.hypothesis = strictness_hypothesis(built.architecture, second_moments(problem.data));
  built.point.family = name;
  problem.points.push_back({std::move(built.point), false});
  return problem;
}

}  // namespace

AtlasProblem draw_problem(const AtlasDraw& draw) {
  RandomStream stream(draw.seed, fmt::format("atlas {} {} {}", draw.depth, draw.kind, draw.number));
  const ArchitectureOptions shape = draw_shape(draw, stream);
  AtlasProblem problem;
  problem.depth = draw.depth;
  problem.kind = draw.kind;
  problem.network.architecture = make_architecture(shape);
  problem.network.parameterisation = name(shape.parameterisation);
  problem.network.gamma = shape.gamma;
  problem.data = draw_data(draw, shape, stream);
  problem.hypothesis =
      strictness_hypothesis(problem.network.architecture, second_moments(problem.data));
  Families(draw, problem, stream).all();
  return problem;
}

std::vector<AtlasProblem> counterexample_problems() {
  std::vector<AtlasProblem> problems;
  const double transition = bottleneck_transition({});
  for (const double share : {0.5, 1.0, 2.0}) {
    BottleneckOptions options;
    options.d = share * transition;
    problems.push_back(
        as_problem(bottleneck(options), fmt::format("bottleneck orbit, d = {:g} d_c", share)));
  }
  for (const double w : {0.5, 2.0})
    problems.push_back(as_problem(uncorrelated_scalar({.w = w}),
                                  fmt::format("uncorrelated scalar, W_1 = {:g}", w)));
  problems.push_back(as_problem(uncorrelated_target({}), "one uncorrelated target"));
  return problems;
}

}  // namespace saddlescope::analysis
