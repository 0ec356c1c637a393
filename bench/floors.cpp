#include "floors.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope::bench {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// C = op(A) op(B) + beta C; returns its flops.
double multiply(ConstMatrixRef A, Op op_a, ConstMatrixRef B, Op op_b, double beta, MatrixRef C) {
  gemm<double>(1, A, op_a, B, op_b, beta, C);
  const Index inner = op_a == Op::kNone ? A.cols() : A.rows();
  return 2 * static_cast<double>(C.rows()) * static_cast<double>(C.cols()) *
         static_cast<double>(inner);
}

double total(const std::vector<double>& parts) {
  return std::accumulate(parts.begin(), parts.end(), 0.0);
}

// Stand-ins, in random numbers, for what the kernels read: z_l and e_l, both n_l x m, for l = 0 ..
// L (z_0 first). Tangents have the same shapes and are stood for by the same matrices.
struct Activities {
  explicit Activities(const Problem& problem) {
    RandomStream stream(0, "benchmark activities");
    for (const Index n : problem.network.widths) {
      z.push_back(stream.normal_matrix(n, problem.m()));
      e.push_back(stream.normal_matrix(n, problem.m()));
    }
  }
  std::vector<Matrix> z, e;
};

// W_l in a column of V or HV; `layer` is l - 1.
Eigen::Map<const Matrix> layer_of(const Architecture& net, const Matrix& V, Index j, Index layer) {
  return {V.col(j).data() + net.offset(layer), net.rows(layer), net.cols(layer)};
}
Eigen::Map<Matrix> layer_of(const Architecture& net, Matrix& V, Index j, Index layer) {
  return {V.col(j).data() + net.offset(layer), net.rows(layer), net.cols(layer)};
}

// Where a task writes intermediate n_l x m results: one per thread, as large as the largest asked.
Eigen::Map<Matrix> scratch(Index rows, Index cols) {
  thread_local Vector buffer;
  if (buffer.size() < rows * cols) buffer.resize(rows * cols);
  return {buffer.data(), rows, cols};
}

double gradient_products(const Problem& problem, Kind kind, Activities& a, std::vector<Matrix>& P,
                         Matrix& S, Vector& g) {
  const Architecture& net = problem.network;
  const Index L = net.depth();
  const auto W = [&](Index l) { return weight(net, problem.theta, l); };
  double flops = 0;
  if (kind == Kind::kEnergy) {
    for (Index l = L - 1; l >= 0; --l) {
      if (l < L - 1) flops += multiply(P[at(l + 1)], Op::kNone, W(l), Op::kNone, 0, P[at(l)]);
      if (l > 0) flops += multiply(P[at(l)], Op::kNone, P[at(l)], Op::kTranspose, 0, S);
    }
    flops += multiply(P[0], Op::kNone, a.z[0], Op::kNone, 0, a.z[at(L)]);
  }
  const Index forward = kind == Kind::kEnergy ? L - 1 : L;
  for (Index l = 0; l < forward; ++l)
    flops += multiply(W(l), Op::kNone, a.z[at(l)], Op::kNone, 0, a.z[at(l + 1)]);
  for (Index l = L - 1; l > 0; --l)
    flops += multiply(W(l), Op::kTranspose, a.e[at(l + 1)], Op::kNone, 0, a.e[at(l)]);
  for (Index l = 0; l < L; ++l)
    flops += multiply(a.e[at(l + 1)], Op::kNone, a.z[at(l)], Op::kTranspose, 0, weight(net, g, l));
  return flops;
}

// All products of one direction; with `rest` only those of layer 1 that it can do without.
double direction_products(const Problem& problem, const Activities& a, const Matrix& V, Matrix& HV,
                          Index j, bool rest) {
  const Architecture& net = problem.network;
  const Index m = problem.m();
  double flops = 0;
  for (Index l = 0; l < (rest ? 1 : net.depth()); ++l) {
    const auto W = weight(net, problem.theta, l);
    const auto V_l = layer_of(net, V, j, l);
    auto HV_l = layer_of(net, HV, j, l);
    const Matrix& z = a.z[at(l)];
    const Matrix& e = a.e[at(l + 1)];
    if (l > 0 || rest) {
      auto back = scratch(W.cols(), m);
      flops += multiply(W, Op::kTranspose, e, Op::kNone, 0, back);
      flops += multiply(V_l, Op::kTranspose, e, Op::kNone, 1, back);
    }
    auto ahead = scratch(W.rows(), m);
    if (!rest) {
      flops += multiply(V_l, Op::kNone, z, Op::kNone, 0, ahead);
      flops += multiply(e, Op::kNone, z, Op::kTranspose, 0, HV_l);
    }
    if (l > 0 || rest) {
      flops += multiply(W, Op::kNone, z, Op::kNone, rest ? 0 : 1, ahead);
      flops += multiply(e, Op::kNone, z, Op::kTranspose, rest ? 0 : 1, HV_l);
    }
  }
  return flops;
}

