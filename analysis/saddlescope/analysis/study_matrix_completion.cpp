// saddles-fig6 [S]: BP passes the saddles of rank 0, 1, 2 of matrix completion one by one; PC leaves
// each of them soon.
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/completion_figure.hpp"
#include "saddlescope/analysis/completion_runs.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

// When BP left the plateaus of rank 0 and 1 and was done, linear network.
constexpr std::pair<double, double> kLoggedUpdates[] = {
    {6000, 8000}, {15000, 20000}, {92000, 94000}};

CompletionSizes sizes_of(StudyScale scale) {
  CompletionSizes sizes;
  if (scale == StudyScale::kQuick) return {40, 1, 0, {{"identity", 1}}, 0.02, 25000, 2000, 4000};
  if (scale == StudyScale::kFull) sizes.activations = {{"identity", 5}, {"tanh", 5}, {"relu", 5}};
  return sizes;
}

bool near(double value, double low, double high) { return value >= low / 2 && value <= 2 * high; }

// Of the linear runs on one kind of target, by rank: losses and updates, and how many lie within a factor 2 of the log.
struct Compared {
  std::vector<double> losses, updates;
  Index losses_near = 0, updates_near = 0, runs = 0;
};
Compared compare(const std::vector<CompletionRun>& bp, const std::string& target, Index rank) {
  Compared out;
  const auto at = static_cast<std::size_t>(rank);
  for (const CompletionRun& run : bp) {
    if (run.activation != "identity" || run.target != target) continue;
    ++out.runs;
    if (const Plateau* const plateau = plateau_of(run, rank)) {
      out.losses.push_back(plateau->loss);
      out.losses_near += near(plateau->loss, kLoggedLosses[at], kLoggedLosses[at]) ? 1 : 0;
    }
    if (const auto updates = left_at(run, rank)) {
      out.updates.push_back(static_cast<double>(*updates));
      const auto [low, high] = kLoggedUpdates[at];
      out.updates_near += near(out.updates.back(), low, high) ? 1 : 0;
    }
  }
  return out;
}

// "1200 (900 to 1500)"
std::string range(const std::vector<double>& values, const char* format) {
  if (values.empty()) return "none";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const auto text = [&](double value) { return fmt::format(fmt::runtime(format), value); };
  return values.size() == 1
             ? text(values[0])
             : fmt::format("{} ({} to {})", text(median(values)), text(*low), text(*high));
}

struct Starts {
  std::vector<double> left, done;
  Index runs = 0;
};
Starts starts_of(const std::vector<CompletionEscape>& pc, const std::string& target,
                 const std::string& activation, const std::string& start,
                 const std::string& setting) {
  Starts out;
  for (const CompletionEscape& one : pc) {
    if (one.target != target || one.activation != activation || one.start != start ||
        one.setting != setting)
      continue;
    ++out.runs;
    if (one.left) out.left.push_back(static_cast<double>(*one.left));
    if (one.done) out.done.push_back(static_cast<double>(*one.done));
  }
  return out;
}

std::vector<std::string> start_names(const std::vector<CompletionEscape>& pc) {
  std::vector<std::string> out;
  for (const CompletionEscape& one : pc)
    if (std::find(out.begin(), out.end(), one.start) == out.end()) out.push_back(one.start);
  return out;
}

Json numbers(const std::vector<double>& values) {
  return values.empty() ? Json() : Json({{"median", median(values)}, {"each", values}});
}

// Whether every start of PC was left under both settings, linear network.
bool escapes_all(const std::vector<CompletionEscape>& pc) {
  return std::all_of(pc.begin(), pc.end(), [](const CompletionEscape& one) {
    return one.left.has_value() || one.activation != "identity";
  });
}

// Of the linear network on one kind of target; whether the medians are within a factor 2 of the log.
bool describe_bp(const std::vector<CompletionRun>& bp, const std::string& target,
                 StudyResult& out) {
  bool all_near = true;
  std::string losses;
  std::string updates;
  Json& all = out.quantities["bp_linear"][target];
  for (Index rank = 0; rank < 3; ++rank) {
    const Compared one = compare(bp, target, rank);
    const char* comma = rank == 0 ? "" : ", ";
    const auto logged = kLoggedLosses[static_cast<std::size_t>(rank)];
    const auto [low, high] = kLoggedUpdates[static_cast<std::size_t>(rank)];
    losses += fmt::format("{}{}", comma, range(one.losses, "{:.4g}"));
    updates += fmt::format("{}{}, {} of {} within a factor 2", comma, range(one.updates, "{:.0f}"),
                           one.updates_near, one.runs);
    all[fmt::format("rank_{}", rank)] = {{"runs", one.runs},
                                         {"plateau_loss", numbers(one.losses)},
                                         {"logged_loss", logged},
                                         {"losses_within_factor_2", one.losses_near},
                                         {rank == 2 ? "done_at" : "left_at", numbers(one.updates)},
                                         {"logged_updates", {low, high}},
                                         {"updates_within_factor_2", one.updates_near}};
    all_near = all_near && !one.losses.empty() && near(median(one.losses), logged, logged) &&
               !one.updates.empty() && near(median(one.updates), low, high);
  }
  std::vector<double> left;
  for (const CompletionRun& run : bp)
    if (const auto update = first_at_or_below(run.bp, 0.9 * run.bp.curve.front().train_loss);
        update && run.activation == "identity" && run.target == target)
      left.push_back(static_cast<double>(*update));
  all["down_10_percent_at"] = numbers(left);
  out.ours += fmt::format(
      "linear, {} target, BP: loss down 10 % after {}; plateaus of rank 0, 1, 2 at losses {}; the "
      "first two left and done after {} updates. ",
      target, range(left, "{:.0f}"), losses, updates);
  return all_near;
}

