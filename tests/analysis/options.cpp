#include "saddlescope/analysis/options.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/spectrum_study.hpp"

namespace saddlescope::analysis {
namespace {

using test::contains;
using test::message_of;

struct Sample {
  std::optional<std::vector<Index>> widths;
  std::vector<double> numbers;
  std::optional<bool> flag;
  double real = 1;
  std::uint64_t seed = 0;
  std::string text = "a";
  int run_only = 0;
};

OptionTable table_of(Sample& sample) {
  OptionTable table;
  table.add("widths", &sample.widths, "");
  table.add("numbers", &sample.numbers, "");
  table.add("flag", &sample.flag, "");
  table.add("real", &sample.real, "");
  table.add("seed", &sample.seed, "");
  table.add("text", &sample.text, "");
  table.add("run-only", &sample.run_only, "", OptionRole::kRun);
  return table;
}

}  // namespace

TEST_CASE("every kind of option reads its text and shows in the canonical JSON") {
  Sample sample;
  const OptionTable table = table_of(sample);
  CHECK(table.to_json().dump() == R"({"numbers":[],"real":1.0,"seed":0,"text":"a"})");
  table.fields()[0].assign({"10,20", "30"});
  table.fields()[1].assign({"0.5,-1e-3"});
  table.fields()[2].assign({"true"});
  table.fields()[3].assign({"2.25"});
  table.fields()[4].assign({"18446744073709551615"});
  table.fields()[5].assign({"idx:a", "b"});  // a comma in a config value splits it: joined again
  table.fields()[6].assign({"3"});
  CHECK(table.to_json().dump() ==
        R"({"widths":[10,20,30],"numbers":[0.5,-0.001],"flag":true,"real":2.25,)"
        R"("seed":18446744073709551615,"text":"idx:a,b"})");
  CHECK(sample.run_only == 3);
  table.fields()[0].assign({"none"});
  CHECK(sample.widths->empty());
}

TEST_CASE("text that is not a value of the option is refused by name") {
  Sample sample;
  const OptionTable table = table_of(sample);
  const auto refusal = [&](std::size_t field, const char* text) {
    return message_of<std::invalid_argument>([&] { table.fields()[field].assign({text}); });
  };
  CHECK(contains(refusal(0, "1.5"), "--widths: expected a whole number, got '1.5'"));
  CHECK(contains(refusal(0, "1,,2"), "got ''"));
  CHECK(contains(refusal(1, "inf"), "--numbers: expected a finite number, got 'inf'"));
  CHECK(contains(refusal(2, "perhaps"), "--flag: expected true or false, got 'perhaps'"));
  CHECK(contains(refusal(3, ""), "--real: expected a finite number, got ''"));
  CHECK(contains(refusal(4, "-1"), "--seed: expected a whole number >= 0, got '-1'"));
}

TEST_CASE("effective options spell out every default and are a fixed point") {
  SpectrumOptions options;
  options.problem.hidden = {{7}};
  SpectrumOptions once = effective(options), twice = effective(once);
  CHECK(describe(once).to_json() == describe(twice).to_json());
  CHECK(describe(once).to_json()["hidden"] == nlohmann::ordered_json({7}));
  CHECK(describe(once).to_json()["parameterisation"] == "sp");
  CHECK(describe(once).to_json()["point"] == "origin");
  CHECK_FALSE(describe(once).to_json().contains("threads"));
  CHECK(describe(once).to_json()["normalise"] == "standard");
  options.layers = {{1, 2}};
  SpectrumOptions all = effective(options);
  CHECK(describe(once).to_json() == describe(all).to_json());
  options.problem.network = "net.h5";
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)effective(options); }),
                 "--hidden: the network file net.h5"));
}

}  // namespace saddlescope::analysis
