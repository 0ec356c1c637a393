#include "saddlescope/analysis/problem.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace saddlescope::analysis {
namespace {

using test::contains;
using test::message_of;

// The canonical JSON of `options` after its defaults are spelled out.
nlohmann::ordered_json canonical(const ProblemOptions& options) {
  ProblemOptions spelled_out = effective(options);
  OptionTable table;
  describe(spelled_out, table);
  return table.to_json();
}

}  // namespace

// E |A_l|_F^2/n_l = n_{l-1} Var = 1 for N(0, 1/n_{l-1}), 1/3 for U(+-1/sqrt(n_{l-1})): a unit
// activity keeps its size. With 2400 entries the relative deviation is at most sqrt(2/2400) = 0.03.
TEST_CASE("default weights make hidden maps of order one under every parameterisation") {
  for (const std::string parameterisation : {"sp", "ntp", "mupc"}) {
    ProblemOptions options;
    options.data.source = "digits";
    options.data.samples = 20;
    options.hidden = {{40, 60}};
    options.parameterisation = parameterisation;
    options.point = "init";
    const ProblemOptions spelled_out = effective(options);
    CHECK(*spelled_out.init == (parameterisation == "sp" ? "uniform" : "normal"));
    const Problem problem = make_problem(options);
    const Architecture& net = problem.network.architecture;
    const std::vector<Matrix> maps = effective_maps<double>(net, problem.network.theta);
    for (std::size_t l = 0; l < 2; ++l) {
      const double power = maps[l].squaredNorm() / static_cast<double>(maps[l].rows());
      const double expected = parameterisation == "sp" ? 1.0 / 3 : 1;
      CHECK(power == doctest::Approx(expected).epsilon(0.2));
    }
  }
}

TEST_CASE("a default and the flag that says the same have one canonical form") {
  ProblemOptions bare, spelled_out;
  bare.data.source = spelled_out.data.source = "teacher";
  bare.point = spelled_out.point = "init";
  spelled_out.data.normalise = "none";
  spelled_out.data.samples = 64;
  spelled_out.data.input = 5;
  spelled_out.data.output = 3;
  spelled_out.data.singular_values = {1, 1, 1};
  spelled_out.hidden = {{10, 10}};
  spelled_out.parameterisation = "sp";
  spelled_out.gamma = 1;
  spelled_out.skips = false;
  spelled_out.lambda = 1;
  spelled_out.init = "uniform";
  spelled_out.init_scale = 1;
  CHECK(canonical(bare) == canonical(spelled_out));
  const Problem one = make_problem(bare), two = make_problem(spelled_out);
  CHECK(one.data.x == two.data.x);
  CHECK(one.data.y == two.data.y);
  CHECK(one.network.theta == two.network.theta);
}

TEST_CASE("an initialiser is refused where the point draws no weights") {
  ProblemOptions options;
  options.init = "normal";
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)effective(options); }),
                 "--init: the point origin draws no weights"));
  options.init.reset();
  options.init_scale = 2;
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)effective(options); }),
                 "--init-scale: the point origin draws no weights"));
  options.point = "zero-rank";
  CHECK(*effective(options).init == "uniform");
  options.network = "net.h5";
  CHECK_THROWS_AS((void)effective(options), std::invalid_argument);
}

TEST_CASE("an activation comes with its placement, and neither stands beside a network file") {
  ProblemOptions options;
  options.activation = "relu";
  CHECK(*effective(options).placement == "pre");
  CHECK(*effective(effective(options)).placement == "pre");
  const auto refused = [&](const char* why) {
    CHECK_MESSAGE(
        contains(message_of<std::invalid_argument>([&] { (void)effective(options); }), why), why);
  };
  options.network = "net.h5";
  refused("--activation: the network file net.h5 already says this");
  options = {};
  options.placement = "post";
  refused("--placement: expected with an --activation other than identity");
  options = {};
  options.activity_decay = -1;
  refused("--activity-decay: expected >= 0, got -1");
  options = {};
  options.loss = "hinge";
  refused("loss: expected mse or ce, got 'hinge'");
}

TEST_CASE(
    "the flags of an activation reach the network, and the border of linear verbs sees them") {
  ProblemOptions options;
  options.data.source = "toy";
  options.hidden = {{3}};
  options.activation = "silu";
  options.placement = "post";
  options.bias = true;
  options.activity_decay = 0.25;
  options.point = "init";
  const Problem problem = make_problem(options);
  const Architecture& net = problem.network.architecture;
  CHECK(net.activation == Activation::kSilu);
  CHECK(net.placement == Placement::kPost);
  CHECK(net.biases);
  CHECK(problem.network.activity_decay == 0.25);
  CHECK(!has_closed_form(problem.network));
  const auto refused = [&](const char* why) {
    CHECK_MESSAGE(
        contains(message_of<std::invalid_argument>([&] { (void)make_linear_problem(options); }),
                 why),
        why);
  };
  refused("--activation: expected identity");
  options.activation = "identity";
  options.placement.reset();
  refused("--bias: what is asked for");
  options.bias = false;
  refused("--activity-decay: expected 0");
  options.activity_decay = 0;
  CHECK(has_closed_form(make_linear_problem(options).network));
}

}  // namespace saddlescope::analysis
