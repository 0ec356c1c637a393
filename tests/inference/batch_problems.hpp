// What the tests of inference on mini-batches share.
#pragma once

#include <string>
#include <vector>

#include "support/network_problem.hpp"

#include "saddlescope/inference/batch_inference.hpp"

namespace saddlescope::testing {

inline std::vector<InferenceMethod> methods_in_activities() {
  return {
      InferenceMethod::kDescent, InferenceMethod::kMomentum, InferenceMethod::kConjugateGradients,
      InferenceMethod::kEuler,   InferenceMethod::kHeun,     InferenceMethod::kDopri5,
      InferenceMethod::kErrors};
}

inline BatchInferenceOptions with(InferenceMethod method, Index max_steps, double tolerance = 0) {
  BatchInferenceOptions options;
  options.method = method;
  options.max_steps = max_steps;
  options.tolerance = tolerance;
  return options;
}

struct BatchRun {
  NetworkPass<double> pass;
  BatchInferenceReport report;
  Matrix z;  // dim x N
};

inline Matrix stacked(const NetworkEnergy<double>& energy, const NetworkPass<double>& pass) {
  Matrix z(energy.dim(), pass.z.back().cols());
  for (Index l = energy.first_free(); l <= energy.last_free(); ++l) {
    const Matrix& layer = pass.z[static_cast<std::size_t>(l)];
    z.middleRows(energy.offset(l), layer.rows()) = layer;
  }
  return z;
}

inline BatchRun infer(const NetworkProblem& p, const BatchInferenceOptions& options) {
  BatchRun out;
  BatchInference<double> inference(p.energy(), options);
  out.report = inference.run(p.theta, p.x, p.y, out.pass);
  out.z = stacked(p.energy(), out.pass);
  return out;
}

// A tanh or ReLU network of a size that has several blocks: 20-16-16-16-5, N samples.
inline NetworkProblem wide_problem(Activation activation, Placement placement, Index samples) {
  const Architecture net{{20, 16, 16, 16, 5}, {1, 1, 1, 1}, {0, 1, 0, 0}, {1, 1, 1, 1},
                         activation,          placement,    true,         OutputLoss::kMse};
  NetworkProblem p = network_problem(net, 0, {}, samples, 17);
  p.theta *= 0.4;
  return p;
}

inline std::vector<NetworkProblem> wide_problems(Index samples) {
  std::vector<NetworkProblem> out;
  for (const Activation activation : {Activation::kTanh, Activation::kRelu, Activation::kSilu})
    for (const Placement placement : {Placement::kPre, Placement::kPost})
      out.push_back(wide_problem(activation, placement, samples));
  return out;
}

}  // namespace saddlescope::testing
