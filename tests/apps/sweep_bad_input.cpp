// `saddlescope sweep`: what it refuses, and what it does where the system refuses.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"
#include "sweep_small.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

void check_refused(const std::string& text, const Words& parts) {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  const Run run = sweep(folder.file("s.toml", text), out);
  CAPTURE(text);
  CAPTURE(run.err);
  CHECK(run.code == 2);
  CHECK(run.out == "");
  for (const std::string& part : parts) CHECK(contains(run.err, part));
  CHECK_FALSE(fs::exists(out));
}

TEST_CASE("two sweeps do not share a folder") {
  const TemporaryFolder folder;
  const fs::path out = folder / "out";
  fs::create_directories(out);
  const int lock = open((out / "lock").c_str(), O_RDWR | O_CREAT, 0644);
  REQUIRE(flock(lock, LOCK_EX) == 0);
  const Run run = sweep(folder.file("s.toml", kSmall), out);
  close(lock);
  CHECK(run.code == 2);
  CHECK(contains(run.err, "another sweep is running in this folder"));
  CHECK(records_in(out).empty());
}

TEST_CASE("a record that cannot be written stops the sweep, names the file, and spoils nothing") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  const fs::path out = folder / "out";
  REQUIRE(sweep(file, out, {"--shard", "1/2"}).code == 0);
  fs::remove_all(out / "running");
  fs::create_directories(out / "running");
  // No file can be made below a file: as with a full disk, the system refuses.
  const std::vector<fs::path> records = records_in(out);
  folder.file("out/blocked", "");
  fs::remove_all(out / "running");
  folder.file("out/running", "");
  const Run run = sweep(file, out, {"--shard", "2/2"});
  CHECK(run.code == 1);
  CHECK(contains(run.err, "running"));
  CHECK(records_in(out) == records);
  fs::remove(out / "running");
  CHECK(contains(sweep(file, out).out, "5 done now, 5 before"));
}

// The limit on the size of files makes the system refuse bytes as a full disk does: a write comes
// back short.
TEST_CASE("a full disk stops the sweep, names the file, and leaves no half-written one") {
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  const fs::path out = folder / "out";
  const Run run = run_command({"/bin/bash", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"",
                               SADDLESCOPE_PROGRAM, "sweep", file, "--out", out.string()});
  CAPTURE(run.err);
  CHECK(run.code == 1);
  CHECK(contains(run.err, "cannot be written: File too large"));
  CHECK(contains(run.err, out.string()));
  CHECK(fs::is_empty(out / "records"));
  const Run later = sweep(file, out);
  CHECK(later.code == 0);
  CHECK(contains(later.out, "10 done now, 0 before"));
  CHECK_FALSE(fs::exists(out / "running"));
}

