#include "saddlescope/analysis/criticality.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {

TEST_CASE("the gradient is off by less than its bound") {
  DataOptions source;
  source.source = "teacher";
  source.noise = 0.3;
  const Dataset data = load(source);
  ArchitectureOptions shape;
  shape.widths = {data.x.rows(), 6, 4, data.y.rows()};
  shape.lambda = 50;
  const Architecture architecture = make_architecture(shape);
  for (const double sigma : {1e-8, 1.0, 30.0}) {
    RandomStream stream(3, "weights");
    InitialiseOptions init;
    init.sigma = sigma;
    const Vector theta = initialise(architecture, init, stream);
    const VectorOf<Quad> exact_theta = theta.cast<Quad>();
    const DataFactor<double> factor = data_factor<double>(data);
    const DataFactor<Quad> exact_factor{factor.x.cast<Quad>(), factor.y.cast<Quad>()};
    for (const LinearObjective which : {LinearObjective::kMse, LinearObjective::kEnergy}) {
      const bool loss = which == LinearObjective::kMse;
      const auto objective =
          loss ? mse_loss(architecture, factor) : equilibrated_energy(architecture, factor);
      const auto exact = loss ? mse_loss(architecture, exact_factor)
                              : equilibrated_energy(architecture, exact_factor);
      const auto point = objective->at(theta).point;
      const VectorOf<Quad> difference =
          point->gradient().cast<Quad>() - exact->at(exact_theta).point->gradient();
      const double error = static_cast<double>(difference.norm());
      const double bound = gradient_error_bound(which, architecture, theta, factor.x.cols(),
                                                point->gradient_magnitude());
      CAPTURE(sigma);
      CHECK(error > 0);
      CHECK(error <= bound);
      // A bound that calls everything critical would be useless.
      CHECK(bound < 1e-6 * point->gradient_magnitude());
    }
  }
}

TEST_CASE("a gradient is judged against its rounding and never without a finite bound") {
  CHECK(judge_gradient(0, 0) == Criticality::kCritical);
  CHECK(judge_gradient(1e-16, 1e-15) == Criticality::kCritical);
  CHECK(judge_gradient(1e-14, 1e-15) == Criticality::kNotCritical);
  CHECK(judge_gradient(1, std::numeric_limits<double>::infinity()) == Criticality::kUndecided);
}

TEST_CASE("the verdict claims strictness only with a negative eigenvalue at a critical point") {
  using test::contains;
  CurvatureFacts facts;
  facts.inertia = {1, 2, 3};
  CHECK(contains(verdict(facts), "strict saddle"));
  facts.gradient_norm = 1;
  CHECK(contains(verdict(facts), "not critical"));
  facts.gradient_norm = 0;
  facts.inertia = {0, 2, 3};
  CHECK(contains(verdict(facts), "no negative curvature"));
  facts.inertia = {0, 0, 3};
  CHECK(contains(verdict(facts), "strict minimum"));
  facts.inertia = {-1, -1, -1};
  CHECK(contains(verdict(facts), "undecided"));
  facts.inertia = {0, 6, 0};
  facts.exactly_zero = true;
  CHECK(contains(verdict(facts), "Hessian exactly zero"));
}

}  // namespace saddlescope::analysis
