#include "saddlescope/energy/linear_rounding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

double real(Index n) { return static_cast<double>(n); }

template <class T>
double norm(const MatrixOf<T>& matrix) {
  return static_cast<double>(matrix.norm());
}

// |A'A|_F^{1/2}, with the smaller of the two Gram matrices.
template <class T>
double schatten_4(const MatrixOf<T>& A) {
  const bool tall = A.rows() > A.cols();
  const MatrixOf<T> gram = tall ? product<T>(A, Op::kTranspose, A, Op::kNone)
                                : product<T>(A, Op::kNone, A, Op::kTranspose);
  return std::sqrt(norm(gram));
}

}  // namespace

double product_error(const Size& a, const Size& b, double n, double epsilon) {
  return a.norm * b.error + a.error * b.norm + n * epsilon * a.norm * b.norm;
}

double LinearRounding::solve_error(const Size& b, double solution_norm, double outputs) const {
  const double residual = b.error + (S.error + 4 * outputs * epsilon * S.norm) * solution_norm;
  return residual == 0 ? 0.0 : S_inverse * residual;
}

template <class T>
LinearRounding linear_rounding(const LinearState<T>& s) {
  const Architecture& net = s.architecture();
  const Index L = s.depth();
  const bool energy = s.objective() == LinearObjective::kEnergy;
  LinearRounding out;
  out.epsilon = static_cast<double>(Eigen::NumTraits<T>::epsilon());
  const double eps = out.epsilon;

  for (Index l = 0; l < L; ++l) {
    // a W + tau I: two roundings an entry.
    const double skip = net.skips[at(l)] != 0 ? std::sqrt(real(net.rows(l))) : 0.0;
    out.A.push_back({norm(s.A(l)), eps * (norm(s.A(l)) + 2 * skip)});
    out.spread.push_back(std::min(schatten_4(s.A(l)), norm(s.A(l))));
  }

  out.P.resize(at(L + 1));
  out.P[at(L)] = {std::sqrt(real(net.output())), 0};
  for (Index l = L - 1; l >= 0; --l) {
    Size& P = out.P[at(l)];
    const Size& above = out.P[at(l + 1)];
    P.norm = norm(s.P(l));
    P.error = l == L - 1 ? out.A[at(l)].error
                         : above.norm * out.A[at(l)].error + above.error * out.spread[at(l)] +
                               real(net.rows(l)) * eps * above.norm * out.A[at(l)].norm;
  }

  out.S.norm = norm(s.S());
  const double q_L = static_cast<double>(s.q(L - 1));
  out.S.error = eps * q_L * std::sqrt(real(net.output())) + real(L) * eps * out.S.norm;
  for (Index l = 1; l < L && energy; ++l)
    out.S.error += static_cast<double>(s.q(l - 1)) *
                   product_error(out.P[at(l)], out.P[at(l)], real(net.cols(l)), eps);
  if (!energy) out.S.error = 0;
  // The computed inverse is sharper than 1/q_L as long as it has a digit; without either the first
  // order says nothing.
  const double perturbation = out.S.error + 4 * real(net.output()) * eps * out.S.norm;
  const double computed = norm<T>(s.solve_S(MatrixOf<T>::Identity(net.output(), net.output())));
  out.S_inverse = 1 / q_L;
  if (2 * computed * perturbation < 1) out.S_inverse = std::min(out.S_inverse, 2 * computed);
  if (!(out.S_inverse * perturbation < 1)) out.S_inverse = std::numeric_limits<double>::infinity();

  const Size x{norm(s.z(0)), s.data_error() * norm(s.z(0))};
  const double outputs = real(net.output());
  const double prediction = norm<T>(product<T>(s.P(0), Op::kNone, s.z(0), Op::kNone));
  const Size r{norm(s.r()), product_error(out.P[0], x, real(net.input()), eps) +
                                (eps + s.data_error()) * (norm(s.r()) + 2 * prediction)};
  out.e.resize(at(L));
  out.e[at(L - 1)].norm = norm(s.e(L - 1));
  out.e[at(L - 1)].error = energy ? out.solve_error(r, out.e[at(L - 1)].norm, outputs) : r.error;
  for (Index l = L - 2; l >= 0; --l) {
    const Size& above = out.e[at(l + 1)];
    const Size& A = out.A[at(l + 1)];
    out.e[at(l)] = {norm(s.e(l)), A.error * above.norm + out.spread[at(l + 1)] * above.error +
                                      real(net.rows(l + 1)) * eps * A.norm * above.norm};
  }

  out.z.push_back(x);
  for (Index l = 1; l < L; ++l) {
    const Size& below = out.z[at(l - 1)];
    const Size& A = out.A[at(l - 1)];
    const double q = static_cast<double>(s.q(l - 1));
    const Size& e = out.e[at(l - 1)];
    out.z.push_back({norm(s.z(l)), A.error * below.norm + out.spread[at(l - 1)] * below.error +
                                       real(net.cols(l - 1)) * eps * A.norm * below.norm +
                                       q * (e.error + 2 * eps * e.norm) + eps * norm(s.z(l))});
  }
  return out;
}

template <class T>
double gradient_error_bound(const LinearState<T>& s) {
  const LinearRounding rounding = linear_rounding(s);
  double sum = 0;
  for (Index l = 0; l < s.depth(); ++l)
    sum += std::pow(
        static_cast<double>(s.scale(l)) * product_error(rounding.e[at(l)], rounding.z[at(l)],
                                                        real(s.r().cols()) + 1, rounding.epsilon),
        2);
  // Zero times an infinite bound is not a number: nothing is known there either.
  return std::isnan(sum) ? std::numeric_limits<double>::infinity() : std::sqrt(sum);
}

template <class T>
double gradient_magnitude(const LinearState<T>& s) {
  const typename LinearState<T>::TermNorms norms = s.term_norms();
  double sum = 0;
  for (Index l = 0; l < s.depth(); ++l)
    sum += std::pow(static_cast<double>(s.scale(l)) * norms.e[at(l)] * norms.z[at(l)], 2);
  const double shrunk =
      s.objective() == LinearObjective::kMse
          ? 1
          : static_cast<double>(s.q(s.depth() - 1)) / static_cast<double>(s.S().norm());
  return shrunk * std::sqrt(sum);
}

template LinearRounding linear_rounding(const LinearState<double>&);
template LinearRounding linear_rounding(const LinearState<Quad>&);
template double gradient_error_bound(const LinearState<double>&);
template double gradient_error_bound(const LinearState<Quad>&);
template double gradient_magnitude(const LinearState<double>&);
template double gradient_magnitude(const LinearState<Quad>&);

}  // namespace saddlescope