Floor block_floor(const Problem& problem, const Matrix& V, Matrix& HV, bool rest) {
  const auto a = std::make_shared<const Activities>(problem);
  return [&problem, &V, &HV, a, rest] {
    std::vector<double> flops(at(V.cols()));
    parallel_for(V.cols(),
                 [&](Index j) { flops[at(j)] = direction_products(problem, *a, V, HV, j, rest); });
    return total(flops);
  };
}

double moment_products(const Activities& a, Kind kind, Index l, Index m) {
  const auto moment = [](const Matrix& left, const Matrix& right) {
    return multiply(left, Op::kNone, right, Op::kTranspose, 0, scratch(left.rows(), right.rows()));
  };
  double flops = moment(a.z[at(m)], a.z[at(l)]) + moment(a.e[at(m + 1)], a.z[at(l)]);
  if (kind == Kind::kEnergy)
    flops += moment(a.e[at(l + 1)], a.z[at(m)]) + moment(a.e[at(l + 1)], a.e[at(m + 1)]);
  return flops;
}

// The columns of block (l, m): as matrices n_l x n_{l-1}, each is `left` times `right`. Of the
// diagonal block, the columns of that matrix up to the diagonal.
double fill_products(const Architecture& net, Index l, Index m, const Matrix& left,
                     const Matrix& right, Matrix& H) {
  std::vector<double> flops(at(net.cols(m)));
  parallel_for(net.cols(m), [&](Index c) {
    const Index cols = l == m ? c + 1 : net.cols(l);
    for (Index k = 0; k < net.rows(m); ++k) {
      double* column = &H(net.offset(l), net.offset(m) + c * net.rows(m) + k);
      flops[at(c)] += multiply(left.topRows(net.rows(l)), Op::kNone, right.leftCols(cols),
                               Op::kNone, 0, Eigen::Map<Matrix>(column, net.rows(l), cols));
    }
  });
  return total(flops);
}

}  // namespace

Floor gradient_floor(const Problem& problem, Kind kind) {
  const Architecture& net = problem.network;
  const Index d = net.output();
  RandomStream stream(0, "benchmark products");
  std::vector<Matrix> P;
  for (Index l = 0; l < net.depth(); ++l) P.push_back(stream.normal_matrix(d, net.cols(l)));
  return [&problem, kind, a = std::make_shared<Activities>(problem),
          P = std::make_shared<std::vector<Matrix>>(std::move(P)),
          S = std::make_shared<Matrix>(d, d), g = std::make_shared<Vector>(problem.p())] {
    return gradient_products(problem, kind, *a, *P, *S, *g);
  };
}

Floor product_floor(const Problem& problem, const Matrix& V, Matrix& HV) {
  return block_floor(problem, V, HV, false);
}

Floor product_rest(const Problem& problem, const Matrix& V, Matrix& HV) {
  return block_floor(problem, V, HV, true);
}

Floor assembly_floor(const Problem& problem, Kind kind) {
  const Index rank = kind == Kind::kEnergy ? 4 : 2;
  const Index widest = *std::ranges::max_element(problem.network.widths);
  RandomStream stream(0, "benchmark factors");
  return [&problem, kind, a = std::make_shared<const Activities>(problem),
          left = stream.normal_matrix(widest, rank), right = stream.normal_matrix(rank, widest)] {
    Matrix H(problem.p(), problem.p());
    double flops = 0;
    for (Index m = 0; m < problem.network.depth(); ++m)
      for (Index l = 0; l <= m; ++l) {
        flops += moment_products(*a, kind, l, m);
        flops += fill_products(problem.network, l, m, left, right, H);
      }
    return flops;
  };
}

}  // namespace saddlescope::bench
