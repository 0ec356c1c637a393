#include "saddlescope/data/normalise.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

struct Moments {
  double mean;
  double deviation;
};

// Two passes: the relative error of the deviation stays near n eps however large the mean.
template <class Entries>
Moments moments(const Entries& entries) {
  const double mean = entries.mean();
  return {mean, std::sqrt((entries.array() - mean).square().mean())};
}

void standard(Dataset& data, Vector& shift, Vector& scale, std::string& text) {
  const auto [mean, deviation] = moments(data.x);
  require(data.x.minCoeff() < data.x.maxCoeff(),
          "data {}: normalisation standard: expected entries of x that differ, got all equal to {}",
          data.name, data.x(0, 0));
  shift.setConstant(mean);
  scale.setConstant(deviation);
  text = fmt::format("standard: mean {:.17g}, deviation {:.17g}", mean, deviation);
}

void per_feature(Dataset& data, Vector& shift, Vector& scale, std::string& text) {
  Index n_constant = 0;
  for (Index j = 0; j < data.x.rows(); ++j) {
    const auto row = data.x.row(j);
    if (row.minCoeff() == row.maxCoeff()) {
      shift(j) = row(0);  // exactly, so that the feature becomes 0 and not rounding noise
      scale(j) = 1;
      ++n_constant;
    } else {
      const auto [mean, deviation] = moments(row);
      shift(j) = mean;
      scale(j) = deviation;
    }
  }
  text = fmt::format(
      "per-feature: {} features over {} samples, {} of them constant and only "
      "centred",
      data.x.rows(), data.n_samples(), n_constant);
}

void minmax(Dataset& data, Vector& shift, Vector& scale, std::string& text) {
  const double low = data.x.minCoeff();
  const double high = data.x.maxCoeff();
  require(low < high,
          "data {}: normalisation minmax: expected entries of x that differ, got all equal to {}",
          data.name, low);
  shift.setConstant(low);
  scale.setConstant(high - low);
  text = fmt::format("minmax: least {:.17g}, greatest {:.17g}", low, high);
}

}  // namespace

const std::vector<std::string>& normalisation_names() {
  static const std::vector<std::string> names = {"none", "standard", "per-feature", "minmax"};
  return names;
}

Dataset normalise(Dataset data, const std::string& kind) {
  require_known("normalisation", normalisation_names(), kind);
  check(data);
  if (kind == "none") return data;

  Vector shift(data.x.rows());
  Vector scale(data.x.rows());
  std::string text;
  if (kind == "standard") standard(data, shift, scale, text);
  if (kind == "per-feature") per_feature(data, shift, scale, text);
  if (kind == "minmax") minmax(data, shift, scale, text);
  require(shift.allFinite() && scale.allFinite() && scale.minCoeff() > 0,
          "data {}: normalisation {}: expected moments of x that are finite and positive, got "
          "values of x too large or too close together for them",
          data.name, kind);

  data.x = ((data.x.colwise() - shift).array().colwise() / scale.array()).matrix();
  if (data.shift.size() == 0) {
    data.shift = shift;
    data.scale = scale;
    data.normalisation = text;
  } else {
    // ((x - s) / c - shift) / scale = (x - (s + c shift)) / (c scale)
    data.shift += data.scale.cwiseProduct(shift);
    data.scale = data.scale.cwiseProduct(scale);
    data.normalisation += ", then " + text;
  }
  return data;
}

}  // namespace saddlescope
