#include "saddlescope/analysis/spectrum_study.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/linear_objective.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

SpectrumOptions toy_options(std::vector<Index> hidden) {
  SpectrumOptions options;
  options.problem.data.source = "toy";
  options.problem.hidden = std::move(hidden);
  return options;
}

}  // namespace

// Backward stability: eigenvalues are those of H + E with |E| <= p eps |H|, for both.
TEST_CASE("at the origin numbers and theory agree to rounding for every depth") {
  for (const std::vector<Index>& hidden :
       {std::vector<Index>{}, {3}, {3, 4}, {2, 5, 3}, {2, 2, 2, 2}}) {
    const SpectrumResult result = spectrum_study(toy_options(hidden));
    for (const ObjectiveSpectrum& objective : result.objectives) {
      CAPTURE(objective.name);
      CAPTURE(hidden.size());
      REQUIRE(objective.theory_distance);
      CHECK(*objective.theory_distance <= 2 * static_cast<double>(result.p) * kEps);
      CHECK(objective.eigenvalues.size() == result.p);
    }
  }
}

TEST_CASE("the zero-rank point keeps lambda_min below its bound") {
  SpectrumOptions options = toy_options({3, 3, 3});
  options.problem.point = "zero-rank";
  const SpectrumResult result = spectrum_study(options);
  const ObjectiveSpectrum& energy = result.objectives[1];
  REQUIRE(energy.zero_rank_bound);
  CHECK(*energy.zero_rank_bound < 0);
  CHECK(energy.lambda_min <= *energy.zero_rank_bound + energy.zero_threshold);
  CHECK(energy.judgement.verdict == PointVerdict::kStrictSaddle);
}

// |Hv - lambda v| for orthonormal v of the full space: p eps |H| for assembly, product and solver.
TEST_CASE("lifted eigenvectors are eigenvectors of the full problem") {
  SpectrumOptions options = toy_options({3, 2});
  options.problem.data.source = "digits";
  options.problem.data.samples = 12;
  options.problem.point = "init";
  options.eigenvectors = 4;
  const SpectrumResult result = spectrum_study(options);
  CHECK(result.p_reduced < result.p);
  const Network& network = result.problem.network;
  const auto factor = data_factor<double>(result.problem.data);
  for (const ObjectiveSpectrum& objective : result.objectives) {
    const auto model = objective.name == "mse" ? mse_loss(network.architecture, factor)
                                               : equilibrated_energy(network.architecture, factor);
    const auto point = model->at(network.theta).point;
    const Matrix& V = objective.vectors;
    REQUIRE(V.cols() == 8);
    Matrix HV(V.rows(), V.cols());
    point->hessian_times(V, HV);
    const double scale = static_cast<double>(result.p) * kEps * point->hessian_magnitude();
    CHECK((HV - V * objective.vector_values.asDiagonal()).norm() <= 8 * scale);
    CHECK((V.transpose() * V - Matrix::Identity(8, 8)).norm() <=
          static_cast<double>(result.p) * kEps);
    CHECK((objective.hessian * V - HV).norm() <= 8 * scale);
  }
}

TEST_CASE("a restricted spectrum is that of the block of the whole Hessian") {
  SpectrumOptions options = toy_options({4, 3});
  options.problem.point = "init";
  const SpectrumResult whole = spectrum_study(options);
  options.layers = {{1, 3}};
  const SpectrumResult part = spectrum_study(options);
  const Index first = 2 * 4, middle = 4 * 3, last = 3 * 2;
  std::vector<Index> coordinates;
  for (Index i = 0; i < first; ++i) coordinates.push_back(i);
  for (Index i = first + middle; i < first + middle + last; ++i) coordinates.push_back(i);
  for (std::size_t k = 0; k < 2; ++k) {
    const Matrix block = whole.objectives[k].hessian(coordinates, coordinates);
    const double scale = block.norm();
    CHECK((part.objectives[k].hessian - block).norm() <= 64 * kEps * scale);
    CHECK(std::abs(part.objectives[k].eigenvalues.sum() - block.trace()) <=
          static_cast<double>(first + last) * 4 * kEps * scale);
  }
}

TEST_CASE("a block that looks like a minimum is not critical where other layers still descend") {
  // Layers 1 and 3 zero: the gradient within layer 2 is zero exactly.
  SpectrumOptions options = toy_options({3, 3});
  options.problem.point = "zero-rank";
  options.layers = {{2}};
  const SpectrumResult at_zero_rank = spectrum_study(options);
  for (const ObjectiveSpectrum& objective : at_zero_rank.objectives)
    CHECK(objective.judgement.verdict != PointVerdict::kNotCritical);
  options.problem.point = "init";
  options.layers = {{3}};
  const SpectrumResult at_init = spectrum_study(options);
  for (const ObjectiveSpectrum& objective : at_init.objectives)
    CHECK(objective.judgement.verdict == PointVerdict::kNotCritical);
  options.layers.reset();
  const SpectrumResult whole = spectrum_study(options);
  for (std::size_t k = 0; k < 2; ++k)
    CHECK(at_init.objectives[k].gradient_norm == whole.objectives[k].gradient_norm);
}

TEST_CASE("signs counted again agree also for one layer and for some layers") {
  for (const std::vector<Index>& hidden : {std::vector<Index>{}, {3}, {3, 4}}) {
    SpectrumOptions options = toy_options(hidden);
    options.problem.point = "init";
    options.check_inertia = true;
    const auto check = [](const SpectrumResult& result) {
      for (const ObjectiveSpectrum& objective : result.objectives) {
        REQUIRE(objective.independent_inertia);
        CHECK(objective.counts_agree);
        CHECK(objective.independent_threshold > objective.zero_threshold);
      }
    };
    check(spectrum_study(options));
    if (hidden.empty()) continue;
    options.layers = {{1}};
    check(spectrum_study(options));
  }
}

TEST_CASE("fewer eigenvectors than asked for are said to be so") {
  SpectrumOptions options = toy_options({2});
  options.eigenvectors = 100;
  const ObjectiveSpectrum loss = spectrum_study(options).objectives[0];
  REQUIRE(loss.notes.size() == 1);
  CHECK(test::contains(loss.notes[0], "eigenvectors: 4 at each end are there, of 100 asked for"));
}

TEST_CASE("overflow is an error that names objective and quantity") {
  SpectrumOptions options = toy_options({3, 3});
  options.problem.point = "init";
  options.problem.init_scale = 1e200;
  const std::string message =
      test::message_of<std::invalid_argument>([&] { (void)spectrum_study(options); });
  CHECK(test::contains(message, "mse"));
}

}  // namespace saddlescope::analysis
