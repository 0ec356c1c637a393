#include "sweep_execute.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "failure.hpp"

#include "saddlescope/io/text.hpp"

namespace saddlescope::apps {
namespace {

namespace fs = std::filesystem;

void assign_if_known(const VerbInstance& instance, const std::string& name,
                     const std::string& text) {
  for (const analysis::OptionField& field : instance.table.fields())
    if (field.name == name) field.assign({text});
}

// Sends standard output to nowhere and standard error to a file while it lives.
class Silence {
 public:
  explicit Silence(const fs::path& errors) : errors_(errors) {
    redirect("/dev/null", STDOUT_FILENO);
    redirect(errors.c_str(), STDERR_FILENO);
  }
  // What was written to the standard error, without the last line's end.
  [[nodiscard]] std::string text() const {
    std::fflush(stderr);
    std::string text = read_text(errors_);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

 private:
  static void redirect(const char* file, int descriptor) {
    std::fflush(descriptor == STDOUT_FILENO ? stdout : stderr);
    constexpr int kMode = 0644;
    const int opened = open(file, O_WRONLY | O_CREAT | O_APPEND, kMode);
    if (opened < 0 || dup2(opened, descriptor) < 0)
      throw std::runtime_error(fmt::format("{}: cannot be written", file));
    close(opened);
  }

  fs::path errors_;
};

// What tables cannot hold or records hold anyhow is left out.
nlohmann::ordered_json summary_of(const fs::path& file) {
  auto json = nlohmann::ordered_json::parse(read_text(file));
  for (const char* key : {"options", "provenance"}) json.erase(key);
  return json;
}

}  // namespace

int threads_per_job(const SweepFile& sweep) {
  for (const analysis::SweepSetting& one : sweep.fixed)
    if (one.name == "threads") return std::max(1, std::stoi(one.text()));
  return 1;
}

analysis::RunVerb run_verb_of(const SweepFile& sweep) {
  return [&sweep](const analysis::SweepJob& job, const fs::path& scratch) {
    analysis::JobResult result;
    const Silence silence(scratch / "stderr");
    const fs::path folder = scratch / "files";
    try {
      const VerbInstance instance = instance_of(sweep, job.settings);
      assign_if_known(instance, "threads", std::to_string(threads_per_job(sweep)));
      assign_if_known(instance, "no-figures", "true");
      assign_if_known(instance, "out", folder.string());
      result.exit_code = instance.run();
      result.message = silence.text();
      // A verb that ended with a verdict other than 0 has computed all the same.
      result.done = fs::exists(folder / sweep.verb->summary);
      if (result.done) result.summary = summary_of(folder / sweep.verb->summary);
    } catch (...) {
      const Failure failure = current_failure();
      result.exit_code = failure.code;
      result.message = failure.message;
      result.no_memory = failure.no_memory;
      result.not_written = failure.not_written;
    }
    return result;
  };
}

}  // namespace saddlescope::apps
