#include "saddlescope/data/csv_data.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

// The whole cell as a number; NaN and infinities count as numbers here.
std::optional<double> parse_number(const std::string& cell) {
  const char* first = cell.data();
  const char* last = first + cell.size();
  if (first != last && *first == '+') ++first;
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last || first == last) return std::nullopt;
  return value;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// label, class, target, y, y3, y_3
bool names_target(const std::string& header) {
  const std::string name = lower(header);
  if (name == "label" || name == "class" || name == "target") return true;
  if (name.empty() || name[0] != 'y') return false;
  const std::size_t digits = name.size() > 1 && name[1] == '_' ? 2 : 1;
  return name == "y" || (digits < name.size() &&
                         name.find_first_not_of("0123456789", digits) == std::string::npos);
}

struct CsvData {
  std::string file;
  CsvTable table;

  [[nodiscard]] std::size_t width() const { return table.rows.front().size(); }
  [[nodiscard]] std::string column_name(std::size_t j) const {
    return table.header.empty() ? fmt::format("column {}", j + 1)
                                : fmt::format("column {} ({})", j + 1, table.header[j]);
  }
  [[nodiscard]] double number(std::size_t i, std::size_t j) const {
    const std::string& cell = table.rows[i][j];
    const std::optional<double> value = parse_number(cell);
    require(value && std::isfinite(*value), "{}: line {}, {}: expected a finite number, found {}",
            file, table.lines[i], column_name(j),
            cell.empty() ? "an empty cell" : fmt::format("'{}'", cell));
    return *value;
  }
  [[nodiscard]] Matrix columns(const std::vector<std::size_t>& which) const {
    Matrix out(static_cast<Index>(which.size()), static_cast<Index>(table.rows.size()));
    for (Index i = 0; i < out.cols(); ++i)
      for (Index k = 0; k < out.rows(); ++k)
        out(k, i) = number(static_cast<std::size_t>(i), which[static_cast<std::size_t>(k)]);
    return out;
  }
};

bool has_header(const CsvTable& table) {
  const std::vector<std::string>& first = table.rows.front();
  const auto is_number = [](const std::string& cell) { return parse_number(cell).has_value(); };
  const auto numbers = std::count_if(first.begin(), first.end(), is_number);
  if (numbers == static_cast<std::ptrdiff_t>(first.size())) return false;
  if (numbers == 0 || table.rows.size() < 2) return true;
  for (std::size_t j = 0; j < first.size(); ++j) {
    const std::string& below = table.rows[1][j];
    if (!is_number(first[j]) && (first[j].empty() || below.empty() || is_number(below)))
      return true;
  }
  return false;
}

CsvData read(const std::filesystem::path& file) {
  CsvData data{file.string(), read_csv(file, false)};
  CsvTable& table = data.table;
  if (!has_header(table)) return data;
  table.header = table.rows.front();
  table.rows.erase(table.rows.begin());
  table.lines.erase(table.lines.begin());
  require(!table.rows.empty(), "{}: expected rows below the header, found none", data.file);
  // numpy.savetxt marks its header as a comment.
  std::string& first = table.header.front();
  if (!first.empty() && first[0] == '#') first.erase(0, first.find_first_not_of("# "));
  return data;
}

std::vector<std::size_t> find_targets(const CsvData& data,
                                      const std::vector<std::string>& targets) {
  const std::vector<std::string>& header = data.table.header;
  std::vector<std::size_t> found;
  for (const std::string& target : targets) {
    const auto named = std::find(header.begin(), header.end(), target);
    std::size_t column = static_cast<std::size_t>(named - header.begin());
    if (named == header.end()) {
      const std::optional<double> number = parse_number(target);
      const bool valid = number && *number == std::floor(*number) && *number >= 1 &&
                         *number <= static_cast<double>(data.width());
      require(valid, "{}: target column: expected {} or a number 1 .. {}, got '{}'", data.file,
              header.empty() ? "no name, as there is no header,"
                             : fmt::format("one of {}", fmt::join(header, ", ")),
              data.width(), target);
      column = static_cast<std::size_t>(*number) - 1;
    }
    require(std::find(found.begin(), found.end(), column) == found.end(),
            "{}: target columns: expected each once, got '{}' twice", data.file, target);
    found.push_back(column);
  }
  for (std::size_t j = 0; targets.empty() && j < header.size(); ++j)
    if (names_target(header[j])) found.push_back(j);
  if (found.empty()) found.push_back(data.width() - 1);
  return found;
}

