// The written and printed forms of a verification.
#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/analysis/verification.hpp"
#include "saddlescope/base/types.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

// `text` in lines of at most 96 characters after `indent` and a label.
std::string wrapped(const std::string& label, const std::string& text) {
  constexpr std::size_t kWidth = 96;
  const std::string indent(14, ' ');
  std::string out = fmt::format("  {:<12}", label);
  std::size_t column = out.size();
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column > indent.size() && column + 1 + word.size() > kWidth) {
      out += "\n" + indent;
      column = indent.size();
    } else if (column > indent.size()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::size_t widest_id(const std::vector<Verified>& results) {
  std::size_t width = 5;
  for (const Verified& one : results) width = std::max(width, one.claim.id.size());
  return width;
}

// Ratios of exact agreement, and those that are not finite, are drawn at the ends of the axis.
constexpr double kLowest = 1e-9;
constexpr double kHighest = 1e9;

// One line per claim from the left edge to its ratio, a colour per verdict.
Figure ratio_figure(const std::vector<Verified>& results) {
  Figure out;
  out.name = "verify";
  out.title = "Claims: worst error of each relative to its tolerance";
  out.caption =
      "A claim holds while its worst case stays left of the dashed line at one. Colours tell what "
      "holds, fails and stays undecided.";
  out.width = 1500;
  out.height = 240 + 34 * static_cast<int>(results.size());
  std::string rows = "position,holds,fails,undecided,id\n";
  std::string tics;
  double high = 10;
  double low = 1e-3;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ClaimResult& result = results[i].result;
    const double ratio = std::clamp(result.measurements.worst().ratio, kLowest, kHighest);
    high = std::max(high, 10 * ratio);
    low = std::min(low, ratio / 2);
    const auto position = static_cast<Index>(results.size() - i);
    const auto cell = [&](Verdict verdict) {
      return result.verdict == verdict ? csv_number(ratio) : std::string("NaN");
    };
    rows += fmt::format("{},{},{},{},{}\n", position, cell(Verdict::kHolds), cell(Verdict::kFails),
                        cell(Verdict::kUndecided), results[i].claim.id);
    tics += fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted(results[i].claim.id), position);
  }
  out.data.push_back({"verify_ratios.csv", rows});
  std::string plots;
  const std::pair<const char*, const char*> series[] = {
      {"holds", colour::kLoss}, {"fails", colour::kEnergy}, {"undecided", colour::kMuted}};
  for (int i = 0; i < 3; ++i)
    plots += fmt::format(
        "{}'verify_ratios.csv' using ({}):1:(${}-{}):(0) every ::1 with vectors nohead lw 3 lc rgb "
        "'{}' notitle, '' using {}:1 every ::1 with points pt 7 ps 1.5 lc rgb '{}' title '{}'",
        i == 0 ? "plot " : ", ", low, i + 2, low, series[i].second, i + 2, series[i].second,
        series[i].first);
  // Tics every second decade; a font for rows, not for the tall picture.
  out.font = 18;
  out.commands = fmt::format(
      "set logscale x\n"
      "set format x '10^{{%T}}'\n"
      "set xtics 1e-10,100\n"
      "set mxtics 1\n"
      "set xrange [{}:{}]\n"
      "set yrange [0:{}]\n"
      "set ytics ({}) scale 0\n"
      "set xlabel {}\n"
      "set title {}\n"
      "set key tmargin right horizontal\n"
      "set grid xtics lt 1 lc rgb '#DDDDDD'\n"
      "set arrow from first 1, graph 0 to first 1, graph 1 nohead lw 2 dt 2 lc rgb '{}'\n"
      "{}\n",
      low, high, results.size() + 1, tics, quoted("worst error / derived tolerance"),
      quoted("Claims: the worst case of each"), colour::kMuted, plots);
  return out;
}

}  // namespace

std::string list_text(const std::vector<Claim>& claims) {
  std::string out;
  for (const Claim& claim : claims) {
    out += claim.id + "\n";
    out += wrapped("statement", claim.statement);
    out += wrapped("source", claim.source);
    out += wrapped("sweep", claim.sweep);
    out += wrapped("tolerance", claim.tolerance);
    out += "\n";
  }
  return out;
}

