#include "saddlescope/analysis/reproduction.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/nearest_name.hpp"
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

std::vector<Study> all_studies() {
  return {origin_escape_study(), matrix_completion_study(), mupc_depth_study()};
}

std::vector<UnavailableStudy> unavailable_studies() {
  return {
      {"saddles-fig1", "energy after inference against the closed form, linear networks"},
      {"saddles-fig2", "surfaces, paths and losses of chains"},
      {"saddles-fig3", "Hessian spectra at the origin of loss, energy and F*"},
      {"saddles-fig9", "Hessian spectra at zero-rank saddles"},
      {"trust-fig1", "loss, energy and F* of a chain; fields and paths"},
      {"trust-fig2", "cosine to the optimal direction"},
      {"trust-fig3", "loss of deep chains"},
      {"trust-fig4", "loss at the best learning rate, 10 layers"},
      {"trust-fig6", "loss under weight noise"},
      {"mupc-long", "accuracy of 128 layers over many epochs"},
      {"mupc-fig2", "spectra and conditioning of the activity Hessian"},
      {"mupc-fig3", "conditioning, norms and layer energies in training"},
      {"mupc-fig6", "loss over F* by width and depth"},
      {"mupc-figA29", "sizes of activities and weights by width and depth"},
      {"mupc-toy", "inference paths in narrow valleys"},
      {"mupc-decay", "accuracy under activity decay"},
      {"limits-fig1", "cosine of PC and BP gradients by width and depth"},
      {"limits-fig2", "loss and F* against mean field"},
      {"limits-figA3", "lazy and rich training"},
      {"limits-figA4", "saddle-to-saddle training"},
      {"limits-fig3", "energy after inference against its equilibrium"},
      {"limits-fig4", "loss and cosine by width, residual, convolutional and transformer networks"},
      {"jpc-fig1", "accuracy and time of ODE solvers of inference"},
      {"jpc-fig2", "the closed form of F* against inference"},
      {"dmft-1", "mean field in closed form against gradient descent"},
  };
}

OptionTable describe(ReproduceOptions& o) {
  OptionTable table;
  table.add("list", &o.list, "say which experiments there are, and run none", OptionRole::kRun);
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
  require(!options.ids.empty(),
          "reproduce: expected the id of an experiment, got none (reproduce "
          "--list shows all)");
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  const std::vector<Study> studies = all_studies();
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
    require(found != studies.end(), "experiment '{}': not reproducible yet", id);
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
  text += "\nnot reproducible yet\n";
  for (const UnavailableStudy& study : unavailable_studies())
    text += fmt::format("  {:<14} {}\n", study.id, study.shows);
  return text;
}

}  // namespace saddlescope::analysis
