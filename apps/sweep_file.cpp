#include "sweep_file.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "toml_text.hpp"

#include "saddlescope/analysis/nearest_name.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::apps {
namespace {

using analysis::OptionField;
using Texts = std::vector<std::string>;

const OptionField* field_of(const analysis::OptionTable& table, const std::string& name) {
  const auto& fields = table.fields();
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const OptionField& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

bool is_whole(const OptionField& field) {
  return std::visit(
      [](auto* target) {
        using T = std::remove_reference_t<decltype(*target)>;
        return std::is_same_v<T, int> || std::is_same_v<T, Index> ||
               std::is_same_v<T, std::uint64_t> || std::is_same_v<T, std::optional<Index>> ||
               std::is_same_v<T, std::optional<std::vector<Index>>>;
      },
      field.target);
}

std::string number_text(double value, bool whole) {
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

// Tables of toml++ are sorted by key; here they are in the order of the file.
std::vector<std::pair<std::string, const toml::node*>> in_order(const toml::table& table) {
  std::vector<std::pair<std::string, const toml::node*>> entries;
  for (const auto& [key, value] : table) entries.emplace_back(std::string(key.str()), &value);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const auto &p = a.second->source().begin, &q = b.second->source().begin;
    return std::pair(p.line, p.column) < std::pair(q.line, q.column);
  });
  return entries;
}

class Reader {
 public:
  Reader(std::filesystem::path file, const std::vector<Verb>& verbs)
      : file_(std::move(file)), verbs_(verbs) {}

  SweepFile read(const toml::table& root) {
    find_verb(root);
    for (const auto& [key, node] : in_order(root)) {
      if (key == "verb" || key == "seeds") continue;
      if (key == "fixed") {
        read_fixed(table_of(key, *node));
      } else if (key == "grid") {
        for (const auto& [name, value] : in_order(table_of(key, *node)))
          sweep_.grid.axes.push_back({{name}, points_of(name, *value)});
      } else if (key == "zip") {
        read_zip(*node);
      } else if (key != "exclude") {
        refuse_unknown(*node, key, {"verb", "seeds", "fixed", "grid", "zip", "exclude"}, "");
      }
    }
    if (const toml::node* seeds = root.get("seeds")) read_seeds(*seeds);
    require(!sweep_.grid.axes.empty(),
            "{}: expected something to sweep, found neither [grid], [zip] nor seeds",
            file_.string());
    if (const toml::node* exclude = root.get("exclude")) read_exclusions(*exclude);
    return std::move(sweep_);
  }

 private:
  [[noreturn]] void refuse(const toml::node& at, const std::string& key,
                           const std::string& text) const {
    throw std::invalid_argument(
        fmt::format("{}, line {}: {}: {}", file_.string(), at.source().begin.line, key, text));
  }
  [[noreturn]] void refuse_unknown(const toml::node& at, const std::string& key, const Texts& known,
                                   const std::string& whose) const {
    refuse(at, key,
           fmt::format("unknown{}; the nearest known one is '{}'", whose,
                       analysis::nearest_name(known, key)));
  }
  const toml::table& table_of(const std::string& key, const toml::node& node) const {
    if (!node.is_table()) refuse(node, key, "expected a table, found a single value or a list");
    return *node.as_table();
  }

  void find_verb(const toml::table& root) {
    const toml::node* node = root.get("verb");
    require(node != nullptr, "{}: verb: expected the name of a verb, found none", file_.string());
    if (!node->is_string()) refuse(*node, "verb", "expected the name of a verb in quotes");
    sweep_.verb_name = node->as_string()->get();
    Texts names;
    for (const Verb& verb : verbs_) {
      if (!verb.instance) continue;
      names.push_back(apps::verb_name(verb));
      if (names.back() == sweep_.verb_name) sweep_.verb = &verb;
    }
    if (sweep_.verb == nullptr)
      refuse(
          *node, "verb",
          fmt::format("expected one of {}; got '{}', the nearest is '{}'", fmt::join(names, ", "),
                      sweep_.verb_name, analysis::nearest_name(names, sweep_.verb_name)));
    probe_ = sweep_.verb->instance();
  }

  // The field of an option; each may be given once, but in exclusions.
  const OptionField& field(const std::string& name, const toml::node& at) const {
    const OptionField* found = field_of(probe_.table, name);
    if (found == nullptr) {
      Texts known;
      for (const OptionField& one : probe_.table.fields()) known.push_back(one.name);
      refuse_unknown(at, name, known, " option of " + sweep_.verb_name);
    }
    if (name == "out" || name == "no-figures" || name == "resume")
      refuse(at, name, "expected options that say what to compute; a sweep sets this one itself");
    return *found;
  }
  const OptionField& new_field(const std::string& name, const toml::node& at) {
    const OptionField& found = field(name, at);
    if (!given_.insert(name).second) refuse(at, name, "given a second time");
    return found;
  }

