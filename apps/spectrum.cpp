// saddlescope spectrum.
#include <memory>

#include <fmt/format.h>

#include "option_flags.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/spectrum_study.hpp"

namespace saddlescope::apps {

Verb add_spectrum_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "spectrum", "Hessian spectra of the loss and of the equilibrated energy at one point");
  const auto options = std::make_shared<analysis::SpectrumOptions>();
  add_flags(*command, describe(*options));
  return {command, [options] {
            fmt::print("{}\n", describe(*options).to_json().dump(2));
            return 0;
          }};
}

}  // namespace saddlescope::apps
