// Walks a folder of results.
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/report.hpp"
#include "saddlescope/analysis/train_seeds.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/pending_file.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCellsShown = 1200;          // of one table
constexpr std::size_t kFewestRows = 20;            // of a wide one
constexpr std::uintmax_t kLargestTable = 1 << 24;  // bytes of a CSV file that is read

struct Listing {
  std::vector<std::string> files, folders;  // names, sorted
};

class Scan {
 public:
  explicit Scan(fs::path root) : root_(std::move(root)) {}

  // Adds `path` (relative to the root) and what lies below.
  void visit(const fs::path& path) {
    const Listing listing = list(path);
    ReportFolder folder;
    folder.path = path.empty() ? "." : path.generic_string();
    const std::set<std::string> drawn = add_pictures(path, listing, folder);
    for (const std::string& file : listing.files) {
      const std::string relative = (path / file).generic_string();
      if (file == kSeedsState) continue;  // what resumption reads, no result
      if (file.ends_with(".json") && !file.ends_with(kFigureDescription)) {
        attempt(relative, [&] {
          ReportResult result = read_result(read_text(root_ / relative), relative);
          result.written = fs::last_write_time(root_ / relative);
          folder.results.push_back(std::move(result));
        });
      } else if (file.ends_with(".csv") && !drawn.contains(file)) {
        attempt(relative,
                [&] { folder.tables.push_back(read_report_table(root_ / relative, relative)); });
      }
    }
    // A picture without words of its own shows what its experiment asks.
    for (const ReportResult& result : folder.results)
      for (ReportPicture& picture : folder.pictures)
        if (result.study && picture.title == picture.name) picture.title = result.study->shows;
    if (!folder.results.empty() || !folder.pictures.empty() || !folder.tables.empty())
      report_.folders.push_back(std::move(folder));
    const auto has = [](const std::vector<std::string>& names, const char* name) {
      return std::binary_search(names.begin(), names.end(), std::string(name));
    };
    // One in progress has no table yet, but its lock.
    const bool ended = has(listing.files, kSweepTable);
    const bool is_sweep = ended || (has(listing.files, "lock") && has(listing.folders, "records"));
    if (is_sweep && !ended)
      report_.unreadable.push_back(
          {(path / kSweepTable).generic_string(),
           "the sweep in this folder has not ended: its table is not there yet"});
    if (has(listing.files, "checkpoint.h5") && !has(listing.files, "summary.json"))
      report_.unreadable.push_back(
          {(path / "summary.json").generic_string(),
           "the training in this folder has not ended: train --resume goes on with it"});
    for (const std::string& below : listing.folders)
      if (!(is_sweep && (below == "records" || below == "running"))) visit(path / below);
  }

  [[nodiscard]] Report take() { return std::move(report_); }

 private:
  Listing list(const fs::path& path) {
    Listing out;
    std::error_code failure;
    for (fs::directory_iterator entry(root_ / path, failure), end; entry != end && !failure;
         entry.increment(failure)) {
      const std::string name = entry->path().filename().string();
      std::error_code ignored;
      if (name.starts_with('.')) continue;
      if (entry->is_directory(ignored)) {
        if (!entry->is_symlink(ignored)) out.folders.push_back(name);
      } else if (entry->is_regular_file(ignored) || !entry->exists(ignored)) {
        out.files.push_back(name);  // a link to nothing is told by its reader
      }
    }
    if (failure) report_.unreadable.push_back({path.generic_string(), failure.message()});
    std::sort(out.files.begin(), out.files.end());
    std::sort(out.folders.begin(), out.folders.end());
    return out;
  }

  template <class Read>
  void attempt(const std::string& file, const Read& read) {
    try {
      read();
    } catch (const std::exception& error) {
      // Readers name the file, by its path on this machine: the list names it already.
      std::string reason = error.what();
      const std::string lead = (root_ / file).string() + ": ";
      if (reason.starts_with(lead)) reason.erase(0, lead.size());
      report_.unreadable.push_back({file, reason});
    }
  }