  std::string text_of(const std::string& name, const toml::node& value) const {
    const std::optional<std::string> text = flag_text(value);
    if (!text) refuse(value, name, "expected a text, a number, true or false");
    return *text;
  }
  // The texts of one value of an option, which the option takes.
  Texts value_of(const OptionField& option, const toml::node& value) const {
    Texts texts;
    if (const toml::array* list = value.as_array()) {
      if (list->empty()) refuse(value, option.name, "expected at least one value, found []");
      for (const toml::node& one : *list) texts.push_back(text_of(option.name, one));
    } else {
      texts.push_back(text_of(option.name, value));
    }
    try {
      option.assign(texts);
    } catch (const std::invalid_argument& error) {
      std::string text = error.what();
      if (const std::string prefix = "--" + option.name + ": "; text.starts_with(prefix))
        text = text.substr(prefix.size());
      refuse(value, option.name, text);
    }
    return texts;
  }

  // {linear = [first, last, n]}, {log = ..}, {powers-of-two = [first, last]}
  std::vector<double> range_of(const OptionField& option, const toml::table& table) const {
    const Texts known = {"linear", "log", "powers-of-two"};
    if (table.size() != 1)
      refuse(table, option.name,
             fmt::format("expected a range with one key of {}", fmt::join(known, ", ")));
    const std::string kind(table.begin()->first.str());
    if (std::find(known.begin(), known.end(), kind) == known.end())
      refuse_unknown(table, option.name + "." + kind, known, " range");
    const bool powers = kind == "powers-of-two";
    std::vector<double> numbers;
    if (const toml::array* list = table.begin()->second.as_array())
      for (const toml::node& one : *list)
        if (const auto number = one.value<double>()) numbers.push_back(*number);
    const std::size_t expected = powers ? 2 : 3;
    const auto count = numbers.size() == 3 ? static_cast<Index>(numbers[2]) : 0;
    if (numbers.size() != expected || (!powers && static_cast<double>(count) != numbers[2]))
      refuse(table, option.name,
             powers ? "expected powers-of-two = [first, last]"
                    : fmt::format("expected {} = [first, last, how many]", kind));
    try {
      if (powers) return analysis::powers_of_two(numbers[0], numbers[1]);
      return (kind == "log" ? analysis::log_range : analysis::linear_range)(
          numbers[0], numbers[1], count, is_whole(option));
    } catch (const std::invalid_argument& error) {
      refuse(table, option.name, error.what());
    }
  }

  std::vector<std::vector<Texts>> points_of(const std::string& name, const toml::node& node) {
    const OptionField& option = new_field(name, node);
    std::vector<std::vector<Texts>> points;
    if (const toml::table* range = node.as_table()) {
      for (const double value : range_of(option, *range)) {
        const Texts texts = {number_text(value, is_whole(option))};
        option.assign(texts);
        points.push_back({texts});
      }
      return points;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr)
      refuse(node, name, "expected a list of values or a range; one value belongs into [fixed]");
    if (list->empty()) refuse(node, name, "expected at least one value, found []");
    for (const toml::node& value : *list) points.push_back({value_of(option, value)});
    return points;
  }

  void read_fixed(const toml::table& table) {
    for (const auto& [name, value] : in_order(table)) {
      const OptionField& option = new_field(name, *value);
      sweep_.fixed.push_back({name, value_of(option, *value)});
    }
  }

  void read_zip(const toml::node& node) {
    analysis::SweepAxis axis;
    for (const auto& [name, value] : in_order(table_of("zip", node))) {
      const auto points = points_of(name, *value);
      if (axis.names.empty()) axis.points.resize(points.size());
      if (points.size() != axis.points.size())
        refuse(*value, name,
               fmt::format("expected {} values as in {}, found {}", axis.points.size(),
                           axis.names.front(), points.size()));
      axis.names.push_back(name);
      for (std::size_t i = 0; i < points.size(); ++i) axis.points[i].push_back(points[i].front());
    }
    if (axis.names.empty()) refuse(node, "zip", "expected lists of values, found none");
    sweep_.grid.axes.push_back(std::move(axis));
  }

