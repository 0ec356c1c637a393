// Scalar, vector and matrix types shared by every folder.
//
// Matrices are dense and column-major. A column is a sample, a direction or an eigenvector. Types
// with the suffix `Of` take the scalar: double, or Quad where a decisive number is re-checked.
#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace saddlescope {

using Index = Eigen::Index;

template <class T>
using MatrixOf = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using VectorOf = Eigen::Matrix<T, Eigen::Dynamic, 1>;

using Matrix = MatrixOf<double>;
using Vector = VectorOf<double>;

// Views for function borders: columns contiguous, any leading dimension.
template <class T>
using MatrixRefOf = Eigen::Ref<MatrixOf<T>, 0, Eigen::OuterStride<>>;
template <class T>
using ConstMatrixRefOf = const Eigen::Ref<const MatrixOf<T>, 0, Eigen::OuterStride<>>&;

using MatrixRef = MatrixRefOf<double>;
using ConstMatrixRef = ConstMatrixRefOf<double>;
using VectorRef = Eigen::Ref<Vector>;
using ConstVectorRef = const Eigen::Ref<const Vector>&;

}  // namespace saddlescope
