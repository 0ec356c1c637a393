// Published experiments run again: what a study is, what it returns, and which there are.
//
// A study is one file study_*.cpp: configuration, quantities, figure, and sentences of what it
// shows. Confounds of the original are fixed, and the published setting runs beside, named so.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/options.hpp"

namespace saddlescope::analysis {

// quick: seconds, shows that everything runs. standard: minutes. full: published sizes.
enum class StudyScale { kQuick, kStandard, kFull };
[[nodiscard]] std::string name(StudyScale scale);

struct StudyContext {
  StudyScale scale = StudyScale::kStandard;
  std::string data;                                       // source of images; empty: digits
  std::function<void(const std::string&)> progress = {};  // from one thread at a time
  std::filesystem::path runs =
      {};  // where long runs are kept while the study lasts; empty: nowhere
};

struct StudyTable {
  std::string name;  // NAME.csv
  CsvTable table;
};

// What a run says of the published headline. Undecided: it cannot tell, as the headline or its
// setting is not known or readings of it part. Not tested: the sizes of this run cannot show it.
enum class Agreement { kAgrees, kDiffers, kUndecided, kNotTested };
[[nodiscard]] constexpr Agreement agreement_of(bool agrees) {
  return agrees ? Agreement::kAgrees : Agreement::kDiffers;
}
// "agrees", "differs", "undecided", "not tested at this size".
[[nodiscard]] std::string name(Agreement agreement);

// A test of the headline, and whether this run passes it. Where a study has more than one, the page
// shows them all.
struct StudyRule {
  std::string rule;  // "the least distance of 16 ways to the origin is larger under PC"
  std::string from;  // what it was derived from, and whether before results were seen
  bool met = false;
};

struct StudyResult {
  nlohmann::ordered_json configuration;
  nlohmann::ordered_json quantities;
  std::string ours;  // the headline in our numbers
  Agreement agreement = Agreement::kUndecided;
  std::string judgement;  // why, or why not
  std::vector<StudyRule> rules = {};
  std::vector<StudyTable> tables;
  Figure figure;
};

struct Study {
  std::string id;
  std::string shows;                   // the question it answers
  std::string published;               // headline
  std::vector<std::string> confounds;  // of the original, and what is done about each
  bool takes_images = false;           // --data
  std::function<StudyResult(const StudyContext&)> run;
  std::string quick_reduces = {};  // what --quick makes smaller; empty: nothing
  bool quick_decides = true;       // false: the headline cannot show at those sizes
};

// In the order of data/references.bib's papers; studies.hpp names them.
[[nodiscard]] std::vector<Study> all_studies();

struct UnavailableStudy {
  std::string id;
  std::string shows;
  std::string needs;
};
// Published experiments that are known and not reproducible yet.
[[nodiscard]] std::vector<UnavailableStudy> unavailable_studies();

struct ReproduceOptions {
  std::vector<std::string> ids;
  bool list = false;
  bool all = false;
  bool quick = false;
  bool full = false;
  std::string data;
  int threads = 0;
  std::string out = "out/reproduce";
  bool no_figures = false;
};
[[nodiscard]] OptionTable describe(ReproduceOptions& options);
[[nodiscard]] StudyScale scale_of(const ReproduceOptions& options);

// The studies with these ids, in the order given; under `all` every one that can run (at full scale
// without images: those that need none). Throws std::invalid_argument for one that is not
// reproducible yet, an unknown one (naming the nearest known), options that contradict each other,
// and where nothing is asked for.
[[nodiscard]] std::vector<Study> select_studies(const ReproduceOptions& options);

// A line for each experiment.
[[nodiscard]] std::string study_list_text();

}  // namespace saddlescope::analysis
