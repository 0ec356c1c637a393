#include "saddlescope/training/score.hpp"

#include <algorithm>
#include <vector>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/network_energy.hpp"

namespace saddlescope {
namespace {

constexpr Index kBlock = 128;

struct BlockScore {
  double loss = 0;
  Index right = 0;
};

template <class T>
BlockScore block_score(const NetworkEnergy<T>& network, const VectorOf<T>& theta,
                       ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y) {
  const MatrixOf<T> prediction = network.predict(theta, x);
  BlockScore out;
  out.loss = output_energies<T>(network.architecture(), y, prediction, network.clamping().targets)
                 .template cast<double>()
                 .sum();
  for (Index i = 0; i < y.cols(); ++i) {
    Index predicted = 0, label = 0;
    prediction.col(i).maxCoeff(&predicted);
    y.col(i).maxCoeff(&label);
    if (predicted == label) ++out.right;
  }
  return out;
}

}  // namespace

template <class T>
bool are_labels(ConstMatrixRefOf<T> y) {
  if (y.rows() < 2) return false;
  for (Index i = 0; i < y.cols(); ++i)
    if ((y.col(i).array() == T(1)).count() != 1 ||
        (y.col(i).array() == T(0)).count() != y.rows() - 1)
      return false;
  return true;
}

template <class T>
Score score(const Architecture& architecture, const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
            ConstMatrixRefOf<T> y, Targets targets) {
  require(x.cols() >= 1 && x.cols() == y.cols(),
          "samples to score: expected at least one, with as many targets, got {} and {}", x.cols(),
          y.cols());
  Architecture unit = architecture;
  unit.precisions.assign(unit.precisions.size(), 1.0);
  const NetworkEnergy<T> network(unit, 0, {.targets = targets});
  const Index n = x.cols();
  std::vector<BlockScore> blocks(static_cast<std::size_t>((n + kBlock - 1) / kBlock));
  parallel_for(static_cast<Index>(blocks.size()), [&](Index b) {
    const Index begin = b * kBlock, size = std::min(kBlock, n - begin);
    blocks[static_cast<std::size_t>(b)] =
        block_score<T>(network, theta, x.middleCols(begin, size), y.middleCols(begin, size));
  });
  BlockScore sum;
  for (const BlockScore& block : blocks) {
    sum.loss += block.loss;
    sum.right += block.right;
  }
  Score out;
  out.loss = sum.loss / static_cast<double>(n);
  if (are_labels<T>(y)) out.accuracy = static_cast<double>(sum.right) / static_cast<double>(n);
  return out;
}

template bool are_labels<double>(ConstMatrixRef);
template bool are_labels<float>(ConstMatrixRefOf<float>);
template Score score<double>(const Architecture&, const Vector&, ConstMatrixRef, ConstMatrixRef,
                             Targets);
template Score score<float>(const Architecture&, const VectorOf<float>&, ConstMatrixRefOf<float>,
                            ConstMatrixRefOf<float>, Targets);

}  // namespace saddlescope
