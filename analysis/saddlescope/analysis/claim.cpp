#include "saddlescope/analysis/claim.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

double ratio_of(double error, double tolerance) {
  if (error == 0) return 0;
  const double ratio = error / tolerance;  // x/0 is infinite
  return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
}

}  // namespace

std::string name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "holds";
    case Verdict::kFails:
      return "fails";
    case Verdict::kUndecided:
      break;
  }
  return "undecided";
}

void Measurements::add(std::string_view quantity, double error, double tolerance) {
  const double ratio = ratio_of(error, tolerance);
  if (count_ == 0 || ratio > worst_.ratio)
    worst_ = {std::string(quantity), error, tolerance, ratio, {}};
  ++count_;
  if (ratio > 1) ++n_failed_;
}

void Measurements::undecided(std::string_view reason) {
  if (n_undecided_ == 0) reason_ = reason;
  ++n_undecided_;
}

void Measurements::set_recipe(const nlohmann::ordered_json& recipe) {
  if (count_ > 0) worst_.recipe = recipe;
  if (n_undecided_ > 0) reason_ += fmt::format(" (case {})", recipe.dump());
}

void Measurements::merge(const Measurements& later) {
  if (later.count_ > 0 && (count_ == 0 || later.worst_.ratio > worst_.ratio)) worst_ = later.worst_;
  if (n_undecided_ == 0) reason_ = later.reason_;
  count_ += later.count_;
  n_failed_ += later.n_failed_;
  n_unresolved_ += later.n_unresolved_;
  n_undecided_ += later.n_undecided_;
}

Verdict Measurements::verdict() const {
  if (n_failed_ > 0) return Verdict::kFails;
  return n_undecided_ > 0 || count_ == 0 ? Verdict::kUndecided : Verdict::kHolds;
}

}  // namespace saddlescope::analysis
