#include "inference.hpp"

#include <stdexcept>

#include "contest.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/batch_inference.hpp"
#include "saddlescope/inference/gemm_floor.hpp"
#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::bench {

void block_solve(benchmark::State& state, Index width, Index hidden_layers, Index samples) {
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(hidden_layers) + 2, width);
  shape.widths.back() = 10;
  shape.parameterisation = Parameterisation::kMupc;
  shape.skips = true;
  const Architecture network = make_architecture(shape);
  InitialiseOptions init;
  init.kind = Initialisation::kNormal;
  init.parameterisation = shape.parameterisation;
  RandomStream stream(0, "benchmark inference");
  const Vector theta = initialise(network, init, stream);
  const Matrix x = stream.normal_matrix(network.input(), samples);
  const Matrix y = stream.normal_matrix(network.output(), samples);
  Matrix z;
  const auto blocks = [&] {
    const BlockTridiagonalCholesky<double> factor(activity_hessian<double>(network, theta));
    z = factor.solve(activity_source<double>(network, theta, x, y));
  };
  const Matrix H = activity_hessian<double>(network, theta).dense();
  const auto n = static_cast<double>(H.rows());
  Matrix inverse;
  const auto dense = [&] {
    if (lapack_positive_definite_inverse(inverse) != 0)
      throw std::runtime_error("the dense activity Hessian is not positive definite");
    return n * n * n;
  };
  const auto w = static_cast<double>(width);
  const double flops = static_cast<double>(hidden_layers) *
                       (13.0 / 3 * w * w * w + 6 * w * w * static_cast<double>(samples));
  run(state, {.kernel = blocks, .floor = dense, .prepare = [&] { inverse = H; }, .flops = flops});
}

template <class T>
void training_step(benchmark::State& state, Activation activation, Placement placement) {
  constexpr Index kBatch = 64;
  ArchitectureOptions shape;
  shape.widths = {784, 300, 300, 300, 10};
  shape.activation = activation;
  shape.placement = placement;
  shape.biases = true;
  const Architecture network = make_architecture(shape);
  RandomStream stream(0, "benchmark training");
  const VectorOf<T> theta = initialise(network, {}, stream).cast<T>();
  const MatrixOf<T> x = stream.normal_matrix(network.input(), kBatch).cast<T>();
  const MatrixOf<T> y = stream.normal_matrix(network.output(), kBatch).cast<T>();
  const NetworkEnergy<T> energy(network);
  BatchInferenceOptions options;
  options.threads = threads();
  BatchInference<T> inference(energy, options);
  NetworkPass<T> pass;
  VectorOf<T> gradient;
  StepProducts<T> products(network, kBatch, options.max_steps, options.threads);
  run(state, {.kernel =
                  [&] {
                    inference.run(theta, x, y, pass);
                    energy.parameter_gradient(pass, gradient);
                  },
              .floor = [&] { return products.run(); }});
}

template void training_step<double>(benchmark::State&, Activation, Placement);
template void training_step<float>(benchmark::State&, Activation, Placement);

}  // namespace saddlescope::bench
