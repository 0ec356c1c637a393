#include "saddlescope/analysis/claim_critical_point.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/SVD>

#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope::analysis {

CriticalPoint draw_critical_point(Case& c) {
  const Architecture& net = c.architecture;
  const Vector variances = symmetric_eigenvalues(c.moments.xx);
  const Matrix root = c.moments.xx.llt().matrixL();
  // B Sigma_xx^{1/2} and Sigma_yx R^{-1}', Sigma_xx = R R', have the same singular values.
  const Vector singular =
      root.triangularView<Eigen::Lower>().solve(c.moments.xy).jacobiSvd().singularValues();
  const Index hidden = *std::min_element(net.widths.begin() + 1, net.widths.end() - 1);
  const Index r = c.stream.index(std::min(hidden, singular.size()) + 1);
  RankROptions options;
  options.singular_subset = c.stream.sample(singular.size(), r);
  std::sort(options.singular_subset.begin(), options.singular_subset.end());
  options.t = std::exp2(c.stream.uniform(-1, 1));
  options.random_rows = c.stream.index(2) == 1;
  CriticalPoint out;
  out.loss = singular.squaredNorm() / 2;
  for (const Index i : options.singular_subset) out.loss -= singular(i) * singular(i) / 2;
  out.condition = variances(variances.size() - 1) / variances(0);
  out.theta = rank_r(net, c.moments, options, c.stream);
  return out;
}

}  // namespace saddlescope::analysis
