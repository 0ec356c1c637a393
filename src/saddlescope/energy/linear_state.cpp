#include "saddlescope/energy/linear_state.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

template <class T>
void check_fit(const Architecture& architecture, const DataFactor<T>& data,
               const VectorOf<T>& theta) {
  check(architecture);
  require(data.x.rows() == architecture.input(),
          "input width n_0: expected {} as in the data, got {}", data.x.rows(),
          architecture.input());
  require(data.y.rows() == architecture.output(),
          "output width n_L: expected {} as in the data, got {}", data.y.rows(),
          architecture.output());
  require(data.x.cols() == data.y.cols(), "data columns: x has {} and y has {}", data.x.cols(),
          data.y.cols());
  require(theta.size() == architecture.n_parameters(), "parameters theta: expected {}, got {}",
          architecture.n_parameters(), theta.size());
}

template <class T>
LinearState<T>::LinearState(LinearObjective objective, Architecture architecture,
                            const DataFactor<T>& data, const VectorOf<T>& theta)
    : objective_(objective),
      architecture_(std::move(architecture)),
      data_error_(data.relative_error) {
  check_fit(architecture_, data, theta);
  const Index L = depth();
  const bool energy = objective_ == LinearObjective::kEnergy;
  for (Index l = 0; l < L; ++l) {
    const T precision(architecture_.precisions[at(l)]);
    q_.push_back(energy ? T(1) / precision : T(l == L - 1 ? 1 : 0));
  }

  A_ = effective_maps(architecture_, theta);
  P_.resize(at(L + 1));
  P_[at(L)] = MatrixOf<T>::Identity(architecture_.output(), architecture_.output());
  for (Index l = L - 1; l >= 0; --l)
    P_[at(l)] = l == L - 1 ? A_[at(l)] : product<T>(P_[at(l + 1)], Op::kNone, A_[at(l)], Op::kNone);

  S_ = q_[at(L - 1)] * P_[at(L)];
  for (Index l = 1; l < L && energy; ++l)
    gemm<T>(q_[at(l - 1)], P_[at(l)], Op::kNone, P_[at(l)], Op::kTranspose, T(1), S_);
  S_factor_.compute(S_);

  r_ = data.y;
  gemm<T>(T(-1), P_[0], Op::kNone, data.x, Op::kNone, T(1), r_);
  e_.resize(at(L));
  e_[at(L - 1)] = energy ? S_factor_.solve(r_) : r_;
  for (Index l = L - 2; l >= 0; --l)
    e_[at(l)] = product<T>(A_[at(l + 1)], Op::kTranspose, e_[at(l + 1)], Op::kNone);

  z_.resize(at(L));
  z_[0] = data.x;
  for (Index l = 1; l < L; ++l) {
    z_[at(l)] = product<T>(A_[at(l - 1)], Op::kNone, z_[at(l - 1)], Op::kNone);
    if (energy) z_[at(l)] += q_[at(l - 1)] * e_[at(l - 1)];
  }
}

template <class T>
bool LinearState<T>::finite() const {
  bool all = true;
  for (const auto& m : z_) all = all && m.allFinite();
  for (const auto& m : e_) all = all && m.allFinite();
  using std::isfinite;  // Boost's by argument-dependent lookup for Quad
  return all && S_.allFinite() && isfinite(value());
}

template <class T>
T LinearState<T>::value() const {
  return r_.cwiseProduct(e_.back()).sum() / T(2);
}

template <class T>
VectorOf<T> LinearState<T>::gradient() const {
  VectorOf<T> g(architecture_.n_parameters());
  for (Index l = 0; l < depth(); ++l)
    gemm<T>(-scale(l), e(l), Op::kNone, z(l), Op::kTranspose, T(0), weight(architecture_, g, l));
  return g;
}

template <class T>
typename LinearState<T>::TermNorms LinearState<T>::term_norms() const {
  const auto norm = [](const MatrixOf<T>& matrix) { return static_cast<double>(matrix.norm()); };
  const MatrixOf<T> prediction = product<T>(P_[0], Op::kNone, z_[0], Op::kNone);
  // S >= q_L I, so |S^{-1}|_2 <= 1/q_L.
  const double top =
      (norm(MatrixOf<T>(r_ + prediction)) + norm(prediction)) / static_cast<double>(q_.back());
  TermNorms norms;
  for (Index l = 0; l < depth(); ++l) {
    norms.e.push_back(l == depth() - 1 ? top : norm(P(l + 1)) * top);
    norms.z.push_back(norm(z(l)));
    if (l > 0)
      norms.z.back() = std::max(norms.z.back(), static_cast<double>(q(l - 1)) * norms.e[at(l - 1)]);
  }
  return norms;
}

template void check_fit<double>(const Architecture&, const DataFactor<double>&, const Vector&);
template void check_fit<Quad>(const Architecture&, const DataFactor<Quad>&, const VectorOf<Quad>&);
template class LinearState<double>;
template class LinearState<Quad>;

}  // namespace saddlescope
