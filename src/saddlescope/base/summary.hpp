// How a computation ended. Numerical outcomes are data, never exceptions.
#pragma once

#include <string>

namespace saddlescope {

enum class Status { kOk, kUndecided, kNotConverged, kNotFinite, kRefused };

struct Summary {
  Status status = Status::kOk;
  std::string message;  // with the numbers that decided, empty when all is well
  [[nodiscard]] bool ok() const { return status == Status::kOk; }
};

}  // namespace saddlescope
