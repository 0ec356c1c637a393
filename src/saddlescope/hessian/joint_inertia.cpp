#include "saddlescope/hessian/joint_inertia.hpp"

#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// The joint Hessian of F(z, theta) at equilibrium, from the definition of F: activities of data
// column 1, of column 2, .., then theta. With e_l = pi_l (z_l - A_l z_{l-1}), dF/dW_l = -a_l <e_l
// z_{l-1}'>, so a change d of z_l moves it by -a_l pi_l d z_{l-1}', and a change d of z_{l-1} by
// a_l (pi_l A_l d z_{l-1}' - e_l d').
Matrix joint_hessian(const Architecture& net, const DataFactor<double>& data, const Vector& theta) {
  const Index L = net.depth();
  const Index m = data.x.cols();
  const auto A = effective_maps(net, theta);
  const BlockTridiagonal<double> H_z = activity_hessian<double>(net, theta);
  const BlockTridiagonalCholesky<double> factor(H_z);
  const Matrix activities = factor.solve(activity_source<double>(net, theta, data.x, data.y));
  const Index hidden = H_z.dim();
  const Index first_theta = m * hidden;

  std::vector<Matrix> z{data.x};
  std::vector<Index> offset{0, 0};  // of z_l in a column's activities, l = 1 .. L-1 at index l
  for (Index l = 1, row = 0; l < L; ++l) {
    z.emplace_back(activities.middleRows(row, net.rows(l - 1)));
    row += net.rows(l - 1);
    offset.push_back(row);
  }
  z.push_back(data.y);

  Matrix J = Matrix::Zero(joint_dimension(net, m), joint_dimension(net, m));
  const Matrix dense = H_z.dense();
  for (Index i = 0; i < m; ++i) J.block(i * hidden, i * hidden, hidden, hidden) = dense;
  for (Index l = 0; l < L; ++l) {  // layer l + 1 of the papers: z[l] below, z[l + 1] above
    const double a = net.scales[at(l)];
    const double pi = net.precisions[at(l)];
    const Matrix e = pi * (z[at(l + 1)] - A[at(l)] * z[at(l)]);
    const Matrix moment = a * a * pi * z[at(l)] * z[at(l)].transpose();
    const Index n = net.rows(l);
    for (Index c = 0; c < net.cols(l); ++c) {
      const Index column = first_theta + net.offset(l) + n * c;  // of W_l(:, c)
      for (Index j = 0; j < net.cols(l); ++j)
        for (Index k = 0; k < n; ++k)
          J(first_theta + net.offset(l) + k + n * j, column + k) = moment(j, c);
      for (Index i = 0; i < m; ++i) {
        const double below = z[at(l)](c, i);
        if (l + 1 < L)
          for (Index k = 0; k < n; ++k)
            J(column + k, i * hidden + offset[at(l + 1)] + k) = -a * pi * below;
        if (l > 0) {
          auto rows = J.block(column, i * hidden + offset[at(l)], n, net.cols(l));
          rows = a * pi * below * A[at(l)];
          rows.col(c) -= a * e.col(i);
        }
      }
    }
  }
  return J;  // theta rows and the lower triangle are filled
}

}  // namespace

Index joint_dimension(const Architecture& architecture, Index data_columns) {
  Index hidden = 0;
  for (Index l = 0; l + 1 < architecture.depth(); ++l) hidden += architecture.rows(l);
  return architecture.n_parameters() + data_columns * hidden;
}

Inertia joint_inertia(const Architecture& architecture, const DataFactor<double>& data,
                      const Vector& theta, double threshold) {
  check(architecture);
  require(architecture.depth() >= 2, "joint inertia: expected a hidden layer (L >= 2), got L = {}",
          architecture.depth());
  require(data.x.rows() == architecture.input() && data.y.rows() == architecture.output(),
          "joint inertia: data of {} inputs and {} outputs for a network of {} and {}",
          data.x.rows(), data.y.rows(), architecture.input(), architecture.output());
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
  require(threshold >= 0, "zero threshold: expected >= 0, got {}", threshold);
  const Index p = architecture.n_parameters();
  Matrix J = joint_hessian(architecture, data, theta);
  J.diagonal().tail(p).array() += threshold;  // n_- of H + t I: eigenvalues below -t
  Inertia count;
  count.n_negative = count_negative_bunch_kaufman(J);
  J.diagonal().tail(p).array() -= 2 * threshold;  // n_- of H - t I: eigenvalues below +t
  count.n_positive = p - count_negative_bunch_kaufman(std::move(J));
  count.n_zero = p - count.n_negative - count.n_positive;
  return count;
}

}  // namespace saddlescope
