#include "saddlescope/analysis/landscape_spectra.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/inference/unrolled_energy.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/theory/predicted_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

// What eigen-solver and assembly may leave of an exact agreement, relative: p eps with p to some
// thousands.
constexpr double kAgreement = 1e-11;

struct SpectraResult {
  Vector mse, energy;                      // eigenvalues, ascending, by exact reduction
  double mse_error = 0, energy_error = 0;  // max |eigenvalue - closed form|, of |lambda|_max(F*)
  double gradient = 0;                     // |grad F*|
  // The curvature of the energy after 50 steps of 0.1 of inference, along F*'s first eigenvector.
  double unrolled_curvature = 0;
};

double distance(const Vector& eigenvalues, LinearObjective objective, const SpectraCase& one,
                double unit) {
  const auto theory =
      predicted_spectrum(objective, one.architecture, one.theta, second_moments(one.data));
  if (!theory) throw std::runtime_error(one.label + ": no closed form applies");
  return (eigenvalues - theory->eigenvalues).lpNorm<Eigen::Infinity>() / unit;
}

StudyLine eigenvalue_line(const Vector& values, const char* title, const char* ink) {
  StudyLine out = {title, ink};
  const auto p = static_cast<double>(values.size());
  // Steps: both ends of every run of equal values, to a share of the largest that no eye sees.
  const double equal = 1e-6 * values.cwiseAbs().maxCoeff();
  for (Index i = 0; i < values.size(); ++i) {
    const bool inside = i > 0 && i + 1 < values.size() && values[i + 1] - values[i] <= equal &&
                        values[i] - values[i - 1] <= equal;
    if (!inside) out.add(100 * (static_cast<double>(i) + 0.5) / p, values[i]);
  }
  return out;
}

SpectraResult landscape_spectra(const SpectraCase& one) {
  const auto factor = compress(data_factor<double>(one.data));
  const auto mse = mse_loss<double>(one.architecture, factor)->at(one.theta);
  const auto energy = equilibrated_energy<double>(one.architecture, factor)->at(one.theta);
  SpectraResult out;
  out.mse = symmetric_eigenvalues(mse.point->hessian());
  const Eigenpairs pairs = symmetric_eigenpairs(energy.point->hessian());
  out.energy = pairs.values;
  out.gradient = energy.point->gradient().norm();
  const double unit = out.energy.cwiseAbs().maxCoeff();
  out.mse_error = distance(out.mse, LinearObjective::kMse, one, unit);
  out.energy_error = distance(out.energy, LinearObjective::kEnergy, one, unit);
  // Second difference: its truncation error is h^2 relative to the weights' own scale.
  constexpr double kStep = 1e-3;
  const auto value = [&](double h) {
    return unrolled_energy(one.architecture, one.theta + h * pairs.vectors.col(0), factor,
                           {.steps = 50, .step = 0.1})
        .value;
  };
  out.unrolled_curvature = (value(kStep) - 2 * value(0) + value(-kStep)) / (kStep * kStep);
  return out;
}

StudyPanel spectra_panel(const SpectraCase& one, const SpectraResult& result) {
  return {one.label,
          "eigenvalues, % of all, ascending",
          "eigenvalue",
          false,
          false,
          {eigenvalue_line(result.mse, "loss (MSE)", colour::kLoss),
           eigenvalue_line(result.energy, "energy F*", colour::kEnergy)}};
}

void summarise(const std::vector<SpectraCase>& cases, const std::vector<SpectraResult>& all,
               StudyResult& out) {
  double worst = 0;
  bool strict = true;
  bool flat = true;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const SpectraCase& one = cases[i];
    const SpectraResult& r = all[i];
    worst = std::max({worst, r.mse_error, r.energy_error});
    strict = strict && r.energy[0] < 0;
    flat = flat && (one.architecture.depth() < 3 || r.mse.cwiseAbs().maxCoeff() <= kAgreement);
    out.quantities[one.label] = {{"parameters", r.energy.size()},
                                 {"lambda_min_energy", r.energy[0]},
                                 {"lambda_min_loss", r.mse[0]},
                                 {"error_energy", r.energy_error},
                                 {"error_loss", r.mse_error},
                                 {"gradient_energy", r.gradient},
                                 {"curvature_after_50_steps", r.unrolled_curvature}};
    out.ours += fmt::format("{}{}: lambda_min {} (F*), {} (loss), {} after 50 steps of inference",
                            out.ours.empty() ? "" : "; ", one.label, short_number(r.energy[0]),
                            short_number(r.mse[0]), short_number(r.unrolled_curvature));
  }
  const bool agrees = worst <= kAgreement && strict && flat;
  out.agreement = agreement_of(agrees);
  out.judgement = fmt::format(
      "all eigenvalues equal the closed forms to {} of the largest; every point is a strict saddle "
      "of F*{}",
      short_number(worst), flat ? ", and not of the loss where L >= 3" : "");
  if (!agrees) out.judgement = "not so: " + out.judgement;
}

}  // namespace

StudyResult spectra_study(const std::vector<SpectraCase>& cases, const std::string& name,
                          const std::string& title, std::size_t columns,
                          const StudyContext& context) {
  std::vector<SpectraResult> all(cases.size());
  run_jobs(
      static_cast<Index>(cases.size()),
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        all[at] = landscape_spectra(cases[at]);
      },
      context.progress);
  StudyResult out;
  std::vector<StudyPanel> panels;
  panels.reserve(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) panels.push_back(spectra_panel(cases[i], all[i]));
  summarise(cases, all, out);
  out.tables = {{"eigenvalues", panel_table(panels)}};
  out.figure = panel_figure(name, title, panels, columns);
  return out;
}

}  // namespace saddlescope::analysis
