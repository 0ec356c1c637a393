#include "saddlescope/saddle/rescaling.hpp"

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

// Whether the units of the layer with this index, and of no output, may be rescaled.
bool is_rescalable(const Architecture& net, Index layer) {
  const auto at = static_cast<std::size_t>(layer);
  return layer + 1 < net.depth() && net.skips[at] == 0 && net.skips[at + 1] == 0;
}

}  // namespace

Matrix rescaling_directions(const Architecture& net, const Vector& theta) {
  check(net);
  require(theta.size() == net.n_parameters(), "parameters theta: expected {}, got {}",
          net.n_parameters(), theta.size());
  Index units = 0;
  if (is_positively_homogeneous(net.activation))
    for (Index l = 0; l < net.depth(); ++l) units += is_rescalable(net, l) ? net.rows(l) : 0;
  Matrix G = Matrix::Zero(theta.size(), units);
  if (units == 0) return G;
  Index column = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    if (!is_rescalable(net, l)) continue;
    for (Index i = 0; i < net.rows(l); ++i, ++column) {
      double* const to = G.col(column).data();
      Eigen::Map<Matrix>(to + net.offset(l), net.rows(l), net.cols(l)).row(i) =
          weight(net, theta, l).row(i);
      if (net.biases) G(net.bias_offset(l) + i, column) = bias(net, theta, l)[i];
      Eigen::Map<Matrix>(to + net.offset(l + 1), net.rows(l + 1), net.cols(l + 1)).col(i) =
          -weight(net, theta, l + 1).col(i);
    }
  }
  return G;
}

}  // namespace saddlescope