TEST_CASE("what a sweep file may not hold is refused with line and key") {
  const std::string head = "verb = \"inference condition\"\n";
  check_refused(head + "[grid]\nwidht = [2]\n",
                {"s.toml, line 3: widht: unknown option of inference condition",
                 "the nearest known one is 'width'"});
  check_refused(head + "[gird]\nwidth = [2]\n", {"line 2: gird: unknown", "'grid'"});
  check_refused(head + "[grid]\nwidth = [2, \"wide\"]\n",
                {"line 3: width: expected a whole number, got 'wide'"});
  check_refused(head + "[grid]\nthreads = [1, 2]\n", {"line 3: threads: it changes no result"});
  check_refused(head + "[grid]\nwidth = {powers-of-two = [2, 8, \"x\"]}\n",
                {"line 3: width: expected numbers in powers-of-two"});
  check_refused(head + "[grid]\nwidth = []\n", {"line 3: width: expected at least one value"});
  check_refused(head, {"expected something to sweep"});
  check_refused(head + "[grid]\nwidth = [2]\n[[exclude]]\nwidth = 2\n",
                {"expected at least one job"});
  check_refused(head + "[grid]\nwidth = 2\n",
                {"line 3: width: expected a list of values or a range"});
  check_refused(head + "[grid]\nwidth = {logs = [1, 2, 3]}\n",
                {"width.logs: unknown range", "'log'"});
  check_refused(head + "[fixed]\nwidth = 2\n[grid]\nwidth = [2]\n", {"width: given a second time"});
  check_refused(head + "[zip]\nwidth = [2, 4]\ninput = [1]\n",
                {"line 4: input: expected 2 values as in width, found 1"});
  check_refused(head + "[fixed]\nout = \"here\"\n[grid]\nwidth = [2]\n", {"line 3: out: "});
  check_refused(head + "[grid]\ntolerance = [0.5, 2]\n", {"job 2 (tolerance=2): ", "--tolerance"});
  check_refused(head + "[grid]\nwidth = [2]\n[plot]\nx = \"input\"\ny = \"dimension\"\n",
                {"line 5: x: expected one of the swept options width, found 'input'"});
  check_refused("verb = \"inference conditions\"\n[grid]\nwidth = [2]\n",
                {"line 1: verb: expected one of", "'inference condition'"});
  // Ranges: ends, counts, types, and values that the option does not take.
  check_refused(head + "[grid]\nwidth = {linear = [2, 8, 1]}\n",
                {"line 3: width: range: expected 2 or more values between 2 and 8, got 1"});
  check_refused(head + "[grid]\nlambda = {log = [0, 8, 3]}\n",
                {"line 3: lambda: range: expected positive ends of a logarithmic one"});
  check_refused(head + "[grid]\nlambda = {log = [1, inf, 3]}\n",
                {"line 3: lambda: expected finite numbers in log, found inf"});
  check_refused(head + "[grid]\nlambda = {linear = [1, 2, 2.5]}\n",
                {"line 3: lambda: expected linear = [first, last, how many]"});
  check_refused(head + "[grid]\nlambda = {linear = [1, 2, 1e300]}\n",
                {"line 3: lambda: expected at most 1000000 values, found 1e+300"});
  check_refused(head + "[grid]\nlambda = {linear = [1, 2]}\n",
                {"line 3: lambda: expected linear = [first, last, how many]"});
  check_refused(head + "[grid]\nwidth = {powers-of-two = [3, 8]}\n",
                {"line 3: width: range: expected two powers of two"});
  check_refused(head + "[grid]\nlambda = {linear = [1, 2, 3], log = [1, 2, 3]}\n",
                {"line 3: lambda: expected a range with one key of linear, log, powers-of-two"});
  check_refused(head + "[grid]\nseed = {linear = [-1, 1, 3]}\n", {"line 3: seed: expected"});
  // Exclusions.
  const std::string two = head + "[grid]\nwidth = [2, 4]\n";
  check_refused(two + "[[exclude]]\nlambda = 2\n",
                {"line 5: lambda: unknown among the swept options", "'width'"});
  check_refused(two + "[[exclude]]\nwidth = {at-lest = 2}\n", {"width.at-lest: unknown bound"});
  check_refused(two + "[[exclude]]\nwidth = {at-least = \"x\"}\n",
                {"line 5: width.at-least: expected a number"});
  check_refused(two + "[[exclude]]\nwidth = {}\n", {"expected at-least or at-most, found neither"});
  check_refused(two + "[[exclude]]\nwidth = []\n", {"line 5: width: expected at least one value"});
  check_refused(two + "[[exclude]]\n", {"line 4: exclude: expected conditions, found none"});
  check_refused(two + "[exclude]\nwidth = 2\n", {"line 4: exclude: expected tables"});
  // Plots.
  check_refused(two + "[plot]\nx = \"width\"\n", {"line 4: plot: expected x and y"});
  check_refused(two + "[plot]\nx = \"width\"\nyy = \"a\"\n", {"line 6: yy: unknown key of [plot]"});
  check_refused(two + "[plot]\nx = \"width\"\ny = [[]]\n",
                {"line 6: y: expected 1 .. 4 columns in one figure, found 0"});
  check_refused(two + "[plot]\nx = \"width\"\ny = [[\"a\", \"b\", \"c\", \"d\", \"e\"]]\n",
                {"line 6: y: expected 1 .. 4 columns in one figure, found 5"});
  check_refused(two + "[plot]\nx = \"width\"\ny = [\"\"]\n",
                {"line 6: y: expected the name of a column"});
  // Verbs, seeds, tables, and too much of it.
  check_refused("[grid]\nwidth = [2]\n", {"verb: expected the name of a verb, found none"});
  check_refused("verb = 3\n[grid]\nwidth = [2]\n",
                {"line 1: verb: expected the name of a verb in"});
  check_refused(head + "seeds = 0\n", {"line 2: seeds: expected 1 .. 1000000 of them or a list"});
  check_refused(head + "seeds = \"many\"\n", {"line 2: seeds: expected how many, or a list"});
  check_refused(head + "seeds = 2\n[grid]\nseed = [1]\n", {"seed: given a second time"});
  check_refused(head + "grid = 3\n", {"line 2: grid: expected a table"});
  check_refused(head + "seeds = 2\n[zip]\n", {"line 3: zip: expected lists of values, found none"});
  check_refused(head + "[grid]\nwidth = [[[2]]]\n", {"line 3: width: expected a text, a number"});
  check_refused(head + "seeds = 1000000\n[grid]\nwidth = [2, 4]\n",
                {"expected at most 1000000 jobs, found 2000000"});
  check_refused(head + "[grid\n", {"line 2: not TOML"});
  CHECK(contains(run_program({"sweep", "absent.toml"}).err, "absent.toml: expected a readable"));
  const TemporaryFolder folder;
  const std::string file = folder.file("s.toml", kSmall);
  for (const Words& flags : {Words{"--shard", "3/2"}, {"--workers", "0"}, {"--memory", "-1"}}) {
    const Run run = sweep(file, folder / "out", flags);
    CHECK(run.code == 2);
    CHECK(contains(run.err, flags.front() + ": expected"));
  }
}

}  // namespace
}  // namespace saddlescope::test
