// A verb of the program: a subcommand with its flags, and what runs when it was chosen.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "option_flags.hpp"

namespace saddlescope::apps {

// One run of a verb with options of its own, as sweeps make many of: assign the fields of `table`,
// then ask for the effective options or run.
struct VerbInstance {
  analysis::OptionTable table;
  std::function<nlohmann::ordered_json()> effective;  // every default spelled out; may throw
  std::function<int()> run;
};

struct Verb {
  CLI::App* command;
  std::function<int()> run;                     // the program's exit code
  std::function<VerbInstance()> instance = {};  // empty: a sweep cannot run it
  std::string summary = {};                     // the file of JSON that it writes into --out
};

// The verb of an Options struct with describe() and effective().
template <class Options>
Verb make_verb(CLI::App* command, int (*run)(const Options&), std::string summary) {
  const auto options = std::make_shared<Options>();
  add_flags(*command, describe(*options));
  return {command, [options, run] { return run(*options); },
          [run] {
            const auto own = std::make_shared<Options>();
            return VerbInstance{describe(*own),
                                [own] {
                                  Options filled = effective(*own);
                                  return describe(filled).to_json();
                                },
                                [own, run] { return run(*own); }};
          },
          std::move(summary)};
}

// "inference condition": the names of the commands down to this one.
[[nodiscard]] std::string verb_name(const Verb& verb);

// Every verb, added to `program`.
std::vector<Verb> add_verbs(CLI::App& program);

Verb add_report_verb(CLI::App& program);
Verb add_reproduce_verb(CLI::App& program);
Verb add_slice_verb(CLI::App& program);
Verb add_spectrum_verb(CLI::App& program);
Verb add_sweep_verb(CLI::App& program);
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
