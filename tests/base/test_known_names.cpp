// Names that were mistyped, and what they most likely meant.
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/known_names.hpp"

namespace saddlescope {
namespace {

const std::vector<std::string> kNames = {"tanh", "hard-tanh", "relu", "gelu"};

std::string refusal(const std::vector<std::string>& known, const std::string& given) {
  return test::message_of<std::invalid_argument>([&] { require_known("phi", known, given); });
}

TEST_CASE("the edit distance is a metric with the values of a table done by hand") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("relu", "relu") == 0);
  CHECK(edit_distance("", "relu") == 4);
  CHECK(edit_distance("rleu", "relu") == 2);  // a swap is two replacements
  CHECK(edit_distance("kitten", "sitting") == 3);
  for (const std::string& a : kNames)
    for (const std::string& b : kNames) {
      CHECK(edit_distance(a, b) == edit_distance(b, a));
      for (const std::string& c : kNames)
        CHECK(edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c));
    }
}

TEST_CASE("a slip is answered with the name it meant, another word with none") {
  CHECK(did_you_mean(kNames, "rleu") == "; did you mean 'relu'?");
  CHECK(did_you_mean(kNames, "hardtanh") == "; did you mean 'hard-tanh'?");
  CHECK(did_you_mean(kNames, "sigmoid").empty());
  CHECK(did_you_mean({"ce", "mse"}, "xy").empty());  // two edits away, and nothing in common
  CHECK(did_you_mean({}, "relu").empty());
}

TEST_CASE("a name that is not known is refused with all that are") {
  CHECK_NOTHROW(require_known("phi", kNames, "gelu"));
  CHECK(refusal(kNames, "sigmoid") == "phi: expected tanh, hard-tanh, relu or gelu, got 'sigmoid'");
  CHECK(refusal({"on", "off"}, "offf") ==
        "phi: expected on or off, got 'offf'; did you mean 'off'?");
  CHECK(refusal({"on"}, "") == "phi: expected on, got ''");
}

}  // namespace
}  // namespace saddlescope