std::string verification_text(const std::vector<Verified>& results) {
  const std::size_t width = widest_id(results);
  std::string out =
      fmt::format("{:<{}}  {:<9}  {:>11}  {:>11}  {:>15}  {:>6}  {:>7}\n", "claim", width,
                  "verdict", "worst error", "tolerance", "error/tolerance", "cases", "seconds");
  Index held = 0;
  double seconds = 0;
  std::string details;
  for (const Verified& one : results) {
    const ClaimResult& result = one.result;
    const Witness& worst = result.measurements.worst();
    out += fmt::format("{:<{}}  {:<9}  {:>11.2e}  {:>11.2e}  {:>15.2e}  {:>6}  {:>7.2f}\n",
                       one.claim.id, width, name(result.verdict), worst.error, worst.tolerance,
                       worst.ratio, result.n_cases, result.seconds);
    seconds += result.seconds;
    if (result.verdict == Verdict::kHolds) {
      ++held;
      continue;
    }
    details += fmt::format("\n{} {}: {}\n", one.claim.id, name(result.verdict), result.reason);
    if (result.measurements.count() > 0)
      details += fmt::format("  worst case: {}\n", worst.recipe.dump());
  }
  out += fmt::format("{} of {} claims hold, {:.1f} s\n", held, results.size(), seconds);
  return out + details;
}

nlohmann::ordered_json to_json(const std::vector<Verified>& results, const VerifyOptions& options) {
  VerifyOptions described = options;
  nlohmann::ordered_json claims = nlohmann::ordered_json::array();
  for (const Verified& one : results) {
    const ClaimResult& result = one.result;
    const Measurements& all = result.measurements;
    const Witness& worst = all.worst();
    const auto finite = [](double value) {
      return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
    };
    claims.push_back({{"id", one.claim.id},
                      {"statement", one.claim.statement},
                      {"source", one.claim.source},
                      {"sweep", one.claim.sweep},
                      {"tolerance", one.claim.tolerance},
                      {"verdict", name(result.verdict)},
                      {"reason", result.reason},
                      {"cases", result.n_cases},
                      {"measurements", all.count()},
                      {"failed", all.n_failed()},
                      {"unresolved", all.n_unresolved()},
                      {"undecided", all.n_undecided()},
                      {"worst",
                       {{"quantity", worst.quantity},
                        {"error", finite(worst.error)},
                        {"tolerance", finite(worst.tolerance)},
                        {"ratio", finite(worst.ratio)},
                        {"case", worst.recipe}}},
                      {"seconds", result.seconds}});
  }
  return {{"options", describe(described).to_json()},
          {"provenance", provenance()},
          {"exit_code", exit_code(results)},
          {"claims", claims}};
}

std::vector<std::string> write_verification(const std::vector<Verified>& results,
                                            const VerifyOptions& options,
                                            const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  CsvTable table;
  table.header = {"id",           "verdict", "ratio",     "error",    "tolerance", "cases",
                  "measurements", "failed",  "undecided", "quantity", "case",      "seconds"};
  for (const Verified& one : results) {
    const Measurements& all = one.result.measurements;
    const Witness& worst = all.worst();
    table.rows.push_back({one.claim.id, name(one.result.verdict), csv_number(worst.ratio),
                          csv_number(worst.error), csv_number(worst.tolerance),
                          std::to_string(one.result.n_cases), std::to_string(all.count()),
                          std::to_string(all.n_failed()), std::to_string(all.n_undecided()),
                          worst.quantity, worst.recipe.dump(), csv_number(one.result.seconds)});
  }
  write_csv(folder / "verify.csv", table);
  std::vector<std::string> warnings = redraw(folder, {"verify"}, !options.no_figures, [&] {
    return std::vector<Figure>{ratio_figure(results)};
  });
  write_text(folder / "verify.json", to_json(results, options).dump(2) + "\n");
  return warnings;
}

}  // namespace saddlescope::analysis
