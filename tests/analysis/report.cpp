// What a report finds in a folder, and what its page says.
#include "saddlescope/analysis/report.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/report_files.hpp"
#include "saddlescope/analysis/report_view.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::TemporaryFolder;

const std::string kVerification = R"({"options": {"seeds": 2}, "provenance": {"version": "1"},
  "exit_code": 1, "claims": [
  {"id": "first", "statement": "a < b & c", "source": "s", "sweep": "w", "tolerance": "t",
   "verdict": "holds", "reason": "", "cases": 3,
   "worst": {"quantity": "q", "error": 1.25e-17, "tolerance": 2e-16, "ratio": 0.0625,
             "case": {"seed": 1}}, "seconds": 0.5},
  {"id": "second", "statement": "x", "source": "s", "sweep": "w", "tolerance": "t",
   "verdict": "fails", "reason": "off by |one|", "cases": 3,
   "worst": {"quantity": "q", "error": null, "tolerance": 1, "ratio": null, "case": null},
   "seconds": 0.5}]})";

const std::string kStudy = R"({"id": "toy-fig1", "scale": "quick", "shows": "does it?",
  "published": "yes", "ours": "no", "agrees": false, "judgement": "another matrix",
  "confounds_of_the_original": ["<i>steps</i>"], "configuration": {"width": 4},
  "quantities": {"matched": {"tanh": {"left": 1}, "relu": {"left": 2, "late": true}}, "n": 7},
  "tables": [], "warnings": [], "provenance": {"version": "1"}, "wall_seconds": 2.5})";

const std::string kRun = R"({"options": {"data": "toy"}, "provenance": {"version": "1"},
  "objectives": {"mse": {"value": 0.5}, "energy": {"value": 0.25, "notes": ["one", "two"]}},
  "data": {"name": "toy"}, "warnings": ["careful"], "wall_seconds": 0.125})";

std::string reason_of(const std::string& text) {
  return test::message_of<std::invalid_argument>(
      [&] { static_cast<void>(read_result(text, "x.json")); });
}

std::string name_of(const fs::path& folder, const std::string& below) {
  fs::create_directories(folder / below);
  return below;
}

TEST_CASE("a verification gives its claims with all their digits, and nothing where not finite") {
  const ReportResult result = read_result(kVerification, "claims/verify.json");
  CHECK(result.verb == "verify");
  REQUIRE(result.claims);
  REQUIRE(result.claims->size() == 2);
  CHECK((*result.claims)[0].error == "1.25e-17");
  CHECK((*result.claims)[0].worst_case == R"({"seed":1})");
  CHECK((*result.claims)[1].verdict == "fails");
  CHECK((*result.claims)[1].ratio == "");
  CHECK(result.numbers.empty());  // claims have a table of their own
}

TEST_CASE("a published experiment gives both headlines, and its quantities as tables") {
  const ReportResult result = read_result(kStudy, "toy-fig1/result.json");
  REQUIRE(result.study);
  CHECK(result.study->agreement == "differs");
  CHECK(result.study->confounds == std::vector<std::string>{"<i>steps</i>"});
  CHECK(result.options.front().name == "width");
  REQUIRE(result.tables.size() == 1);
  CHECK(result.tables[0].header == std::vector<std::string>{"of", "left", "late"});
  CHECK(result.tables[0].rows[0] == std::vector<std::string>{"tanh", "1", ""});
  CHECK(result.tables[0].rows[1] == std::vector<std::string>{"relu", "2", "true"});
  REQUIRE(result.numbers.size() == 1);
  CHECK(result.numbers[0].name == "n");
}

TEST_CASE("a run is told by its file and what it holds") {
  CHECK(read_result(kRun, "a/summary.json").verb == "spectrum");
  CHECK(read_result(R"({"provenance": {}, "algorithms": {}})", "summary.json").verb == "train");
  CHECK(read_result(R"({"provenance": {}})", "b/mean_field.json").verb == "inference mean-field");
  CHECK(read_result(R"({"provenance": {}})", "b/newer.json").verb == "newer");
  const ReportResult run = read_result(kRun, "a/summary.json");
  CHECK(run.tables.at(0).rows.at(1) == std::vector<std::string>{"energy", "0.25", "one, two"});
  CHECK(run.numbers.at(0).name == "data.name");
  CHECK(run.warnings == std::vector<std::string>{"careful"});
  CHECK(run.seconds == "0.125");
}

