#include "saddlescope/analysis/search_files.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/saddle/certificate_file.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr SearchEnd kEnds[] = {SearchEnd::kCritical, SearchEnd::kGradientFlat, SearchEnd::kRunaway,
                               SearchEnd::kNotConverged, SearchEnd::kNotComputable};

using Counts = std::map<std::string, Index>;

Counts verdicts(const ObjectiveSearch& search) {
  Counts counts;
  for (const SearchRecord& record : search.records)
    if (record.verdict) ++counts[name(record.verdict->verdict)];
  return counts;
}

Counts ranks(const ObjectiveSearch& search) {
  Counts counts;
  for (const SearchRecord& record : search.records)
    if (record.verdict) ++counts[record.rank < 0 ? "undecided" : std::to_string(record.rank)];
  return counts;
}

Index certificates(const ObjectiveSearch& search) {
  return std::count_if(search.records.begin(), search.records.end(),
                       [](const SearchRecord& record) {
                         return record.verdict && record.verdict->certificate.has_value();
                       });
}

Index global_minima(const ObjectiveSearch& search) {
  return std::count_if(
      search.records.begin(), search.records.end(),
      [](const SearchRecord& record) { return record.verdict && record.verdict->is_global; });
}

CsvTable points_table(const SearchStudyResult& result) {
  CsvTable table;
  table.header = {"objective",
                  "start",
                  "scale",
                  "end",
                  "value",
                  "gradient_norm",
                  "gradient_bound",
                  "hessian_norm",
                  "flatness",
                  "n_negative",
                  "n_zero",
                  "n_positive",
                  "symmetry_nullity",
                  "excess_nullity",
                  "lambda_min",
                  "rank",
                  "verdict",
                  "escape_order",
                  "orbit",
                  "certified",
                  "iterations",
                  "polishing",
                  "products",
                  "evaluations"};
  for (const ObjectiveSearch& search : result.objectives)
    for (const SearchRecord& record : search.records) {
      const CriticalPointSearch& s = record.search;
      std::vector<std::string> row = {search.objective,
                                      std::to_string(record.start),
                                      csv_number(record.scale),
                                      name(s.end),
                                      csv_number(s.value),
                                      csv_number(s.gradient_norm),
                                      csv_number(s.gradient_bound),
                                      csv_number(s.hessian_norm),
                                      csv_number(s.flatness)};
      const auto number = [&](Index n) { row.push_back(n < 0 ? "" : std::to_string(n)); };
      if (record.verdict) {
        const Classification& one = *record.verdict;
        number(one.inertia.n_negative);
        number(one.inertia.n_zero);
        number(one.inertia.n_positive);
        number(one.symmetry_nullity);
        number(one.excess_nullity);
        row.push_back(one.examined() ? csv_number(one.lambda_min) : "");
        number(record.rank);
        row.push_back(name(one.verdict));
        number(one.escape_order > 0 ? one.escape_order : -1);
        number(record.orbit);
        row.emplace_back(one.certificate ? "1" : "0");
      } else {
        row.push_back(s.end == SearchEnd::kNotComputable ? "" : std::to_string(s.n_negative));
        row.insert(row.end(), 10, "");
      }
      row.insert(row.end(), {std::to_string(s.iterations), std::to_string(s.polishing),
                             std::to_string(s.products), std::to_string(s.evaluations)});
      table.rows.push_back(std::move(row));
    }
  return table;
}

void write_points(const fs::path& file, const SearchStudyResult& result,
                  const ReducedProblem<double>& reduced) {
  Hdf5Writer writer(file);
  for (const ObjectiveSearch& search : result.objectives) {
    std::vector<const SearchRecord*> found;
    for (const SearchRecord& record : search.records)
      if (record.verdict) found.push_back(&record);
    const std::string group = "/" + search.objective;
    writer.group(group);
    writer.attribute(group, "starts", static_cast<std::int64_t>(search.records.size()));
    writer.attribute(group, "distinct", static_cast<std::int64_t>(search.n_orbits));
    for (const SearchEnd end : kEnds)
      writer.attribute(group, name(end), static_cast<std::int64_t>(count(search, end)));
    if (found.empty()) continue;
    const auto n = static_cast<Index>(found.size());
    Matrix theta(n, reduced.full().n_parameters());
    Vector start(n), value(n), index(n), rank(n), orbit(n);
    for (Index i = 0; i < n; ++i) {
      const SearchRecord& record = *found[static_cast<std::size_t>(i)];
      theta.row(i) = reduced.lift(record.search.theta).col(0);
      start[i] = static_cast<double>(record.start);
      value[i] = record.search.value;
      index[i] = static_cast<double>(record.verdict->inertia.n_negative);
      rank[i] = static_cast<double>(record.rank);
      orbit[i] = static_cast<double>(record.orbit);
    }
    writer.matrix(group + "/theta", theta);
    writer.vector(group + "/start", start);
    writer.vector(group + "/value", value);
    writer.vector(group + "/n_negative", index);
    writer.vector(group + "/rank", rank);
    writer.vector(group + "/orbit", orbit);
  }
  writer.commit();
}

