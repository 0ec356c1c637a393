// kappa of the activity Hessian against closed forms and dense eigenvalues.
#include "saddlescope/inference/conditioning.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/definiteness.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// The bounds must hold for the true eigenvalues, which the closed forms and dense eigenvalues are
// to `error`.
void check_encloses(const Conditioning& c, double smallest, double largest, double error) {
  CHECK(c.lambda_min_below <= smallest + error);
  CHECK(c.lambda_min_above >= smallest - error);
  CHECK(c.lambda_max_below <= largest + error);
  CHECK(c.lambda_max_above >= largest - error);
  CHECK(c.lambda_min_below > 0);
}

TEST_CASE("the proved bounds enclose the dense eigenvalues of random networks") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    for (const double alpha : {0.0, 0.3}) {
      const Matrix H = activity_hessian<double>(p.architecture, p.theta, alpha).dense();
      const Vector values = symmetric_eigenvalues(H);
      const auto c = activity_conditioning(p.architecture, p.theta, {.activity_decay = alpha});
      CAPTURE(c.summary.message);
      CHECK(c.summary.ok());
      CHECK(c.dim == H.rows());
      check_encloses(c, values[0], values[values.size() - 1],
                     eigenvalue_error_bound(H.rows(), H.norm()));
      CHECK(c.relative_error_bound <= 1e-6);
      const double kappa = values[values.size() - 1] / values[0];
      CHECK(std::abs(c.condition_number - kappa) <= 1e-6 * kappa);
    }
  }
}

// Widths 1 and A_l = w give H = tridiag(-w, 1 + w^2, -w) of size L - 1 (lambda = 1), whose
// eigenvalues are 1 + w^2 - 2 w cos(k pi/L), k = 1 .. L - 1.
TEST_CASE("a scalar chain has the ends of its Toeplitz spectrum") {
  for (const double w : {0.3, 1.0, 2.5}) {
    const Index L = 20;
    const Architecture net = make_architecture({.widths = std::vector<Index>(L + 1, 1)});
    const auto c = activity_conditioning(net, Vector::Constant(L, w), {});
    const double angle = std::numbers::pi / static_cast<double>(L);
    CHECK(c.summary.ok());
    check_encloses(c, 1 + w * w - 2 * w * std::cos(angle), 1 + w * w + 2 * w * std::cos(angle),
                   20 * kEps * (1 + w) * (1 + w));
  }
}

Architecture plain(Index width, Index hidden_layers, Index output, bool skips = false) {
  std::vector<Index> widths(static_cast<std::size_t>(hidden_layers) + 2, width);
  widths.back() = output;
  return make_architecture({.widths = widths, .skips = skips});
}

Vector drawn(const Architecture& net, Initialisation kind, std::uint64_t seed) {
  RandomStream stream(seed, "conditioning test");
  return initialise(net, {.kind = kind}, stream);
}

// Eigenvalues with multiplicities n - d_y and d_y, and only 2 H different ones.
TEST_CASE("an orthogonal chain has the ends 2 - 2 cos of its angles") {
  using std::numbers::pi;
  const Index H = 40;
  const Architecture net = plain(6, H, 2);
  const auto c = activity_conditioning(net, drawn(net, Initialisation::kOrthogonal, 1), {});
  CHECK(c.summary.ok());
  const double smallest = 2 - 2 * std::cos(pi / (2 * H + 1));
  const double largest = std::max(2 - 2 * std::cos((2 * H - 1) * pi / (2 * H + 1)),
                                  2 - 2 * std::cos(H * pi / (H + 1)));
  check_encloses(c, smallest, largest, 6 * 16 * kEps * 4);
  CHECK(std::abs(c.condition_number - largest / smallest) <= 1e-6 * largest / smallest);
}

TEST_CASE("without coupling H_z is the identity and kappa is 1") {
  const Architecture net = plain(5, 3, 2);
  const auto c = activity_conditioning(net, Vector::Zero(net.n_parameters()), {});
  CHECK(c.summary.ok());
  CHECK(std::abs(c.condition_number - 1) <= 20 * kEps);
  CHECK(c.relative_error_bound <= 1e-6);
}

TEST_CASE("a tighter tolerance gives an interval inside what the looser one proved") {
  const Architecture net = plain(24, 10, 3);
  const Vector theta = drawn(net, Initialisation::kNormal, 2);
  const auto loose = activity_conditioning(net, theta, {.tolerance = 1e-2});
  const auto tight = activity_conditioning(net, theta, {.tolerance = 1e-9});
  CHECK(loose.summary.ok());
  CHECK(tight.summary.ok());
  CHECK(loose.relative_error_bound <= 1e-2);
  CHECK(tight.relative_error_bound <= 1e-9);
  CHECK(loose.lambda_min_below <= tight.lambda_min_above);
  CHECK(loose.lambda_min_above >= tight.lambda_min_below);
  CHECK(loose.lambda_max_below <= tight.lambda_max_above);
  CHECK(loose.lambda_max_above >= tight.lambda_max_below);
}

