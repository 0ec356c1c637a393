// saddlescope sweep: any verb over grids of its options, by worker processes, shards or MPI ranks.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "failure.hpp"
#include "interruption.hpp"
#include "mpi_team.hpp"
#include "sweep_execute.hpp"
#include "sweep_file.hpp"
#include "sweep_options.hpp"
#include "sweep_plan.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/process_team.hpp"
#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/analysis/sweep_figure.hpp"
#include "saddlescope/analysis/sweep_run.hpp"
#include "saddlescope/analysis/sweep_table.hpp"
#include "saddlescope/analysis/work_progress.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::apps {
namespace {

namespace fs = std::filesystem;
using analysis::SweepJob;
using analysis::SweepState;

fs::path running_folder(const Sweep& sweep) {
  return sweep.folder / "running" / shard_name(sweep.shard);
}

// Dealt by address: jobs that are the same, as a value given twice makes them, are one job.
std::vector<SweepJob> share_of(const std::vector<SweepJob>& jobs, const analysis::Shard& shard) {
  std::vector<SweepJob> mine;
  std::set<std::string> seen;
  for (const SweepJob& job : jobs)
    if (seen.insert(job.address).second && (seen.size() - 1) % shard.count == shard.index - 1)
      mine.push_back(job);
  return mine;
}

void write_sweep_json(const Sweep& sweep, const analysis::SweepRun& run) {
  nlohmann::ordered_json json;
  json["verb"] = sweep.file.verb_name;
  json["file"] = sweep.options.file;
  for (const analysis::SweepSetting& one : sweep.file.fixed) json["fixed"][one.name] = one.text();
  json["swept"] = sweep.file.grid.names();
  json["jobs"] = sweep.jobs.size();
  json["shard"] = sweep.options.shard;
  json["workers"] = sweep.workers;
  json["memory_bytes"] = sweep.memory;
  json["provenance"] = analysis::provenance();
  json["job_seconds"] = run.job_seconds;
  json["wall_seconds"] = run.seconds;
  write_text(sweep.folder / "sweep.json", json.dump(2) + "\n");
}

// What cannot be drawn is a warning: the numbers are there.
std::string draw_plots(const Sweep& sweep, const Table& results) {
  std::string files;
  if (!sweep.file.plot) return files;
  for (const std::vector<std::string>& y : sweep.file.plot->y) {
    try {
      const analysis::Figure figure = analysis::sweep_figure(
          results, sweep.file.grid.names(), sweep.file.verb_name, *sweep.file.plot, y);
      if (const Summary drawn = draw(figure, sweep.folder); !drawn.ok()) {
        warn(drawn.message);
      } else {
        files += fmt::format(", {}.{{png,svg,pdf}}", figure.name);
      }
    } catch (const std::invalid_argument& error) {
      warn(error.what());
    }
  }
  return files;
}

// "(10 of 20 jobs)" and the figures.
std::string write_tables(const Sweep& sweep) {
  const analysis::TableLock lock(sweep.folder);
  const analysis::SweepTables tables = sweep_tables(sweep.folder, sweep.jobs);
  write_sweep_tables(sweep.folder, tables);
  return fmt::format(" ({} of {} jobs), records/{}", tables.results.rows.size(), sweep.jobs.size(),
                     draw_plots(sweep, tables.results));
}

std::string progress_text(const analysis::SweepProgress& now) {
  return fmt::format(
      "{} of {} done, {} running, {} failed{}", now.done, now.total, now.running, now.failed,
      now.seconds_left < 0 ? "" : ", " + analysis::duration_text(now.seconds_left) + " left");
}

int run_on(const Sweep& sweep, analysis::WorkerTeam& team) {
  std::set<std::string> addresses;
  for (const SweepJob& job : sweep.shares) addresses.insert(job.address);
  remove_leftovers(sweep.folder, sweep.shard, addresses);
  const SweepState state =
      sweep_state(sweep.folder, sweep.shares, sweep.options.retry_failed, true);
  for (const std::string& sentence : state.damaged) warn(sentence);
  const analysis::SweepRun run = [&] {
    const ProgressLine line;
    const auto show = line.show();
    const auto progress =
        show ? [&](const analysis::SweepProgress& now) { show(progress_text(now)); }
             : std::function<void(const analysis::SweepProgress&)>();
    return run_sweep(sweep.folder, sweep.file.verb_name, sweep.shares, state, team, sweep.memory,
                     progress);
  }();
  std::error_code ignored;
  fs::remove_all(running_folder(sweep), ignored);
  if (sweep.shard.count == 1) fs::remove(sweep.folder / "running", ignored);
  for (const std::string& sentence : run.changed) warn(sentence);
  const std::string written = write_tables(sweep);
  write_sweep_json(sweep, run);
  fmt::print("{} jobs of '{}': {} done now, {} before; {} failed now, {} before\n",
             sweep.shares.size(), sweep.file.verb_name, run.done, state.done, run.failed,
             state.failed);
  if (!state.to_do.empty())
    fmt::print("time     {}; jobs {} on {} workers\n", analysis::duration_text(run.seconds),
               analysis::duration_text(run.job_seconds), sweep.workers);
  if (run.failed + state.failed > 0)
    fmt::print("failed   the column `message` says why; --retry-failed runs these again\n");
  if (run.dropped > 0)
    fmt::print("dropped  {} jobs whose files changed meanwhile; the same command runs them anew\n",
               run.dropped);
  fmt::print("written to {}: results.csv, runs.csv, results.sqlite{}\n", sweep.folder.string(),
             written);
  return run.failed + state.failed + run.dropped > 0 ? kFailed : 0;
}

int run_locked(const Sweep& sweep, const analysis::DoJob& do_job) {
  fs::create_directories(sweep.folder / "records");
  const analysis::SweepLock lock(sweep.folder, sweep.shard);
  const std::string on =
      fmt::format("the same command goes on from {}; jobs that were running begin anew",
                  (sweep.folder / "records").string());
  on_interruption(sweep.folder / "records", on, on);
  analysis::ProcessTeam team(sweep.workers, do_job);
  return run_on(sweep, team);
}

// Worker processes are forked before MPI starts, which a later fork could disturb.
int run_ranks(Sweep& sweep, const analysis::DoJob& do_job) {
  fs::create_directories(sweep.folder / "records");
  analysis::ProcessTeam own(1, do_job);
  const MpiRun mpi;
  require(
      mpi.calls().size > 1,
      "started by an MPI launcher, but MPI sees one process: expected two or more ranks (is the "
      "launcher of the MPI that this build found?)");
  if (mpi.calls().rank > 0) {
    serve_rank(mpi.calls(), own);
    return 0;
  }
  MpiTeam team(mpi.calls());
  sweep.workers = team.size();
  const analysis::SweepLock lock(sweep.folder, sweep.shard);
  return run_on(sweep, team);
}

int run_sweep_verb(const SweepOptions& options) {
  Sweep sweep;
  sweep.options = options;
  sweep.shard = parse_shard(options.shard);
  CLI::App all;
  const std::vector<Verb> verbs = add_verbs(all);
  sweep.file = read_sweep_file(options.file, verbs);
  sweep.jobs = sweep_jobs(options.file, sweep.file);
  sweep.shares = share_of(sweep.jobs, sweep.shard);
  sweep.folder = output_folder(options.out);
  sweep.workers = std::min(worker_count(options, threads_per_job(sweep.file)),
                           std::max<std::size_t>(1, sweep.shares.size()));
  sweep.memory = memory_budget(options);
  if (started_by_mpi()) sweep.workers = mpi_workers();
  const bool speaks = !started_by_mpi() || mpi_rank() == 0;
  if (speaks)
    for (const std::string& remark : sweep.file.remarks) warn(remark);
  if (options.dry_run) {
    if (speaks) print_dry_run(sweep);
    return 0;
  }
  const analysis::DoJob do_job =
      job_in_folder(sweep.folder, running_folder(sweep), sweep.file.verb_name, sweep.shares,
                    run_verb_of(sweep.file));
  return started_by_mpi() ? run_ranks(sweep, do_job) : run_locked(sweep, do_job);
}

}  // namespace

Verb add_sweep_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "sweep", "any verb over grids of its options, in parallel, resumable, as one table");
  const auto options = std::make_shared<SweepOptions>();
  command->add_option("FILE", options->file, "what to run: a TOML file")->required()->type_name("");
  add_flags(*command, describe(*options));
  return {command, [options] { return run_sweep_verb(*options); }};
}

}  // namespace saddlescope::apps
