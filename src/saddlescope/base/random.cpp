#include "saddlescope/base/random.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include <Eigen/QR>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/seed_seq.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>

#include "saddlescope/base/require.hpp"

namespace saddlescope {

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose) {
  std::vector<std::uint32_t> key{static_cast<std::uint32_t>(seed),
                                 static_cast<std::uint32_t>(seed >> 32U)};
  for (const char c : purpose) key.push_back(static_cast<unsigned char>(c));
  boost::random::seed_seq sequence(key.begin(), key.end());
  engine_.seed(sequence);
}

double RandomStream::uniform(double low, double high) {
  require(std::isfinite(low) && std::isfinite(high) && low <= high,
          "random uniform: expected finite bounds low <= high, got [{}, {})", low, high);
  if (low == high) return low;  // Boost would search the empty interval for ever
  return boost::random::uniform_real_distribution<double>(low, high)(engine_);
}

double RandomStream::normal() { return boost::random::normal_distribution<double>()(engine_); }

Index RandomStream::index(Index n) {
  require(n >= 1, "random index: expected n >= 1, got {}", n);
  return boost::random::uniform_int_distribution<Index>(0, n - 1)(engine_);
}

Matrix RandomStream::normal_matrix(Index rows, Index cols) {
  Matrix out(rows, cols);
  for (Index j = 0; j < cols; ++j)
    for (Index i = 0; i < rows; ++i) out(i, j) = normal();
  return out;
}

// QR of a Gaussian matrix with the signs of diag(R) moved into Q is Haar distributed (Mezzadri
// 2007).
Matrix RandomStream::orthogonal_matrix(Index rows, Index cols) {
  if (rows < cols) return orthogonal_matrix(cols, rows).transpose();
  const Eigen::HouseholderQR<Matrix> qr(normal_matrix(rows, cols));
  Matrix Q = qr.householderQ() * Matrix::Identity(rows, cols);
  for (Index j = 0; j < cols; ++j)
    if (qr.matrixQR()(j, j) < 0) Q.col(j) *= -1;
  return Q;
}

std::vector<Index> RandomStream::sample(Index n, Index k) {
  require(k >= 0 && k <= n, "random sample: expected 0 <= k <= {}, got {}", n, k);
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  for (Index i = 0; i < k; ++i)
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(i + index(n - i))]);
  order.resize(static_cast<std::size_t>(k));
  return order;
}

}  // namespace saddlescope