// A text, and no number, in every row.
bool are_class_names(const CsvData& data, std::size_t column) {
  return std::all_of(data.table.rows.begin(), data.table.rows.end(), [&](const auto& row) {
    return !row[column].empty() && !parse_number(row[column]);
  });
}

// Largest label taken for one without being told: more classes need the option.
constexpr double kLargestLabel = 99;

bool are_labels(const CsvData& data, const std::vector<std::size_t>& targets,
                const Matrix& values) {
  if (targets.size() != 1) return false;
  if (!data.table.header.empty()) {
    const std::string name = lower(data.table.header[targets[0]]);
    return name == "label" || name == "class";
  }
  return (values.array() == values.array().floor()).all() && values.minCoeff() >= 0 &&
         values.maxCoeff() <= kLargestLabel;
}

Matrix labels_one_hot(const CsvData& data, std::size_t column, const Matrix& values,
                      Index classes) {
  const double limit = classes > 0 ? static_cast<double>(classes - 1) : kLargestLabel;
  std::vector<Index> labels;
  for (Index i = 0; i < values.cols(); ++i) {
    const double label = values(0, i);
    require(label == std::floor(label) && label >= 0 && label <= limit,
            "{}: line {}, {}: expected a label 0 .. {}, found {}", data.file,
            data.table.lines[static_cast<std::size_t>(i)], data.column_name(column), limit, label);
    labels.push_back(static_cast<Index>(label));
  }
  const Index largest = *std::max_element(labels.begin(), labels.end());
  return one_hot(labels, classes > 0 ? classes : largest + 1, data.file);
}

// "iris.csv (classes setosa, versicolor, virginica)"
std::string name_with_classes(const std::string& name, const std::vector<std::string>& classes) {
  constexpr std::size_t kShown = 20;
  const std::size_t shown = std::min(classes.size(), kShown);
  return fmt::format(
      "{} (classes {}{})", name,
      fmt::join(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < classes.size() ? fmt::format(", .. of {}", classes.size()) : "");
}

// One-hot by the sorted names, which are added to out.name.
void take_class_names(const CsvData& data, std::size_t column, Index n_classes, Dataset& out) {
  std::vector<std::string> classes;
  classes.reserve(data.table.rows.size());
  for (const auto& row : data.table.rows) classes.push_back(row[column]);
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  const auto found = static_cast<Index>(classes.size());
  require(n_classes == 0 || found <= n_classes,
          "{}: {}: expected at most {} classes, found {} names", data.file,
          data.column_name(column), n_classes, found);
  std::vector<Index> labels;
  labels.reserve(data.table.rows.size());
  for (const auto& row : data.table.rows)
    labels.push_back(std::lower_bound(classes.begin(), classes.end(), row[column]) -
                     classes.begin());
  out.y = one_hot(labels, std::max(found, n_classes), data.file);
  out.name = name_with_classes(out.name, classes);
}

}  // namespace

Dataset read_csv_data(const std::filesystem::path& file, const CsvOptions& options) {
  require(options.classes >= 0, "number of classes: expected >= 1 or 0 for automatic, got {}",
          options.classes);
  const CsvData data = read(file);
  const std::vector<std::size_t> targets = find_targets(data, options.targets);
  std::vector<std::size_t> inputs;
  for (std::size_t j = 0; j < data.width(); ++j)
    if (std::find(targets.begin(), targets.end(), j) == targets.end()) inputs.push_back(j);
  require(!inputs.empty(),
          "{}: expected input columns beside the {} target columns, found none (are the columns "
          "separated by commas?)",
          data.file, targets.size());

  Dataset out;
  out.name = file.filename().string();
  out.x = data.columns(inputs);
  if (targets.size() == 1 && are_class_names(data, targets[0])) {
    take_class_names(data, targets[0], options.classes, out);
    return out;
  }
  out.y = data.columns(targets);
  if (are_labels(data, targets, out.y))
    out.y = labels_one_hot(data, targets[0], out.y, options.classes);
  else
    require(options.classes == 0,
            "{}: number of classes: expected a column of labels, found values", data.file);
  return out;
}

}  // namespace saddlescope
