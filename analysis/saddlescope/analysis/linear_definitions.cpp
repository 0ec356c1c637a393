#include "saddlescope/analysis/linear_definitions.hpp"

#include <stdexcept>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {

std::string name(LinearObjective objective) {
  return objective == LinearObjective::kMse ? "mse" : "energy";
}

template <class T>
std::unique_ptr<Objective<T>> make_objective(LinearObjective objective,
                                             const Architecture& architecture,
                                             const DataFactor<T>& data) {
  return objective == LinearObjective::kMse ? mse_loss<T>(architecture, data)
                                            : equilibrated_energy<T>(architecture, data);
}

template <class T>
std::unique_ptr<const Point<T>> point_at(LinearObjective objective,
                                         const Architecture& architecture,
                                         const DataFactor<T>& data, const VectorOf<T>& theta) {
  Evaluation<T> evaluation = make_objective<T>(objective, architecture, data)->at(theta);
  if (!evaluation.summary.ok()) throw std::invalid_argument(evaluation.summary.message);
  return std::move(evaluation.point);
}

Matrix schur_matrix(const Architecture& architecture, const std::vector<Matrix>& maps) {
  const Index d_y = architecture.output();
  Matrix S = Matrix::Identity(d_y, d_y) / architecture.lambda();
  Matrix P = Matrix::Identity(d_y, d_y);
  for (std::size_t l = maps.size() - 1; l >= 1; --l) {
    P = (P * maps[l]).eval();
    S += P * P.transpose() / architecture.precisions[l - 1];
  }
  return S;
}

double condition_number(const Matrix& H) {
  const Vector eigenvalues = symmetric_eigenvalues(H);
  return eigenvalues(eigenvalues.size() - 1) / eigenvalues(0);
}

std::vector<Matrix> all_activities(const Architecture& architecture, const DataFactor<double>& data,
                                   const Matrix& hidden) {
  std::vector<Matrix> z{data.x};
  Index row = 0;
  for (Index l = 1; l < architecture.depth(); ++l) {
    const Index n = architecture.rows(l - 1);
    z.emplace_back(hidden.middleRows(row, n));
    row += n;
  }
  z.push_back(data.y);
  return z;
}

std::vector<Matrix> layer_errors(const std::vector<Matrix>& maps,
                                 const std::vector<Matrix>& activities) {
  std::vector<Matrix> errors;
  for (std::size_t l = 0; l < maps.size(); ++l)
    errors.emplace_back(activities[l + 1] - maps[l] * activities[l]);
  return errors;
}

template std::unique_ptr<Objective<double>> make_objective(LinearObjective, const Architecture&,
                                                           const DataFactor<double>&);
template std::unique_ptr<Objective<Quad>> make_objective(LinearObjective, const Architecture&,
                                                         const DataFactor<Quad>&);
template std::unique_ptr<const Point<double>> point_at(LinearObjective, const Architecture&,
                                                       const DataFactor<double>&,
                                                       const VectorOf<double>&);
template std::unique_ptr<const Point<Quad>> point_at(LinearObjective, const Architecture&,
                                                     const DataFactor<Quad>&,
                                                     const VectorOf<Quad>&);

}  // namespace saddlescope::analysis