TEST_CASE("precisions and decay times c scale the eigenvalues by c and leave kappa") {
  Architecture net = plain(8, 6, 3);
  const Vector theta = drawn(net, Initialisation::kNormal, 3);
  const auto one = activity_conditioning(net, theta, {.activity_decay = 0.2});
  for (double& pi : net.precisions) pi *= 64;
  const auto scaled = activity_conditioning(net, theta, {.activity_decay = 64 * 0.2});
  CHECK(std::abs(scaled.lambda_min / one.lambda_min - 64) <= 64 * 1e-6);
  CHECK(std::abs(scaled.condition_number / one.condition_number - 1) <= 2e-6);
}

// Residual networks under SP: kappa grows exponentially with depth.
TEST_CASE("kappa beyond the reach of rounding is undecided and a lower bound") {
  const Architecture net = plain(16, 80, 4, true);
  const Vector theta = drawn(net, Initialisation::kNormal, 4);
  const auto c = activity_conditioning(net, theta, {});
  CHECK(c.summary.status == Status::kUndecided);
  CHECK(c.summary.message.find("lower bound") != std::string::npos);
  CHECK(c.lambda_min_below == 0);
  CHECK(std::isinf(c.relative_error_bound));
  CHECK(c.condition_number_below() > 1e12);
  CHECK(c.condition_number_below() <= c.condition_number * (1 + kEps));
  const auto decayed = activity_conditioning(net, theta, {.activity_decay = 0.5});
  CHECK(decayed.summary.ok());
  CHECK(decayed.lambda_min_below >= 0.5);
}

TEST_CASE("an error bound that misses the tolerance is undecided and stated") {
  const Architecture net = plain(16, 24, 4, true);
  const auto c =
      activity_conditioning(net, drawn(net, Initialisation::kNormal, 5), {.tolerance = 1e-12});
  CHECK(c.summary.status == Status::kUndecided);
  CHECK(c.summary.message.find("was wanted") != std::string::npos);
  CHECK(c.relative_error_bound > 1e-12);
  CHECK(std::isfinite(c.relative_error_bound));
}

TEST_CASE("two threads give the bits of one") {
  const Architecture net = plain(20, 12, 3);
  const Vector theta = drawn(net, Initialisation::kUniform, 6);
  const auto one = activity_conditioning(net, theta, {});
  set_threads(2);
  const auto two = activity_conditioning(net, theta, {});
  set_threads(1);
  CHECK(one.lambda_min == two.lambda_min);
  CHECK(one.lambda_min_below == two.lambda_min_below);
  CHECK(one.lambda_max == two.lambda_max);
  CHECK(one.lambda_max_above == two.lambda_max_above);
}

TEST_CASE("weights whose products overflow are reported as such") {
  const Architecture net = plain(3, 2, 2);
  const auto c = activity_conditioning(net, Vector::Constant(net.n_parameters(), 1e200), {});
  CHECK(c.summary.status == Status::kNotFinite);
}

TEST_CASE("a factor exists on one side of the spectrum only, and solves") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const ActivityOperator op(p.architecture, p.theta, 0);
    const Matrix H = activity_hessian<double>(p.architecture, p.theta).dense();
    const Vector values = symmetric_eigenvalues(H);
    const double largest = values[values.size() - 1];
    for (const bool sharp : {false, true}) {
      const auto exists = [&](double sign, double shift) {
        const DefiniteFactor factor(op, {.sign = sign, .shift = shift, .sharp = sharp});
        if (factor.complete()) CHECK(factor.error_bound() <= 1e-11 * (largest + std::abs(shift)));
        if (factor.complete()) CHECK(factor.error_bound() >= kEps * largest);
        return factor.complete();
      };
      const double step = 1e-10 * largest;
      CHECK(exists(1, values[0] - step));
      CHECK_FALSE(exists(1, values[0] + step));
      CHECK(exists(-1, largest + step));
      CHECK_FALSE(exists(-1, largest - step));
    }
    const DefiniteFactor factor(op, {.sign = -1, .shift = 2 * largest, .keep_factor = true});
    Vector v = Vector::LinSpaced(H.rows(), -1, 2);
    const Vector b = v;
    factor.solve_in_place(v);
    CHECK((2 * largest * v - H * v - b).norm() <=
          100 * kEps * static_cast<double>(H.rows()) * largest * v.norm());
  }
}

TEST_CASE("what cannot be conditioned is refused") {
  const Architecture net = plain(3, 2, 2);
  const Vector theta = Vector::Zero(net.n_parameters());
  CHECK_THROWS_AS(static_cast<void>(activity_conditioning(net, theta, {.tolerance = 0})),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(activity_conditioning(net, theta, {.activity_decay = -1})),
                  std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(activity_conditioning(net, Vector::Zero(3), {})),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
