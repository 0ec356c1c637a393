#include <cmath>
#include <limits>
#include <numeric>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/energy/linear_rounding.hpp"
#include "saddlescope/hessian/linear_hessian.hpp"
#include "saddlescope/hessian/linear_hessian_blocks.hpp"

namespace saddlescope {
namespace {

using linear_blocks::at;
using linear_blocks::Block;
using linear_blocks::for_each_block;
using linear_blocks::Green;

std::vector<Index> all_layers(Index depth) {
  std::vector<Index> layers(at(depth));
  std::iota(layers.begin(), layers.end(), Index{0});
  return layers;
}

template <class T>
double norm(const MatrixOf<T>& matrix) {
  return static_cast<double>(matrix.norm());
}

}  // namespace

template <class T>
double linear_hessian_magnitude(const LinearState<T>& s) {
  const Index L = s.depth();
  const Green<T> g(s);
  const auto norms = s.term_norms();
  const std::vector<double>& e = norms.e;
  const std::vector<double>& z = norms.z;
  double sum = 0;
  std::vector<Index> layers(at(L));
  for (Index l = 0; l < L; ++l) layers[at(l)] = l;
  for_each_block(
      s, layers,
      [&](Index l, Index m, const Block<T>& b, const MatrixOf<T>& chain,
          const MatrixOf<T>& chain_low) {
        const double beta = (l < m ? norm(chain) : 0) + norm(s.P(l + 1)) * norm(g.YM[at(m)]);
        const double delta = norm(g.M[at(l)]) * (l < m ? norm(chain_low) : 1) +
                             norm(g.PM[at(l)]) * norm(g.YM[at(m)]);
        const double block = norm(b.alpha) * z[at(m)] * z[at(l)] + beta * e[at(m)] * z[at(l)] +
                             e[at(l)] * z[at(m)] * norm(b.gamma) + e[at(l)] * e[at(m)] * delta;
        const double scaled = static_cast<double>(s.scale(l) * s.scale(m)) * block;
        sum += (l == m ? 1 : 2) * scaled * scaled;
      });
  return std::sqrt(sum);
}

template <class T>
double linear_hessian_error_bound(const LinearState<T>& s) {
  const Architecture& net = s.architecture();
  const Index L = s.depth();
  const LinearRounding r = linear_rounding(s);
  const double eps = r.epsilon;
  const auto width = [&](Index l) { return static_cast<double>(net.widths[at(l)]); };
  const double outputs = width(L);
  const Green<T> g(s);

  // Y_l = S^{-1} P_l, M_l, P_l M_{l-1}, Y_l M_{l-1}.
  std::vector<Size> Y, M, PM, YM;
  for (Index l = 0; l <= L; ++l) {
    const double y = norm(g.Y[at(l)]);
    const bool identity = s.objective() == LinearObjective::kMse;  // S = I
    Y.push_back({y, identity ? r.P[at(l)].error : r.solve_error(r.P[at(l)], y, outputs)});
  }
  M.push_back({0, 0});
  for (Index l = 1; l < L; ++l) {
    const double spread = r.spread[at(l - 1)];
    const Size& A = r.A[at(l - 1)];
    const double m = norm(g.M[at(l)]);
    M.push_back({m, spread * spread * M.back().error +
                        2 * spread * M.back().norm * (A.error + width(l - 1) * eps * A.norm) +
                        eps * m});
  }
  for (Index l = 0; l < L; ++l) {
    PM.push_back({norm(g.PM[at(l)]), product_error(r.P[at(l)], M[at(l)], width(l), eps)});
    YM.push_back({norm(g.YM[at(l)]), product_error(Y[at(l)], M[at(l)], width(l), eps)});
  }

  double sum = 0;
  double chain_error = 0;  // of A_{m-1:l+1}
  double low_error = 0;    // of A_{m-1:l}
  for_each_block(
      s, all_layers(L),
      [&](Index l, Index m, const Block<T>& b, const MatrixOf<T>& chain,
          const MatrixOf<T>& chain_low) {
        const double chain_norm = norm(chain);
        chain_error = l == m ? 0 : low_error;
        low_error = l == m ? 0
                           : chain_norm * r.A[at(l)].error + chain_error * r.spread[at(l)] +
                                 width(l + 1) * eps * chain_norm * r.A[at(l)].norm;
        const Size low{l == m ? 1 : norm(chain_low), low_error};
        const auto columns = static_cast<double>(s.r().cols());
        const auto sized = [](double n, double error) { return Size{n, error}; };
        const Size alpha =
            sized(norm(b.alpha), product_error(r.P[at(l + 1)], Y[at(m + 1)], outputs, eps));
        const Size beta =
            sized(norm(b.beta), product_error(r.P[at(l + 1)], YM[at(m)], outputs, eps) +
                                    (l < m ? chain_error : 0) + eps * norm(b.beta));
        const Size gamma =
            sized(norm(b.gamma), product_error(PM[at(l)], Y[at(m + 1)], outputs, eps));
        const Size delta =
            sized(norm(b.delta), product_error(M[at(l)], low, width(l), eps) +
                                     product_error(PM[at(l)], YM[at(m)], outputs, eps) +
                                     eps * norm(b.delta));
        const Size zz = sized(norm(b.zz), product_error(r.z[at(m)], r.z[at(l)], columns, eps));
        const Size ez = sized(norm(b.ez), product_error(r.e[at(m)], r.z[at(l)], columns, eps));
        const Size ez_low =
            sized(norm(b.ez_low), product_error(r.e[at(l)], r.z[at(m)], columns, eps));
        const Size ee = sized(norm(b.ee), product_error(r.e[at(l)], r.e[at(m)], columns, eps));
        // The fill: scaling, product and three additions round each term five times at most.
        const double block = product_error(alpha, zz, 5, eps) + product_error(beta, ez, 5, eps) +
                             product_error(gamma, ez_low, 5, eps) +
                             product_error(delta, ee, 5, eps);
        const double scaled = std::abs(static_cast<double>(s.scale(l) * s.scale(m))) * block;
        sum += (l == m ? 1 : 2) * scaled * scaled;
      });
  // Zero times an infinite bound is not a number: nothing is known there either.
  return std::isnan(sum) ? std::numeric_limits<double>::infinity() : std::sqrt(sum);
}

template double linear_hessian_magnitude(const LinearState<double>&);
template double linear_hessian_magnitude(const LinearState<Quad>&);
template double linear_hessian_error_bound(const LinearState<double>&);
template double linear_hessian_error_bound(const LinearState<Quad>&);

}  // namespace saddlescope
