#include "saddlescope/inference/conditioning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/inference/definiteness.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/linalg/plain_lanczos.hpp"
#include "saddlescope/linalg/split_rows.hpp"

namespace saddlescope {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr Index kBasis = 600;

// How the tolerance is shared out: the shifts of the proofs stand off by a twentieth, which leaves
// most of it to the error bound of the factorisation. Lanczos, whose estimate of its error is only
// an estimate, stops far below: a few more steps cost less than a proof that fails.
constexpr double kSearchShare = 1.0 / 1000;
constexpr double kShiftShare = 1.0 / 20;
constexpr int kProofs = 6;

struct Quotient {
  double value = 0;
  double below = 0, above = 0;  // of the exact quotient
};

// v' H_z v/v' v as a sum of squares. The computed e_l = v_l - A_l v_{l-1} errs by at most
// d = gamma_{n+2} (|v_l| + |A_l| |v_{l-1}|), and pi |e|^2 by pi (2 |e|' d + |d|^2).
Quotient rayleigh_quotient(const ActivityOperator& H, const Vector& v) {
  const auto& A = H.maps();
  const auto& at = H.offsets();
  double sum = H.activity_decay() * v.squaredNorm();
  double error = 0;
  Index terms = v.size();
  for (std::size_t l = 0; l < A.size(); ++l) {
    Vector e = Vector::Zero(A[l].rows());
    Vector d = e;
    if (l + 1 < A.size()) {
      e = v.segment(at[l], A[l].rows());
      d = e.cwiseAbs();
    }
    if (l > 0) {
      const auto below = v.segment(at[l - 1], A[l].cols());
      gemm<double>(-1, A[l], Op::kNone, below, Op::kNone, 1, e);
      d += A[l].cwiseAbs() * below.cwiseAbs();
      d *= rounding_gamma(A[l].cols() + 2);
    } else {
      d.setZero();  // v_0 = 0: a copy
    }
    sum += H.precisions()[l] * e.squaredNorm();
    error += H.precisions()[l] * (2 * e.cwiseAbs().dot(d) + d.squaredNorm());
    terms += e.size();
  }
  Quotient quotient;
  quotient.value = sum / v.squaredNorm();
  // Numerator and denominator are sums of at most `terms` non-negative terms each.
  const double relative = error / sum + 2 * rounding_gamma(terms + 8);
  const bool known = relative < 0.5;
  quotient.below = known ? quotient.value * (1 - relative / (1 - relative)) : 0;
  quotient.above = known ? quotient.value * (1 + relative / (1 - relative)) : kInfinity;
  return quotient;
}

using Say = std::function<void(const std::string&)>;

struct End {
  Quotient quotient;
  double proved = 0;  // lambda_max <= proved, or lambda_min >= proved
  double factor_error = 0;
  Index steps = 0;
  Summary summary;
};

PlainLanczosOptions lanczos_options(Index dim, const Say& say, const char* what) {
  PlainLanczosOptions options;
  options.max_basis = std::min<Index>(kBasis, 2 * dim + 20);
  if (say)
    options.progress = [say, what](Index products, double value) {
      say(fmt::format("{}: step {}, {:.9g}", what, products, value));
    };
  return options;
}

std::function<void(Index, Index)> factor_progress(const Say& say, const char* what) {
  if (!say) return {};
  return [say, what](Index layer, Index layers) {
    if (layer % 8 == 0) say(fmt::format("{}: layer {} of {}", what, layer + 1, layers));
  };
}

End find_largest(const ActivityOperator& H, const ConditionOptions& options, const Say& say) {
  End end;
  end.proved = kInfinity;
  RandomStream stream(options.seed, "conditioning, largest");
  PlainLanczos lanczos(
      H.dim(), [&](const Vector& v, Vector& Hv) { H.apply(v, Hv); }, stream,
      lanczos_options(H.dim(), say, "largest eigenvalue"));
  double wanted = kSearchShare * options.tolerance;
  double gap = std::max(kShiftShare * options.tolerance, kEps * static_cast<double>(H.dim()));
  for (int proof = 0; proof < kProofs; ++proof) {
    (void)lanczos.search(wanted);  // the proof tells whether it went far enough
    end.steps = lanczos.products();
    if (lanczos.finite()) end.quotient = rayleigh_quotient(H, lanczos.vector());
    if (!lanczos.finite() || !std::isfinite(end.quotient.value)) {
      end.summary = {Status::kNotFinite, "products with the activity Hessian overflow"};
      return end;
    }
    const double shift = end.quotient.value * (1 + gap);
    const DefiniteFactor factor(
        H, {.sign = -1, .shift = shift, .progress = factor_progress(say, "proof from above")});
    if (factor.complete()) {
      end.factor_error = factor.error_bound();
      end.proved = (shift + factor.error_bound()) * (1 + kEps);
      return end;
    }
    wanted /= 100;
    gap *= 8;
  }
  end.summary = {Status::kUndecided,
                 fmt::format("lambda_max is at least {:.9g}, but no bound from above was proved",
                             end.quotient.value)};
  return end;
}

// The largest diagonal entry of H_z, which lies between |H_z|_2/3 sqrt(n) and |H_z|_2.
double largest_diagonal_entry(const ActivityOperator& H) {
  double largest = 0;
  for (std::size_t l = 0; l + 1 < H.maps().size(); ++l)
    largest = std::max(
        largest, H.precisions()[l] + H.activity_decay() +
                     H.precisions()[l + 1] * H.maps()[l + 1].colwise().squaredNorm().maxCoeff());
  return largest;
}

// The factor of H_z + s I that the inverse iteration uses: s = 0, or where rounding breaks that
// factorisation the first of eps max H_ii 16^k that does not.
std::optional<DefiniteFactor> inverse_factor(const ActivityOperator& H, const Say& say,
                                             double& shift) {
  const double norm = largest_diagonal_entry(H);
  shift = 0;
  if (!std::isfinite(norm)) return std::nullopt;
  while (shift <= norm) {
    DefiniteFactor factor(H, {.sign = 1,
                              .shift = -shift,
                              .keep_factor = true,
                              .progress = factor_progress(say, "factor")});
    if (factor.complete()) return factor;
    shift = shift == 0 ? kEps * norm : 16 * shift;
  }
  return std::nullopt;
}

End find_smallest(const ActivityOperator& H, const ConditionOptions& options, const Say& say) {
  End end;
  end.proved = H.activity_decay();  // H_z - alpha I is a sum of squares
  double shift = 0;
  const std::optional<DefiniteFactor> inverse = inverse_factor(H, say, shift);
  if (!inverse) {
    end.summary = {Status::kNotFinite, "the factorisation of the activity Hessian overflows"};
    return end;
  }
  RandomStream stream(options.seed, "conditioning, smallest");
  PlainLanczos lanczos(
      H.dim(),
      [&](const Vector& v, Vector& solved) {
        solved = v;
        inverse->solve_in_place(solved);
      },
      stream, lanczos_options(H.dim(), say, "largest eigenvalue of the inverse"));
  double wanted = kSearchShare * options.tolerance;
  double gap = 0;
  for (int proof = 0; proof < kProofs; ++proof) {
    (void)lanczos.search(wanted);
    end.steps = lanczos.products();
    if (lanczos.finite()) end.quotient = rayleigh_quotient(H, lanczos.vector());
    if (!lanczos.finite() || !std::isfinite(end.quotient.value)) {
      end.summary = {Status::kNotFinite, "solves with the activity Hessian overflow"};
      return end;
    }
    const double value = end.quotient.value;
    // The true backward error of a factorisation is a few eps |H|.
    if (gap == 0)
      gap = std::max(kShiftShare * options.tolerance * value, kEps * largest_diagonal_entry(H));
    if (gap >= value) break;
    const DefiniteFactor factor(H, {.sign = 1,
                                    .shift = value - gap,
                                    .sharp = true,
                                    .progress = factor_progress(say, "proof from below")});
    if (factor.complete()) {
      end.factor_error = factor.error_bound();
      const double proved = (value - gap - factor.error_bound()) * (1 - kEps);
      end.proved = std::max(end.proved, proved);
      if (end.proved > 0) return end;
      break;
    }
    wanted /= 100;
    gap *= 8;
  }
  end.summary = {Status::kUndecided,
                 fmt::format("lambda_min <= {:.9g} is not above what rounding hides in the "
                             "factorisation, at least {:.3g}",
                             end.quotient.above, std::max(gap, end.factor_error))};
  return end;
}

// kappa's interval and what it is worth.
void conclude(Conditioning& result, const End& smallest, const End& largest, double tolerance) {
  result.condition_number = result.lambda_max / result.lambda_min;
  const double above = result.lambda_max_above / result.lambda_min_below;
  result.relative_error_bound =
      result.lambda_min_below > 0
          ? std::max(above / result.condition_number - 1,
                     1 - result.condition_number_below() / result.condition_number) *
                    (1 + 8 * kEps) +
                8 * kEps
          : kInfinity;
  if (result.relative_error_bound <= tolerance) return;
  std::string reason = smallest.summary.message;
  if (reason.empty()) reason = largest.summary.message;
  const std::string text =
      std::isfinite(result.relative_error_bound)
          ? fmt::format("kappa is proved to a relative error of {:.2g} only, {:.2g} was wanted",
                        result.relative_error_bound, tolerance)
          : fmt::format("kappa is at least {:.6g}, which is a lower bound only",
                        result.condition_number_below());
  if (reason.empty())
    reason = fmt::format(
        "the rounding of the factorisation may hide up to {:.3g}, against "
        "lambda_min = {:.3g}",
        smallest.factor_error, result.lambda_min);
  result.summary = {Status::kUndecided, text + ": " + reason};
}

}  // namespace

