#include "saddlescope/training/probes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "saddlescope/energy/backpropagation.hpp"
#include "saddlescope/inference/batch_inference.hpp"
#include "saddlescope/training/probe_equilibrium.hpp"
#include "saddlescope/training/score.hpp"
#include "saddlescope/training/signal_propagation.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

auto layer(const Architecture& net, const Vector& theta, Index l) {
  return theta.segment(net.offset(l), net.offset(l + 1) - net.offset(l));
}

template <class A, class B>
double cosine(const A& a, const B& b) {
  const double norms = a.norm() * b.norm();
  return norms > 0 ? a.dot(b) / norms : 0;
}

Vector layer_norms(const Architecture& net, const Vector& gradient) {
  Vector out(net.depth());
  for (Index l = 0; l < net.depth(); ++l) out[l] = layer(net, gradient, l).norm();
  return out;
}

Vector weight_norms(const Architecture& net, const Vector& theta) {
  Vector out(net.depth());
  for (Index l = 0; l < net.depth(); ++l) out[l] = weight(net, theta, l).norm();
  return out;
}

Vector balance(const Architecture& net, const Vector& theta) {
  Vector out(net.depth() - 1);
  for (Index l = 0; l + 1 < net.depth(); ++l)
    out[l] = layer(net, theta, l).squaredNorm() - weight(net, theta, l + 1).squaredNorm();
  return out;
}

// How many of 1, 2, 4, .. steps inference goes through.
Index moments_of(const Architecture& net, const BatchInferenceOptions& inference) {
  if (net.depth() == 1 || inference.method == InferenceMethod::kNewton) return 0;
  Index count = 0;
  while ((Index{1} << count) <= inference.max_steps) ++count;
  return count;
}

Vector inference_cosines(const NetworkEnergy<double>& energy, const Vector& theta,
                         const Dataset& data, const BatchInferenceOptions& given,
                         const Vector& bp) {
  Vector out(moments_of(energy.architecture(), given));
  BatchInferenceOptions options = given;
  options.tolerance = 0;
  options.record = options.certify = false;
  NetworkPass<double> pass;
  for (Index k = 0; k < out.size(); ++k) {
    options.max_steps = Index{1} << k;
    BatchInference<double>(energy, options).run(theta, data.x, data.y, pass);
    out[k] = cosine(energy.parameter_gradient(pass), bp);
  }
  return out;
}

}  // namespace

std::vector<std::pair<std::string, Index>> probe_columns(const Architecture& architecture,
                                                         const BatchInferenceOptions& inference) {
  const Index L = architecture.depth();
  std::vector<std::pair<std::string, Index>> columns = {
      {"probe_loss", 0},     {"equilibrated_energy", 0}, {"loss_over_energy", 0},
      {"certified", 0},      {"cosine_all", 0},          {"cosine", L},
      {"pc_gradient", L},    {"bp_gradient", L},         {"weight_norm", L},
      {"layer_jacobian", L}, {"output_jacobian", L},     {"layer_energy", L},
      {"error", L}};
  if (L == 1) return columns;
  columns.emplace_back("activity", L - 1);
  columns.emplace_back("balance", L - 1);
  if (const Index k = moments_of(architecture, inference); k > 0)
    columns.emplace_back("inference_cosine", k);
  return columns;
}

std::vector<std::pair<std::string, Vector>> probe_network(const NetworkEnergy<double>& energy,
                                                          const Vector& theta, const Dataset& data,
                                                          const BatchInferenceOptions& inference) {
  const Architecture& net = energy.architecture();
  const Index L = net.depth();
  std::vector<std::pair<std::string, Vector>> out;
  const auto add = [&](const char* name, Vector value) {
    out.emplace_back(name, std::move(value));
  };
  const auto number = [&](const char* name, double value) {
    add(name, Vector::Constant(1, value));
  };

  const double loss = score<double>(net, theta, data.x, data.y, energy.clamping().targets).loss;
  NetworkPass<double> backward;
  backpropagate<double>(net, theta, data.x, data.y, backward, energy.clamping().targets);
  const Vector bp = energy.parameter_gradient(backward);
  number("probe_loss", loss);
  add("weight_norm", weight_norms(net, theta));
  if (L > 1) add("balance", balance(net, theta));
  add("bp_gradient", layer_norms(net, bp));
  add("layer_jacobian", layer_jacobian_norms(net, theta, backward));
  add("output_jacobian", output_jacobian_norms(net, theta, backward));

  if (moments_of(net, inference) > 0)
    if (Vector cosines = inference_cosines(energy, theta, data, inference, bp); cosines.allFinite())
      add("inference_cosine", std::move(cosines));

  const ProbeEquilibrium there = probe_equilibrium(energy, theta, data);
  if (!there.finite) return out;
  const Vector pc = energy.parameter_gradient(there.pass);
  const double F = energy.energies(there.pass).mean();
  number("equilibrated_energy", F);
  number("loss_over_energy", F > 0 ? net.lambda() * loss / F : 1);
  number("certified", there.certified);
  number("cosine_all", cosine(pc, bp));
  Vector cosines(L), errors(L), activities(L - 1);
  for (Index l = 0; l < L; ++l) {
    cosines[l] = cosine(layer(net, pc, l), layer(net, bp, l));
    errors[l] = there.pass.error[at(l)].cwiseAbs().mean();
    if (l + 1 < L) activities[l] = there.pass.z[at(l + 1)].cwiseAbs().mean();
  }
  add("cosine", cosines);
  add("pc_gradient", layer_norms(net, pc));
  add("layer_energy", energy.layer_energies(there.pass).rowwise().mean());
  if (L > 1) add("activity", activities);
  add("error", errors);
  return out;
}

}  // namespace saddlescope
