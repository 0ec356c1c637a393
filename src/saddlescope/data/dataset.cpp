#include "saddlescope/data/dataset.hpp"

#include <cmath>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

void check_finite(const Matrix& matrix, const char* letter, const std::string& name) {
  if (matrix.allFinite()) return;
  for (Index j = 0; j < matrix.cols(); ++j)
    for (Index i = 0; i < matrix.rows(); ++i)
      require(std::isfinite(matrix(i, j)),
              "data {}: {}: entry {} of sample {} (counted from 0): expected a finite number, "
              "got {}",
              name, letter, i, j, matrix(i, j));
}

}  // namespace

void check(const Dataset& data) {
  require(data.x.cols() == data.y.cols(),
          "data {}: expected as many targets as inputs, got {} targets and {} inputs", data.name,
          data.y.cols(), data.x.cols());
  require(data.x.rows() >= 1 && data.y.rows() >= 1 && data.x.cols() >= 1,
          "data {}: expected at least one sample, input and output, got {} samples, {} inputs and "
          "{} outputs",
          data.name, data.x.cols(), data.x.rows(), data.y.rows());
  check_finite(data.x, "x", data.name);
  check_finite(data.y, "y", data.name);
}

std::string checksum(const Dataset& data) { return checksum({&data.x, &data.y}); }

Dataset select(const Dataset& data, const std::vector<Index>& columns) {
  for (const Index column : columns)
    require(column >= 0 && column < data.n_samples(),
            "data {}: sample to select: expected 0 .. {}, got {}", data.name, data.n_samples() - 1,
            column);
  Dataset out = data;
  out.x = data.x(Eigen::all, columns);
  out.y = data.y(Eigen::all, columns);
  return out;
}

Matrix one_hot(const std::vector<Index>& labels, Index classes, const std::string& name) {
  Matrix out = Matrix::Zero(classes, static_cast<Index>(labels.size()));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] >= 0 && labels[i] < classes,
            "{}: label of sample {} (counted from 0): expected 0 .. {}, found {}", name, i,
            classes - 1, labels[i]);
    out(labels[i], static_cast<Index>(i)) = 1;
  }
  return out;
}

}  // namespace saddlescope
