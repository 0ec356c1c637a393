#include "saddlescope/inference/batch_newton.hpp"

namespace saddlescope {
namespace {

InferenceVerdict verdict_of(StationarityVerdict verdict) {
  switch (verdict) {
    case StationarityVerdict::kMinimum:
    case StationarityVerdict::kOnKinks:
      return InferenceVerdict::kConverged;
    case StationarityVerdict::kCapped:
      return InferenceVerdict::kCapped;
    case StationarityVerdict::kNotFinite:
      return InferenceVerdict::kNotFinite;
    default:
      return InferenceVerdict::kStalled;
  }
}

}  // namespace

template <class T>
BatchNewton<T>::BatchNewton(const NetworkEnergy<T>& energy, const BatchInferenceOptions& options,
                            const VectorOf<T>& theta, const std::vector<Index>& samples,
                            const NetworkPass<T>& pass)
    : is_method_(options.method == InferenceMethod::kNewton) {
  const NetworkEnergy<double> exact(energy.architecture(), energy.activity_decay(),
                                    energy.clamping());
  NewtonOptions newton;
  if (options.tolerance > 0) newton.tolerance = options.tolerance;
  if (is_method_) newton.max_steps = options.max_steps;
  const Matrix x = pass.z.front()(Eigen::all, samples).template cast<double>();
  const Matrix y = pass.z.back()(Eigen::all, samples).template cast<double>();
  found_ = network_equilibrium(exact, theta.template cast<double>(), x, y, newton);
}

template <class T>
bool BatchNewton<T>::moves(std::size_t k) const {
  return is_method_ || verdict_of(found_.samples[k].verdict) == InferenceVerdict::kConverged;
}

template <class T>
MatrixOf<T> BatchNewton<T>::activities(std::size_t k) const {
  return found_.z.col(static_cast<Index>(k)).template cast<T>();
}

template <class T>
bool BatchNewton<T>::is_on_kinks(std::size_t k) const {
  return found_.samples[k].verdict == StationarityVerdict::kOnKinks;
}

template <class T>
void BatchNewton<T>::settle(std::size_t k, Index j, BatchBlock<T>& block, SampleEnd& end) const {
  const StationarityCertificate& c = found_.samples[k];
  end.verdict = verdict_of(c.verdict);
  end.gradient_norm = c.gradient_norm;
  end.rounding = c.rounding;
  end.energy = block.energy(j);
  if (is_method_) end.steps = c.steps;
  if (end.verdict == InferenceVerdict::kConverged)
    apply_kinks<T>(block.energy().architecture(), c.kinks, j, block.pass());
}

template class BatchNewton<double>;
template class BatchNewton<float>;

}  // namespace saddlescope
