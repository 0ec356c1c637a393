#include "saddlescope/inference/batch_inference.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/inference/batch_loop.hpp"
#include "saddlescope/inference/batch_newton.hpp"
#include "saddlescope/inference/batch_pass.hpp"
#include "saddlescope/inference/batch_report.hpp"
#include "saddlescope/inference/step_bound.hpp"

namespace saddlescope {
namespace {

constexpr Index kBlock = 32;  // samples

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

bool halves(InferenceMethod method) {
  return method == InferenceMethod::kDescent || method == InferenceMethod::kEuler ||
         method == InferenceMethod::kErrors;
}

// The step where none is given.
template <class T>
double chosen_step(InferenceMethod method, const NetworkEnergy<T>& energy,
                   const VectorOf<T>& theta) {
  if (!has_step(method)) return 0;
  if (method == InferenceMethod::kFixedPrediction) return 1;
  const double bound = method == InferenceMethod::kErrors
                           ? error_curvature_bound<T>(energy, theta)
                           : activity_curvature_bound<T>(energy, theta);
  if (bound == 0) return 1;
  return (halves(method) ? 1.5 : 1.0) / bound;
}

}  // namespace

template <class T>
class BatchInference<T>::Implementation {
 public:
  Implementation(NetworkEnergy<T> energy, BatchInferenceOptions options)
      : energy_(std::move(energy)), options_(options) {
    check(options_);
    require(energy_.dim() > 0, "inference: expected a free layer, got none (L = {})",
            energy_.architecture().depth());
    require(options_.method != InferenceMethod::kFixedPrediction || is_supervised(),
            "inference method fixed-prediction: expected input and output clamped");
  }

  void start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
             NetworkPass<T>& pass) {
    require_pieces();
    prepare(theta, x, y, pass);
    for_blocks([&](Index b) {
      start_block(b, theta, x, y);
      collect(b, pass);
    });
  }

  const BatchInferenceReport& advance(const VectorOf<T>& theta, Index steps, NetworkPass<T>& pass) {
    require_pieces();
    require(n_ > 0, "inference: expected a batch that was started, got none");
    require(steps >= 0, "inference steps: expected >= 0, got {}", steps);
    require_theta(theta);
    norms_ = weight_norms<T>(energy_.architecture(), theta);
    shape_pass<T>(energy_.architecture(), n_, pass);
    for_blocks([&](Index b) {
      loops_[at(b)]->set_theta(theta, norms_);
      loops_[at(b)]->advance(steps);
      collect(b, pass);
    });
    return finish(theta, pass);
  }

  const BatchInferenceReport& run(const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                                  ConstMatrixRefOf<T> y, NetworkPass<T>& pass) {
    prepare(theta, x, y, pass);
    const bool newton = options_.method == InferenceMethod::kNewton;
    for_blocks([&](Index b) {
      start_block(b, theta, x, y);
      if (!newton) loops_[at(b)]->advance(options_.max_steps);
      collect(b, pass);
    });
    if (newton && theta.allFinite() && pass.z.front().allFinite()) {
      std::vector<Index> all(at(n_));
      for (Index i = 0; i < n_; ++i) all[at(i)] = i;
      solve(theta, all, pass);
    }
    return finish(theta, pass);
  }

 private:
  [[nodiscard]] bool is_supervised() const {
    return energy_.clamping().input && energy_.clamping().output;
  }

  void require_pieces() const {
    require(options_.method != InferenceMethod::kNewton &&
                options_.method != InferenceMethod::kFixedPrediction,
            "inference in pieces: expected a method that goes on at other weights, got {}",
            name(options_.method));
  }

  void require_theta(const VectorOf<T>& theta) const {
    require(theta.size() == energy_.architecture().n_parameters(),
            "parameters theta: expected {} numbers, got {}", energy_.architecture().n_parameters(),
            theta.size());
  }

  void prepare(const VectorOf<T>& theta, ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
               NetworkPass<T>& pass) {
    const Architecture& net = energy_.architecture();
    require_theta(theta);
    require(x.rows() == net.input() && x.cols() >= 1,
            "inputs: expected {} rows and a column at least, got {} x {}", net.input(), x.rows(),
            x.cols());
    require(!energy_.clamping().output || (y.rows() == net.output() && y.cols() == x.cols()),
            "targets: expected {} x {}, got {} x {}", net.output(), x.cols(), y.rows(), y.cols());
    n_ = x.cols();
    norms_ = weight_norms<T>(net, theta);
    plan_.step =
        options_.step > 0 ? options_.step : chosen_step<T>(options_.method, energy_, theta);
    if (options_.batch_mean_step) plan_.step /= static_cast<double>(n_);
    plan_.momentum = options_.method == InferenceMethod::kMomentum ? options_.momentum : 0;
    plan_.halve = options_.step == 0 && halves(options_.method);
    n_blocks_ = (n_ + kBlock - 1) / kBlock;
    loops_.reserve(at(n_blocks_));
    while (static_cast<Index>(loops_.size()) < n_blocks_)
      loops_.push_back(std::make_unique<BatchLoop<T>>(energy_, options_));
    report_ = {};
    shape_pass<T>(net, n_, pass);
  }

