// Sweeps as a library: grids, addresses, records.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/temporary_folder.hpp"
#include "sweep_jobs.hpp"

#include "saddlescope/analysis/sweep_grid.hpp"
#include "saddlescope/analysis/sweep_job.hpp"
#include "saddlescope/analysis/sweep_record.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using namespace analysis;  // NOLINT(google-build-using-namespace): the subject of this file
using Json = nlohmann::ordered_json;

SweepGrid two_axes() {
  SweepGrid grid;
  grid.axes.push_back({{"width"}, {{{"2"}}, {{"4"}}, {{"8"}}}});
  grid.axes.push_back({{"input", "output"}, {{{"1"}, {"10"}}, {{"2"}, {"20"}}}});
  return grid;
}

std::vector<std::string> texts_of(const SweepGrid& grid) {
  std::vector<std::string> texts;
  for (const auto& setting : settings_of(grid)) texts.push_back(settings_text(setting));
  return texts;
}

TEST_CASE("settings are the product of the axes in order, the last the fastest") {
  CHECK(texts_of(two_axes()) ==
        std::vector<std::string>{"width=2 input=1 output=10", "width=2 input=2 output=20",
                                 "width=4 input=1 output=10", "width=4 input=2 output=20",
                                 "width=8 input=1 output=10", "width=8 input=2 output=20"});
}

TEST_CASE("an exclusion drops exactly what meets all of its conditions") {
  SweepGrid grid = two_axes();
  grid.exclusions.push_back({{{"width", {}, 4.0, {}}, {"output", {"20", "30"}, {}, {}}}});
  CHECK(texts_of(grid) ==
        std::vector<std::string>{"width=2 input=1 output=10", "width=2 input=2 output=20",
                                 "width=4 input=1 output=10", "width=8 input=1 output=10"});
  grid.exclusions.push_back({{{"width", {}, {}, 4.0}}});
  CHECK(texts_of(grid) == std::vector<std::string>{"width=8 input=1 output=10"});
}

TEST_CASE("ranges hit both ends exactly and are even in value or logarithm") {
  CHECK(linear_range(0, 1, 5, false) == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(linear_range(1, 4, 7, true) == std::vector<double>{1, 2, 3, 4});  // 1.5 rounds to 2
  const std::vector<double> log = log_range(0.1, 1000, 5, false);
  CHECK(log.front() == 0.1);
  CHECK(log.back() == 1000);
  // pow is exact to an ulp or so.
  for (std::size_t i = 1; i < log.size(); ++i)
    CHECK(log[i] / log[i - 1] == doctest::Approx(10).epsilon(1e-14));
  CHECK(log_range(2, 64, 6, true) == std::vector<double>{2, 4, 8, 16, 32, 64});
  CHECK(powers_of_two(0.5, 8) == std::vector<double>{0.5, 1, 2, 4, 8});
  for (const auto& bad :
       {+[] { return linear_range(1, 2, 1, false); }, +[] { return log_range(0, 2, 3, false); },
        +[] { return powers_of_two(3, 8); }, +[] { return powers_of_two(8, 2); }})
    CHECK(contains(message_of<std::invalid_argument>([&] { static_cast<void>(bad()); }),
                   "range: expected"));
}

TEST_CASE("an address depends on verb, options and contents, not on the order of keys") {
  const Json one = {{"a", 1}, {"b", 0.5}}, turned = {{"b", 0.5}, {"a", 1}};
  CHECK(address_of("v", one, {}) == address_of("v", turned, {}));
  std::set<std::string> all = {address_of("v", one, {}), address_of("w", one, {}),
                               address_of("v", {{"a", 1}, {"b", 0.25}}, {}),
                               address_of("v", one, {{"file", "1"}}),
                               address_of("v", one, {{"file", "2"}})};
  CHECK(all.size() == 5);
}

TEST_CASE("an address follows the contents of the files that options name") {
  const TemporaryFolder folder;
  const std::string file = folder.file("data.csv", "1,2\n");
  const Json config = {{"data", "csv:" + file}, {"other", "csv:absent"}, {"n", 3}};
  FileChecksums checksums;
  const auto inputs = [&] { return input_files(config, checksums); };
  const auto before = inputs();
  CHECK(before.size() == 1);
  CHECK(before.count(file) == 1);
  folder.file("data.csv", "1,3\n");
  CHECK(inputs() != before);
  const std::string other = folder.file("labels", "x");
  CHECK(input_files({{"data", "idx:" + file + "," + other}}, checksums).size() == 2);
}

// Texts of one length, written faster than the clock of the file system ticks: size and times are
// then the same, and only that the file is young says that they prove nothing.
TEST_CASE("a file that changes within the tick of a clock is read again") {
  const TemporaryFolder folder;
  FileChecksums checksums;
  std::set<std::string> seen;
  constexpr int kTimes = 100;
  for (int i = 0; i < kTimes; ++i)
    seen.insert(checksums.of(folder.file("data.csv", fmt::format("{:03}\n", i)).string()));
  CHECK(seen.size() == kTimes);
}

TEST_CASE("a record reads back as it was written") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  CHECK_FALSE(read_record(folder / "", "x").record);
  CHECK(read_record(folder / "", "x").damage.empty());
  write_record(folder / "", "x", record_of(0.1));
  const RecordReading reading = read_record(folder / "", "x");
  CHECK(reading.damage.empty());
  REQUIRE(reading.record);
  CHECK(reading.record->config.dump() == record_of(0).config.dump());
  CHECK(reading.record->summary.at("value") == 0.1);
  CHECK(reading.record->done);
}

// Any byte changed or cut either leaves the meaning (a blank between tokens) or is found.
TEST_CASE("damage to any byte of a record is found, and the file set aside") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "records");
  write_record(folder / "", "x", record_of(0.1));
  const fs::path file = record_file(folder / "", "x");
  const std::string whole = read_text(file);
  const Json content = Json::parse(whole);
  std::size_t harmless = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    folder.file("records/x.json", bytes);
    const RecordReading reading = read_record(folder / "", "x");
    CHECK(reading.record.has_value() == reading.damage.empty());
    if (!reading.record) continue;
    ++harmless;
    CHECK(Json::parse(bytes) == content);
  }
  CHECK(harmless < whole.size() / 4);
  for (const std::size_t length : {std::size_t{0}, whole.size() / 2}) {
    folder.file("records/x.json", whole.substr(0, length));
    CHECK_FALSE(read_record(folder / "", "x").damage.empty());
  }
  fs::rename(file, folder / "records/y.json");
  CHECK_FALSE(read_record(folder / "", "y").damage.empty());
  for (const char* name : {"y.json.damaged", "y.json.damaged-2"}) {
    folder.file("records/y.json", "{");
    CHECK(set_aside(folder / "records/y.json").filename() == name);
  }
}

TEST_CASE("an exclusion that meets no setting is known") {
  SweepGrid grid = two_axes();
  const SweepExclusion wide = {{{"width", {}, 16.0, {}}}}, narrow = {{{"width", {}, {}, 2.0}}};
  CHECK_FALSE(drops_something(grid, wide));
  CHECK(drops_something(grid, narrow));
  grid.exclusions.push_back(narrow);
  CHECK_FALSE(drops_something(grid, narrow));  // a second time
}

}  // namespace
}  // namespace saddlescope::test
