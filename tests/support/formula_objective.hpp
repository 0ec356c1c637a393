// An objective given by its formulas, for tests that need a landscape with a known shape.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "saddlescope/hessian/objective.hpp"

namespace saddlescope::testing {

struct Formulas {
  Index dim = 0;
  std::function<double(const Vector&)> value;
  std::function<Vector(const Vector&)> gradient;
  std::function<Matrix(const Vector&)> hessian;
};

// Rounding bounds are those of a few operations on numbers of the size of H theta and H.
class FormulaPoint final : public Point<double> {
 public:
  FormulaPoint(const Formulas& f, const Vector& theta)
      : value_(f.value(theta)),
        gradient_(f.gradient(theta)),
        hessian_(f.hessian(theta)),
        size_(hessian_.norm() * (1 + theta.norm())) {}

  [[nodiscard]] Index dim() const override { return gradient_.size(); }
  [[nodiscard]] double value() const override { return value_; }
  [[nodiscard]] Vector gradient() const override { return gradient_; }
  void hessian_times(ConstMatrixRef V, MatrixRef HV) const override { HV = hessian_ * V; }
  [[nodiscard]] Matrix hessian() const override { return hessian_; }
  [[nodiscard]] Matrix layer_hessian(const std::vector<Index>& /*layers*/) const override {
    return hessian_;
  }
  [[nodiscard]] double hessian_magnitude() const override { return hessian_.norm(); }
  [[nodiscard]] double hessian_error_bound() const override { return 10 * kEps * hessian_.norm(); }
  [[nodiscard]] double gradient_error_bound() const override { return 10 * kEps * size_; }
  [[nodiscard]] double gradient_magnitude() const override { return size_; }

 private:
  static constexpr double kEps = std::numeric_limits<double>::epsilon();
  double value_;
  Vector gradient_;
  Matrix hessian_;
  double size_;
};

class FormulaObjective final : public Objective<double> {
 public:
  explicit FormulaObjective(Formulas formulas) : formulas_(std::move(formulas)) {}
  [[nodiscard]] std::string name() const override { return "formula"; }
  [[nodiscard]] Index dim() const override { return formulas_.dim; }
  [[nodiscard]] Evaluation<double> at(const Vector& theta) const override {
    return {std::make_unique<FormulaPoint>(formulas_, theta), {}};
  }
  [[nodiscard]] CurveSeries<double> along(ConstMatrixRef /*curve*/) const override {
    CurveSeries<double> none;
    none.summary = {Status::kRefused, "formula: no series"};
    return none;
  }

 private:
  Formulas formulas_;
};

// 1/2 (theta - center)' H (theta - center).
inline FormulaObjective quadratic(const Matrix& H, const Vector& center) {
  return FormulaObjective(
      {H.rows(), [=](const Vector& t) { return 0.5 * (t - center).dot(H * (t - center)); },
       [=](const Vector& t) -> Vector { return H * (t - center); },
       [=](const Vector& /*t*/) -> Matrix { return H; }});
}

}  // namespace saddlescope::testing
