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

}  // namespace saddlescope::analysis
