// saddles-fig9 [S]: Hessian spectra at points where only the penultimate weights are not zero.
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/landscape_spectra.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/data/mnist1d.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

SpectraCase at_zero_rank(const std::string& label, const Dataset& data, Index layers, Index width) {
  ArchitectureOptions shape;
  shape.widths = study_widths(data, width, layers - 1);
  SpectraCase out = {
      fmt::format("{}, L = {}, n = {}", label, layers, width), make_architecture(shape), data, {}};
  out.theta = Vector::Zero(out.architecture.n_parameters());
  RandomStream stream(0, "penultimate weights");
  weight(out.architecture, out.theta, layers - 2) =
      stream.normal_matrix(width, width) / std::sqrt(static_cast<double>(width));
  return out;
}

StudyResult run(const StudyContext& context) {
  const Dataset small = toy({64, 3, 0});
  const Dataset images = study_images(context, 64);
  const Dataset curves = mnist1d({64, 0});
  const std::string name = context.data.empty() ? "digits" : "images";
  const std::vector<SpectraCase> cases = {
      at_zero_rank("toy", small, 4, 4),        at_zero_rank("toy", small, 5, 4),
      at_zero_rank(name, images, 4, 5),        at_zero_rank(name, images, 5, 5),
      at_zero_rank("MNIST-1D", curves, 4, 10), at_zero_rank("MNIST-1D", curves, 5, 5)};
  StudyResult out =
      spectra_study(cases, "saddles-fig9", "Hessian spectra at saddles of rank 0", 2, context);
  out.configuration = {
      {"point", "W_{L-1} ~ N(0, 1/n), all other weights zero"}, {"samples", 64}, {"lambda", 1}};
  return out;
}

}  // namespace

Study zero_rank_spectra_study() {
  return {
      "saddles-fig9",
      "saddles of rank 0 are strict for F* only",
      "where only W_{L-1} is not zero F* has negative eigenvalues, the loss none [S]",
      {"the published work had no closed form here. Ours: the last block is -lambda^2 (I + W W') "
       "(x) Sigma_yy, W = W_{L-1}",
       "the Hessian of F was taken through 50 unrolled steps of inference; here F* in closed "
       "form, and the curvature after 50 steps beside it"},
      true,
      run};
}

}  // namespace saddlescope::analysis
