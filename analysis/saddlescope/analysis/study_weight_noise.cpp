// trust-fig6 [TR]: minima of the chain of two weights that PC finds are flatter than BP's.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/chain_paths.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kRate = 0.02;
constexpr Index kUpdates = 4000;
constexpr Index kStarts = 40;
constexpr double kNoise = 0.5;  // deviation
constexpr Index kDraws = 2000;

// Mean loss around a point. The same noise for both algorithms.
double noisy_loss(const Chain& chain, const Vector& theta) {
  RandomStream stream(0, "weight noise");
  double sum = 0;
  for (Index i = 0; i < kDraws; ++i)
    sum += chain.mse->at(theta + kNoise * stream.normal_matrix(theta.size(), 1)).point->value();
  return sum / static_cast<double>(kDraws);
}

// The mean loss around a minimum, w_1 w_2 = b, is that of the minimum and
// <xx>/2 (s^2 (w_1^2 + w_2^2) + s^4) for noise of deviation s, with
// w_1^2 + w_2^2 = sqrt(balance^2 + 4 b^2).
double balance(const Vector& w) { return w[0] * w[0] - w[1] * w[1]; }

double largest(const Objective<double>& objective, const Vector& theta) {
  return symmetric_eigenvalues(objective.at(theta).point->hessian()).maxCoeff();
}

StudyResult run(const StudyContext& /*context*/) {
  const Chain chain = make_chain(2, 1, 0);
  RandomStream stream(0, "starts");
  std::vector<double> noisy[2];
  std::vector<double> sharpness[2];
  std::vector<double> starts, ends[2];  // w_1^2 - w_2^2
  double identity_error = 0;
  StudyPanel noise = {"loss under weight noise", "start, by BP's loss", "mean loss"};
  StudyPanel sharp = {"largest eigenvalue at the end", "start, by BP's loss",
                      "lambda_max of the loss's Hessian"};
  for (Index i = 0; i < kStarts; ++i) {
    const Vector start = stream.normal_matrix(2, 1);
    starts.push_back(balance(start));
    for (const int pc : {0, 1}) {
      const Vector end = descend(chain, pc == 1, start, kRate, kUpdates).theta.back();
      ends[pc].push_back(balance(end));
      noisy[pc].push_back(noisy_loss(chain, end));
      const double mse = largest(*chain.mse, end);
      sharpness[pc].push_back(mse);
      if (pc == 1)
        identity_error =
            std::max(identity_error,
                     std::abs(largest(*chain.energy, end) * (1 + end[1] * end[1]) / mse - 1));
    }
  }
  std::vector<std::size_t> order(noisy[0].size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return noisy[0][a] < noisy[0][b]; });
  Index flatter = 0;
  // w_1^2 - w_2^2 at the start: flatter and all starts, where it is positive and where not.
  Index flatter_of[2] = {0, 0}, starts_of[2] = {0, 0};
  Index balance_rises = 0;
  for (const int pc : {0, 1}) {
    StudyLine line = {pc == 1 ? "PC" : "BP", pc == 1 ? colour::kEnergy : colour::kLoss};
    line.points = true;
    StudyLine other = line;
    for (std::size_t i = 0; i < order.size(); ++i) {
      line.add(static_cast<double>(i + 1), noisy[pc][order[i]]);
      other.add(static_cast<double>(i + 1), sharpness[pc][order[i]]);
    }
    noise.lines.push_back(line);
    sharp.lines.push_back(other);
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Index here = noisy[1][i] <= noisy[0][i] ? 1 : 0;
    const std::size_t side = starts[i] > 0 ? 0 : 1;
    flatter += here;
    flatter_of[side] += here;
    ++starts_of[side];
    balance_rises += ends[1][i] > ends[0][i] ? 1 : 0;
  }
  const std::vector<StudyPanel> panels = {noise, sharp};
  StudyResult out;
  out.configuration = {{"data", "toy, 64 samples"}, {"starts", kStarts}, {"init", "N(0, 1)"},
                       {"noise_deviation", kNoise}, {"draws", kDraws},   {"updates", kUpdates},
                       {"learning_rate", kRate}};
  out.quantities = {{"bp_median_noisy_loss", median(noisy[0])},
                    {"pc_median_noisy_loss", median(noisy[1])},
                    {"bp_median_lambda_max", median(sharpness[0])},
                    {"pc_median_lambda_max", median(sharpness[1])},
                    {"pc_not_above_bp", flatter},
                    {"pc_not_above_bp_where_w1_is_larger", flatter_of[0]},
                    {"starts_where_w1_is_larger", starts_of[0]},
                    {"pc_not_above_bp_elsewhere", flatter_of[1]},
                    {"starts_elsewhere", starts_of[1]},
                    {"pc_balance_above_bp", balance_rises},
                    {"energy_over_loss_identity_error", identity_error}};
  out.ours = fmt::format(
      "median loss under noise of deviation {:g}: BP {}, PC {}; PC's is not above BP's at {} of {} "
      "starts; lambda_max(F*) = lambda_max(loss)/(1 + w_2^2) to {}",
      kNoise, short_number(median(noisy[0])), short_number(median(noisy[1])), flatter, kStarts,
      short_number(identity_error));
  const bool agrees = median(noisy[1]) < median(noisy[0]);
  out.agreement = agreement_of(agrees);
  out.judgement = fmt::format(
      "PC's minima {} noise better in the median. On the minima w_1 w_2 = b the loss under noise "
      "grows with |w_1^2 - w_2^2| alone, for any deviation; BP's flow keeps that difference, PC's "
      "only lowers it (PC ends above BP at {} of {} starts), so PC is the flatter one where it "
      "starts positive ({} of {} starts) and not where it does not ({} of {})",
      agrees ? "bear" : "do not bear", balance_rises, kStarts, flatter_of[0], starts_of[0],
      flatter_of[1], starts_of[1]);
  out.tables = {{"minima", panel_table(panels)}};
  out.figure =
      panel_figure("trust-fig6", "Minima of a chain of two weights   |   y = -x", panels, 2);
  return out;
}

}  // namespace

Study weight_noise_study() {
  return {"trust-fig6",
          "minima that PC finds on a chain are flatter than BP's",
          "PC's minima have the smaller loss under weight noise N(0, 0.5) (unconfirmed) [TR]",
          {"whether 0.5 is the deviation or the variance is not known: the deviation here; the "
           "order of two minima is the same for both"},
          false,
          run};
}

}  // namespace saddlescope::analysis
