// Learning rates carry over between sizes as the published table says.
#include "saddlescope/training/learning_rate.hpp"

#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope {
namespace {

ArchitectureOptions network(Parameterisation parameterisation, Index width, bool skips) {
  ArchitectureOptions options;
  options.widths = {5, width, width, width, 2};
  options.parameterisation = parameterisation;
  options.skips = skips;
  return options;
}

TEST_CASE("follows the table") {
  const auto rate = [](OptimiserKind kind, const ArchitectureOptions& options) {
    return scaled_learning_rate(0.5, kind, options);
  };
  for (const bool skips : {false, true}) {
    const auto sp = network(Parameterisation::kSp, 64, skips);
    CHECK(rate(OptimiserKind::kAdam, sp) == 0.5);
    CHECK(rate(OptimiserKind::kGradientDescent, sp) == 0.5);
    auto mupc = network(Parameterisation::kMupc, 64, skips);
    mupc.gamma = 3;
    CHECK(rate(OptimiserKind::kGradientDescent, mupc) == 0.5 * 9 * 64);
    CHECK(rate(OptimiserKind::kMomentum, mupc) == 0.5 * 9 * 64);
    CHECK(rate(OptimiserKind::kAdam, mupc) ==
          doctest::Approx(skips ? 0.5 / 16 : 0.5 / 8).epsilon(1e-15));
  }
  ArchitectureOptions single;
  single.widths = {5, 2};
  single.parameterisation = Parameterisation::kMupc;
  CHECK(rate(OptimiserKind::kGradientDescent, single) == 0.5);
  CHECK_THROWS_AS(static_cast<void>(scaled_learning_rate(0, OptimiserKind::kAdam,
                                                         network(Parameterisation::kSp, 4, false))),
                  std::invalid_argument);
}

// What the rule is for: under muPC the change of the loss in one step of descent, eta |g|^2, is of
// the same size at every width. |g|^2 itself falls as 1/n.
TEST_CASE("one step of descent changes a muPC loss equally at every width") {
  TeacherOptions teacher;
  teacher.input = 5;
  teacher.output = 2;
  const auto data = data_factor<double>(linear_teacher(teacher));
  const auto drop = [&](Index width) {
    const auto options = network(Parameterisation::kMupc, width, true);
    const Architecture net = make_architecture(options);
    InitialiseOptions init;
    init.kind = Initialisation::kNormal;
    init.parameterisation = Parameterisation::kMupc;
    RandomStream stream(1, "weights");
    const Vector theta = initialise(net, init, stream);
    const Vector gradient = mse_loss<double>(net, data)->at(theta).point->gradient();
    return scaled_learning_rate(1, OptimiserKind::kGradientDescent, options) *
           gradient.squaredNorm();
  };
  // The sums over units fluctuate by n^{-1/2}: 25 % at 16, where 60 % allows for two.
  const double wide = drop(256);
  CHECK(drop(64) == doctest::Approx(wide).epsilon(0.4));
  CHECK(drop(16) == doctest::Approx(wide).epsilon(0.6));
}

}  // namespace
}  // namespace saddlescope
