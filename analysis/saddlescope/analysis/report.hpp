// What a folder of results holds, read for `saddlescope report`.
//
// Every JSON file with a `provenance` is a result: a verification (`claims`), a published experiment
// (`published` beside `ours`), or the run of another verb. Pictures are found by their descriptions
// (figure.hpp), and every CSV table that is not the data of a picture stands for itself. What cannot
// be read is listed with the reason and never stops the report. Where several files hold the same
// claim or experiment, the one written last counts and the others say so.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saddlescope::analysis {

// The table of a sweep, beside which the folder `records` holds a file for every job.
inline constexpr const char* kSweepTable = "results.csv";

// One entry of a JSON file; nested names are joined by points, "data.checksum".
struct ReportField {
  std::string name, value;
};

struct ReportTable {
  std::string title;
  std::string file;  // relative to the report, empty where the rows are no file of their own
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // at most as many as a page bears
  std::size_t n_rows = 0;                      // in the file
};

// A row of a verification; numbers as they are written in the file, empty where they are not finite.
struct ReportClaim {
  std::string id, statement, source, sweep, derivation, verdict, reason;
  std::string error, tolerance, ratio, cases, seconds;
  std::string quantity, worst_case;
  bool superseded = false;  // a newer file of the report has the same claim
};

struct ReportStudy {
  std::string id, scale, shows, published, ours, agreement, judgement;
  std::vector<std::string> confounds;
  std::vector<std::string> rules;  // tests of the headline, where there are several, and outcomes
  bool superseded = false;         // a newer file has the same experiment at the same scale
};

struct ReportResult {
  std::string file;  // relative to the report
  std::string verb;
  std::optional<std::vector<ReportClaim>> claims;
  std::optional<ReportStudy> study;
  std::vector<ReportField> numbers;
  std::vector<ReportTable> tables;
  std::vector<std::string> warnings;
  std::vector<ReportField> options, provenance;
  std::string seconds;  // of computing; empty: not recorded
  std::filesystem::file_time_type written{};
};

struct ReportPicture {
  std::string name, title, caption;
  std::string svg, png;           // relative to the report; one may be empty
  std::vector<std::string> data;  // relative to the report
};

struct ReportFolder {
  std::string path;  // relative to the report, "." for the folder itself
  std::vector<ReportResult> results;
  std::vector<ReportPicture> pictures;
  std::vector<ReportTable> tables;
};

struct UnreadableFile {
  std::string file, reason;
};

struct Report {
  std::vector<ReportFolder> folders;  // sorted by path, as is all that they hold
  std::vector<UnreadableFile> unreadable;
};

// Reads `folder` and all below it, hidden names and the single records of a sweep aside, of one in
// progress too. Throws
// std::invalid_argument where `folder` is none, or holds neither result nor table.
[[nodiscard]] Report read_report(const std::filesystem::path& folder);

// A result from the text of its file. Throws std::invalid_argument with the reason where it is none.
[[nodiscard]] ReportResult read_result(const std::string& text, const std::string& file);

// A CSV table, shortened to what a page bears. Throws as read_csv().
[[nodiscard]] ReportTable read_report_table(const std::filesystem::path& path,
                                            const std::string& file);

}  // namespace saddlescope::analysis
