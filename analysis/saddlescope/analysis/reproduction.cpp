#include "saddlescope/analysis/reproduction.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

std::string name(StudyScale scale) {
  switch (scale) {
    case StudyScale::kQuick:
      return "quick";
    case StudyScale::kStandard:
      return "standard";
    default:
      return "full";
  }
}

std::string name(Agreement agreement) {
  switch (agreement) {
    case Agreement::kAgrees:
      return "agrees";
    case Agreement::kDiffers:
      return "differs";
    case Agreement::kNotTested:
      return "not tested at this size";
    default:
      return "undecided";
  }
}

std::vector<Study> all_studies() {
  return {inference_energy_study(),
          chain_escape_study(),
          origin_spectra_study(),
          zero_rank_spectra_study(),
          origin_escape_study(),
          matrix_completion_study(),
          chain_landscape_study(),
          optimal_direction_study(),
          deep_chain_study(),
          best_rate_study(),
          weight_noise_study(),
          mupc_depth_study(),
          mupc_long_study(),
          conditioning_map_study(),
          conditioning_training_study(),
          width_depth_ratio_study(),
          activity_size_study(),
          narrow_valley_study(),
          activity_decay_study(),
          gradient_cosine_study(),
          mean_field_training_study(),
          unfinished_inference_study(),
          nonlinear_width_study(),
          lazy_rich_study(),
          saddle_to_saddle_study(),
          inference_solver_study(),
          closed_form_study(),
          closed_form_training_study()};
}

std::vector<UnavailableStudy> unavailable_studies() {
  return {
      {"limits-fig4b", "loss and cosine by width, convolutional networks", "convolution"},
      {"limits-fig4c", "loss and cosine by width, transformers", "attention"},
      {"saddles-fig12", "leaving the origin, convolutional networks", "convolution"},
  };
}

OptionTable describe(ReproduceOptions& o) {
  OptionTable table;
  table.add("list", &o.list, "say which experiments there are, and run none", OptionRole::kRun);
  table.add("all", &o.all,
            "run every experiment, but those whose result is in the folder, and write index.md",
            OptionRole::kRun);
  table.add("quick", &o.quick, "small enough for seconds");
  table.add("full", &o.full, "published sizes; those of images need --data");
  table.add("data", &o.data, "images for experiments on images: idx:IMAGES,LABELS [digits]");
  table.add("threads", &o.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &o.out, "folder for the results, one folder a study [out/reproduce]",
            OptionRole::kRun);
  table.add("no-figures", &o.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

StudyScale scale_of(const ReproduceOptions& options) {
  require(!(options.quick && options.full), "--quick and --full: expected one of them");
  if (options.quick) return StudyScale::kQuick;
  return options.full ? StudyScale::kFull : StudyScale::kStandard;
}

std::vector<Study> select_studies(const ReproduceOptions& options) {
  const bool full = scale_of(options) == StudyScale::kFull;
  require(options.all || !options.ids.empty(),
          "reproduce: expected the id of an experiment, or --all, got none (reproduce "
          "--list shows all)");
  require(!options.all || options.ids.empty(), "--all: expected no ids beside it, got '{}'",
          options.ids.empty() ? "" : options.ids[0]);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  const std::vector<Study> studies = all_studies();
  if (options.all) {
    std::vector<Study> out;
    out.reserve(studies.size());
    for (const Study& study : studies)
      if (!full || !study.takes_images || !options.data.empty()) out.push_back(study);
    return out;
  }
  const std::vector<UnavailableStudy> others = unavailable_studies();
  std::vector<std::string> known;
  known.reserve(studies.size() + others.size());
  for (const Study& study : studies) known.push_back(study.id);
  for (const UnavailableStudy& study : others) known.push_back(study.id);
  std::vector<Study> out;
  for (const std::string& id : options.ids) {
    require(std::find(known.begin(), known.end(), id) != known.end(),
            "experiment '{}': unknown; the nearest known one is '{}' (reproduce --list shows all)",
            id, nearest_name(known, id));
    const auto found = std::find_if(studies.begin(), studies.end(),
                                    [&](const Study& study) { return study.id == id; });
    if (found == studies.end()) {
      const auto other = std::find_if(others.begin(), others.end(),
                                      [&](const UnavailableStudy& one) { return one.id == id; });
      require(false, "experiment '{}': not reproducible yet: needs {}", id, other->needs);
    }
    require(options.data.empty() || found->takes_images,
            "--data: expected with experiments on images only, got '{}'", id);
    require(!full || !found->takes_images || !options.data.empty(),
            "--full: '{}' expects its images by --data idx:IMAGES,LABELS", id);
    out.push_back(*found);
  }
  return out;
}

std::string study_list_text() {
  std::string text;
  for (const Study& study : all_studies())
    text += fmt::format("  {:<14} {}\n", study.id, study.shows);
  if (!unavailable_studies().empty()) text += "\nnot reproducible yet\n";
  for (const UnavailableStudy& study : unavailable_studies())
    text += fmt::format("  {:<14} {}: needs {}\n", study.id, study.shows, study.needs);
  return text;
}

}  // namespace saddlescope::analysis
