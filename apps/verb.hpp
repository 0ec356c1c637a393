// A verb of the program: a subcommand with its flags, and what runs when it was chosen.
#pragma once

#include <functional>
#include <vector>

#include <CLI/CLI.hpp>

namespace saddlescope::apps {

struct Verb {
  CLI::App* command;
  std::function<int()> run;  // the program's exit code
};

Verb add_report_verb(CLI::App& program);
Verb add_reproduce_verb(CLI::App& program);
Verb add_slice_verb(CLI::App& program);
Verb add_spectrum_verb(CLI::App& program);
Verb add_train_verb(CLI::App& program);
Verb add_verify_verb(CLI::App& program);

std::vector<Verb> add_saddle_verbs(CLI::App& program);
Verb add_saddle_atlas_verb(CLI::App& saddle);
Verb add_saddle_check_verb(CLI::App& saddle);
Verb add_saddle_classify_verb(CLI::App& saddle);
Verb add_saddle_construct_verb(CLI::App& saddle);
Verb add_saddle_escape_verb(CLI::App& saddle);
Verb add_saddle_search_verb(CLI::App& saddle);

std::vector<Verb> add_inference_verbs(CLI::App& program);
Verb add_inference_condition_verb(CLI::App& inference);
Verb add_inference_limits_verb(CLI::App& inference);
Verb add_inference_mean_field_verb(CLI::App& inference);
Verb add_inference_phase_verb(CLI::App& inference);
Verb add_inference_predict_verb(CLI::App& inference);
Verb add_inference_solve_verb(CLI::App& inference);
Verb add_inference_spectrum_verb(CLI::App& inference);

}  // namespace saddlescope::apps
