#include "saddlescope/saddle/certificate.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

// [lower, upper] as text that reads back exactly.
std::string text(const Interval& x) { return fmt::format("[{}, {}]", x.lower(), x.upper()); }

double stated_gradient_bound(const Interval& norm) {
  return norm.radius() == 0 ? norm.upper() : next_up(norm.upper() + norm.radius());
}

double stated_curvature_bound(const Interval& quotient) {
  return quotient.upper() + std::min(quotient.radius(), -quotient.upper() / 2);
}

// "PREFIX: stated <= BOUND, but it is at least X" where the claim is false, "... is only known to
// lie in [..]" where it is not proved.
std::string unmet(const char* quantity, double bound, const Interval& found) {
  if (found.lower() > bound)
    return fmt::format("{}: stated <= {}, but it is at least {}", quantity, bound, found.lower());
  return fmt::format("{}: stated <= {}, but it is only proved to lie in {}", quantity, bound,
                     text(found));
}

}  // namespace

const std::string& certificate_claim() {
  static const std::string claim =
      "Each entry is an epsilon-critical point with proven negative curvature: at theta the "
      "gradient's Euclidean norm is at most gradient_bound, and the Hessian's Rayleigh quotient "
      "along direction, hence its least eigenvalue, is at most curvature_bound < 0; all numbers "
      "are exact doubles. It does not claim an exact critical point nearby.";
  return claim;
}

std::string name(DirectionKind kind) {
  return kind == DirectionKind::kEigenvector ? "eigenvector" : "proof";
}

Certified certify(LinearObjective objective, const Architecture& architecture,
                  const EnclosedData& data, const Vector& theta,
                  const std::vector<CandidateDirection>& directions, double least_curvature) {
  require(least_curvature >= 0, "certificate: least curvature: expected >= 0, got {}",
          least_curvature);
  require(!directions.empty(), "certificate: expected at least one direction, got none");
  const LinearEnclosure enclosure(objective, architecture, data, theta);
  if (!enclosure.summary().ok()) return {std::nullopt, enclosure.summary()};

  Interval best = Interval::entire();
  const CandidateDirection* chosen = nullptr;
  Summary refused;
  for (const CandidateDirection& candidate : directions) {
    const LinearEnclosure::Curvature curvature = enclosure.along(candidate.vector);
    if (!curvature.summary.ok()) {
      refused = curvature.summary;
      continue;
    }
    if (chosen != nullptr && curvature.rayleigh_quotient.upper() >= best.upper()) continue;
    best = curvature.rayleigh_quotient;
    chosen = &candidate;
  }
  if (chosen == nullptr) return {std::nullopt, refused};
  if (!certainly_less(best, -least_curvature))
    return {std::nullopt,
            {Status::kUndecided,
             fmt::format("no certificate: expected a Rayleigh quotient < {}, found at best {} "
                         "along {} directions",
                         0 - least_curvature, text(best), directions.size())}};
  return {
      Certificate{objective, architecture, theta, chosen->vector, chosen->kind,
                  stated_gradient_bound(enclosure.gradient_norm()), stated_curvature_bound(best)},
      {}};
}

Certified certify(LinearObjective objective, const Architecture& architecture, const Dataset& data,
                  const Vector& theta, const std::vector<CandidateDirection>& directions,
                  double least_curvature) {
  return certify(objective, architecture, enclose_data(data), theta, directions, least_curvature);
}

Replay replay(const Certificate& certificate, const EnclosedData& data) {
  Replay out;
  const LinearEnclosure enclosure(certificate.objective, certificate.architecture, data,
                                  certificate.theta);
  if (!enclosure.summary().ok()) {
    out.failure = "neither inequality can be proved: " + enclosure.summary().message;
    return out;
  }
  out.gradient_norm = enclosure.gradient_norm();
  out.gradient_holds = out.gradient_norm.upper() <= certificate.gradient_bound;
  if (!out.gradient_holds)
    out.failure = unmet("gradient norm", certificate.gradient_bound, out.gradient_norm);

  const LinearEnclosure::Curvature curvature = enclosure.along(certificate.direction);
  out.rayleigh_quotient = curvature.rayleigh_quotient;
  out.curvature_holds = out.rayleigh_quotient.upper() <= certificate.curvature_bound &&
                        certificate.curvature_bound < 0;
  if (out.curvature_holds) return out;
  if (!out.failure.empty()) out.failure += "; ";
  if (!curvature.summary.ok())
    out.failure += "the curvature cannot be enclosed: " + curvature.summary.message;
  else if (!(certificate.curvature_bound < 0))
    out.failure +=
        fmt::format("curvature bound: expected < 0, got {}", certificate.curvature_bound);
  else
    out.failure += unmet("Rayleigh quotient", certificate.curvature_bound, out.rayleigh_quotient);
  return out;
}

Replay replay(const Certificate& certificate, const Dataset& data) {
  return replay(certificate, enclose_data(data));
}

}  // namespace saddlescope
