// Mistyped names: the sentence holds what was meant.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

namespace saddlescope::test {
namespace {

using Words = std::vector<std::string>;

void refused(const Words& words, const std::string& sentence) {
  const Run run = run_program(words);
  CAPTURE(run.err);
  CHECK(run.code == 2);
  CHECK(run.out.empty());
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  CHECK(contains(run.err, sentence));
}

}  // namespace

TEST_CASE("an unknown verb is answered with the nearest, in its group where it is in one") {
  refused({"spectrun", "--data", "toy"}, "got 'spectrun'; did you mean 'spectrum'?");
  refused({"saddle", "clasify", "--data", "toy"}, "got 'clasify'; did you mean 'classify'?");
  refused({"classify", "--data", "toy"}, "did you mean 'saddle classify'?");
  refused({"saddle", "nonsense"}, "got 'nonsense'\n");
  refused({"saddle"},
          "saddle: expected one of atlas, check, classify, construct, escape, search, "
          "got nothing");
}

TEST_CASE("an unknown flag is answered with the nearest of its verb") {
  refused({"spectrum", "--hiden", "10"},
          "spectrum: unknown flag --hiden; did you mean --hidden? (spectrum --help lists all)");
  refused({"spectrum", "--hiden=10"}, "unknown flag --hiden; did you mean --hidden?");
  refused({"saddle", "classify", "--conf", "f.toml"}, "did you mean --config?");
  refused({"spectrum", "--xyzzy"}, "spectrum: unknown flag --xyzzy (spectrum");
  refused(
      {"inference", "predict", "--wdth", "8"},
      "inference predict: unknown flag --wdth; did you mean --width? (inference predict --help");
  refused({"--hlep"}, "saddlescope: unknown flag --hlep");
  refused({"sweep"}, "sweep: FILE is required (sweep --help says what it is)");
  refused({"spectrum", "--data", "my.csv"}, "got 'my.csv'; did you mean csv:my.csv?");
  refused({"spectrum", "digits"}, "spectrum: expected flags, which begin with --, got 'digits'");
}

TEST_CASE("unknown keys and sections of a config file are answered with the nearest") {
  const TemporaryFolder folder;
  const auto refuses = [&](const std::string& text, const std::string& sentence) {
    refused({"spectrum", "--config", folder.file("run.toml", text)}, sentence);
  };
  refuses("[spectrum]\nhiden = [3]\n",
          "unknown key 'spectrum.hiden'; did you mean 'spectrum.hidden'? (keys are");
  refuses("[spectrun]\nhidden = [3]\n",
          "unknown key 'spectrun.hidden'; did you mean the section [spectrum]?");
  refuses("[saddle.clasify]\nhidden = [3]\n", "did you mean the section [saddle.classify]?");
  refuses("[classify]\nhidden = [3]\n", "did you mean the section [saddle.classify]?");
  refuses("hidden = [3]\n", "unknown key 'hidden' (keys are the verb's flags without dashes, in a");
}

TEST_CASE("unknown values are answered with the nearest") {
  refused({"spectrum", "--data", "digts"}, "got 'digts'; did you mean 'digits'?");
  refused({"spectrum", "--data", "toy", "--point", "orign"}, "did you mean 'origin'?");
  refused({"spectrum", "--data", "toy", "--point", "init", "--init", "unifrom"},
          "did you mean 'uniform'?");
  refused({"train", "--activation", "rleu"}, "or softplus, got 'rleu'; did you mean 'relu'?");
  refused({"train", "--optimiser", "adm"}, "did you mean 'adam'?");
  refused({"saddle", "construct", "rankr"}, "did you mean 'rank-r'?");
  refused({"inference", "solve", "--solver", "decsent"}, "did you mean 'descent'?");
  refused({"reproduce", "saddles-fig66"}, "nearest known one is 'saddles-fig6'");
}

TEST_CASE("a folder that cannot be written is told by its flag, before any work") {
  const TemporaryFolder folder;
  const std::string file = folder.file("taken", "text");
  refused({"spectrum", "--data", "toy", "--out", file}, "--out " + file + ": expected a folder");
  refused({"spectrum", "--data", "toy", "--out", file + "/below"}, "found the file " + file);
#ifdef __linux__
  for (const char* verb : {"spectrum", "train", "verify"})
    refused({verb, "--out", "/proc/none"}, "--out /proc/none: cannot be written: /proc: ");
#endif
}

}  // namespace saddlescope::test
