// A verb's options as a table of fields, described once: the same table makes the command-line
// flags, reads the keys of a config file, and writes the canonical JSON that results carry and
// that sweeps hash.
//
// An Options struct has one function that lists its members,
//
//   OptionTable describe(SpectrumOptions& options) {
//     OptionTable table;
//     table.add("lambda", &options.lambda, "output precision, > 0 [1]");
//     ...
//   }
//
// and everything else follows. The table points into the struct, which must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "saddlescope/base/types.hpp"

namespace saddlescope::analysis {

// Lists are written with commas; an empty list of integers is written `none`. An std::optional that
// was not given stays empty and is left out of the JSON.
using OptionTarget =
    std::variant<bool*, int*, Index*, std::uint64_t*, double*, std::string*,
                 std::vector<std::string>*, std::vector<double>*, std::optional<bool>*,
                 std::optional<Index>*, std::optional<double>*, std::optional<std::string>*,
                 std::optional<std::vector<double>>*, std::optional<std::vector<Index>>*>;

// Whether a field can change a computed number. Those that cannot (folder, threads) stay out of the
// canonical JSON, so that equal numbers have equal configs.
enum class OptionRole { kNumbers, kRun };

struct OptionField {
  std::string name;  // long flag without dashes, and config key
  std::string help;  // what, unit, range, default
  OptionTarget target;
  OptionRole role = OptionRole::kNumbers;

  // A bare flag, which takes no value on the command line.
  [[nodiscard]] bool is_switch() const;
  // Reads one value, or the elements of a list (each may itself hold several, with commas). Throws
  // std::invalid_argument naming the field, what it takes and what it got.
  void assign(const std::vector<std::string>& texts) const;
};

class OptionTable {
 public:
  void add(std::string name, OptionTarget target, std::string help,
           OptionRole role = OptionRole::kNumbers) {
    fields_.push_back({std::move(name), std::move(help), target, role});
  }
  [[nodiscard]] const std::vector<OptionField>& fields() const { return fields_; }

  // {name: value} of every field of role kNumbers, in the order of the table.
  [[nodiscard]] nlohmann::ordered_json to_json() const;

 private:
  std::vector<OptionField> fields_;
};

}  // namespace saddlescope::analysis