Conditioning activity_conditioning(const Architecture& architecture, const Vector& theta,
                                   const ConditionOptions& options) {
  require(options.tolerance > 0 && options.tolerance < 1,
          "tolerance of kappa: expected a number in (0, 1), got {}", options.tolerance);
  const ActivityOperator H(architecture, theta, options.activity_decay);
  std::mutex lock;
  Say say;
  if (options.progress)
    say = [&](const std::string& text) {
      const std::lock_guard guard(lock);
      options.progress(text);
    };

  End ends[2];
  parallel_for(2, [&](Index i) {
    ends[i] = i == 0 ? find_smallest(H, options, say) : find_largest(H, options, say);
  });
  const auto& [smallest, largest] = ends;
  Conditioning result;
  result.dim = H.dim();
  result.products = largest.steps;
  result.solves = smallest.steps;
  for (const End& end : ends) {
    if (end.summary.status != Status::kNotFinite) continue;
    result.summary = end.summary;
    return result;
  }
  result.lambda_min = smallest.quotient.value;
  result.lambda_min_below = std::min(smallest.proved, smallest.quotient.value);
  result.lambda_min_above = smallest.quotient.above;
  result.lambda_max = largest.quotient.value;
  result.lambda_max_below = largest.quotient.below;
  result.lambda_max_above = largest.proved;
  conclude(result, smallest, largest, options.tolerance);
  return result;
}

double conditioning_memory(const Architecture& architecture) {
  double maps = 0, factor = 0, dim = 0, widest = 0;
  for (Index l = 0; l < architecture.depth(); ++l) {
    const auto n = static_cast<double>(architecture.rows(l));
    const auto below = static_cast<double>(architecture.cols(l));
    maps += n * below;
    widest = std::max({widest, n * n, n * below});
    if (l + 1 == architecture.depth()) break;
    factor += n * n + (l > 0 ? n * below : 0);
    dim += n;
  }
  const double bases = 2 * dim * std::min<double>(kBasis, 2 * dim + 20);
  return sizeof(double) * (maps + factor + bases + 30 * widest);
}

}  // namespace saddlescope
