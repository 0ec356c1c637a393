// Which studies run again, and the page about all of them.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/reproduction_files.hpp"
#include "saddlescope/analysis/reproduction_index.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;

Study some_study(bool agrees, bool decides = true) {
  Study out = all_studies()[0];
  out.takes_images = true;
  out.quick_reduces = "width 2 for 4";
  out.quick_decides = decides;
  out.run = [agrees](const StudyContext&) {
    StudyResult result;
    result.ours = "it came out";
    result.agreement = agreement_of(agrees);
    result.rules = {{"a rule", "before results were seen", agrees}};
    result.judgement = "for a reason";
    result.figure = panel_figure("figure", "title", {{"panel", "x", "y"}}, 1);
    return result;
  };
  return out;
}

ReproduceOptions quick_options() {
  ReproduceOptions out;
  out.quick = true;
  out.no_figures = true;
  return out;
}

TEST_CASE("every experiment is named once, with a headline and what is done about confounds") {
  std::set<std::string> ids;
  for (const Study& study : all_studies()) {
    CAPTURE(study.id);
    CHECK(ids.insert(study.id).second);
    CHECK(!study.published.empty());
    CHECK(!study.confounds.empty());
  }
  for (const UnavailableStudy& study : unavailable_studies()) {
    CHECK(ids.insert(study.id).second);
    CHECK(!study.needs.empty());
  }
  CHECK(all_studies().size() == 28);  // the ids of the papers
}

TEST_CASE("a study is finished where its result is, of this scale and these images, and whole") {
  const TemporaryFolder folder;
  const Study study = some_study(true);
  const ReproduceOptions options = quick_options();
  CHECK(!is_finished(study, options, folder / "out"));
  static_cast<void>(
      write_reproduction(reproduce(study, {StudyScale::kQuick, "", {}}), options, folder / "out"));
  CHECK(is_finished(study, options, folder / "out"));
  ReproduceOptions other = options;
  other.quick = false;
  CHECK(!is_finished(study, other, folder / "out"));
  other = options;
  other.data = "idx:images,labels";
  CHECK(!is_finished(study, other, folder / "out"));
  other = options;
  other.no_figures = false;  // there is none yet
  CHECK(!is_finished(study, other, folder / "out"));
  write_text(folder / "out" / study.id / "result.json", "{\"id\": ");
  CHECK(!is_finished(study, options, folder / "out"));
}

TEST_CASE("the page tells what agrees, what differs, what broke and what is not there") {
  const TemporaryFolder folder;
  const Study study = some_study(false);
  static_cast<void>(write_reproduction(reproduce(study, {StudyScale::kQuick, "", {}}),
                                       quick_options(), folder / "out"));
  const std::string damaged = all_studies()[1].id;
  std::filesystem::create_directories(folder / "out" / damaged);
  write_text(folder / "out" / damaged / "result.json", "{\"id\": ");
  write_reproduction_index({"some-figure: out of luck"}, folder / "out");
  const std::string page = read_text(folder / "out" / "index.md");
  CHECK(contains(page, "- **differs (quick)**: for a reason\n"));
  CHECK(contains(page, "- reduced by --quick: width 2 for 4\n"));
  CHECK(contains(page, "- rule, before results were seen: a rule: not met\n"));
  CHECK(
      contains(page, "cannot be read: 1, differs (quick): 1, not run: 26. Verdicts with (quick)"));
  CHECK(contains(page, "- ours (quick, 0 s): it came out\n"));
  CHECK(contains(page, "Failed: some-figure: out of luck"));
  CHECK(contains(page, "result.json could not be read: "));
  CHECK(contains(page, "Not run here."));
  for (const Study& one : all_studies()) CHECK(contains(page, "## " + one.id + ": "));
}

// What a verdict says is what was tested: reduced sizes are told apart from those of the study, and
// sizes that cannot show the headline give no verdict.
TEST_CASE("verdicts at reduced sizes are told apart, and none is given where they cannot tell") {
  const auto verdict = [](const Study& study, StudyScale scale) {
    return verdict_of(reproduce(study, {scale, "", {}}));
  };
  CHECK(verdict(some_study(true), StudyScale::kStandard) == "agrees");
  CHECK(verdict(some_study(true), StudyScale::kQuick) == "agrees (quick)");
  CHECK(verdict(some_study(false), StudyScale::kQuick) == "differs (quick)");
  for (const bool agrees : {true, false}) {
    CHECK(verdict(some_study(agrees, false), StudyScale::kQuick) == "not tested at this size");
    CHECK(verdict(some_study(agrees, false), StudyScale::kFull) == (agrees ? "agrees" : "differs"));
  }
  const Reproduction none = reproduce(some_study(true, false), {StudyScale::kQuick, "", {}});
  CHECK(contains(none.result.judgement, "width 2 for 4, too small for the headline to show"));
  CHECK(contains(reproduction_text(none), "  not tested at this size: "));
  Study same = some_study(true);
  same.quick_reduces = "";
  CHECK(verdict(same, StudyScale::kQuick) == "agrees");
}

TEST_CASE("rules that part leave the headline undecided") {
  const StudyRule met = {"", "", true}, missed = {"", "", false};
  CHECK(agreement_of(std::vector{met, met}) == Agreement::kAgrees);
  CHECK(agreement_of(std::vector{missed}) == Agreement::kDiffers);
  CHECK(agreement_of(std::vector{met, missed}) == Agreement::kUndecided);
}

TEST_CASE("--all stands alone, and leaves out images that full scale lacks") {
  ReproduceOptions options;
  options.all = true;
  CHECK(select_studies(options).size() == all_studies().size());
  options.full = true;
  const auto without = select_studies(options);
  CHECK(std::none_of(without.begin(), without.end(),
                     [](const Study& study) { return study.takes_images; }));
  CHECK(!without.empty());
  options.ids = {"saddles-fig6"};
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)select_studies(options); }),
                 "--all: expected no ids beside it, got 'saddles-fig6'"));
}

TEST_CASE("lines of a figure break where a number is not finite") {
  StudyLine line = {"line", "#000000"};
  line.add(1, 2);
  line.add(2, std::numeric_limits<double>::infinity());
  line.add(3, 4);
  const Figure figure =
      panel_figure("name", "title", {{"panel", "x", "y", false, false, {line}}}, 1);
  REQUIRE(figure.data.size() == 1);
  CHECK(figure.data[0].file == "name_1_1.csv");
  CHECK(figure.data[0].content == "x,y\n1,2\n\n3,4\n");
}

}  // namespace
}  // namespace saddlescope::analysis
