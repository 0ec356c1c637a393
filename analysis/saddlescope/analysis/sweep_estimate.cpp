#include "saddlescope/analysis/sweep_estimate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/sweep_record.hpp"

namespace saddlescope::analysis {
namespace {

// Empty: not a number > 0, nor a list of them.
std::optional<double> size_in(const SweepSetting& setting) {
  double sum = 0;
  for (const std::string& text : setting.texts) {
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size() || !(value > 0)) return {};
    sum += value;
  }
  return std::isfinite(sum) && sum > 0 ? std::optional(sum) : std::nullopt;
}

// Positions among the settings that are numbers > 0 in every job.
std::vector<std::size_t> numbers_of(const std::vector<SweepJob>& jobs) {
  std::vector<std::size_t> out;
  for (std::size_t k = 0; k < jobs.front().settings.size(); ++k)
    if (jobs.front().settings[k].name != "seed" &&
        std::all_of(jobs.begin(), jobs.end(),
                    [&](const SweepJob& job) { return size_in(job.settings[k]).has_value(); }))
      out.push_back(k);
  return out;
}

Vector sizes_of(const SweepJob& job, const std::vector<std::size_t>& numbers) {
  Vector out(static_cast<Index>(numbers.size()));
  for (std::size_t k = 0; k < numbers.size(); ++k)
    out[static_cast<Index>(k)] = size_in(job.settings[numbers[k]]).value_or(1);
  return out;
}

// One quantity of the jobs done, as a law of their sizes.
struct Law {
  PowerLaws laws;
  double mean = 0;
  [[nodiscard]] bool fitted() const { return std::isfinite(laws.factor); }
  [[nodiscard]] SweepCost at(const Vector& x) const {
    if (!fitted()) return {mean, 0, std::numeric_limits<double>::infinity()};
    const PowerLawPrediction found = predict(laws, x);
    return {found.value, found.value / found.factor, found.value * found.factor};
  }
};

Law law_of(const std::vector<Vector>& sizes, const std::vector<double>& values) {
  Law out;
  out.mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  Matrix x(static_cast<Index>(sizes.size()), sizes.front().size());
  Vector y(static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    x.row(static_cast<Index>(i)) = sizes[i].transpose();
    y[static_cast<Index>(i)] = values[i];
  }
  out.laws.factor = std::numeric_limits<double>::quiet_NaN();
  if ((y.array() > 0).all()) out.laws = fit_power_laws(x, y);
  return out;
}

void keep_larger(SweepCost& largest, const SweepCost& one) {
  largest.value = std::max(largest.value, one.value);
  largest.low = std::max(largest.low, one.low);
  largest.high = std::max(largest.high, one.high);
}

}  // namespace

std::vector<std::size_t> by_size(const std::vector<SweepJob>& jobs) {
  std::vector<std::size_t> out;
  if (jobs.empty()) return out;
  const std::vector<std::size_t> numbers = numbers_of(jobs);
  std::set<std::vector<std::string>> seen;
  std::vector<double> size(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    std::vector<std::string> setting;
    for (const SweepSetting& one : jobs[i].settings)
      if (one.name != "seed") setting.push_back(one.text());
    if (!seen.insert(setting).second) continue;
    size[i] = sizes_of(jobs[i], numbers).prod();
    out.push_back(i);
  }
  std::stable_sort(out.begin(), out.end(),
                   [&](std::size_t a, std::size_t b) { return size[a] < size[b]; });
  return out;
}

SweepEstimate estimate_sweep(const std::filesystem::path& folder, const std::vector<SweepJob>& jobs,
                             const std::vector<SweepJob>& to_do) {
  SweepEstimate out;
  if (jobs.empty()) return out;
  const std::vector<std::size_t> numbers = numbers_of(jobs);
  std::vector<Vector> sizes;
  std::vector<double> seconds, memory;
  std::set<std::string> seen;
  for (const SweepJob& job : jobs) {
    if (!seen.insert(job.address).second) continue;
    const auto record = read_record(folder, job.address).record;
    if (!record || !record->done) continue;
    sizes.push_back(sizes_of(job, numbers));
    seconds.push_back(record->seconds);
    memory.push_back(record->peak_memory);
  }
  out.from = seconds.size();
  if (seconds.empty()) return out;
  const Law time = law_of(sizes, seconds), space = law_of(sizes, memory);
  if (time.fitted())
    for (const std::size_t k : numbers) out.options.push_back(jobs.front().settings[k].name);
  for (const SweepJob& job : to_do) {
    const Vector x = sizes_of(job, numbers);
    const SweepCost one = time.at(x);
    out.seconds.value += one.value;
    out.seconds.low += one.low;
    out.seconds.high += one.high;
    keep_larger(out.longest, one);
    keep_larger(out.memory, space.at(x));
  }
  return out;
}

}  // namespace saddlescope::analysis
