#include "saddlescope/inference/gemm_floor.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class T>
StepProducts<T>::StepProducts(Architecture architecture, Index batch, Index steps, int threads)
    : net_(std::move(architecture)), batch_(batch), steps_(steps) {
  check(net_);
  require(batch >= 1, "floor of products: expected a batch >= 1, got {}", batch);
  require(steps >= 1, "floor of products: expected inference steps >= 1, got {}", steps);
  require(threads >= 1, "floor of products: expected threads >= 1, got {}", threads);
  parts_ = std::min<Index>({threads, saddlescope::threads(), batch});
  RandomStream stream(0, "matrix products");
  theta_ = stream.normal_matrix(net_.n_parameters(), 1).cast<T>();
  gradient_.resize(net_.n_parameters());
  for (const Index n : net_.widths) {
    z_.emplace_back(stream.normal_matrix(n, batch).cast<T>());
    delta_.emplace_back(stream.normal_matrix(n, batch).cast<T>());
    out_.emplace_back(n, batch);
  }
}

template <class T>
double StepProducts<T>::run() {
  parallel_for(parts_, [&](Index part) { infer(part); });
  parallel_for(parts_, [&](Index part) { add_up(part); });
  double flops = 0;
  for (Index l = 0; l < net_.depth(); ++l) {
    const Index products = l > 0 ? 2 + 2 * steps_ : 2;
    flops += 2 * static_cast<double>(net_.rows(l) * net_.cols(l) * batch_ * products);
  }
  return flops;
}

template <class T>
void StepProducts<T>::infer(Index part) {
  const Index first = batch_ * part / parts_;
  const Index count = batch_ * (part + 1) / parts_ - first;
  for (Index l = 0; l < net_.depth(); ++l) forward(l, first, count);
  for (Index t = 0; t < steps_; ++t) {
    for (Index l = net_.depth() - 1; l > 0; --l) backward(l, first, count);
    for (Index l = 1; l < net_.depth(); ++l) forward(l, first, count);
  }
}

template <class T>
void StepProducts<T>::add_up(Index part) {
  for (Index l = 0; l < net_.depth(); ++l) {
    const Index first = net_.cols(l) * part / parts_;
    const Index count = net_.cols(l) * (part + 1) / parts_ - first;
    gemm<T>(T(1), delta_[at(l + 1)], Op::kNone, z_[at(l)].middleRows(first, count), Op::kTranspose,
            T(0), weight(net_, gradient_, l).middleCols(first, count));
  }
}

template <class T>
void StepProducts<T>::forward(Index layer, Index first, Index count) {
  gemm<T>(T(1), weight(net_, std::as_const(theta_), layer), Op::kNone,
          z_[at(layer)].middleCols(first, count), Op::kNone, T(0),
          out_[at(layer + 1)].middleCols(first, count));
}

template <class T>
void StepProducts<T>::backward(Index layer, Index first, Index count) {
  gemm<T>(T(1), weight(net_, std::as_const(theta_), layer), Op::kTranspose,
          delta_[at(layer + 1)].middleCols(first, count), Op::kNone, T(0),
          out_[at(layer)].middleCols(first, count));
}

template <class T>
GemmFloor gemm_floor(const Architecture& architecture, Index batch, Index steps, int threads,
                     int repeats) {
  require(repeats >= 1, "floor of products: expected repeats >= 1, got {}", repeats);
  StepProducts<T> products(architecture, batch, steps, threads);
  GemmFloor out{std::numeric_limits<double>::infinity(), products.run()};
  for (int k = 0; k < repeats; ++k) {
    const auto start = std::chrono::steady_clock::now();
    products.run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    out.seconds = std::min(out.seconds, seconds.count());
  }
  return out;
}

template class StepProducts<double>;
template class StepProducts<float>;
template GemmFloor gemm_floor<double>(const Architecture&, Index, Index, int, int);
template GemmFloor gemm_floor<float>(const Architecture&, Index, Index, int, int);

}  // namespace saddlescope
