#include "saddlescope/training/training_state.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope {
namespace {

constexpr const char* kKind = "saddlescope training state";

// The whole numbers and numbers of a run, each once for both ways.
auto counts(auto& run) {
  return std::array{std::pair("optimiser_steps", &run.optimiser_steps),
                    std::pair("updates", &run.updates),
                    std::pair("epochs_without", &run.epochs_without)};
}
auto numbers(auto& run) {
  return std::array{std::pair("objective_sum", &run.objective_sum),
                    std::pair("objective_samples", &run.objective_samples),
                    std::pair("gradient_sum", &run.gradient_sum),
                    std::pair("converged_sum", &run.converged_sum),
                    std::pair("seconds", &run.seconds),
                    std::pair("best_loss", &run.best_loss)};
}
auto vectors(auto& run) {
  return std::array{std::pair("theta", &run.theta), std::pair("first", &run.first),
                    std::pair("second", &run.second)};
}

double number_of(const Hdf5Reader& reader, const std::string& group, const char* name) {
  const auto found = reader.number(group, name);
  require(found.has_value(), "{}: {}: attribute {}: expected a number, found none",
          reader.file().string(), group, name);
  return *found;
}

std::string text_of(const Hdf5Reader& reader, const std::string& group, const char* name) {
  auto found = reader.text(group, name);
  require(found.has_value(), "{}: {}: attribute {}: expected a text, found none",
          reader.file().string(), group, name);
  return std::move(*found);
}

RunState read_run(const Hdf5Reader& reader, const std::string& algorithm) {
  const std::string group = "/" + algorithm;
  RunState run;
  run.algorithm = algorithm;
  for (const auto& [name, value] : vectors(run)) *value = reader.vector(group + "/" + name);
  for (const auto& [name, value] : numbers(run)) *value = number_of(reader, group, name);
  for (const auto& [name, value] : counts(run))
    *value = static_cast<Index>(number_of(reader, group, name));
  run.ended = number_of(reader, group, "ended") == 1;
  run.closed = number_of(reader, group, "closed") == 1;
  run.summary.status = static_cast<Status>(static_cast<int>(number_of(reader, group, "status")));
  run.summary.message = text_of(reader, group, "message");
  return run;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  Hdf5Writer writer(file);
  writer.attribute("/", "kind", kKind);
  writer.attribute("/", "config", checkpoint.config);
  writer.attribute("/", "update", std::int64_t{checkpoint.state.update});
  writer.attribute("/", "log", checkpoint.log);
  for (const RunState& run : checkpoint.state.runs) {
    const std::string group = "/" + run.algorithm;
    for (const auto& [name, value] : vectors(run)) writer.vector(group + "/" + name, *value);
    for (const auto& [name, value] : numbers(run)) writer.attribute(group, name, *value);
    for (const auto& [name, value] : counts(run))
      writer.attribute(group, name, std::int64_t{*value});
    writer.attribute(group, "ended", std::int64_t{run.ended ? 1 : 0});
    writer.attribute(group, "closed", std::int64_t{run.closed ? 1 : 0});
    writer.attribute(group, "status", std::int64_t{static_cast<int>(run.summary.status)});
    writer.attribute(group, "message", run.summary.message);
  }
  writer.commit();
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  const std::string kind = reader.text("/", "kind").value_or("nothing");
  require(kind == kKind, "{}: attribute kind: expected '{}', found '{}'", file.string(), kKind,
          kind);
  Checkpoint out;
  out.config = text_of(reader, "/", "config");
  out.log = text_of(reader, "/", "log");
  out.state.update = static_cast<Index>(number_of(reader, "/", "update"));
  for (const char* algorithm : {"pc", "bp"})
    if (reader.exists(std::string("/") + algorithm))
      out.state.runs.push_back(read_run(reader, algorithm));
  return out;
}

}  // namespace saddlescope
