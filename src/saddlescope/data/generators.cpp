#include "saddlescope/data/generators.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include <Eigen/QR>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

void check_sizes(const char* name, Index samples, Index input, Index output) {
  require(samples >= 1, "data {}: number of samples: expected >= 1, got {}", name, samples);
  require(input >= 1, "data {}: number of inputs: expected >= 1, got {}", name, input);
  require(output >= 1, "data {}: number of outputs: expected >= 1, got {}", name, output);
}

}  // namespace

Dataset toy(const ToyOptions& options) {
  check_sizes("toy", options.samples, options.dimension, options.dimension);
  constexpr double kMean = 1;
  constexpr double kDeviation = 0.1;
  RandomStream inputs(options.seed, "inputs");
  Dataset data;
  data.name = "toy";
  data.x = (kMean + kDeviation * inputs.normal_matrix(options.dimension, options.samples).array())
               .matrix();
  data.y = -data.x;
  return data;
}

Dataset linear_teacher(const TeacherOptions& options) {
  const Index input = options.input;
  const Index output = options.output;
  check_sizes("teacher", options.samples, input, output);
  const Index rank = std::min(input, output);
  require(options.noise >= 0 && std::isfinite(options.noise),
          "data teacher: deviation of the noise: expected >= 0 and finite, got {}", options.noise);
  require(options.input_exponent >= 0 && std::isfinite(options.input_exponent),
          "data teacher: exponent of the inputs' spectrum: expected >= 0 and finite, got {}",
          options.input_exponent);
  Vector s = options.singular_values.empty() ? Vector(Vector::Ones(rank)) : Vector::Zero(rank);
  require(static_cast<Index>(options.singular_values.size()) <= rank,
          "data teacher: singular values: expected at most min(inputs, outputs) = {}, got {}", rank,
          options.singular_values.size());
  for (std::size_t k = 0; k < options.singular_values.size(); ++k) {
    const double value = options.singular_values[k];
    require(value >= 0 && std::isfinite(value),
            "data teacher: singular value {}: expected >= 0 and finite, got {}", k + 1, value);
    s(static_cast<Index>(k)) = value;
  }

  RandomStream inputs(options.seed, "inputs");
  RandomStream teacher(options.seed, "teacher");
  RandomStream noise(options.seed, "noise");
  const Vector deviations = Vector::LinSpaced(input, 1, static_cast<double>(input))
                                .array()
                                .pow(-options.input_exponent / 2)
                                .matrix();
  Dataset data;
  data.name = "teacher";
  const Matrix rotation = inputs.orthogonal_matrix(input, input);
  const Matrix g = inputs.normal_matrix(input, options.samples);
  data.x = rotation * (deviations.asDiagonal() * g);
  const Matrix U = teacher.orthogonal_matrix(output, rank);
  const Matrix V = teacher.orthogonal_matrix(input, rank);
  data.y = U * (s.asDiagonal() * (V.transpose() * data.x));
  if (options.noise > 0) data.y += options.noise * noise.normal_matrix(output, options.samples);
  return data;
}

Dataset uncorrelated(const UncorrelatedOptions& options) {
  check_sizes("uncorrelated", options.samples, options.input, options.output);
  require(options.samples > options.input,
          "data uncorrelated: number of samples: expected more than the {} inputs, got {}",
          options.input, options.samples);
  RandomStream inputs(options.seed, "inputs");
  RandomStream targets(options.seed, "targets");
  Dataset data;
  data.name = "uncorrelated";
  data.x = inputs.normal_matrix(options.input, options.samples);
  Matrix y = targets.normal_matrix(options.samples, options.output);
  const Eigen::HouseholderQR<Matrix> qr(data.x.transpose());
  const Matrix Q = qr.householderQ() * Matrix::Identity(options.samples, options.input);
  // The second pass removes what rounding left in the first where y was nearly in the span.
  for (int pass = 0; pass < 2; ++pass) y -= Q * (Q.transpose() * y);
  data.y = y.transpose();
  return data;
}

Dataset exactly_uncorrelated(const UncorrelatedOptions& options) {
  check_sizes("uncorrelated", options.samples, options.input, options.output);
  const Index functions = options.input + options.output;
  Index samples = 4;
  while (samples < functions + 1) samples *= 2;
  // Walsh function f at point i is -1 to the number of ones that f and i share in binary.
  Matrix walsh(functions, samples);
  for (Index f = 0; f < functions; ++f)
    for (Index i = 0; i < samples; ++i)
      walsh(f, i) = std::popcount(static_cast<std::uint64_t>((f + 1) & i)) % 2 == 0 ? 1 : -1;
  constexpr double kGrid = 256;
  const auto coefficients = [&](const char* purpose, Index n) {
    RandomStream stream(options.seed, purpose);
    Matrix C = stream.normal_matrix(n, n) * kGrid;
    return Matrix(C.array().round() / kGrid);
  };
  Dataset data;
  data.name = "uncorrelated";
  data.x = coefficients("inputs", options.input) * walsh.topRows(options.input);
  data.y = coefficients("targets", options.output) * walsh.bottomRows(options.output);
  return data;
}

Dataset four_point() {
  Dataset data;
  data.name = "four-point";
  data.x = Matrix{{1, -1, 1, -1}};
  data.y = Matrix{{1, 1, -1, -1}};
  return data;
}

}  // namespace saddlescope