TEST_CASE("few objects of many fields stand side by side") {
  const ReportResult named = read_result(
      R"({"provenance": {}, "algorithms": {"pc": {"a": 1, "b": 2, "c": 3, "d": 4, "e": ""},
          "bp": {"a": 5, "b": 6, "c": 7, "d": 8}}})",
      "summary.json");
  const ReportTable& table = named.tables.at(0);
  CHECK(table.header == std::vector<std::string>{"quantity", "pc", "bp"});
  CHECK(table.n_rows == 5);
  CHECK(table.rows.at(1) == std::vector<std::string>{"b", "2", "6"});
  CHECK(table.rows.at(4) == std::vector<std::string>{"e", "", ""});
  const ReportResult listed = read_result(
      R"({"provenance": {}, "solvers": [{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}]})",
      "certificate.json");
  CHECK(listed.tables.at(0).header == std::vector<std::string>{"quantity", "1"});
  CHECK(listed.tables.at(0).rows.at(5) == std::vector<std::string>{"f", "6"});
}

TEST_CASE("what is no result says why") {
  CHECK(contains(reason_of("{\"a\": 1"), "parse error at line 1"));
  CHECK(contains(reason_of("[1, 2]"), "an object with a 'provenance', found array"));
  CHECK(contains(reason_of("{\"a\": 1}"), "found an object without one"));
  CHECK(contains(reason_of("{\"a\": \"\xff\"}"), "UTF-8"));
  CHECK(contains(reason_of(R"({"provenance": {}, "exit_code": 0, "claims": [{"id": "x"}]})"),
                 "key 'worst' not found"));
  CHECK(contains(reason_of(R"({"provenance": {}, "exit_code": 0, "claims": 5})"), "with number"));
  CHECK(contains(reason_of(R"({"provenance": {}, "warnings": "none"})"), "type must be array"));
  std::string deep = R"({"provenance": {}, "a": )";
  for (int i = 0; i < 100000; ++i) deep += R"({"a":)";
  CHECK(contains(reason_of(deep), "at most 64 levels of nesting"));
}

TEST_CASE("folders come sorted, damaged files aside, pictures with their words and data") {
  const TemporaryFolder folder;
  const fs::path root = folder / "";
  name_of(root, "b");
  name_of(root, "a/deep");
  name_of(root, ".hidden");
  folder.file("b/verify.json", kVerification);
  folder.file("a/deep/summary.json", kRun);
  folder.file("a/deep/broken.json", "{");
  folder.file("a/deep/ragged.csv", "x,y\n1\n");
  folder.file("a/deep/curve.csv", "x,y\n1,2\n");
  folder.file("a/deep/table.csv", "x,y\n1,2\n");
  folder.file("a/deep/curve.svg", "<svg/>");
  folder.file("a/deep/plain.png", "png");
  folder.file("a/deep/curve.figure.json",
              R"({"title": "A curve", "caption": "y", "data": ["curve.csv"]})");
  folder.file(".hidden/summary.json", kRun);
  const Report report = read_report(root);
  REQUIRE(report.folders.size() == 2);
  const ReportFolder& first = report.folders[0];
  CHECK(first.path == "a/deep");
  CHECK(first.results.size() == 1);
  REQUIRE(first.tables.size() == 1);
  CHECK(first.tables[0].file == "a/deep/table.csv");
  REQUIRE(first.pictures.size() == 2);
  CHECK(first.pictures[0].title == "A curve");
  CHECK(first.pictures[0].data == std::vector<std::string>{"a/deep/curve.csv"});
  CHECK(first.pictures[1].title == "plain");
  CHECK(report.folders[1].path == "b");
  REQUIRE(report.unreadable.size() == 2);
  CHECK(report.unreadable[0].file == "a/deep/broken.json");
  CHECK(contains(report.unreadable[0].reason, "parse error"));
  CHECK(report.unreadable[1].file == "a/deep/ragged.csv");
  CHECK(!contains(report.unreadable[1].reason, root.string()));
}

TEST_CASE("the picture of an experiment without words of its own shows what the experiment asks") {
  const TemporaryFolder folder;
  folder.file("result.json", kStudy);
  folder.file("toy-fig1.svg", "<svg/>");
  folder.file("toy-fig1.figure.json", R"({"title": "", "caption": "", "data": []})");
  CHECK(read_report(folder / "").folders.at(0).pictures.at(0).title == "does it?");
}

TEST_CASE("links to nothing are listed, and what is no file is left alone") {
  const TemporaryFolder folder;
  folder.file("verify.json", kVerification);
  for (const char* name : {"a.png", "b.csv", "c.json"}) fs::create_symlink("gone", folder / name);
  REQUIRE(mkfifo((folder / "d.json").c_str(), 0600) == 0);  // reading it would never end
  const Report report = read_report(folder / "");
  REQUIRE(report.unreadable.size() == 3);
  for (const UnreadableFile& one : report.unreadable)
    CHECK(contains(one.reason, "expected a readable file"));
  CHECK(report.folders.at(0).pictures.empty());
}