Index write_proofs(const fs::path& file, const SearchStudyResult& result) {
  CertificateCollection collection;
  for (const ObjectiveSearch& search : result.objectives)
    for (const SearchRecord& record : search.records)
      if (record.verdict && record.verdict->certificate)
        collection.add(*record.verdict->certificate, result.problem.data,
                       fmt::format("{} start {}", search.objective, record.start));
  fs::remove(file);
  if (collection.size() > 0) write_certificates(file, collection);
  return collection.size();
}

std::string line(const std::string& label, const SearchStudyResult& result,
                 const std::function<Index(const ObjectiveSearch&)>& number) {
  std::string text = fmt::format("  {:<24}", label);
  for (const ObjectiveSearch& search : result.objectives)
    text += fmt::format("{:>14}", number(search));
  return text + "\n";
}

}  // namespace

std::string search_text(const SearchStudyResult& result) {
  const Index starts = static_cast<Index>(result.objectives.front().records.size());
  std::string text = fmt::format(
      "{}   |   {}\n{} starts{}\n\n", data_title(result.problem), network_title(result.problem),
      starts,
      result.resumed > 0 ? fmt::format(", {} searches continued from the folder", result.resumed)
                         : "");
  text += fmt::format("  {:<24}", "");
  for (const ObjectiveSearch& search : result.objectives)
    text += fmt::format("{:>14}", objective_title(search.objective));
  text += "\n";
  for (const SearchEnd end : kEnds) {
    const auto number = [&](const ObjectiveSearch& search) { return count(search, end); };
    Index all = 0;
    for (const ObjectiveSearch& search : result.objectives) all += number(search);
    if (all > 0 || end != SearchEnd::kNotComputable) text += line(name(end), result, number);
  }
  const auto section = [&](const std::string& heading,
                           const std::function<Counts(const ObjectiveSearch&)>& counts_of) {
    Counts all;
    for (const ObjectiveSearch& search : result.objectives) all.merge(counts_of(search));
    if (all.empty()) return;
    text += fmt::format("\n{}\n", heading);
    for (const auto& [label, ignored] : all)
      text += line(label, result, [&, key = label](const ObjectiveSearch& search) {
        const Counts counts = counts_of(search);
        const auto at = counts.find(key);
        return at == counts.end() ? Index{0} : at->second;
      });
  };
  section("verdicts of the critical points", verdicts);
  const bool closed_form = has_closed_form(result.problem.network);
  if (closed_form) section("ranks of the critical points", ranks);
  text += '\n';
  if (closed_form)
    text += line("distinct mod symmetry", result,
                 [](const ObjectiveSearch& search) { return search.n_orbits; });
  text += line("global minima", result, global_minima);
  if (closed_form) text += line("with certificate", result, certificates);
  return text;
}

std::vector<std::string> write_search(const SearchStudyResult& result,
                                      const SearchStudyOptions& given, const fs::path& folder) {
  SearchStudyOptions options = effective(given);
  fs::create_directories(folder);
  const Problem& problem = result.problem;
  const ReducedProblem<double> reduced(problem.network.architecture, problem.data,
                                       exact_reductions(problem.network));
  write_problem(folder, problem);
  write_csv(folder / "points.csv", points_table(result));
  write_points(folder / "search.h5", result, reduced);
  Json json = record_of(describe(options).to_json(), problem.data);
  for (const ObjectiveSearch& search : result.objectives) {
    Json& one = json["objectives"][search.objective];
    for (const SearchEnd end : kEnds) one["ends"][name(end)] = count(search, end);
    one["verdicts"] = verdicts(search);
    if (has_closed_form(problem.network)) {
      one["ranks"] = ranks(search);
      one["distinct"] = search.n_orbits;
    }
    one["global_minima"] = global_minima(search);
    one["certificates"] = certificates(search);
  }
  const Index proofs = write_proofs(folder / "certificates.h5", result);
  json["certificates"] = proofs > 0 ? Json("certificates.h5") : Json();
  std::vector<std::string> warnings = redraw(folder, {"search"}, !options.no_figures, [&] {
    return std::vector<Figure>{search_figure(result)};
  });
  return write_record(folder / "search.json", std::move(json), std::move(warnings), result.seconds);
}

}  // namespace saddlescope::analysis
