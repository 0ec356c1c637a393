// The jobs of a sweep file, each with its effective options and address.
#include <fmt/format.h>

#include "sweep_file.hpp"
#include "sweep_reader.hpp"

#include "saddlescope/base/require.hpp"

namespace saddlescope::apps {

VerbInstance instance_of(const SweepFile& sweep,
                         const std::vector<analysis::SweepSetting>& settings) {
  VerbInstance instance = sweep.verb->instance();
  for (const auto* list : {&sweep.fixed, &settings})
    for (const analysis::SweepSetting& one : *list)
      field_of(instance.table, one.name)->assign(one.texts);
  return instance;
}

std::vector<analysis::SweepJob> sweep_jobs(const std::filesystem::path& file,
                                           const SweepFile& sweep) {
  std::vector<analysis::SweepJob> jobs;
  analysis::FileChecksums checksums;
  for (auto& settings : settings_of(sweep.grid)) {
    analysis::SweepJob job;
    job.number = jobs.size() + 1;
    job.settings = std::move(settings);
    try {
      job.config = instance_of(sweep, job.settings).effective();
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: job {} ({}): {}", file.string(), job.number,
                                              settings_text(job.settings), error.what()));
    }
    job.inputs = analysis::input_files(job.config, checksums);
    job.address = analysis::address_of(sweep.verb_name, job.config, job.inputs);
    jobs.push_back(std::move(job));
  }
  require(!jobs.empty(), "{}: expected at least one job, found that [[exclude]] drops all",
          file.string());
  return jobs;
}

}  // namespace saddlescope::apps
