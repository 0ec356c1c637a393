// One option of a sweep file: what TOML says, checked by the verb's own option, with the line of every
// mistake.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "verb.hpp"

namespace saddlescope::apps {

// The entries of a table in the order of the file; those of toml++ are sorted by key.
[[nodiscard]] std::vector<std::pair<std::string, const toml::node*>> in_order(
    const toml::table& table);

// Null: the table has no such field.
[[nodiscard]] const analysis::OptionField* field_of(const analysis::OptionTable& table,
                                                    const std::string& name);

// Every member throws std::invalid_argument "FILE, line N: KEY: expected .., got ..".
class OptionReader {
 public:
  using Texts = std::vector<std::string>;

  explicit OptionReader(std::filesystem::path file) : file_(std::move(file)) {}
  // Before options are read.
  void set_verb(const std::string& name, VerbInstance probe);
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  [[nodiscard]] static long line_of(const toml::node& at) {
    return static_cast<long>(at.source().begin.line);
  }
  [[noreturn]] void refuse(const toml::node& at, const std::string& key,
                           const std::string& text) const;
  // Names the nearest of `known`; `whose` begins with a blank.
  [[noreturn]] void refuse_unknown(const toml::node& at, const std::string& key, const Texts& known,
                                   const std::string& whose) const;
  [[nodiscard]] const toml::table& table_of(const std::string& key, const toml::node& node) const;
  [[nodiscard]] std::string text_of(const std::string& name, const toml::node& value) const;

  [[nodiscard]] const analysis::OptionField& field(const std::string& name,
                                                   const toml::node& at) const;
  // The same for an option that must not have been given before.
  const analysis::OptionField& new_field(const std::string& name, const toml::node& at);
  // The texts of one value, which the option takes.
  [[nodiscard]] Texts value_of(const analysis::OptionField& option, const toml::node& value) const;
  // The values of a list or a range of an option not given before.
  [[nodiscard]] std::vector<Texts> values_of(const std::string& name, const toml::node& node);

 private:
  // Throws naming the line where the option does not take these texts.
  void assign(const analysis::OptionField& option, const Texts& texts, const toml::node& at) const;
  [[nodiscard]] std::vector<double> range_of(const analysis::OptionField& option,
                                             const toml::table& table) const;

  std::filesystem::path file_;
  std::string verb_;
  VerbInstance probe_;
  std::set<std::string> given_;
};

}  // namespace saddlescope::apps
