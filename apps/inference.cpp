// saddlescope inference VERB: how the activities relax, and when that turns into backpropagation.
// Each verb has a file of its own, apps/inference_<verb>.cpp, and a section [inference.<verb>] in
// config files.
#include "verb.hpp"

namespace saddlescope::apps {

std::vector<Verb> add_inference_verbs(CLI::App& program) {
  CLI::App* inference = program.add_subcommand(
      "inference",
      "the inference landscape: solvers, conditioning, spectra, width and depth limits");
  inference->require_subcommand(1);
  inference->fallthrough();
  return {
      add_inference_condition_verb(*inference),  add_inference_limits_verb(*inference),
      add_inference_mean_field_verb(*inference), add_inference_phase_verb(*inference),
      add_inference_predict_verb(*inference),    add_inference_solve_verb(*inference),
      add_inference_spectrum_verb(*inference),
  };
}

}  // namespace saddlescope::apps
