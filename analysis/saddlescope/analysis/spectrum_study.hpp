// Hessian spectra of the loss and of the equilibrated energy at one point of parameter space, for
// the same weights and the same data, with the inertia and the spectrum that theory predicts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/linalg/extreme_spectrum.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/saddle/criticality.hpp"
#include "saddlescope/theory/predicted_spectrum.hpp"

namespace saddlescope::analysis {

struct SpectrumOptions {
  ProblemOptions problem;
  std::vector<std::string> objectives = {"mse", "energy"};
  std::string method = "auto";
  std::optional<Index> count;                // >= 1: pairs at each end for the method extreme
  std::optional<std::vector<Index>> layers;  // 1-based, ascending: Hessian in these weights alone
  Index eigenvectors = 0;                    // >= 0: vectors at each end that are written
  bool no_compress = false;
  bool no_input_span = false;
  bool check_inertia = false;
  int threads = 0;  // 0: as many as the hardware runs
  std::string out = "out/spectrum";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(SpectrumOptions& options);

// The options with defaults spelled out; throws std::invalid_argument naming the first field that
// is out of range or contradicts another.
[[nodiscard]] SpectrumOptions effective(SpectrumOptions options);

struct ObjectiveSpectrum {
  std::string name;  // mse | energy
  double value = 0;
  double gradient_norm = 0;   // of all layers
  double gradient_bound = 0;  // its rounding error
  double gradient_size = 0;   // before cancellation, see criticality.hpp
  Vector eigenvalues;         // all p, ascending; empty under the method extreme
  Vector smallest, largest;   // under the method extreme: ascending, with residuals
  Vector smallest_residuals, largest_residuals;
  double lambda_min = 0, lambda_max = 0;
  // What rounding in assembly and eigen-solver can do to an eigenvalue; infinite where nothing is
  // known of the Hessian.
  double zero_threshold = 0;
  Inertia inertia;                             // -1: not determined
  std::optional<Inertia> independent_inertia;  // from factorisations, on request
  // Zero for that count: a larger one, in a gap of the spectrum.
  double independent_threshold = 0;
  bool counts_agree = true;  // with the eigenvalues' signs at that threshold
  std::optional<PredictedSpectrum> theory;
  std::optional<double> theory_distance;  // max |lambda_i - theory_i| / max |lambda|
  std::optional<double> zero_rank_bound;  // upper bound of lambda_min
  PointJudgement judgement;
  std::vector<std::string> notes;  // what the reader should know besides
  Vector vector_values;            // eigenvalues of the columns of `vectors`
  Matrix vectors;                  // p_total x 2K, in the full parameter space
  Matrix hessian;                  // p x p, kept when p <= kHeatMapLimit
  double seconds = 0;
};

inline constexpr Index kHeatMapLimit = 600;

struct SpectrumResult {
  Problem problem;
  std::string data_checksum;
  std::string network_checksum;
  bool dense = true;
  Index p_total = 0;          // parameters of the network
  Index p = 0;                // of the layers chosen
  Index p_reduced = 0;        // unknowns left after the exact reductions
  std::vector<Index> layers;  // 0-based layers whose weights are the coordinates
  std::vector<ObjectiveSpectrum> objectives;
  double seconds = 0;
};

using Progress = std::function<void(const std::string&)>;

// Options -> numbers. Bitwise the same for any number of threads, but for `seconds`.
[[nodiscard]] SpectrumResult spectrum_study(const SpectrumOptions& options,
                                            const Progress& progress = {});

}  // namespace saddlescope::analysis
