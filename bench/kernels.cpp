#include "kernels.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include "contest.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/lapack.hpp"

namespace saddlescope::bench {
namespace {

constexpr Index kTwoStageFrom = 2000;  // as symmetric_eigenvalues chooses

std::unique_ptr<Objective<double>> objective(const Problem& problem, Kind kind) {
  return kind == Kind::kLoss ? mse_loss<double>(problem.network, problem.data)
                             : equilibrated_energy<double>(problem.network, problem.data);
}

std::unique_ptr<const Point<double>> point(const Problem& problem, Kind kind) {
  auto evaluation = objective(problem, kind)->at(problem.theta);
  if (!evaluation.point) throw std::runtime_error(evaluation.summary.message);
  return std::move(evaluation.point);
}

double eigenvalue_flops(const Problem& problem) {
  const auto p = static_cast<double>(problem.p());
  return 4.0 / 3 * p * p * p;
}

}  // namespace

void gradient(benchmark::State& state, const Problem& problem, Kind kind) {
  const auto f = objective(problem, kind);
  Vector g;
  run(state, {.kernel = [&] { g = f->at(problem.theta).point->gradient(); },
              .floor = gradient_floor(problem, kind)});
}

void product(benchmark::State& state, const Problem& problem, Kind kind, Index k) {
  const auto at = point(problem, kind);
  const Matrix V = RandomStream(0, "benchmark directions").normal_matrix(problem.p(), k);
  Matrix HV = Matrix::Zero(problem.p(), k);
  run(state, {.kernel = [&] { at->hessian_times(V, HV); },
              .floor = product_floor(problem, V, HV),
              .rest = product_rest(problem, V, HV)});
}

void assembly(benchmark::State& state, const Problem& problem, Kind kind) {
  const auto at = point(problem, kind);
  run(state, {.kernel = [&] { benchmark::DoNotOptimize(at->hessian().data()); },
              .floor = assembly_floor(problem, kind)});
}

void spectrum(benchmark::State& state, const Problem& problem, Kind kind) {
  const Matrix H = point(problem, kind)->hessian();
  Matrix first;
  Matrix second;
  Vector values;
  Vector floor_values;
  const auto lapack = [&] {
    const auto routine =
        H.rows() < kTwoStageFrom ? EigenRoutine::kDivideAndConquer : EigenRoutine::kTwoStage;
    if (lapack_eigenvalues(routine, second, floor_values) != 0)
      throw std::runtime_error("LAPACK's eigen-solver did not converge");
    return eigenvalue_flops(problem);
  };
  run(state, {.kernel = [&] { values = symmetric_eigenvalues(std::move(first)); },
              .floor = lapack,
              .prepare = [&] { first = second = H; }});
}

void assembly_to_spectrum(benchmark::State& state, const Problem& problem, Kind kind) {
  const auto at = point(problem, kind);
  const auto p = static_cast<double>(problem.p());
  Matrix H = at->hessian();
  Vector values;
  const auto solve = [&] {
    values = symmetric_eigenvalues(std::move(H));
    return eigenvalue_flops(problem);
  };
  run(state, {.kernel = [&] { benchmark::DoNotOptimize(at->hessian().data()); },
              .floor = solve,
              .prepare =
                  [&] {
                    if (H.size() == 0) H = at->hessian();
                  },
              .flops = 4 * p * p});  // 8 an entry, p^2/2 entries
}

}  // namespace saddlescope::bench
