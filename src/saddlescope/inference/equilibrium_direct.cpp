#include "saddlescope/inference/equilibrium_direct.hpp"

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/inference/precise_gradient.hpp"

namespace saddlescope {

DirectSolution closed_form_equilibrium(const Architecture& architecture, const Vector& theta,
                                       ConstMatrixRef x, ConstMatrixRef y) {
  DirectSolution out;
  Index dim = 0;
  for (Index l = 0; l + 1 < architecture.depth(); ++l) dim += architecture.rows(l);
  out.z = Matrix::Zero(dim, x.cols());
  // Activities are linear in a sample, so the samples themselves serve as a factor.
  const DataFactor<double> samples{x, y};
  const LinearState<double> state(LinearObjective::kEnergy, architecture, samples, theta);
  if (!state.is_definite()) {
    out.summary = {Status::kRefused,
                   "closed form: rounding has cost S = I/lambda + .. its positive definiteness"};
    return out;
  }
  Index offset = 0;
  for (Index l = 1; l < architecture.depth(); ++l) {
    out.z.middleRows(offset, state.z(l).rows()) = state.z(l);
    offset += state.z(l).rows();
  }
  return out;
}

Matrix block_equilibrium(const ActivityOperator& op, const BlockTridiagonalCholesky<double>& factor,
                         ConstMatrixRef x, ConstMatrixRef y) {
  Matrix z = factor.solve(op.source(x, y));
  z -= factor.solve(precise_gradient(op, x, y, z).g);
  return z;
}

}  // namespace saddlescope
