// Learning-rate schedules, batches and scores.
#include "saddlescope/training/schedule.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/training/batches.hpp"
#include "saddlescope/training/score.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

TEST_CASE("schedules follow their formulas") {
  ScheduleOptions options;
  CHECK(schedule_factor(options, 7, 10) == 1);
  options.kind = ScheduleKind::kCosine;
  options.factor = 0.2;
  CHECK(schedule_factor(options, 0, 10) == 1);
  CHECK(schedule_factor(options, 5, 10) == doctest::Approx(0.6).epsilon(4 * kEps));
  CHECK(schedule_factor(options, 9, 10) > 0.2);
  options.kind = ScheduleKind::kStep;
  options.interval = 3;
  CHECK(schedule_factor(options, 2, 10) == 1);
  CHECK(schedule_factor(options, 3, 10) == 0.2);
  CHECK(schedule_factor(options, 8, 10) == doctest::Approx(0.04).epsilon(4 * kEps));
  for (const char* text : {"constant", "cosine", "step"}) CHECK(name(parse_schedule(text)) == text);
  CHECK_THROWS_AS(static_cast<void>(parse_schedule("linear")), std::invalid_argument);
  options.factor = 0;
  CHECK_THROWS_AS(check(options), std::invalid_argument);
  options = {ScheduleKind::kStep, 0.1, 0};
  CHECK_THROWS_AS(check(options), std::invalid_argument);
}

TEST_CASE("an epoch takes every sample once, the last batch the rest, in an order of its own") {
  BatchSequence batches(10, 4, 1);
  REQUIRE(batches.per_epoch() == 3);
  std::vector<std::vector<Index>> epochs(2);
  for (Index k = 0; k < 6; ++k) {
    const auto batch = batches.at(k);
    CHECK(batch.size() == (k % 3 == 2 ? 2 : 4));
    auto& epoch = epochs[static_cast<std::size_t>(k / 3)];
    epoch.insert(epoch.end(), batch.begin(), batch.end());
  }
  for (const auto& epoch : epochs) CHECK(std::set<Index>(epoch.begin(), epoch.end()).size() == 10);
  CHECK(epochs[0] != epochs[1]);
  // Whatever was asked for before, and another order for another seed.
  BatchSequence later(10, 4, 1), other(10, 4, 2);
  CHECK(std::ranges::equal(later.at(4), batches.at(4)));
  CHECK(!std::ranges::equal(other.at(4), batches.at(4)));
  CHECK_THROWS_AS(BatchSequence(10, 11, 1), std::invalid_argument);
  CHECK_THROWS_AS(BatchSequence(10, 0, 1), std::invalid_argument);
}

// Sums over samples of numbers with a few roundings each.
TEST_CASE("the score's loss is that of the objective, in blocks of any number of threads") {
  for (const OutputLoss loss : {OutputLoss::kMse, OutputLoss::kCrossEntropy}) {
    const Architecture net{{3, 4, 2},         {1, 1},           {0, 0}, {1, 1},
                           Activation::kTanh, Placement::kPost, true,   loss};
    const auto p = testing::network_problem(net, 0, {}, 300, 5);
    const Dataset data{p.x, p.y, "random"};
    const double expected = network_loss(p.architecture, data)->at(p.theta).point->value();
    const Score one = score<double>(p.architecture, p.theta, p.x, p.y);
    CHECK(std::abs(one.loss - expected) <= 300 * kEps * expected);
    CHECK(!one.accuracy);
    set_threads(2);
    CHECK(score<double>(p.architecture, p.theta, p.x, p.y).loss == one.loss);
    set_threads(1);
    const double single =
        score<float>(p.architecture, p.theta.cast<float>(), p.x.cast<float>(), p.y.cast<float>())
            .loss;
    CHECK(std::abs(single - expected) <=
          100 * static_cast<double>(std::numeric_limits<float>::epsilon()) * (1 + expected));
  }
}

TEST_CASE("accuracy is the share of labels that have the largest prediction") {
  const Architecture net{{2, 2}, {1}, {0}, {1}};  // f = W x
  const Vector theta = (Vector(4) << 1, 0, 0, 1).finished();
  Matrix x(2, 4), y(2, 4);
  x << 3, 1, -2, 0, 1, 2, -1, 5;
  y << 1, 0, 1, 0, 0, 1, 0, 1;
  CHECK(*score<double>(net, theta, x, y).accuracy == 0.75);
  y(0, 0) = 0.5;
  CHECK(!score<double>(net, theta, x, y).accuracy);
  CHECK_FALSE(are_labels<double>(Matrix::Ones(1, 3)));
}

}  // namespace
}  // namespace saddlescope
