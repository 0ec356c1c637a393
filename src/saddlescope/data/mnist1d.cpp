#include "saddlescope/data/mnist1d.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

constexpr Index kClasses = 10;
constexpr Index kTemplate = 12;
constexpr Index kLeastPadding = 36, kMostPadding = 60;
constexpr Index kCanvas = kTemplate + kMostPadding;
constexpr Index kShifts = 48;
constexpr Index kLength = 40;
constexpr double kScale = 0.4, kShear = 0.75;
constexpr double kSmoothNoise = 0.25, kWhiteNoise = 0.02;
constexpr double kSmoothing = 2;
constexpr Index kReach = 8;  // of the smoothing, 4 deviations

// Heights of the strokes as published.
constexpr std::array<std::array<double, kTemplate>, kClasses> kStrokes = {{
    {5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5},
    {5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5},
    {5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5},
    {5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5},
    {5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5},
    {5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5},
    {5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5},
    {5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5},
    {5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5},
    {5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5},
}};

// Linear interpolation at n equidistant points, both ends included.
Vector resample(const Vector& x, Index n) {
  Vector out(n);
  for (Index i = 0; i < n; ++i) {
    const double at =
        static_cast<double>(i) * static_cast<double>(x.size() - 1) / static_cast<double>(n - 1);
    const Index left = std::min(static_cast<Index>(at), x.size() - 2);
    const double share = at - static_cast<double>(left);
    out[i] = (1 - share) * x[left] + share * x[left + 1];
  }
  return out;
}

// Mirrored at both ends.
Vector smooth(const Vector& x) {
  Vector out = Vector::Zero(x.size());
  double mass = 0;
  for (Index k = -kReach; k <= kReach; ++k) {
    const double share = std::exp(-0.5 * static_cast<double>(k * k) / (kSmoothing * kSmoothing));
    mass += share;
    for (Index i = 0; i < x.size(); ++i) {
      Index j = i + k;
      if (j < 0) j = -1 - j;
      if (j >= x.size()) j = 2 * x.size() - 1 - j;
      out[i] += share * x[j];
    }
  }
  return out / mass;
}

Vector draw_sample(Index label, RandomStream& stream) {
  const Index padding = kLeastPadding + stream.index(kMostPadding - kLeastPadding + 1);
  Vector padded = Vector::Zero(kTemplate + padding);
  padded.head(kTemplate) = mnist1d_template(label);
  const Vector dilated = resample(padded, kCanvas) * (1 + kScale * (stream.uniform(0, 1) - 0.5));
  // Where the stroke is; its own zeros at the ends count to it.
  const double end = static_cast<double>(kTemplate) * static_cast<double>(kCanvas - 1) /
                     static_cast<double>(padded.size() - 1);
  const Index shift = stream.index(kShifts);
  const Vector noise = smooth(kSmoothNoise * stream.normal_matrix(kCanvas, 1));
  Vector x(kCanvas);
  for (Index i = 0; i < kCanvas; ++i) {
    const Index to = (i + shift) % kCanvas;
    x[to] = static_cast<double>(i) < end ? dilated[i] : noise[to];
  }
  x += kWhiteNoise * stream.normal_matrix(kCanvas, 1);
  const double shear = kShear * (stream.uniform(0, 1) - 0.5);
  x -= shear * Vector::LinSpaced(kCanvas, -0.5, 0.5);
  return resample(x, kLength);
}

}  // namespace

Vector mnist1d_template(Index label) {
  require(label >= 0 && label < kClasses, "MNIST-1D: label: expected 0 .. 9, got {}", label);
  Vector x(kTemplate);
  for (Index i = 0; i < kTemplate; ++i)
    x[i] = kStrokes.at(static_cast<std::size_t>(label)).at(static_cast<std::size_t>(i));
  x.array() -= x.mean();
  x /= std::sqrt(x.squaredNorm() / static_cast<double>(kTemplate));
  x.array() -= x[0];
  return x / 6;
}

Dataset mnist1d(const Mnist1dOptions& options) {
  require(options.samples >= 1, "data mnist-1d: number of samples: expected >= 1, got {}",
          options.samples);
  RandomStream stream(options.seed, "MNIST-1D");
  Dataset out;
  out.name = "MNIST-1D";
  out.x.resize(kLength, options.samples);
  out.y = Matrix::Zero(kClasses, options.samples);
  for (Index i = 0; i < options.samples; ++i) {
    out.x.col(i) = draw_sample(i % kClasses, stream);
    out.y(i % kClasses, i) = 1;
  }
  return out;
}

}  // namespace saddlescope