  void read_seeds(const toml::node& node) {
    analysis::SweepAxis axis{{"seed"}, {}};
    if (const auto* number = node.as_integer()) {
      constexpr std::int64_t kMost = 1000000;
      if (number->get() < 1 || number->get() > kMost)
        refuse(node, "seeds",
               fmt::format("expected 1 .. {} of them or a list, found {}", kMost, number->get()));
      static_cast<void>(new_field("seed", node));
      for (std::int64_t seed = 1; seed <= number->get(); ++seed)
        axis.points.push_back({{std::to_string(seed)}});
    } else if (node.is_array()) {
      axis.points = points_of("seed", node);
    } else {
      refuse(node, "seeds", "expected how many, or a list of them");
    }
    sweep_.grid.axes.push_back(std::move(axis));
  }

  void read_exclusions(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr) refuse(node, "exclude", "expected tables, each written as [[exclude]]");
    for (const toml::node& entry : *list) {
      analysis::SweepExclusion exclusion;
      for (const auto& [name, value] : in_order(table_of("exclude", entry)))
        exclusion.conditions.push_back(condition(name, *value));
      if (exclusion.conditions.empty())
        refuse(entry, "exclude", "expected conditions, found none: it would drop every job");
      sweep_.grid.exclusions.push_back(std::move(exclusion));
    }
  }

  analysis::SweepCondition condition(const std::string& name, const toml::node& node) const {
    const Texts swept = sweep_.grid.names();
    if (std::find(swept.begin(), swept.end(), name) == swept.end())
      refuse_unknown(node, name, swept, " among the swept options");
    const OptionField& option = field(name, node);
    analysis::SweepCondition out;
    out.name = name;
    if (const toml::table* bounds = node.as_table()) {
      for (const auto& [key, value] : in_order(*bounds)) {
        if (key != "at-least" && key != "at-most")
          refuse_unknown(*value, name + "." + key, {"at-least", "at-most"}, " bound");
        (key == "at-least" ? out.at_least : out.at_most) = value->value<double>();
        if (!value->is_number()) refuse(*value, name + "." + key, "expected a number");
      }
      if (bounds->empty()) refuse(node, name, "expected at-least or at-most, found neither");
    } else if (const toml::array* list = node.as_array()) {
      if (list->empty()) refuse(node, name, "expected at least one value, found []");
      for (const toml::node& one : *list)
        out.values.push_back(analysis::SweepSetting{name, value_of(option, one)}.text());
    } else {
      out.values.push_back(analysis::SweepSetting{name, value_of(option, node)}.text());
    }
    return out;
  }

  std::filesystem::path file_;
  const std::vector<Verb>& verbs_;
  SweepFile sweep_;
  VerbInstance probe_;
  std::set<std::string> given_;
};

}  // namespace

SweepFile read_sweep_file(const std::filesystem::path& file, const std::vector<Verb>& verbs) {
  const std::string text = read_text(file);
  try {
    return Reader(file, verbs).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    throw std::invalid_argument(fmt::format("{}, line {}: not TOML: {}", file.string(),
                                            error.source().begin.line, error.description()));
  }
}

VerbInstance instance_of(const SweepFile& sweep,
                         const std::vector<analysis::SweepSetting>& settings) {
  VerbInstance instance = sweep.verb->instance();
  for (const auto* list : {&sweep.fixed, &settings})
    for (const analysis::SweepSetting& one : *list)
      field_of(instance.table, one.name)->assign(one.texts);
  return instance;
}

std::vector<analysis::SweepJob> sweep_jobs(const std::filesystem::path& file,
                                           const SweepFile& sweep) {
  constexpr double kMost = 1e6;
  double count = 1;
  for (const analysis::SweepAxis& axis : sweep.grid.axes)
    count *= static_cast<double>(axis.points.size());
  require(count <= kMost, "{}: expected at most {} jobs, found {}", file.string(), kMost, count);
  std::vector<analysis::SweepJob> jobs;
  std::map<std::string, std::string> known;
  for (auto& settings : settings_of(sweep.grid)) {
    analysis::SweepJob job;
    job.number = jobs.size() + 1;
    job.settings = std::move(settings);
    try {
      job.config = instance_of(sweep, job.settings).effective();
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: job {} ({}): {}", file.string(), job.number,
                                              settings_text(job.settings), error.what()));
    }
    job.inputs = analysis::input_files(job.config, known);
    job.address = analysis::address_of(sweep.verb_name, job.config, job.inputs);
    jobs.push_back(std::move(job));
  }
  require(!jobs.empty(), "{}: expected at least one job, found that [[exclude]] drops all",
          file.string());
  return jobs;
}

}  // namespace saddlescope::apps
