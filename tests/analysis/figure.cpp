#include "saddlescope/analysis/figure.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {

TEST_CASE("a quoted text is one literal gnuplot string") {
  CHECK(quoted("it's\na `date` @x") == "'it''s a `date` @x'");
}

TEST_CASE("a failing script keeps script and data and drops the old picture") {
  const test::TemporaryFolder folder;
  folder.file("broken.png", "an old picture");
  Figure figure;
  figure.name = "broken";
  figure.commands = "plot 'broken.csv' using nonsense(1)\n";
  figure.data = {{"broken.csv", "1,2\n"}};
  const Summary summary = draw(figure, folder / "");
  CHECK_FALSE(summary.ok());
  CHECK(test::contains(summary.message, "broken is not drawn"));
  CHECK_FALSE(std::filesystem::exists(folder / "broken.png"));
  CHECK(read_text(folder / "broken.csv") == "1,2\n");
  CHECK(std::filesystem::exists(folder / "broken.gp"));
  CHECK(folder.n_entries() == 3);
}

TEST_CASE("a figure is drawn in three formats beside its script and data") {
  const test::TemporaryFolder folder;
  Figure figure;
  figure.name = "line";
  figure.commands = "plot 'line.csv' using 1:2 with lines notitle\n";
  figure.data = {{"line.csv", "1,2\n2,3\n"}};
  figure.title = "A \"line\" & more";
  figure.caption = "x < y";
  const Summary summary = draw(figure, folder / "");
  if (test::contains(summary.message, "gnuplot is missing")) return;
  CAPTURE(summary.message);
  REQUIRE(summary.ok());
  CHECK(test::contains(read_text(folder / "line.svg"), "<svg"));
  CHECK(read_text(folder / "line.pdf").starts_with("%PDF"));
  CHECK(read_text(folder / "line.png").starts_with("\x89PNG"));
  const auto described = nlohmann::json::parse(read_text(folder / "line.figure.json"));
  CHECK(described.at("title") == figure.title);
  CHECK(described.at("caption") == figure.caption);
  CHECK(described.at("data") == std::vector<std::string>{"line.csv"});
  CHECK(folder.n_entries() == 6);
}

// gnuplot's own marks of size 1 are scaled by 7.5 where the font has 20 pixels.
TEST_CASE("marks of an SVG have the size of the other formats, cells of maps sharp edges") {
  const test::TemporaryFolder folder;
  Figure figure;
  figure.name = "marks";
  figure.font = 20;
  figure.commands =
      "set multiplot layout 1,2\nplot 'marks.csv' using 1:2 with points pt 7 ps 1\n"
      "plot 'marks.csv' matrix with image\nunset multiplot\n";
  figure.data = {{"marks.csv", "1,2\n2,3\n"}};
  const Summary summary = draw(figure, folder / "");
  if (test::contains(summary.message, "gnuplot is missing")) return;
  REQUIRE(summary.ok());
  const std::string svg = read_text(folder / "marks.svg");
  CHECK(test::contains(svg, " scale(2.50)"));
  CHECK_FALSE(test::contains(svg, " scale(7.50)"));
  CHECK(test::contains(svg, "<image style='image-rendering:pixelated' x="));
  CHECK(svg.ends_with("</svg>\n\n"));
}

}  // namespace saddlescope::analysis