void describe_pc(const CompletionSizes& sizes, const std::vector<CompletionEscape>& pc,
                 const std::string& target, StudyResult& out) {
  for (const auto& [activation, seeds] : sizes.activations)
    for (const std::string& start : start_names(pc))
      for (const char* setting : {"published", "matched"}) {
        const Starts one = starts_of(pc, target, activation, start, setting);
        if (one.runs == 0) continue;
        const bool published = setting == std::string("published");
        Json& json = out.quantities["pc"][target][activation][start][setting];
        json = {{"runs", one.runs}, {"left", one.left.size()}, {"left_at", numbers(one.left)}};
        if (published) json["done_at"] = numbers(one.done);
        if (activation != "identity") continue;
        out.ours += published ? fmt::format("PC from {}: left after {}, done after {}. ", start,
                                            range(one.left, "{:.0f}"), range(one.done, "{:.0f}"))
                              : fmt::format("PC from {} at equal steps: left after {}. ", start,
                                            range(one.left, "{:.0f}"));
      }
}

void describe_nonlinear(const std::vector<CompletionRun>& bp,
                        const std::vector<CompletionEscape>& pc, StudyResult& out) {
  for (const CompletionRun& run : bp) {
    if (run.activation == "identity") continue;
    out.quantities["bp_" + run.activation]["done_at"].push_back(run.done ? Json(*run.done)
                                                                         : Json());
    Index starts = 0;
    Index left = 0;
    for (const CompletionEscape& one : pc) {
      if (one.activation != run.activation || one.seed != run.seed) continue;
      ++starts;
      left += one.left ? 1 : 0;
    }
    out.ours += fmt::format("{}: BP done after {}, PC leaves {} of {} starts. ",
                            activation_title(run.activation),
                            run.done ? std::to_string(*run.done) : "none", left, starts);
  }
}

StudyResult summarise(const CompletionSizes& sizes, const std::vector<CompletionRun>& bp,
                      const std::vector<CompletionEscape>& pc) {
  StudyResult out;
  out.configuration = completion_configuration(sizes);
  const bool all_near = describe_bp(bp, kLogged, out);
  describe_pc(sizes, pc, kLogged, out);
  if (sizes.drawn_seeds > 0) {
    static_cast<void>(describe_bp(bp, kDrawn, out));
    describe_pc(sizes, pc, kDrawn, out);
  }
  describe_nonlinear(bp, pc, out);
  const bool leaves = escapes_all(pc);
  const bool agrees = all_near && leaves;
  out.agreement = agreement_of(agrees);
  out.judgement = fmt::format(
      "with the logged spectrum BP's median plateau losses and update counts {} within a factor 2 "
      "of those logged; PC {}",
      all_near ? "lie" : "do not all lie",
      leaves ? "leaves every start, at equal steps too (linear network)"
             : "does not leave every start (linear network)");
  out.tables = {completion_bp_table(bp), completion_pc_table(pc)};
  out.figure = completion_figure(sizes, bp, pc);
  return out;
}

StudyResult run(const StudyContext& context) {
  const CompletionSizes sizes = sizes_of(context.scale);
  const auto progress = [&](const char* algorithm) -> std::function<void(const std::string&)> {
    if (!context.progress) return {};
    return [algorithm, &context](const std::string& text) {
      context.progress(fmt::format("{}: {}", algorithm, text));
    };
  };
  const std::vector<CompletionRun> bp = train_bp(sizes, progress("bp"));
  const std::vector<CompletionEscape> pc = train_pc(sizes, bp, progress("pc"));
  return summarise(sizes, bp, pc);
}

}  // namespace

Study matrix_completion_study() {
  return {"saddles-fig6",
          "BP stays at the saddles of rank 0, 1, 2 of matrix completion; PC leaves each of them",
          "linear: BP's loss falls 3.4458, 1.096 (6 to 8 thousand updates), 0.1255 (15 to 20 "
          "thousand), done after 92 to 94 thousand; PC is done in less than 2000 from each [S]",
          {"PC's gradient was summed over the 10 samples, BP's averaged over samples and outputs "
           "without 1/2: a step 50 times as long. 'published' keeps that, 'matched' has BP's step",
           "PC saw the targets of entries that the loss masked: so in 'published'. In 'matched' "
           "such outputs are free",
           "PC's inference was 50 steps of 0.1: so in 'published' (longest stable ones "
           "with ReLU, where 0.1 diverges). In 'matched' it converges",
           "one matrix, which was not kept. Here five with the spectrum that its logged losses "
           "imply, and five drawn by its rule"},
          false,
          run,
          "width 40 for 100, one matrix for ten, linear alone, weights N(0, 0.02^2) for N(0, "
          "0.005^2), 25000 updates for 150000",
          false};
}

}  // namespace saddlescope::analysis