  // The pictures of a folder; returns the names of the CSV files behind them.
  std::set<std::string> add_pictures(const fs::path& path, const Listing& listing,
                                     ReportFolder& folder) {
    std::set<std::string> drawn;
    std::map<std::string, ReportPicture> pictures;
    for (const std::string& file : listing.files) {
      const std::string relative = (path / file).generic_string();
      const std::string stem = fs::path(file).stem().string();
      const bool is_svg = file.ends_with(".svg");
      if (!is_svg && !file.ends_with(".png")) continue;
      attempt(relative, [&] {
        require_readable(root_ / relative);
        (is_svg ? pictures[stem].svg : pictures[stem].png) = relative;
      });
    }
    for (auto& [stem, picture] : pictures) {
      picture.name = stem;
      picture.title = stem;
      const std::string file = stem + kFigureDescription;
      if (std::binary_search(listing.files.begin(), listing.files.end(), file))
        attempt((path / file).generic_string(), [&, &picture = picture] {
          describe(path, read_text(root_ / path / file), picture, drawn);
        });
      folder.pictures.push_back(picture);
    }
    return drawn;
  }

  static void describe(const fs::path& path, const std::string& text, ReportPicture& picture,
                       std::set<std::string>& drawn) {
    const auto json = nlohmann::json::parse(text);
    const auto title = json.at("title").get<std::string>();
    if (!title.empty()) picture.title = title;
    picture.caption = json.at("caption").get<std::string>();
    for (const auto& data : json.at("data")) {
      drawn.insert(data.get<std::string>());
      picture.data.push_back((path / data.get<std::string>()).generic_string());
    }
  }

  fs::path root_;
  Report report_;
};

// Calls see(result, key, flag) for every claim and experiment: what it is, and its mark.
template <class See>
void for_statements(Report& report, const See& see) {
  for (ReportFolder& folder : report.folders)
    for (ReportResult& result : folder.results) {
      if (result.claims)
        for (ReportClaim& claim : *result.claims)
          see(result, "claim " + claim.id, claim.superseded);
      if (result.study)
        see(result, result.study->scale + " " + result.study->id, result.study->superseded);
    }
}

// Of equal statements the one written last counts; of those, the last by path.
void mark_superseded(Report& report) {
  std::map<std::string, const ReportResult*> newest;
  for_statements(report, [&](const ReportResult& result, const std::string& key, bool& /*mark*/) {
    const ReportResult*& best = newest[key];
    if (best == nullptr || result.written >= best->written) best = &result;
  });
  std::map<ReportResult*, std::map<std::string, std::size_t>> older;
  for_statements(report, [&](ReportResult& result, const std::string& key, bool& superseded) {
    superseded = newest.at(key) != &result;
    if (superseded) ++older[&result][newest.at(key)->file];
  });
  for (const auto& [result, files] : older)
    for (const auto& [file, count] : files)
      result->warnings.push_back(
          result->study ? fmt::format("not counted: {} is a newer run of it", file)
                        : fmt::format("{} of these claims not counted: {} is newer", count, file));
}

}  // namespace

ReportTable read_report_table(const fs::path& path, const std::string& file) {
  require_readable(path);
  const std::uintmax_t bytes = fs::file_size(path);
  require(bytes <= kLargestTable, "expected at most {} MB for a table in a report, found {} MB",
          kLargestTable >> 20, bytes >> 20);
  CsvTable table = read_csv(path, true);
  ReportTable out;
  out.title = fs::path(file).filename().string();
  out.file = file;
  out.header = std::move(table.header);
  out.n_rows = table.rows.size();
  const std::size_t columns = std::max<std::size_t>(out.header.size(), 1);
  const std::size_t rows = std::min(out.n_rows, std::max(kFewestRows, kCellsShown / columns));
  table.rows.resize(rows);
  out.rows = std::move(table.rows);
  return out;
}

Report read_report(const fs::path& folder) {
  require(fs::is_directory(folder), "{}: expected a folder of results, found {}", folder.string(),
          fs::exists(folder) ? "a file" : "nothing");
  Scan scan(folder);
  scan.visit({});
  Report report = scan.take();
  mark_superseded(report);
  std::string unreadable;
  if (!report.unreadable.empty())
    unreadable = fmt::format("; {} cannot be read: {}", report.unreadable.front().file,
                             report.unreadable.front().reason);
  const bool found = std::any_of(
      report.folders.begin(), report.folders.end(),
      [](const ReportFolder& one) { return !one.results.empty() || !one.tables.empty(); });
  require(
      found,
      "{}: expected results of saddlescope in it or below, found none{}. A verb writes them with "
      "--out, as in: saddlescope verify --quick --out {}",
      folder.string(), unreadable, (folder / "verify").string());
  return report;
}

}  // namespace saddlescope::analysis