  // task(b) for all blocks, at most options.threads at a time.
  template <class F>
  void for_blocks(const F& task) const {
    const Index team = std::min<Index>(options_.threads, n_blocks_);
    parallel_for(team, [&](Index first) {
      for (Index b = first; b < n_blocks_; b += team) task(b);
    });
  }

  void start_block(Index b, const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                   ConstMatrixRefOf<T> y) {
    const Index first = b * kBlock;
    const Index count = std::min(kBlock, n_ - first);
    if (energy_.clamping().output) {
      loops_[at(b)]->start(theta, x.middleCols(first, count), y.middleCols(first, count), plan_,
                           norms_);
    } else {
      loops_[at(b)]->start(theta, x.middleCols(first, count), y, plan_, norms_);
    }
  }

  void collect(Index b, NetworkPass<T>& pass) {
    copy_columns<T>(loops_[at(b)]->block().pass(), b * kBlock, pass);
  }

  SampleEnd& end_of(Index i) { return loops_[at(i / kBlock)]->ends()[at(i % kBlock)]; }

  // By Newton's method, with active sets at kinks (batch_newton.hpp).
  void solve(const VectorOf<T>& theta, const std::vector<Index>& samples, NetworkPass<T>& pass) {
    const BatchNewton<T> solver(energy_, options_, theta, samples, pass);
    for (std::size_t k = 0; k < samples.size(); ++k)
      if (solver.moves(k))
        loops_[at(samples[k] / kBlock)]->place(samples[k] % kBlock, solver.activities(k));
    for (Index b = 0; b < n_blocks_; ++b) loops_[at(b)]->block().evaluate();
    for (std::size_t k = 0; k < samples.size(); ++k) {
      if (!solver.moves(k)) continue;
      const Index i = samples[k];
      BatchBlock<T>& block = loops_[at(i / kBlock)]->block();
      solver.settle(k, i % kBlock, block, end_of(i));
      report_.on_kinks += solver.is_on_kinks(k) ? 1 : 0;
      report_.active_set += options_.method == InferenceMethod::kNewton ? 0 : 1;
    }
    for (Index b = 0; b < n_blocks_; ++b) collect(b, pass);
  }

  // What an active-set method has to settle.
  void solve_kinked(const VectorOf<T>& theta, NetworkPass<T>& pass) {
    if (options_.tolerance == 0 || options_.method == InferenceMethod::kNewton ||
        options_.method == InferenceMethod::kFixedPrediction || !options_.certify ||
        kinks(energy_.architecture().activation).empty() || !theta.allFinite())
      return;
    std::vector<Index> open;
    for (Index i = 0; i < n_; ++i)
      if (end_of(i).verdict != InferenceVerdict::kConverged &&
          end_of(i).verdict != InferenceVerdict::kNotFinite)
        open.push_back(i);
    if (!open.empty()) solve(theta, open, pass);
  }

  const BatchInferenceReport& finish(const VectorOf<T>& theta, NetworkPass<T>& pass) {
    report_.step = plan_.step;
    report_.active_set = report_.on_kinks = 0;
    solve_kinked(theta, pass);
    fill_report<T>(options_, loops_, n_blocks_, report_);
    return report_;
  }

  NetworkEnergy<T> energy_;
  BatchInferenceOptions options_;
  std::vector<std::unique_ptr<BatchLoop<T>>> loops_;  // n_blocks_ of them in use
  Index n_ = 0, n_blocks_ = 0;
  WeightNorms norms_;
  StepPlan plan_;
  BatchInferenceReport report_;
};

template <class T>
BatchInference<T>::BatchInference(NetworkEnergy<T> energy, BatchInferenceOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(energy), options)) {}
template <class T>
BatchInference<T>::~BatchInference() = default;
template <class T>
BatchInference<T>::BatchInference(BatchInference&&) noexcept = default;
template <class T>
BatchInference<T>& BatchInference<T>::operator=(BatchInference&&) noexcept = default;

template <class T>
const BatchInferenceReport& BatchInference<T>::run(const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                                                   ConstMatrixRefOf<T> y, NetworkPass<T>& pass) {
  return implementation_->run(theta, x, y, pass);
}

template <class T>
void BatchInference<T>::start(const VectorOf<T>& theta, ConstMatrixRefOf<T> x,
                              ConstMatrixRefOf<T> y, NetworkPass<T>& pass) {
  implementation_->start(theta, x, y, pass);
}

template <class T>
const BatchInferenceReport& BatchInference<T>::advance(const VectorOf<T>& theta, Index steps,
                                                       NetworkPass<T>& pass) {
  return implementation_->advance(theta, steps, pass);
}

template class BatchInference<double>;
template class BatchInference<float>;

}  // namespace saddlescope
