// A claim: one statement of the theory, measured.
//
// Running a claim evaluates both sides of its formula on a sweep of cases and records
//
//   ratio = |left - right| / tolerance
//
// where the tolerance is derived for each case from eps, the number of roundings and the norms (and
// condition numbers) of the operands. The verdict has three values: a claim holds if every ratio is
// at most 1; it fails if one is not; it is undecided if none fails but some case could not be
// judged.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

enum class Verdict { kHolds, kFails, kUndecided };
[[nodiscard]] std::string name(Verdict verdict);

struct ClaimContext {
  int seeds = 1;                 // >= 1: seeds first_seed .. first_seed + seeds - 1
  std::uint64_t first_seed = 0;  // of the data, the weights and the draw of the sweep
  bool quick = false;            // a thinned sweep
  // Called after each case with the number done and the total, from any thread.
  std::function<void(Index, Index)> progress = {};
};

// Where and by how much both sides differed most: the quantity, and all that rebuilds the case.
struct Witness {
  std::string quantity;
  double error = 0;      // absolute
  double tolerance = 0;  // same units
  double ratio = 0;      // error / tolerance; infinite when the error is NaN or the tolerance 0
  nlohmann::ordered_json recipe;
};

// What the cases of a claim reported so far. Merging in case order gives the same result for any
// number of threads.
class Measurements {
 public:
  // |left - right| <= tolerance is expected; error >= 0, tolerance >= 0. A zero tolerance asks for
  // exact equality.
  void add(std::string_view quantity, double error, double tolerance);
  // One quantity of the case is too small to be seen; a claim that saw nothing else is undecided.
  void unresolved() { ++n_unresolved_; }
  // The case cannot be judged.
  void undecided(std::string_view reason);

  void set_recipe(const nlohmann::ordered_json& recipe);  // of the witness and the reason
  void merge(const Measurements& later);

  [[nodiscard]] const Witness& worst() const { return worst_; }
  [[nodiscard]] Index count() const { return count_; }
  [[nodiscard]] Index n_failed() const { return n_failed_; }
  [[nodiscard]] Index n_unresolved() const { return n_unresolved_; }
  [[nodiscard]] Index n_undecided() const { return n_undecided_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }  // the first one
  [[nodiscard]] Verdict verdict() const;

 private:
  Witness worst_;
  Index count_ = 0, n_failed_ = 0, n_unresolved_ = 0, n_undecided_ = 0;
  std::string reason_;
};

struct ClaimResult {
  Measurements measurements;
  Verdict verdict = Verdict::kUndecided;
  std::string reason;  // why the verdict is not "holds"
  Index n_cases = 0;
  double seconds = 0;
};

struct Claim {
  std::string id;         // kebab-case
  std::string statement;  // one sentence with the formula
  std::string source;     // where it is proved
  std::string sweep;      // what is varied
  std::string tolerance;  // and the reason for it
  std::function<ClaimResult(const ClaimContext&)> run = {};
};

}  // namespace saddlescope::analysis