TEST_CASE("a sweep is its table, not its records") {
  const TemporaryFolder folder;
  name_of(folder / "", "sweep/records");
  folder.file("sweep/results.csv", "width,loss\n1,2\n");
  folder.file("sweep/records/0f.json", "{");
  const Report report = read_report(folder / "");
  CHECK(report.folders.size() == 1);
  CHECK(report.unreadable.empty());
  CHECK(contains(report_html(report, folder / ""), "<h3 id=\"runs-1\">sweep</h3>"));
}

TEST_CASE("a training that has not ended is told, one that has is not") {
  const TemporaryFolder folder;
  name_of(folder / "", "begun");
  name_of(folder / "", "ended");
  folder.file("begun/checkpoint.h5", "");
  folder.file("ended/checkpoint.h5", "");
  folder.file("ended/summary.json", kRun);
  const Report report = read_report(folder / "");
  REQUIRE(report.unreadable.size() == 1);
  CHECK(report.unreadable[0].file == "begun/summary.json");
  CHECK(contains(report.unreadable[0].reason, "train --resume"));
}

TEST_CASE("a sweep in progress is no result yet, and its records are none either") {
  const TemporaryFolder folder;
  name_of(folder / "", "sweep/records");
  name_of(folder / "", "sweep/running/1");
  folder.file("sweep/lock", "");
  folder.file("sweep/records/0f.json", kRun);
  folder.file("sweep/running/1/summary.json", kRun);
  folder.file("verify.json", kVerification);
  const Report report = read_report(folder / "");
  CHECK(report.folders.size() == 1);
  REQUIRE(report.unreadable.size() == 1);
  CHECK(report.unreadable[0].file == "sweep/results.csv");
  CHECK(contains(report.unreadable[0].reason, "has not ended"));
}

TEST_CASE("each claim and experiment counts once: as it was written last") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"}) name_of(folder / "", name);
  std::string better = kVerification;
  better.replace(better.find("\"fails\""), 7, "\"holds\"");
  folder.file("a/verify.json", better);
  folder.file("b/verify.json", kVerification);
  folder.file("a/result.json", kStudy);
  folder.file("c/result.json", kStudy);
  const auto newest = fs::last_write_time(folder / "b/verify.json") + std::chrono::hours(1);
  const auto lines = [&] {
    const Report report = read_report(folder / "");
    return report_markdown(report, folder / "");
  };
  fs::last_write_time(folder / "a/verify.json", newest);
  CHECK(contains(lines(), "**2 of 2** claims hold"));
  CHECK(contains(lines(), "**0 of 1** published experiments agree"));
  fs::last_write_time(folder / "b/verify.json", newest + std::chrono::hours(1));
  CHECK(contains(lines(), "**1 of 2** claims hold"));
  CHECK(contains(lines(), "2 of these claims not counted: b/verify.json is newer"));
}

TEST_CASE("a folder without results is refused with what was found instead") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& name) {
    return test::message_of<std::invalid_argument>(
        [&] { static_cast<void>(read_report(folder / name)); });
  };
  CHECK(contains(refusal("absent"), "expected a folder of results, found nothing"));
  folder.file("file", "text");
  CHECK(contains(refusal("file"), "found a file"));
  CHECK(contains(refusal(""), "found none. A verb writes them"));
  folder.file("picture.png", "png");
  CHECK(contains(refusal(""), "found none. A verb writes them"));
  folder.file("broken.json", "{");
  CHECK(contains(refusal(""), "found none; broken.json cannot be read: parse error"));
}

TEST_CASE("long tables are shortened and say so") {
  const TemporaryFolder folder;
  std::string rows = "x,y\n";
  for (int i = 0; i < 5000; ++i) rows += fmt::format("{},{}\n", i, i);
  folder.file("long.csv", rows);
  const Report report = read_report(folder / "");
  const ReportTable& table = report.folders.at(0).tables.at(0);
  CHECK(table.n_rows == 5000);
  CHECK(table.rows.size() == 600);
  CHECK(contains(report_html(report, folder / ""), "the first 600 of 5000 rows"));
}

