#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/linear_hessian.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

// One direction; v and Hv have p entries. Scratch is per call: a few n_l x m matrices.
template <class T>
void apply_one(const LinearState<T>& s, const VectorOf<T>& v, VectorOf<T>& Hv) {
  const Architecture& net = s.architecture();
  const Index L = s.depth();
  const bool energy = s.objective() == LinearObjective::kEnergy;
  const auto V = [&](Index l) { return weight(net, v, l); };
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };

  // Pdot_l from the top, and Sdot.
  MatrixOf<T> P_dot = s.scale(L - 1) * V(L - 1);
  MatrixOf<T> S_dot = MatrixOf<T>::Zero(net.output(), net.output());
  for (Index l = L - 1; l >= 0; --l) {
    if (l < L - 1) {
      MatrixOf<T> next = product<T>(P_dot, Op::kNone, s.A(l), Op::kNone);
      gemm<T>(s.scale(l), s.P(l + 1), Op::kNone, V(l), Op::kNone, T(1), next);
      P_dot = std::move(next);
    }
    if (energy && l >= 1) {
      const MatrixOf<T> half = product<T>(P_dot, Op::kNone, s.P(l), Op::kTranspose);
      S_dot += s.q(l - 1) * (half + half.transpose());
    }
  }

  // edot_L .. edot_1.
  std::vector<MatrixOf<T>> e_dot(at(L));
  MatrixOf<T> top = product<T>(P_dot, Op::kNone, s.z(0), Op::kNone);
  if (energy) gemm<T>(T(1), S_dot, Op::kNone, s.e(L - 1), Op::kNone, T(1), top);
  e_dot[at(L - 1)] = energy ? MatrixOf<T>(-s.solve_S(top)) : MatrixOf<T>(-top);
  for (Index l = L - 2; l >= 0; --l) {
    e_dot[at(l)] = product<T>(s.A(l + 1), Op::kTranspose, e_dot[at(l + 1)], Op::kNone);
    gemm<T>(s.scale(l + 1), V(l + 1), Op::kTranspose, s.e(l + 1), Op::kNone, T(1), e_dot[at(l)]);
  }

  // zdot_1 .. zdot_{L-1} and the result, layer by layer.
  MatrixOf<T> z_dot;  // zdot_{l-1}; zdot_0 = 0 is never formed
  for (Index l = 0; l < L; ++l) {
    gemm<T>(-s.scale(l), e_dot[at(l)], Op::kNone, s.z(l), Op::kTranspose, T(0), weight(net, Hv, l));
    if (l > 0)
      gemm<T>(-s.scale(l), s.e(l), Op::kNone, z_dot, Op::kTranspose, T(1), weight(net, Hv, l));
    if (l == L - 1) break;
    MatrixOf<T> next =
        energy ? MatrixOf<T>(s.q(l) * e_dot[at(l)]) : MatrixOf<T>::Zero(net.rows(l), s.z(0).cols());
    gemm<T>(s.scale(l), V(l), Op::kNone, s.z(l), Op::kNone, T(1), next);
    if (l > 0) gemm<T>(T(1), s.A(l), Op::kNone, z_dot, Op::kNone, T(1), next);
    z_dot = std::move(next);
  }
}

}  // namespace

template <class T>
void linear_hessian_times(const LinearState<T>& state, ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) {
  const Index p = state.architecture().n_parameters();
  require(V.rows() == p && HV.rows() == p && V.cols() == HV.cols(),
          "Hessian product: expected {} rows and equal columns, got {} x {} and {} x {}", p,
          V.rows(), V.cols(), HV.rows(), HV.cols());
  parallel_for(V.cols(), [&](Index j) {
    const VectorOf<T> v = V.col(j);
    VectorOf<T> Hv(p);
    apply_one(state, v, Hv);
    HV.col(j) = Hv;
  });
}

template void linear_hessian_times(const LinearState<double>&, ConstMatrixRefOf<double>,
                                   MatrixRefOf<double>);
template void linear_hessian_times(const LinearState<Quad>&, ConstMatrixRefOf<Quad>,
                                   MatrixRefOf<Quad>);

}  // namespace saddlescope
