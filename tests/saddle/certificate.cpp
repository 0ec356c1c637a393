// Certificates are given where a saddle is strict and nowhere else, and false claims do not replay.
#include "saddlescope/saddle/certificate.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/oracles.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/proof_direction.hpp"

namespace saddlescope {
namespace {

using test::contains;
using testing::oracle_cases;
using testing::OracleCase;

constexpr LinearObjective kObjectives[] = {LinearObjective::kMse, LinearObjective::kEnergy};

Eigenpairs eigenpairs(LinearObjective which, const OracleCase& entry) {
  const auto factor = data_factor<double>(entry.data);
  const auto objective = which == LinearObjective::kMse
                             ? mse_loss<double>(entry.architecture, factor)
                             : equilibrated_energy<double>(entry.architecture, factor);
  return symmetric_eigenpairs(objective->at(entry.theta).point->hessian());
}

std::vector<CandidateDirection> candidates(LinearObjective which, const OracleCase& entry) {
  std::vector<CandidateDirection> out = {
      {eigenpairs(which, entry).vectors.col(0), DirectionKind::kEigenvector}};
  if (which == LinearObjective::kEnergy)
    for (const ProofDirection& direction :
         proof_directions(entry.architecture, entry.data, entry.theta).found)
      out.push_back({direction.vector, DirectionKind::kProof});
  return out;
}

// The reference points are rounded to about 1e-13 |H|.
Certified certify_case(LinearObjective which, const OracleCase& entry) {
  const auto& expected = which == LinearObjective::kMse ? entry.mse : entry.energy;
  return certify(which, entry.architecture, entry.data, entry.theta, candidates(which, entry),
                 1e-12 * expected.hessian_spectrum.cwiseAbs().maxCoeff());
}

TEST_CASE("critical reference cases get a certificate that replays exactly if they are strict") {
  int n_strict = 0;
  int n_other = 0;
  for (const OracleCase& entry : oracle_cases())
    for (const LinearObjective which : kObjectives) {
      const auto& expected = which == LinearObjective::kMse ? entry.mse : entry.energy;
      if (!expected.verdict) continue;
      CAPTURE(entry.name);
      CAPTURE(*expected.verdict);
      const Certified got = certify_case(which, entry);
      const bool strict = *expected.verdict == "strict saddle";
      (strict ? n_strict : n_other)++;
      CHECK(got.summary.ok() == strict);
      CHECK(got.certificate.has_value() == strict);
      if (!strict) {
        CHECK(contains(got.summary.message, "no certificate"));
        continue;
      }
      const Certificate& certificate = *got.certificate;
      const double norm = expected.hessian_spectrum.cwiseAbs().maxCoeff();
      // Reference spectra are rounded numbers themselves, to about 1e-13 |H|.
      CHECK(certificate.curvature_bound >= expected.hessian_spectrum[0] - 1e-12 * norm);
      CHECK(certificate.curvature_bound <= expected.hessian_spectrum[0] + 1e-10 * norm);
      CHECK(certificate.gradient_bound <= 1e-11 * (1 + norm));
      const Replay again = replay(certificate, entry.data);
      CAPTURE(again.failure);
      CHECK(again.holds());
      CHECK(again.failure.empty());
    }
  CHECK(n_strict >= 5);
  CHECK(n_other >= 3);
}

// A strict saddle of both objectives with its certificate.
struct Sample {
  const OracleCase* entry = nullptr;
  Certificate certificate;
};

Sample sample(LinearObjective which) {
  for (const OracleCase& entry : oracle_cases()) {
    const auto& expected = which == LinearObjective::kMse ? entry.mse : entry.energy;
    if (expected.verdict != "strict saddle" || entry.architecture.depth() < 3) continue;
    return {&entry, *certify_case(which, entry).certificate};
  }
  FAIL("expected a strict saddle with three layers among the reference cases");
  return {};
}

TEST_CASE("a false claim is refused and the inequality that fails is named with both numbers") {
  for (const LinearObjective which : kObjectives) {
    const Sample good = sample(which);
    const Dataset& data = good.entry->data;
    REQUIRE(replay(good.certificate, data).holds());

    Certificate moved = good.certificate;  // a weight off by 1e-3
    moved.theta += 1e-3 * Vector::Ones(moved.theta.size());
    Replay result = replay(moved, data);
    CHECK(!result.gradient_holds);
    CHECK(contains(result.failure, "gradient norm: stated <= "));
    CHECK(contains(result.failure, "but it is at least "));

    Certificate turned = good.certificate;  // the direction of the largest eigenvalue
    turned.direction = eigenpairs(which, *good.entry).vectors.rightCols(1);
    result = replay(turned, data);
    CHECK(result.gradient_holds);
    CHECK(!result.curvature_holds);
    CHECK(contains(result.failure, "Rayleigh quotient: stated <= "));
    CHECK(!contains(result.failure, "gradient"));

    Certificate sharper = good.certificate;  // gamma above the truth by 1e-6 of it
    sharper.curvature_bound *= 1 + 1e-6;
    result = replay(sharper, data);
    CHECK(result.gradient_holds);
    CHECK(!result.curvature_holds);

    Certificate flatter = good.certificate;  // epsilon below what is proved
    flatter.gradient_bound /= 1e3;
    result = replay(flatter, data);
    CHECK(result.gradient_holds == (good.certificate.gradient_bound == 0));
    CHECK(result.curvature_holds);

    Certificate claimless = good.certificate;
    claimless.curvature_bound = 0;
    CHECK(!replay(claimless, data).holds());

    Certificate still = good.certificate;  // no direction at all
    still.direction.setZero();
    CHECK(contains(replay(still, data).failure, "curvature cannot be enclosed"));

    Certificate broken = good.certificate;
    broken.theta(0) = std::nan("");
    CHECK(contains(replay(broken, data).failure, "neither inequality"));
  }
}

// At a saddle of rank >= 1 the gradient depends on every sample; at rank 0 it need not.
TEST_CASE("a certificate is of its data and a changed entry breaks it") {
  int n = 0;
  for (const OracleCase& entry : oracle_cases()) {
    if (entry.mse.verdict != "strict saddle" || !entry.name.starts_with("rank-")) continue;
    const Certificate certificate = *certify_case(LinearObjective::kMse, entry).certificate;
    Dataset data = entry.data;
    data.y(0, 0) += 0.1;
    data.y(data.y.rows() - 1, 1) -= 0.2;
    const Replay result = replay(certificate, data);
    CAPTURE(entry.name);
    CHECK(!result.holds());
    ++n;
  }
  CHECK(n >= 4);
}

TEST_CASE("the best of several directions is kept and its kind remembered") {
  const Sample good = sample(LinearObjective::kEnergy);
  const Eigenpairs pairs = eigenpairs(LinearObjective::kEnergy, *good.entry);
  const Vector worst = pairs.vectors.rightCols(1);
  const Vector best = pairs.vectors.col(0);
  const auto with = [&](const std::vector<CandidateDirection>& directions) {
    return certify(LinearObjective::kEnergy, good.entry->architecture, good.entry->data,
                   good.entry->theta, directions);
  };
  const Certified first = with({{worst}, {-3 * best, DirectionKind::kProof}});
  REQUIRE(first.summary.ok());
  CHECK(first.certificate->direction == -3 * best);
  CHECK(first.certificate->direction_kind == DirectionKind::kProof);
  CHECK(with({{worst}}).summary.status == Status::kUndecided);
  CHECK(with({{Vector::Zero(worst.size())}, {best}}).summary.ok());
  CHECK(with({{Vector::Zero(worst.size())}}).summary.status == Status::kNotFinite);
  CHECK_THROWS_AS(static_cast<void>(with({})), std::invalid_argument);
}

TEST_CASE("a curvature that is not beyond the least one asked for gets no certificate") {
  const Sample good = sample(LinearObjective::kEnergy);
  const OracleCase& entry = *good.entry;
  const double gamma = -good.certificate.curvature_bound;
  const auto with = [&](double least) {
    return certify(LinearObjective::kEnergy, entry.architecture, entry.data, entry.theta,
                   {{good.certificate.direction}}, least);
  };
  CHECK(with(0.99 * gamma).summary.ok());
  CHECK(with(1.01 * gamma).summary.status == Status::kUndecided);
  CHECK(contains(with(1.01 * gamma).summary.message, "expected a Rayleigh quotient < -"));
  CHECK_THROWS_AS(static_cast<void>(with(-1)), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
