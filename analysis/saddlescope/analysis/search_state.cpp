#include "saddlescope/analysis/search_state.hpp"

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kNumbers = 14;
constexpr int kLastEnd = static_cast<int>(SearchEnd::kNotComputable);

Vector numbers_of(const SearchRecord& record) {
  const CriticalPointSearch& s = record.search;
  Vector row(kNumbers);
  row << static_cast<double>(record.start), record.scale, static_cast<double>(s.end), s.value,
      s.gradient_norm, s.gradient_bound, s.hessian_norm, s.flatness,
      static_cast<double>(s.n_negative), s.iterations, s.polishing, static_cast<double>(s.products),
      static_cast<double>(s.evaluations), s.summary.ok() ? 1 : 0;
  return row;
}

SearchRecord record_of(const Vector& row, const Vector& theta) {
  SearchRecord record;
  record.start = static_cast<Index>(row[0]);
  record.scale = row[1];
  CriticalPointSearch& s = record.search;
  s.end = static_cast<SearchEnd>(static_cast<int>(row[2]));
  s.theta = theta;
  s.value = row[3];
  s.gradient_norm = row[4];
  s.gradient_bound = row[5];
  s.hessian_norm = row[6];
  s.flatness = row[7];
  s.n_negative = static_cast<Index>(row[8]);
  s.iterations = static_cast<int>(row[9]);
  s.polishing = static_cast<int>(row[10]);
  s.products = static_cast<Index>(row[11]);
  s.evaluations = static_cast<Index>(row[12]);
  if (row[13] == 0) s.summary = {Status::kNotConverged, name(s.end)};
  return record;
}

}  // namespace

void write_search_state(const std::filesystem::path& file, const std::string& config,
                        const std::vector<ObjectiveSearch>& searches) {
  Hdf5Writer writer(file);
  writer.attribute("/", "kind", "saddlescope search state");
  writer.attribute("/", "config", config);
  for (const ObjectiveSearch& search : searches) {
    const auto n = static_cast<Index>(search.records.size());
    if (n == 0) continue;
    Matrix numbers(n, kNumbers);
    Matrix theta(n, search.records.front().search.theta.size());
    for (Index i = 0; i < n; ++i) {
      const SearchRecord& record = search.records[static_cast<std::size_t>(i)];
      numbers.row(i) = numbers_of(record);
      theta.row(i) = record.search.theta;
    }
    writer.matrix("/" + search.objective + "/numbers", numbers);
    writer.matrix("/" + search.objective + "/theta", theta);
  }
  writer.commit();
}

std::vector<ObjectiveSearch> read_search_state(const std::filesystem::path& file,
                                               const std::string& config,
                                               const std::vector<std::string>& objectives,
                                               Index dim) {
  std::vector<ObjectiveSearch> searches;
  searches.reserve(objectives.size());
  for (const std::string& objective : objectives) searches.push_back({objective, {}, 0});
  if (!std::filesystem::exists(file)) return searches;
  const Hdf5Reader reader(file);
  const auto found = reader.text("/", "config");
  require(found.has_value(), "{}: expected the state of a search, found no config", file.string());
  require(*found == config,
          "{}: holds a search with other options or data; expected {}, found {}; continue with "
          "those, or choose another --out",
          file.string(), config, *found);
  for (ObjectiveSearch& search : searches) {
    if (!reader.exists("/" + search.objective + "/numbers")) continue;
    const Matrix numbers = reader.matrix("/" + search.objective + "/numbers");
    const Matrix theta = reader.matrix("/" + search.objective + "/theta");
    require(numbers.cols() == kNumbers && theta.cols() == dim && theta.rows() == numbers.rows(),
            "{}: /{}: expected {} numbers and {} parameters a start, found {} x {} and {} x {}",
            file.string(), search.objective, kNumbers, dim, numbers.rows(), numbers.cols(),
            theta.rows(), theta.cols());
    for (Index i = 0; i < numbers.rows(); ++i) {
      require(numbers(i, 0) == static_cast<double>(i) && numbers(i, 2) >= 0 &&
                  numbers(i, 2) <= kLastEnd,
              "{}: /{}/numbers: row {} is not that of start {}", file.string(), search.objective, i,
              i);
      search.records.push_back(record_of(numbers.row(i), theta.row(i)));
    }
  }
  return searches;
}

}  // namespace saddlescope::analysis
