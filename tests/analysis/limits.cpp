// The study of width and depth limits on grids small enough to check by hand.
#include <atomic>
#include <cmath>
#include <thread>

#include <doctest/doctest.h>

#include "saddlescope/analysis/limits_law.hpp"
#include "saddlescope/analysis/limits_study.hpp"
#include "saddlescope/analysis/memory_budget.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/linear_state.hpp"

namespace saddlescope::analysis {
namespace {

LimitsOptions small() {
  LimitsOptions options;
  options.data.source = "teacher";
  options.data.samples = 9;
  options.widths = {4, 8};
  options.hidden_layers = {1, 2};
  options.training_widths = {4};
  options.seeds = 2;
  options.steps = 7;
  options.probe_every = 3;
  options.draws = 50;
  return options;
}

TEST_CASE("a map holds every network once with loss and energy of its own weights") {
  const LimitsOptions options = effective(small());
  const Dataset data = load(options.data);
  const auto map = limits_map(options, data);
  REQUIRE(map.size() == 2 * 2 * 2 * 2);
  for (const MapCell& one : map) {
    const Architecture net = make_architecture(cell_architecture(options, one.cell, data));
    CHECK(net.depth() == one.cell.hidden_layers + 1);
    const Vector theta = cell_weights(options, one.cell, net);
    const auto factor = data_factor<double>(data);
    const LinearState<double> loss(LinearObjective::kMse, net, factor, theta);
    const LinearState<double> energy(LinearObjective::kEnergy, net, factor, theta);
    CHECK(one.point.loss == doctest::Approx(loss.value()).epsilon(1e-12));
    CHECK(one.point.energy == doctest::Approx(energy.value()).epsilon(1e-12));
    const double cosine = loss.gradient().dot(energy.gradient()) /
                          (loss.gradient().norm() * energy.gradient().norm());
    CHECK(one.point.cosine[0] == doctest::Approx(cosine).epsilon(1e-12));
    CHECK(one.point.layer_cosine[0].size() == static_cast<std::size_t>(net.depth()));
    for (const double error : one.point.cosine_error) CHECK(std::isfinite(error));
  }
}

TEST_CASE("twins start together and share the loss of the first state") {
  const LimitsOptions options = effective(small());
  const auto runs = limits_training(options, load(options.data));
  REQUIRE(runs.size() == 2 * 2 * 1 * 2);
  for (const TwinRun& run : runs) {
    REQUIRE(run.summary.ok());
    REQUIRE(run.records.size() == 8);
    CHECK(run.records.front().distance == 0);
    CHECK(run.records.front().bp_path == 0);
    CHECK(run.records.front().bp_loss ==
          doctest::Approx(run.records.front().at_pc.loss).epsilon(1e-12));
    CHECK(run.records.back().distance > 0);
    CHECK(run.records.back().bp_loss < run.records.front().bp_loss);
    CHECK(run.records.back().at_pc.energy < run.records.front().at_pc.energy);
    for (const TwinRecord& record : run.records) {
      CHECK(record.probed == (record.step % 3 == 0 || record.step == 7));
      CHECK(std::isfinite(record.at_pc.cosine[1]) == record.probed);
      CHECK(std::isfinite(record.condition_number) == record.probed);
    }
  }
}

TEST_CASE("a run that diverges ends with the step and the reason and the others go on") {
  LimitsOptions options = small();
  options.optimiser = "gd";
  options.learning_rate = 1e8;
  options = effective(options);
  const auto runs = limits_training(options, load(options.data));
  for (const TwinRun& run : runs) {
    CHECK(!run.summary.ok());
    CHECK(run.summary.message.find("step ") != std::string::npos);
    CHECK(run.records.size() < 8);
  }
  CHECK(training_laws(options, runs).front().n_points == 0);
}

TEST_CASE("numbers do not depend on the number of threads") {
  const LimitsOptions options = small();
  const auto numbers = [&](int n) {
    set_threads(n);
    const LimitsResult result = limits_study(options);
    set_threads(1);
    std::vector<double> out;
    for (const MapCell& one : result.map) {
      out.push_back(one.point.ratio);
      for (const double cosine : one.point.cosine) out.push_back(cosine);
    }
    for (const TwinRun& run : result.training) {
      out.push_back(run.records.back().distance);
      out.push_back(run.records.back().condition_number);
    }
    for (const MeanSchurResult& one : result.expectation) out.push_back(one.mean);
    return out;
  };
  CHECK(numbers(1) == numbers(2));
}

// ln q is linear in ln n and ln L, so the fit returns the exponents to rounding.
TEST_CASE("exact power laws are found with their exponents and verdicts") {
  LimitsOptions options;
  options.parameterisations = {"mupc", "sp"};
  options.widths = {16, 32, 64, 128};
  options.hidden_layers = {1, 3};
  options.seeds = 1;
  const auto law = [&](double p, double d) {
    std::vector<MapCell> map;
    for (const LimitsCell& cell : limits_cells(options, *options.widths)) {
      MapCell one;
      one.cell = cell;
      const double q = 0.1 * std::pow(static_cast<double>(cell.width), p) *
                       std::pow(static_cast<double>(cell.depth()), d);
      one.point.cosine[0] = 1 - q;
      one.point.ratio = 1 + q;
      map.push_back(one);
    }
    return limit_laws(options, map);
  };
  const auto falling = law(-2, 1.5);
  REQUIRE(falling.size() == 4);
  for (const LimitLaw& one : falling) {
    CHECK(one.n_points == 8);
    CHECK(one.width_exponent == doctest::Approx(-2).epsilon(1e-9));
    CHECK(one.depth_exponent == doctest::Approx(1.5).epsilon(1e-9));
    CHECK(one.vanishes == Verdict::kHolds);
    CHECK(one.at_widest ==
          doctest::Approx(0.1 * std::pow(128.0, -2) * std::pow(4, 1.5)).epsilon(1e-9));
  }
  for (const LimitLaw& one : law(0.1, 0)) CHECK(one.vanishes == Verdict::kFails);
  options.widths = {64, 128};
  for (const LimitLaw& one : law(-2, 1)) CHECK(one.vanishes == Verdict::kUndecided);  // 4 points
}

TEST_CASE("muPC approaches BP with width and SP keeps its energy apart") {
  LimitsOptions options;
  options.parts = {"init"};
  options.data.samples = 32;
  options.widths = {16, 32, 64, 128};
  options.hidden_layers = {1, 3};
  const LimitsResult result = limits_study(options);
  const auto laws = limit_laws(result.options, result.map);
  CHECK(laws[0].vanishes == Verdict::kHolds);
  CHECK(laws[0].width_exponent < -1.5);
  CHECK(laws[1].vanishes == Verdict::kHolds);
  CHECK(laws[3].parameterisation == "sp");
  CHECK(laws[3].vanishes == Verdict::kFails);
}

TEST_CASE("the mean of S is found within its standard errors and a wrong formula is not") {
  const auto table = mean_schur_table(1, 0, 1000);
  REQUIRE(table.size() == 16);
  double worst = 0;
  for (const MeanSchurResult& one : table) {
    worst = std::max(worst, std::abs(one.z));
    CHECK(one.entry_z <= three_sigma_of_many(16 * one.n_entries));
    CHECK(one.standard_error < 0.05 * one.exact);
  }
  CHECK(worst <= 3);
  // Skips forgotten: 4 instead of 5.368, and so on.
  CHECK(std::abs(table[10].mean - table[8].exact) > 10 * table[10].standard_error);
}

// P(|z| > 3) = 0.0026998 for one.
TEST_CASE("thresholds of many comparisons keep the chance of one") {
  CHECK(three_sigma_of_many(1) == doctest::Approx(3).epsilon(1e-12));
  CHECK(false_alarm(1) == doctest::Approx(0.0026997960632602).epsilon(1e-10));
  CHECK(false_alarm(16) == doctest::Approx(0.0423).epsilon(1e-2));
  const double q = std::erfc(three_sigma_of_many(16) / std::sqrt(2.0));
  CHECK(1 - std::pow(1 - q, 16) == doctest::Approx(false_alarm(1)).epsilon(1e-9));
}

TEST_CASE("options that contradict are refused with their flag") {
  const auto message = [](auto change) {
    LimitsOptions options = small();
    change(options);
    try {
      static_cast<void>(effective(options));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using O = LimitsOptions;
  CHECK(message([](O& o) { o.parts = {"inits"}; }) ==
        "--part: expected init, training or expectation, got 'inits'; did you mean 'init'?");
  CHECK(message([](O& o) {
          o.widths = {8, 4};
        }) == "--widths: expected ascending numbers, got 4 after 8");
  CHECK(message([](O& o) { o.hidden_layers = {0}; }).starts_with("--hidden-layers:"));
  CHECK(message([](O& o) {
          o.parameterisations = {"sp", "sp"};
        }).starts_with("--parameterisations:"));
  CHECK(message([](O& o) { o.init = "zero"; }).starts_with("--init:"));
  CHECK(message([](O& o) { o.gamma = 0; }).starts_with("--gamma:"));
  CHECK(message([](O& o) { o.seeds = 0; }).starts_with("--seeds:"));
  CHECK(message([](O& o) { o.probe_every = 0; }).starts_with("--probe-every:"));
  CHECK(message([](O& o) { o.optimiser = "newton"; }).starts_with("optimiser:"));
  CHECK(message([](O& o) { o.learning_rate = -1; }).starts_with("--learning-rate:"));
  CHECK(message([](O& o) {
          o.training_widths.reset();
          o.widths = {512};
        }).starts_with("--training-widths:"));
  CHECK(message([](O&) {}) == "accepted");
  LimitsOptions huge = small();
  huge.widths = {10000000};
  CHECK_THROWS_AS(static_cast<void>(limits_map(effective(huge), load(huge.data))),
                  std::invalid_argument);
}

TEST_CASE("shares of a memory budget never exceed it and one beyond it runs alone") {
  MemoryBudget budget(10);
  std::atomic<int> inside{0}, most{0};
  const auto work = [&](double bytes) {
    for (int k = 0; k < 50; ++k) {
      const MemoryBudget::Share share(budget, bytes);
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --inside;
    }
  };
  { std::jthread a(work, 6.0), b(work, 6.0), c(work, 50.0); }
  CHECK(most == 1);
}

}  // namespace
}  // namespace saddlescope::analysis
