#include "saddlescope/inference/gemm_floor.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Part i of n items cut into `parts`: its first item; that of part i + 1 ends it.
Index cut(Index n, Index parts, Index i) { return n * i / parts; }

template <class T>
class Products {
 public:
  Products(const Architecture& net, Index batch) : net_(net) {
    RandomStream stream(0, "matrix products");
    theta_ = stream.normal_matrix(net.n_parameters(), 1).cast<T>();
    gradient_.resize(net.n_parameters());
    for (const Index n : net.widths) {
      z_.push_back(stream.normal_matrix(n, batch).cast<T>());
      delta_.push_back(stream.normal_matrix(n, batch).cast<T>());
      out_.emplace_back(n, batch);
    }
  }

  void step(Index steps, Index parts) {
    parallel_for(parts, [&](Index i) {
      const Index first = cut(z_[0].cols(), parts, i);
      const Index count = cut(z_[0].cols(), parts, i + 1) - first;
      for (Index l = 0; l < net_.depth(); ++l) forward(l, first, count);
      for (Index t = 0; t < steps; ++t) {
        for (Index l = net_.depth() - 1; l > 0; --l) backward(l, first, count);
        for (Index l = 1; l < net_.depth(); ++l) forward(l, first, count);
      }
    });
    parallel_for(parts, [&](Index i) {
      for (Index l = 0; l < net_.depth(); ++l) {
        const Index first = cut(net_.cols(l), parts, i);
        const Index count = cut(net_.cols(l), parts, i + 1) - first;
        gemm<T>(T(1), delta_[at(l + 1)], Op::kNone, z_[at(l)].middleRows(first, count),
                Op::kTranspose, T(0), weight(net_, gradient_, l).middleCols(first, count));
      }
    });
  }

 private:
  void forward(Index l, Index first, Index count) {
    gemm<T>(T(1), weight<T>(net_, theta_, l), Op::kNone, z_[at(l)].middleCols(first, count),
            Op::kNone, T(0), out_[at(l + 1)].middleCols(first, count));
  }
  void backward(Index l, Index first, Index count) {
    gemm<T>(T(1), weight<T>(net_, theta_, l), Op::kTranspose,
            delta_[at(l + 1)].middleCols(first, count), Op::kNone, T(0),
            out_[at(l)].middleCols(first, count));
  }

  const Architecture& net_;
  VectorOf<T> theta_, gradient_;
  std::vector<MatrixOf<T>> z_, delta_, out_;
};

double flops(const Architecture& net, Index batch, Index steps) {
  double all = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    const double product = 2 * static_cast<double>(net.rows(l)) * static_cast<double>(net.cols(l)) *
                           static_cast<double>(batch);
    all += product * (l > 0 ? 2 + 2 * static_cast<double>(steps) : 2);
  }
  return all;
}

}  // namespace

template <class T>
GemmFloor gemm_floor(const Architecture& architecture, Index batch, Index steps, int threads,
                     int repeats) {
  check(architecture);
  require(batch >= 1, "floor of products: expected a batch >= 1, got {}", batch);
  require(steps >= 1, "floor of products: expected inference steps >= 1, got {}", steps);
  require(threads >= 1, "floor of products: expected threads >= 1, got {}", threads);
  require(repeats >= 1, "floor of products: expected repeats >= 1, got {}", repeats);
  const Index parts = std::min<Index>({threads, saddlescope::threads(), batch});
  Products<T> products(architecture, batch);
  GemmFloor out{std::numeric_limits<double>::infinity(), flops(architecture, batch, steps)};
  products.step(steps, parts);
  for (int k = 0; k < repeats; ++k) {
    const auto start = std::chrono::steady_clock::now();
    products.step(steps, parts);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    out.seconds = std::min(out.seconds, seconds.count());
  }
  return out;
}

template GemmFloor gemm_floor<double>(const Architecture&, Index, Index, int, int);
template GemmFloor gemm_floor<float>(const Architecture&, Index, Index, int, int);

}  // namespace saddlescope
