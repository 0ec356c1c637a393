#include "sweep_file.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "sweep_reader.hpp"

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::apps {
namespace {

using analysis::OptionField;
using Texts = std::vector<std::string>;

class Reader {
 public:
  Reader(const std::filesystem::path& file, const std::vector<Verb>& verbs)
      : options_(file), verbs_(verbs) {}

  SweepFile read(const toml::table& root) {
    find_verb(root);
    for (const auto& [key, node] : in_order(root)) {
      if (key == "verb" || key == "seeds") continue;
      if (key == "fixed") {
        read_fixed(options_.table_of(key, *node));
      } else if (key == "grid") {
        for (const auto& [name, value] : in_order(options_.table_of(key, *node)))
          sweep_.grid.axes.push_back({{name}, points_of(name, *value)});
      } else if (key == "zip") {
        read_zip(*node);
      } else if (key != "exclude" && key != "plot") {
        options_.refuse_unknown(*node, key,
                                {"verb", "seeds", "fixed", "grid", "zip", "exclude", "plot"}, "");
      }
    }
    if (const toml::node* seeds = root.get("seeds")) read_seeds(*seeds);
    require(!sweep_.grid.axes.empty(),
            "{}: expected something to sweep, found neither [grid], [zip] nor seeds",
            options_.file().string());
    require_count();
    if (const toml::node* exclude = root.get("exclude")) read_exclusions(*exclude);
    if (const toml::node* plot = root.get("plot")) read_plot(options_.table_of("plot", *plot));
    return std::move(sweep_);
  }

 private:
  void find_verb(const toml::table& root) {
    const toml::node* node = root.get("verb");
    require(node != nullptr, "{}: verb: expected the name of a verb, found none",
            options_.file().string());
    if (!node->is_string()) options_.refuse(*node, "verb", "expected the name of a verb in quotes");
    sweep_.verb_name = node->as_string()->get();
    Texts names;
    for (const Verb& verb : verbs_) {
      if (!verb.instance) continue;
      names.push_back(apps::verb_name(verb));
      if (names.back() == sweep_.verb_name) sweep_.verb = &verb;
    }
    if (sweep_.verb == nullptr)
      options_.refuse(
          *node, "verb",
          fmt::format("expected one of {}; got '{}', the nearest is '{}'", fmt::join(names, ", "),
                      sweep_.verb_name, nearest_name(names, sweep_.verb_name)));
    options_.set_verb(sweep_.verb_name, sweep_.verb->instance());
  }

  void require_count() const {
    constexpr double kMost = 1e6;
    double count = 1;
    for (const analysis::SweepAxis& axis : sweep_.grid.axes)
      count *= static_cast<double>(axis.points.size());
    require(count <= kMost, "{}: expected at most {} jobs, found {}", options_.file().string(),
            kMost, count);
  }

  // The points of an axis of one option.
  std::vector<std::vector<Texts>> points_of(const std::string& name, const toml::node& node) {
    std::vector<std::vector<Texts>> points;
    for (Texts& value : options_.values_of(name, node)) points.push_back({std::move(value)});
    return points;
  }

  void read_fixed(const toml::table& table) {
    for (const auto& [name, value] : in_order(table)) {
      const OptionField& option = options_.new_field(name, *value);
      sweep_.fixed.push_back({name, options_.value_of(option, *value)});
    }
  }

  void read_zip(const toml::node& node) {
    analysis::SweepAxis axis;
    for (const auto& [name, value] : in_order(options_.table_of("zip", node))) {
      const auto points = points_of(name, *value);
      if (axis.names.empty()) axis.points.resize(points.size());
      if (points.size() != axis.points.size())
        options_.refuse(*value, name,
                        fmt::format("expected {} values as in {}, found {}", axis.points.size(),
                                    axis.names.front(), points.size()));
      axis.names.push_back(name);
      for (std::size_t i = 0; i < points.size(); ++i) axis.points[i].push_back(points[i].front());
    }
    if (axis.names.empty()) options_.refuse(node, "zip", "expected lists of values, found none");
    sweep_.grid.axes.push_back(std::move(axis));
  }

  void read_seeds(const toml::node& node) {
    analysis::SweepAxis axis{{"seed"}, {}};
    if (const auto* number = node.as_integer()) {
      constexpr std::int64_t kMost = 1000000;
      if (number->get() < 1 || number->get() > kMost)
        options_.refuse(
            node, "seeds",
            fmt::format("expected 1 .. {} of them or a list, found {}", kMost, number->get()));
      static_cast<void>(options_.new_field("seed", node));
      for (std::int64_t seed = 1; seed <= number->get(); ++seed)
        axis.points.push_back({{std::to_string(seed)}});
    } else if (node.is_array()) {
      axis.points = points_of("seed", node);
    } else {
      options_.refuse(node, "seeds", "expected how many, or a list of them");
    }
    sweep_.grid.axes.push_back(std::move(axis));
  }

  void read_plot(const toml::table& table) {
    analysis::SweepPlot plot;
    const auto column = [&](const toml::node& one) {
      std::string name = options_.text_of("y", one);
      if (name.empty()) options_.refuse(one, "y", "expected the name of a column, found \"\"");
      return name;
    };
    for (const auto& [key, value] : in_order(table)) {
      if (key == "x") {
        plot.x = options_.text_of(key, *value);
        if (const Texts swept = sweep_.grid.names();
            std::find(swept.begin(), swept.end(), plot.x) == swept.end())
          options_.refuse(*value, key,
                          fmt::format("expected one of the swept options {}, found '{}'",
                                      fmt::join(swept, ", "), plot.x));
      } else if (key == "y") {
        const toml::array* figures = value->as_array();
        if (figures == nullptr) {
          plot.y.push_back({column(*value)});
        } else {
          for (const toml::node& one : *figures) {
            plot.y.emplace_back();
            const toml::array* together = one.as_array();
            if (together == nullptr) {
              plot.y.back().push_back(column(one));
            } else {
              for (const toml::node& name : *together) plot.y.back().push_back(column(name));
              if (constexpr std::size_t kMost = 4; together->empty() || together->size() > kMost)
                options_.refuse(one, key,
                                fmt::format("expected 1 .. {} columns in one figure, found {}",
                                            kMost, together->size()));
            }
          }
        }
      } else {
        options_.refuse_unknown(*value, key, {"x", "y"}, " key of [plot]");
      }
    }
    if (plot.x.empty() || plot.y.empty()) options_.refuse(table, "plot", "expected x and y");
    for (const analysis::SweepAxis& axis : sweep_.grid.axes)
      if (std::find(axis.names.begin(), axis.names.end(), plot.x) != axis.names.end())
        std::copy_if(axis.names.begin(), axis.names.end(), std::back_inserter(plot.along),
                     [&](const std::string& name) { return name != plot.x; });
    sweep_.plot = std::move(plot);
  }

  void read_exclusions(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr)
      options_.refuse(node, "exclude", "expected tables, each written as [[exclude]]");
    for (const toml::node& entry : *list) {
      analysis::SweepExclusion exclusion;
      for (const auto& [name, value] : in_order(options_.table_of("exclude", entry)))
        exclusion.conditions.push_back(condition(name, *value));
      if (exclusion.conditions.empty())
        options_.refuse(entry, "exclude",
                        "expected conditions, found none: it would drop every job");
      if (!analysis::drops_something(sweep_.grid, exclusion))
        sweep_.remarks.push_back(fmt::format("{}, line {}: exclude: drops no job",
                                             options_.file().string(), options_.line_of(entry)));
      sweep_.grid.exclusions.push_back(std::move(exclusion));
    }
  }

  analysis::SweepCondition condition(const std::string& name, const toml::node& node) const {
    const Texts swept = sweep_.grid.names();
    if (std::find(swept.begin(), swept.end(), name) == swept.end())
      options_.refuse_unknown(node, name, swept, " among the swept options");
    const OptionField& option = options_.field(name, node);
    analysis::SweepCondition out;
    out.name = name;
    if (const toml::table* bounds = node.as_table()) {
      for (const auto& [key, value] : in_order(*bounds)) {
        if (key != "at-least" && key != "at-most")
          options_.refuse_unknown(*value, name + "." + key, {"at-least", "at-most"}, " bound");
        (key == "at-least" ? out.at_least : out.at_most) = value->value<double>();
        if (!value->is_number()) options_.refuse(*value, name + "." + key, "expected a number");
      }
      if (bounds->empty())
        options_.refuse(node, name, "expected at-least or at-most, found neither");
    } else if (const toml::array* list = node.as_array()) {
      if (list->empty()) options_.refuse(node, name, "expected at least one value, found []");
      for (const toml::node& one : *list)
        out.values.push_back(analysis::SweepSetting{name, options_.value_of(option, one)}.text());
    } else {
      out.values.push_back(analysis::SweepSetting{name, options_.value_of(option, node)}.text());
    }
    return out;
  }

  OptionReader options_;
  const std::vector<Verb>& verbs_;
  SweepFile sweep_;
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

}  // namespace saddlescope::apps
