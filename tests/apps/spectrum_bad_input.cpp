// Every mistake a user can make ends in one sentence, exit code 2 and no file.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::test {
namespace {

using Words = std::vector<std::string>;

// Runs `spectrum` with these flags on tiny data and checks the refusal; `expected` are the words
// that the sentence must hold.
void check_refused(const Words& flags, const Words& expected) {
  const TemporaryFolder folder;
  const std::string out = folder / "results";
  Words words = {"spectrum", "--out", out, "--no-figures"};
  words.insert(words.end(), flags.begin(), flags.end());
  const Run run = run_program(words);
  CAPTURE(run.err);
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  for (const std::string& word : expected) CHECK(contains(run.err, word));
  CHECK_FALSE(std::filesystem::exists(out));
}

void write_layers(const std::filesystem::path& path, Index hidden, Index next_input,
                  double entry = 0.5) {
  Hdf5Writer file(path);
  file.attribute("/", "format_version", std::int64_t{1});
  file.matrix("/layers/1/weight", Matrix::Constant(hidden, 2, entry));
  file.matrix("/layers/2/weight", Matrix::Constant(2, next_input, 0.5));
  file.commit();
}

}  // namespace

TEST_CASE("without a verb the help is shown and the exit code is 2") {
  const Run run = run_program({});
  CHECK(run.code == 2);
  CHECK(contains(run.out, "spectrum"));
}

TEST_CASE("help and version succeed and version names compiler and BLAS") {
  CHECK(run_program({"--help"}).code == 0);
  const Run help = run_program({"spectrum", "--help"});
  CHECK(help.code == 0);
  CHECK(contains(help.out, "--normalise"));
  const Run version = run_program({"--version"});
  CHECK(version.code == 0);
  for (const char* word : {"saddlescope", "revision", "compiler", "BLAS"}) {
    CHECK(contains(version.out, word));
  }
}

TEST_CASE("unknown flags and verbs are refused") {
  check_refused({"--hiden", "3"}, {"--hiden"});
  CHECK(run_program({"spectra"}).code == 2);
}

TEST_CASE("values that are not numbers or out of range are refused by flag") {
  check_refused({"--seed", "many"}, {"--seed", "many"});
  check_refused({"--seed", "-1"}, {"--seed", "-1"});
  check_refused({"--hidden", "3,x"}, {"--hidden", "'x'"});
  check_refused({"--hidden", "3,,4"}, {"--hidden", "''"});
  check_refused({"--hidden", "3,0"}, {"--hidden", "0"});
  check_refused({"--hidden", "-4"}, {"--hidden", "-4"});
  check_refused({"--lambda", "0"}, {"lambda", "0"});
  check_refused({"--lambda", "nan"}, {"--lambda", "nan"});
  check_refused({"--gamma", "-2"}, {"gamma", "-2"});
  check_refused({"--precisions", "1,1"}, {"precisions", "3", "2"});
  check_refused({"--samples", "-5"}, {"samples", "-5"});
  check_refused({"--count", "0"}, {"--count", "0"});
  check_refused({"--threads", "-1"}, {"--threads", "-1"});
  check_refused({"--layers", "4"}, {"--layers", "4", "3"});
  check_refused({"--layers", "2,1"}, {"--layers", "ascending"});
}

TEST_CASE("names that do not exist are refused with those that do") {
  check_refused({"--parameterisation", "ntk"}, {"ntk", "mupc"});
  check_refused({"--init", "xavier"}, {"xavier", "orthogonal"});
  check_refused({"--point", "top"}, {"--point", "top", "zero-rank"});
  check_refused({"--objective", "mse,ce"}, {"--objective", "ce"});
  check_refused({"--method", "sparse"}, {"--method", "sparse", "extreme"});
  check_refused({"--normalise", "zca"}, {"zca", "minmax"});
  check_refused({"--data", "cifar"}, {"cifar", "digits"});
}

TEST_CASE("options that contradict each other are refused by name") {
  check_refused({"--lambda", "2", "--precisions", "1,1,2"}, {"--lambda", "--precisions"});
  check_refused({"--init", "normal"}, {"--init", "origin", "draws no weights"});
  check_refused({"--init-scale", "2"}, {"--init-scale", "origin", "draws no weights"});
  check_refused({"--method", "dense", "--count", "3"}, {"--count", "--method dense"});
  check_refused({"--point", "network"}, {"--point network", "--network"});
  check_refused({"--skips", "--hidden", "5,6,5"}, {"skip", "5", "6"});
  const TemporaryFolder folder;
  const std::string network = folder / "net.h5";
  write_layers(network, 3, 3);
  for (const char* flag : {"--hidden", "--gamma", "--lambda", "--precisions"}) {
    check_refused({"--data", "toy", "--network", network, flag, "1"}, {flag, network});
  }
  check_refused({"--data", "toy", "--network", network, "--skips"}, {"--skips", network});
  check_refused({"--data", "toy", "--network", network, "--parameterisation", "sp"},
                {"--parameterisation", network});
}

TEST_CASE("network files that are missing or malformed are refused with the reason") {
  const TemporaryFolder folder;
  check_refused({"--data", "toy", "--network", folder / "none.h5"}, {"none.h5"});
  const std::string text = folder.file("text.h5", "not HDF5");
  check_refused({"--data", "toy", "--network", text}, {"text.h5"});
  const std::string unchained = folder / "unchained.h5";
  write_layers(unchained, 3, 4);
  check_refused({"--data", "toy", "--network", unchained}, {"unchained.h5", "3", "4"});
  const std::string poisoned = folder / "nan.h5";
  write_layers(poisoned, 3, 3, std::nan(""));
  check_refused({"--data", "toy", "--network", poisoned}, {"nan.h5", "/layers/1/weight"});
  const std::string narrow = folder / "narrow.h5";
  write_layers(narrow, 3, 3);
  check_refused({"--data", "digits", "--network", narrow}, {"narrow.h5", "64", "2"});
}

TEST_CASE("data files that are missing or malformed are refused with the reason") {
  const TemporaryFolder folder;
  const std::string missing = folder / "missing";
  check_refused({"--data", "csv:" + missing}, {missing});
  check_refused({"--data", "h5:" + missing}, {missing});
  check_refused({"--data", "idx:" + missing + "," + missing}, {missing});
  const std::string magic = folder.file("magic.idx", std::string("\0\0\x09\x03", 4) + "abcdefgh");
  check_refused({"--data", "idx:" + magic + "," + magic}, {"magic.idx"});
  const std::string nan_csv = folder.file("nan.csv", "a,b\n1,2\n3,nan\n");
  check_refused({"--data", "csv:" + nan_csv, "--targets", "b"}, {"nan.csv"});
}

TEST_CASE("a dense Hessian beyond the memory is refused with its size and a method that fits") {
  check_refused({"--hidden", "1000,1000", "--method", "dense"},
                {"--method dense", "GiB", "available", "--method extreme"});
  check_refused({"--hidden", "100000000,100000000"}, {"--hidden", "GiB", "available"});
}

TEST_CASE("an output folder that is a file is refused and left alone") {
  const TemporaryFolder folder;
  const std::string file = folder.file("occupied", "mine");
  const Run run = run_program({"spectrum", "--data", "toy", "--out", file});
  CHECK(run.code == 2);
  CHECK(contains(run.err, file));
  CHECK(std::filesystem::file_size(file) == 4);
}

}  // namespace saddlescope::test
