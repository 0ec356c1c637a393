#include "saddlescope/analysis/atlas_points.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include "saddlescope/analysis/atlas_transition.hpp"
#include "saddlescope/analysis/signed_log.hpp"
#include "saddlescope/saddle/criticality.hpp"
#include "saddlescope/saddle/landscape.hpp"

namespace saddlescope::analysis {
namespace {

AtlasDraw draw_of(Index depth, const std::string& kind, Index number) {
  AtlasDraw draw;
  draw.depth = depth;
  draw.kind = kind;
  draw.number = number;
  draw.points = 2;
  draw.max_width = 5;
  return draw;
}

void check_critical(const AtlasProblem& problem, LinearObjective which) {
  const LinearLandscape landscape(which, problem.network.architecture, problem.data);
  const auto& widths = problem.network.architecture.widths;
  for (const AtlasPoint& point : problem.points) {
    const Prediction& foretold =
        which == LinearObjective::kMse ? point.built.mse : point.built.energy;
    if (!foretold.critical) continue;
    CAPTURE(point.built.family);
    const Vector reduced = landscape.reduced().reduce(point.built.theta);
    const auto at = landscape.objective().at(reduced);
    GradientScales scales;
    scales.rounding = at.point->gradient_error_bound();
    scales.theta_norm = reduced.norm();
    scales.hessian_norm = at.point->hessian().norm();
    scales.width = *std::max_element(widths.begin(), widths.end());
    CHECK(at.point->gradient().norm() <=
          scales.rounding + parameter_error(scales) * scales.hessian_norm);
    // An orbit of condition 4 in every layer multiplies the rounding of the value.
    if (foretold.value)
      CHECK(std::abs(at.point->value() - *foretold.value) <=
            1e-11 * std::max(1.0, *foretold.value));
  }
}

}  // namespace

TEST_CASE("a drawn problem has critical points of its families and data of its kind") {
  for (const Index depth : {2, 3, 5}) {
    for (const std::string kind : {"realisable", "noisy", "uncorrelated"}) {
      CAPTURE(depth);
      CAPTURE(kind);
      const AtlasDraw draw = draw_of(depth, kind, depth);
      const AtlasProblem problem = draw_problem(draw), again = draw_problem(draw);
      REQUIRE(problem.points.size() == again.points.size());
      for (std::size_t i = 0; i < problem.points.size(); ++i)
        CHECK(problem.points[i].built.theta == again.points[i].built.theta);
      CHECK(problem.data.x == again.data.x);
      AtlasDraw other = draw;
      ++other.seed;
      CHECK(draw_problem(other).data.y.cwiseAbs().sum() != problem.data.y.cwiseAbs().sum());

      const auto& widths = problem.network.architecture.widths;
      CHECK(problem.network.architecture.depth() == depth);
      for (std::size_t l = 1; l + 1 < widths.size(); ++l)
        CHECK((widths[l] >= 2 && widths[l] <= draw.max_width));
      std::set<std::string> families;
      for (const AtlasPoint& point : problem.points) families.insert(point.built.family);
      CHECK(families.count("origin") == 1);
      CHECK(families.count("uncorrelated") == (kind == "uncorrelated" ? 1 : 0));
      CHECK(families.count("rank-r") == (kind == "uncorrelated" ? 0 : 1));
      CHECK(families.count("kernel") == (depth >= 3 ? 1 : 0));

      const Matrix& x = problem.data.x;
      const Matrix& y = problem.data.y;
      const Matrix fitted =
          x.transpose() * x.transpose().colPivHouseholderQr().solve(y.transpose());
      const double residual = (y.transpose() - fitted).norm() / y.norm();
      if (kind == "realisable") CHECK(residual <= 1e-13);  // c n eps of the QR solve
      if (kind == "noisy") CHECK(residual > 1e-2);
      if (kind == "uncorrelated") CHECK(Matrix(x * y.transpose()).isZero(0));
      check_critical(problem, LinearObjective::kMse);
      check_critical(problem, LinearObjective::kEnergy);
    }
  }
}

TEST_CASE("transitions of the bottleneck are found within their bound of theory") {
  const std::vector<OrbitTransition> found = bottleneck_transitions();
  CHECK(found.size() == 4);
  for (const OrbitTransition& one : found) {
    CHECK(std::abs(one.found - one.predicted) <= one.error);
    CHECK(one.error <= 1e-6);
    REQUIRE(one.d.size() == one.eigenvalues.size());
    // lambda_min vanishes on one side and is negative on the other.
    CHECK(std::abs(one.eigenvalues.front()[0]) <= 1e-10 * one.eigenvalues.front().maxCoeff());
    CHECK(one.eigenvalues.back()[0] < -1e-4);
  }
}

TEST_CASE("the signed log axis is bounded by the decades of what is not rounding") {
  const Vector values{{-250.0, 1e-17, 0.03}};
  const SignedLog axis = signed_log_axis({{&values, 1e-12}});
  CHECK(axis.top_decade == 3);
  CHECK(axis.linear_decade == -3);
  const Vector wide{{1e-11, 1e5}};
  CHECK(signed_log_axis({{&wide, 1e-15}}).linear_decade == -4);
  const std::string commands = signed_log_commands(axis, 'y');
  CHECK(commands.find("set ytics ('0' 0") != std::string::npos);
  CHECK(commands.find("1e-3") != std::string::npos);
}

}  // namespace saddlescope::analysis
