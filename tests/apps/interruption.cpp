// Ctrl-C: what is said, what is left behind, and that the same command goes on where it says so.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

bool has_record(const fs::path& folder) {
  std::error_code none;
  const fs::directory_iterator entries(folder, none);
  return std::any_of(begin(entries), end(entries),
                     [](const auto& entry) { return entry.path().extension() == ".json"; });
}

bool has_pending(const fs::path& folder) {
  const fs::recursive_directory_iterator entries(folder);
  return std::any_of(begin(entries), end(entries),
                     [](const auto& entry) { return entry.path().extension() == ".partial"; });
}

Run interrupted(const std::vector<std::string>& words, const std::function<bool()>& when,
                int signal) {
  Run run = run_program(words, {}, when, signal);
  CAPTURE(run.err);
  CHECK(run.code == 130);
  CHECK(run.out.empty());
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  return run;
}

}  // namespace

TEST_CASE("interrupted training says how it goes on, by either signal") {
  const TemporaryFolder folder;
  for (const int signal : {SIGINT, SIGTERM}) {
    const fs::path out = folder / std::to_string(signal);
    const Run run = interrupted(
        {"train", "--data", "digits", "--samples", "100", "--hidden", "8", "--epochs", "1000000",
         "--no-figures", "--out", out.string()},
        [&] { return fs::exists(out / "checkpoint.h5"); }, signal);
    CHECK(run.err == "saddlescope: interrupted; saddlescope train --resume " + out.string() +
                         " goes on from the last checkpoint\n");
    CHECK_FALSE(has_pending(out));
  }
}

TEST_CASE("an interrupted sweep goes on from its records with the same command") {
  const TemporaryFolder folder;
  const fs::path out = folder / "sweep";
  const std::string file = folder.file("many.toml",
                                       "verb = \"inference condition\"\nseeds = 40\n[fixed]\n"
                                       "hidden-layers = 6\nwidth = 32\ninput = 4\noutput = 4\n");
  const std::vector<std::string> words = {"sweep", file, "--out", out.string(), "--workers", "2"};
  const Run run = interrupted(
      words, [&] { return has_record(out / "records"); }, SIGINT);
  CHECK(contains(run.err, "interrupted; the same command goes on from " + out.string()));
  CHECK_FALSE(fs::exists(out / "results.csv"));
  const Run again = run_program(words);
  CAPTURE(again.err);
  CHECK(again.code == 0);
  CHECK(contains(again.out, "40 jobs of 'inference condition': "));
  CHECK_FALSE(contains(again.out, ": 40 done now"));
}

TEST_CASE("what does not go on says that nothing was written") {
  const TemporaryFolder folder;
  const fs::path out = folder / "phase";
  int asked = 0;
  const Run run = interrupted(
      {"inference", "phase", "--out", out.string()}, [&] { return ++asked > 300; },
      SIGINT);  // a third of a second
  CHECK(run.err == "saddlescope: interrupted; nothing was written\n");
  CHECK_FALSE(fs::exists(out));
}

}  // namespace saddlescope::test
