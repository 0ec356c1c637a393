#include "saddlescope/training/schedule.hpp"

#include <cmath>
#include <numbers>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

ScheduleKind parse_schedule(const std::string& name) {
  require_known("schedule", {"constant", "cosine", "step"}, name);
  if (name == "constant") return ScheduleKind::kConstant;
  if (name == "cosine") return ScheduleKind::kCosine;
  return ScheduleKind::kStep;
}

std::string name(ScheduleKind kind) {
  if (kind == ScheduleKind::kCosine) return "cosine";
  return kind == ScheduleKind::kStep ? "step" : "constant";
}

void check(const ScheduleOptions& options) {
  const double f = options.factor;
  require(f >= 0 && f <= 1 && (options.kind != ScheduleKind::kStep || f > 0),
          "schedule factor: expected above 0 and up to 1 (0 under cosine too), got {}", f);
  require(options.interval >= 1, "schedule interval: expected >= 1, got {}", options.interval);
}

double schedule_factor(const ScheduleOptions& options, Index k, Index K) {
  require(k >= 0 && k < K, "update: expected 0 .. {}, got {}", K - 1, k);
  const double f = options.factor;
  switch (options.kind) {
    case ScheduleKind::kCosine: {
      const double phase = std::numbers::pi * static_cast<double>(k) / static_cast<double>(K);
      return f + (1 - f) * (1 + std::cos(phase)) / 2;
    }
    case ScheduleKind::kStep: {
      const Index falls = k / options.interval;
      return std::pow(f, static_cast<double>(falls));
    }
    case ScheduleKind::kConstant:
      break;
  }
  return 1;
}

}  // namespace saddlescope
