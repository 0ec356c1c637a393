// saddles-fig3 [S]: Hessian spectra of loss and equilibrated energy at the origin.
#include <fmt/format.h>

#include "saddlescope/analysis/landscape_spectra.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/data/mnist1d.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

SpectraCase at_origin(const std::string& label, const Dataset& data, Index layers, Index width) {
  ArchitectureOptions shape;
  shape.widths = study_widths(data, width, layers - 1);
  SpectraCase out = {
      fmt::format("{}, L = {}, n = {}", label, layers, width), make_architecture(shape), data, {}};
  out.theta = Vector::Zero(out.architecture.n_parameters());
  return out;
}

std::vector<SpectraCase> all_cases(const StudyContext& context) {
  const Dataset small = toy({64, 3, 0});
  const Dataset images = study_images(context, 64);
  const Dataset curves = mnist1d({64, 0});
  std::vector<SpectraCase> out = {at_origin("toy", small, 2, 10), at_origin("toy", small, 3, 5),
                                  at_origin("toy", small, 4, 4), at_origin("toy", small, 5, 4)};
  const bool quick = context.scale == StudyScale::kQuick;
  const std::string name = context.data.empty() ? "digits" : "images";
  out.push_back(at_origin(name, images, 2, quick ? 5 : 10));
  out.push_back(at_origin(name, images, 3, quick ? 5 : 10));
  out.push_back(at_origin(name, images, 4, 5));
  out.push_back(at_origin(name, images, 5, 5));
  out.push_back(at_origin("MNIST-1D", curves, 2, quick ? 20 : 60));
  out.push_back(at_origin("MNIST-1D", curves, 3, quick ? 15 : 40));
  out.push_back(at_origin("MNIST-1D", curves, 4, 10));
  out.push_back(at_origin("MNIST-1D", curves, 5, 5));
  return out;
}

StudyResult run(const StudyContext& context) {
  const std::vector<SpectraCase> cases = all_cases(context);
  StudyResult out =
      spectra_study(cases, "saddles-fig3", "Hessian spectra at the origin", 4, context);
  out.configuration = {{"point", "origin"},
                       {"samples", 64},
                       {"lambda", 1},
                       {"reduced_sizes", "widths above 60 of the original are smaller here"}};
  return out;
}

}  // namespace

Study origin_spectra_study() {
  return {
      "saddles-fig3",
      "the origin is a strict saddle of F*, of the loss only for L = 2",
      "for L >= 3 the loss's Hessian vanishes at the origin, that of F* has negative eigenvalues: "
      "those of -Sigma_yy, n_{L-1} times each [S]",
      {"the spectrum of the loss was divided by d_y, that of F* was not; neither is here",
       "the Hessian of F was taken through 50 unrolled steps of inference, short of F* by "
       "(1 - dt)^100; here F* in closed form, and the curvature after 50 steps beside it",
       "eigenvalues were compared, not entries; the claim origin-spectrum of `verify` holds for "
       "all sizes"},
      true,
      run,
      "widths 5, 20 and 15 for 10, 60 and 40"};
}

}  // namespace saddlescope::analysis
