// Training runs of studies: interrupted and gone on with, and compared.
#include "saddlescope/analysis/study_run.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/origin_escape.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;

constexpr Index kEvery = 4;

struct Case {
  NetworkEnergy<float> energy;
  TwinOptions options;
  Vector theta;
  Dataset data;
};
Case some_case(std::uint64_t seed = 1) {
  ArchitectureOptions shape;
  shape.widths = {3, 4, 2};
  shape.activation = Activation::kTanh;
  Case out = {NetworkEnergy<float>(make_architecture(shape)), {}, {}, {}};
  RandomStream stream(seed, "test");
  out.theta = initialise(out.energy.architecture(), {}, stream);
  TeacherOptions teacher;
  teacher.samples = 24;
  teacher.input = 3;
  teacher.output = 2;
  teacher.noise = 0.1;
  out.data = linear_teacher(teacher);
  out.options.algorithms = {TrainingAlgorithm::kPc};
  out.options.optimiser.kind = OptimiserKind::kAdam;
  out.options.batch = 5;
  out.options.updates = 30;
  return out;
}

StudyRun run(const Case& one, const KeptRun& kept = {}, const OnCurvePoint& on_point = {}) {
  return run_for_study<float>(one.energy, one.options, one.theta, one.data, one.data, kEvery,
                              on_point, kept);
}

// The same bits, where a number may be missing.
void check_same(const StudyRun& a, const StudyRun& b) {
  CHECK(a.theta == b.theta);
  REQUIRE(a.curve.size() == b.curve.size());
  for (std::size_t i = 0; i < a.curve.size(); ++i) {
    CAPTURE(i);
    CHECK(a.curve[i].update == b.curve[i].update);
    CHECK(a.curve[i].train_loss == b.curve[i].train_loss);
    CHECK(a.curve[i].test_loss == b.curve[i].test_loss);
    CHECK(a.curve[i].test_accuracy == b.curve[i].test_accuracy);
    CHECK(a.curve[i].gradient_norm == b.curve[i].gradient_norm);
    CHECK(a.curve[i].objective == b.curve[i].objective);
  }
}

struct Interrupted : std::exception {};

// Ends the run as a kill would, once the point at `update` is reached.
OnCurvePoint interrupt_at(Index update) {
  return [update](const StudyRun& so_far, const Vector& /*theta*/) {
    if (so_far.curve.back().update >= update) throw Interrupted();
    return true;
  };
}

TEST_CASE("a kept run that was interrupted goes on to the same bits") {
  const Case one = some_case();
  const StudyRun whole = run(one);
  REQUIRE(whole.curve.size() == 9);  // 0, 4, .., 28 and 30
  for (const Index at : {4, 8, 28}) {
    CAPTURE(at);
    const TemporaryFolder folder;
    const KeptRun kept = {folder / "runs" / "one.h5", "one", 0};
    CHECK_THROWS_AS(static_cast<void>(run(one, kept, interrupt_at(at))), Interrupted);
    std::vector<Index> points;
    check_same(run(one, kept,
                   [&](const StudyRun& so_far, const Vector& /*theta*/) {
                     points.push_back(so_far.curve.back().update);
                     return true;
                   }),
               whole);
    CHECK(points.front() == at);  // kept to the update before
    // Ended: nothing is left to do, but to look at the end.
    points.clear();
    check_same(run(one, kept,
                   [&](const StudyRun& so_far, const Vector& /*theta*/) {
                     points.push_back(so_far.curve.back().update);
                     return true;
                   }),
               whole);
    CHECK(points == std::vector<Index>{30});
  }
}

TEST_CASE("a run that its caller ended stays ended") {
  const Case one = some_case();
  const TemporaryFolder folder;
  const KeptRun kept = {folder / "one.h5", "one", 0};
  const OnCurvePoint until_8 = [](const StudyRun& so_far, const Vector& /*theta*/) {
    return so_far.curve.back().update < 8;
  };
  const StudyRun first = run(one, kept, until_8);
  CHECK(first.curve.back().update == 8);
  check_same(run(one, kept, until_8), first);
}

TEST_CASE("what is kept of another run is not gone on with") {
  const TemporaryFolder folder;
  const KeptRun kept = {folder / "one.h5", "one", 0};
  const Case one = some_case();
  static_cast<void>(run(one, kept));
  const Case other = some_case(2);  // other weights
  check_same(run(other, kept), run(other));
  static_cast<void>(run(one, kept));
  Case longer = some_case();
  longer.options.updates = 33;
  const KeptRun renamed = {kept.file, "longer", 0};
  check_same(run(longer, renamed), run(longer));
  Case less = some_case();
  less.data.x.conservativeResize(Eigen::NoChange, 20);
  less.data.y.conservativeResize(Eigen::NoChange, 20);
  check_same(run(less, renamed), run(less));
}

TEST_CASE("PC leads where it leaves first; where neither leaves nothing is decided") {
  const auto pair = [](std::optional<Index> pc, std::optional<Index> bp, std::uint64_t seed) {
    return std::vector<EscapeJob>{{"tanh", "matched", "pc", seed, {}, pc},
                                  {"tanh", "matched", "bp", seed, {}, bp},
                                  {"tanh", "published", "pc", seed, {}, {}}};
  };
  const auto both = [&](std::optional<Index> pc, std::optional<Index> bp) {
    std::vector<EscapeJob> out = pair(10, 20, 0);
    for (const EscapeJob& job : pair(pc, bp, 1)) out.push_back(job);
    return out;
  };
  CHECK(pc_leads(both(10, 11)) == Agreement::kAgrees);
  CHECK(pc_leads(both(10, {})) == Agreement::kAgrees);
  CHECK(pc_leads(both({}, {})) == Agreement::kUndecided);
  CHECK(pc_leads(both(10, 10)) == Agreement::kDiffers);
  CHECK(pc_leads(both({}, 10)) == Agreement::kDiffers);
}

TEST_CASE("short runs are not kept, and a file that is no checkpoint is named") {
  const TemporaryFolder folder;
  const Case one = some_case();
  static_cast<void>(run(one, {folder / "runs" / "one.h5", "one", 3600}));
  CHECK_FALSE(std::filesystem::exists(folder / "runs"));
  const std::string file = folder.file("two.h5", "no checkpoint");
  CHECK(contains(message_of<std::invalid_argument>([&] {
                   static_cast<void>(run(one, {file, "two", 0}));
                 }),
                 file));
}

}  // namespace
}  // namespace saddlescope::analysis