// A page with hostile text in every place where files can put some.
std::string hostile_page(const TemporaryFolder& folder, bool markdown) {
  const std::string bad = "<script>bad()</script> & | \\\"q\\\" `c` {{verb}}";
  folder.file("result.json", R"({"id": "X", "scale": "X", "shows": "X", "published": "X",
    "ours": "X", "agrees": "X", "judgement": "X", "confounds_of_the_original": ["X"],
    "configuration": {"X": "X"}, "quantities": {"X": {"X": {"X": "X"}}, "s": "X"},
    "warnings": ["X"], "provenance": {"X": "X"}})");
  std::string text = read_text(folder / "result.json");
  for (std::size_t at = text.find("\"X\""); at != std::string::npos; at = text.find("\"X\"", at))
    text.replace(at, 3, "\"" + bad + "\"");
  folder.file("result.json", text);
  folder.file("<script>.csv", "\"<script>\",b\n\"a|<script>\",2\n");
  folder.file("f.svg", "<svg/>");
  folder.file(
      "f.figure.json",
      fmt::format(R"({{"title": "{0}", "caption": "{0}", "data": ["<script>&.csv"]}})", bad));
  folder.file("<script>broken.json", "{\"<script>\": <script>");
  const Report report = read_report(folder / "");
  return markdown ? report_markdown(report, folder / "") : report_html(report, folder / "");
}

TEST_CASE("no text of a file becomes markup of the page") {
  const TemporaryFolder folder;
  const std::string page = hostile_page(folder, false);
  CHECK(contains(page, "&lt;script&gt;bad()&lt;/script&gt; &amp; | &quot;q&quot; `c` {{verb}}"));
  std::size_t scripts = 0;
  for (std::size_t at = page.find("<script"); at != std::string::npos;
       at = page.find("<script", at + 1))
    ++scripts;
  CHECK(scripts == 1);  // our own
  CHECK(contains(page, "href=\"%3Cscript%3E%26.csv\""));
}

TEST_CASE("no text of a file becomes markup or a column of the Markdown") {
  const TemporaryFolder folder;
  const std::string page = hostile_page(folder, true);
  CHECK(!contains(page, "<script"));
  CHECK(contains(page, "&lt;script\\>bad()&lt;/script\\> &amp; \\| \"q\" \\`c\\`"));
  CHECK(contains(page, "![&lt;script\\>"));
  CHECK(contains(page, "](f.svg)"));
}

TEST_CASE("the page needs no other file, and pictures are carried byte for byte") {
  // RFC 4648's examples of the three paddings.
  for (const auto& [bytes, code] : std::vector<std::pair<std::string, std::string>>{
           {"foo", "Zm9v"}, {"fo", "Zm8="}, {"f", "Zg=="}}) {
    const TemporaryFolder folder;
    folder.file("verify.json", kVerification);
    folder.file("p.svg", bytes);
    const std::string page = report_html(read_report(folder / ""), folder / "");
    CHECK(contains(page, "src=\"data:image/svg+xml;base64," + code + "\""));
    CHECK(!contains(page, "http://"));
    CHECK(!contains(page, "https://"));
    CHECK(contains(page, "1 of 2 claims hold"));
    CHECK(contains(page, "data-number=\"1.25e-17\""));
  }
}

TEST_CASE("a large SVG gives way to a smaller PNG") {
  const TemporaryFolder folder;
  folder.file("verify.json", kVerification);
  folder.file("p.png", "foo");
  folder.file("p.svg", std::string(200000, 'x'));
  CHECK(contains(report_html(read_report(folder / ""), folder / ""), "image/svg+xml"));
  folder.file("p.svg", std::string(200001, 'x'));
  CHECK(contains(report_html(read_report(folder / ""), folder / ""), "image/png;base64,Zm9v"));
}

// Equal in the times of their files too, by which the newest of equal experiments counts.
TEST_CASE("equal folders give equal bytes, and a second report changes nothing") {
  const TemporaryFolder folder;
  const std::vector<std::string> names = {"c", "a", "b"};
  for (const std::string& parent : std::vector<std::string>{"one/x", "two/x"}) {
    auto order = names;
    if (parent == "two/x") order = {"b", "c", "a"};
    for (const std::string& name : order) {
      name_of(folder / parent, name);
      const fs::path result = folder.file(parent + "/" + name + "/result.json", kStudy);
      fs::last_write_time(result, fs::file_time_type{} + std::chrono::hours(name == "a" ? 2 : 1));
      folder.file(parent + "/" + name + "/t.csv", "x\n" + name + "\n");
    }
    write_report(read_report(folder / parent), folder / parent);
  }
  for (const char* file : {"report.html", "report.md"})
    CHECK(read_text(folder / "one/x" / file) == read_text(folder / "two/x" / file));
  const std::string before = read_text(folder / "one/x/report.html");
  write_report(read_report(folder / "one/x"), folder / "one/x");
  CHECK(read_text(folder / "one/x/report.html") == before);
}

TEST_CASE("relative addresses keep names with any byte") {
  CHECK(address("a/b-c_1.svg") == "a/b-c_1.svg");
  CHECK(address("a b&\"<µ%") == "a%20b%26%22%3C%C2%B5%25");
}

}  // namespace
}  // namespace saddlescope::analysis
