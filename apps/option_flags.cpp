#include "option_flags.hpp"

namespace saddlescope::apps {

void add_flags(CLI::App& command, const analysis::OptionTable& table) {
  for (const analysis::OptionField& field : table.fields()) {
    const auto assign = [field](const CLI::results_t& texts) {
      field.assign(texts);
      return true;
    };
    if (field.is_switch()) {
      command.add_flag_function(
          "--" + field.name,
          [field](std::int64_t count) { field.assign({count > 0 ? "true" : "false"}); },
          field.help);
    } else {
      // A list in a config file arrives as several texts; on the command line a flag takes one.
      command.add_option("--" + field.name, assign, field.help)
          ->expected(1, CLI::detail::expected_max_vector_size)
          ->allow_extra_args(false)
          ->type_name("");
    }
  }
}

}  // namespace saddlescope::apps
