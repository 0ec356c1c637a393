#include "saddlescope/saddle/orbit.hpp"

#include <cmath>

#include <Eigen/Dense>
#include <unsupported/Eigen/MatrixFunctions>

#include "saddlescope/base/require.hpp"
#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope {

std::vector<Matrix> random_group_element(const Architecture& architecture, double condition,
                                         RandomStream& stream) {
  check(architecture);
  require(condition >= 1 && std::isfinite(condition),
          "orbit: condition of the group element: expected a finite number >= 1, got {}",
          condition);
  const double half = std::log(condition) / 2;
  std::vector<Matrix> M;
  for (Index l = 0; l + 1 < architecture.depth(); ++l) {
    const Index n = architecture.rows(l);
    const Matrix U = stream.orthogonal_matrix(n, n);
    const Matrix V = stream.orthogonal_matrix(n, n);
    Vector m(n);
    for (double& entry : m) entry = std::exp(stream.uniform(-half, half));
    M.emplace_back(Matrix(U * m.asDiagonal()) * V.transpose());
  }
  return M;
}

Vector random_orbit_point(const Architecture& architecture, const Vector& theta, double condition,
                          RandomStream& stream) {
  return act(architecture, theta, random_group_element(architecture, condition, stream));
}

Vector orbit_path(const Architecture& architecture, const Vector& theta,
                  const std::vector<Matrix>& generators, double s) {
  require(std::isfinite(s), "orbit: parameter s: expected a finite number, got {}", s);
  std::vector<Matrix> M;
  for (const Matrix& X : generators) {
    require(X.rows() == X.cols() && X.allFinite(),
            "orbit: generator: expected a finite square matrix, got {} x {}{}", X.rows(), X.cols(),
            X.allFinite() ? "" : " with a NaN or Inf");
    M.emplace_back(Matrix(s * X).exp());
  }
  return act(architecture, theta, M);
}

}  // namespace saddlescope
