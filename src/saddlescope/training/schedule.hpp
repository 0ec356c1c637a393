// How the learning rate changes along a run of K updates: eta_k = eta times
//
//   constant   1
//   cosine     f + (1 - f)(1 + cos(pi k/K))/2, from 1 down to f       (Loshchilov and Hutter)
//   step       f^floor(k/s)
//
// at update k = 0 .. K - 1.
#pragma once

#include <string>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

enum class ScheduleKind { kConstant, kCosine, kStep };
[[nodiscard]] ScheduleKind parse_schedule(const std::string& name);  // constant | cosine | step
[[nodiscard]] std::string name(ScheduleKind kind);

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::kConstant;
  double factor = 0.1;  // f, 0 <= f <= 1 (cosine), 0 < f <= 1 (step)
  Index interval = 1;   // s >= 1, step only
};

// Throws std::invalid_argument naming the first field that breaks an inequality above.
void check(const ScheduleOptions& options);

// The factor on eta; requires 0 <= k < K.
[[nodiscard]] double schedule_factor(const ScheduleOptions& options, Index k, Index K);

}  // namespace saddlescope
