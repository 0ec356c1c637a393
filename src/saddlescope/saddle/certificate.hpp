// Certificates of strict saddles: two inequalities about a linear network at stored doubles, proved
// by interval arithmetic.
//
//   |grad| <= epsilon                          epsilon = gradient_bound
//   lambda_min(H) <= V'HV/|V|^2 <= -gamma < 0  -gamma  = curvature_bound, V the stored direction
//
// for loss or equilibrated energy at theta, weights, scales, precisions and samples taken as exact
// doubles. That is an epsilon-critical point with proven negative curvature; it does not claim an
// exact critical point nearby. Whoever doubts it computes both enclosures again (replay), without
// trusting how theta and V were found.
//
// The stated bounds are the upper ends of the enclosures, moved outward by one radius of the
// enclosure more (the curvature's by half its distance from 0 at most): an approximate inverse goes
// into the enclosure of S^{-1} r, whose last bits depend on compiler and processor, and a
// certificate should replay on all of them.
//
// Nonlinear networks get no certificates: they are refused (hessian/linear_enclosure.hpp), because
// activations and equilibria have no enclosures yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/hessian/linear_enclosure.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// What every certificate claims, in one sentence for files and reports.
[[nodiscard]] const std::string& certificate_claim();

// How the direction was found; the proof does not depend on it.
enum class DirectionKind { kEigenvector, kProof };
[[nodiscard]] std::string name(DirectionKind kind);  // "eigenvector", "proof"

struct Certificate {
  LinearObjective objective = LinearObjective::kMse;
  Architecture architecture;
  Vector theta;      // p
  Vector direction;  // p: V, of any length but 0
  DirectionKind direction_kind = DirectionKind::kEigenvector;
  double gradient_bound = 0;   // epsilon >= 0
  double curvature_bound = 0;  // -gamma < 0
};

struct CandidateDirection {
  Vector vector;
  DirectionKind kind = DirectionKind::kEigenvector;
};

struct Certified {
  std::optional<Certificate> certificate;  // holds one if and only if summary.ok()
  Summary summary;  // kUndecided: no direction was proved, with the best enclosure; else as
                    // LinearEnclosure::summary()
};

// Of the directions whose curvature is proved below -least_curvature, the one with the most
// negative bound. Throws std::invalid_argument where sizes do not fit or least_curvature
// is not >= 0.
//
// The enclosures are sharper than the rounding that theta itself holds: beside a degenerate
// critical point a curvature of -1e-17 can be proved, which is true of theta and says nothing of
// the point that is meant. Unless the gradient is enclosed by 0 alone, pass as least_curvature what
// an error of eps in theta makes of H (Point::hessian_error_bound() covers it).
// It never loosens the proof.
[[nodiscard]] Certified certify(LinearObjective objective, const Architecture& architecture,
                                const EnclosedData& data, const Vector& theta,
                                const std::vector<CandidateDirection>& directions,
                                double least_curvature = 0);
[[nodiscard]] Certified certify(LinearObjective objective, const Architecture& architecture,
                                const Dataset& data, const Vector& theta,
                                const std::vector<CandidateDirection>& directions,
                                double least_curvature = 0);

struct Replay {
  Interval gradient_norm = Interval::entire();
  Interval rayleigh_quotient = Interval::entire();
  bool gradient_holds = false;
  bool curvature_holds = false;
  std::string failure;  // which inequality is not met, with both numbers; empty if both hold
  [[nodiscard]] bool holds() const { return gradient_holds && curvature_holds; }
};

// Computes both enclosures again. `data` must be what was certified: other data make other claims,
// which are then judged. Throws std::invalid_argument where sizes do not fit.
[[nodiscard]] Replay replay(const Certificate& certificate, const EnclosedData& data);
[[nodiscard]] Replay replay(const Certificate& certificate, const Dataset& data);

}  // namespace saddlescope
