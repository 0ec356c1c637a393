// saddlescope_bench: the kernels of the library beside the DGEMM and LAPACK time of the operations
// that they cannot do without, in the same process, at the same shapes and number of threads.
//
//   gradient/*       evaluating a point and its gradient
//   product/*        Hessian times a block of k directions, at that point
//   assembly/*       the dense Hessian, at that point
//   spectrum/*       all eigenvalues of that Hessian
//   assembly-to-spectrum/*   the dense Hessian, with the eigen-solve for a floor
//   inference/block-solve    equilibrium activities by block Cholesky, with the dense inverse for a
//                            floor
//   inference/training-step  20 steps of inference on a mini-batch and the weight gradient
//
// floors.hpp says what each floor contains and why; that of spectrum is the LAPACK routine alone
// (dsyevd, from n = 2000 dsyevd_2stage) on the same matrix, 4/3 p^3 flops, so that its ratio is the
// price of checks and of the search for blocks. LAPACK runs on one thread.
//
// Four bounds are held: (a) a product with 32 directions at widths 784-512-512-512-10 and m = 794
// takes at most twice the DGEMM time of 12 p m flops a direction; (b) dense assembly at p = 8,040
// takes less than a tenth of the eigen-solve; (c) the block solve at width 128, 64 hidden layers
// and
// 64 samples is 150 times faster than the dense inverse; (d) a training step by predictive coding
// takes at most 2.5 times the products it cannot do without.
//
// Debian's Google Benchmark warns that it "was built as DEBUG". Only its loop is: every time shown
// is taken around kernel and floor by contest.cpp.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "contest.hpp"
#include "inference.hpp"
#include "kernels.hpp"
#include "problem.hpp"

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/base/version.hpp"
#include "saddlescope/data/load.hpp"

namespace saddlescope::bench {
namespace {

constexpr Index kSamples = 10'000;

const char* name(Kind kind) { return kind == Kind::kLoss ? "mse" : "energy"; }

Index count(const std::vector<Index>& widths) {
  return std::inner_product(widths.begin() + 1, widths.end(), widths.begin(), Index{0});
}

// Makes problems when a benchmark that the filter lets through asks, and keeps the last one.
class Problems {
 public:
  const Problem& operator()(const ProblemOptions& options) {
    if (!problem_ || problem_->network.widths != options.widths) {
      problem_.reset();
      problem_ = std::make_unique<Problem>(options);
    }
    return *problem_;
  }

 private:
  std::unique_ptr<Problem> problem_;
};

Dataset mnist(const std::string& images_labels) {
  DataOptions options;
  options.source = "idx:" + images_labels;
  options.samples = kSamples;
  Dataset images = load(options);
  require(images.x.rows() == 784 && images.y.rows() == 10,
          "--mnist {}: expected images of 784 pixels in 10 classes, got {} pixels and {} classes",
          images_labels, images.x.rows(), images.y.rows());
  return images;
}

// `body` takes (state, problem).
template <class Body>
void add(const std::string& name, const std::shared_ptr<Problems>& problems,
         const ProblemOptions& options, benchmark::IterationCount iterations, Body body,
         const char* claim = "") {
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) {
                                 state.SetLabel(claim);
                                 const Problem& problem = (*problems)(options);
                                 body(state, problem);
                                 state.counters["m"] = static_cast<double>(problem.m());
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(iterations);
}

void add_matrix_free(const std::shared_ptr<Problems>& problems, const ProblemOptions& options,
                     const std::vector<Index>& blocks, const char* claim = "") {
  const Index p = count(options.widths);
  const auto m = std::min(options.samples, options.widths.front() + options.widths.back());
  const double flops = 6 * static_cast<double>(p) * static_cast<double>(m);
  for (const Kind kind : {Kind::kLoss, Kind::kEnergy}) {
    add(fmt::format("gradient/{}/p={}", name(kind), p), problems, options, pairs(flops),
        [=](auto& state, const Problem& problem) { gradient(state, problem, kind); });
    for (const Index k : blocks)
      add(
          fmt::format("product/{}/p={}/k={}", name(kind), p, k), problems, options,
          pairs(2 * flops * static_cast<double>(k)),
          [=](auto& state, const Problem& problem) { product(state, problem, kind, k); },
          k == 32 ? claim : "");
  }
}

void add_dense(const std::shared_ptr<Problems>& problems, const ProblemOptions& options) {
  const Index p = count(options.widths);
  const double entries = static_cast<double>(p) * static_cast<double>(p);
  for (const Kind kind : {Kind::kLoss, Kind::kEnergy})
    add(fmt::format("assembly/{}/p={}", name(kind), p), problems, options, pairs(4 * entries),
        [=](auto& state, const Problem& problem) { assembly(state, problem, kind); });
  if (p < 5000) {
    add(fmt::format("spectrum/energy/p={}", p), problems, options,
        pairs(4.0 / 3 * entries * static_cast<double>(p)),
        [](auto& state, const Problem& problem) { spectrum(state, problem, Kind::kEnergy); });
  } else {
    add(
        fmt::format("assembly-to-spectrum/energy/p={}", p), problems, options, 1,
        [](auto& state, const Problem& problem) {
          assembly_to_spectrum(state, problem, Kind::kEnergy);
        },
        kAssemblyClaim);
  }
}

template <class T>
void add_training_step(const char* precision, Activation activation, Placement placement) {
  benchmark::RegisterBenchmark(
      fmt::format("inference/training-step/{}/{}/{}", name(activation), name(placement), precision)
          .c_str(),
      [=](benchmark::State& state) {
        state.SetLabel(kTrainingClaim);
        training_step<T>(state, activation, placement);
      })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(20);
}

void add_all(const std::shared_ptr<const Dataset>& images) {
  const auto problems = std::make_shared<Problems>();
  add_matrix_free(problems, {.widths = {16, 20, 20, 10}}, {1, 8, 32});
  add_matrix_free(problems, {.widths = {64, 72, 64, 10}}, {1, 8, 32});
  add_matrix_free(problems, {.widths = {128, 256, 240, 10}}, {1, 8, 32});
  add_matrix_free(problems, {.widths = {784, 512, 512, 512, 10}, .images = images}, {1, 8, 32},
                  kProductClaim);
  add_matrix_free(problems,
                  {.widths = {784, 2048, 2048, 2048, 10}, .samples = 64, .images = images}, {1, 8});
  add_dense(problems, {.widths = {16, 20, 20, 10}});
  add_dense(problems, {.widths = {64, 32, 32, 10}});
  add_dense(problems, {.widths = {64, 60, 60, 10}});
  benchmark::RegisterBenchmark("inference/block-solve/width=128/layers=64/samples=64",
                               [](benchmark::State& state) {
                                 state.SetLabel(kBlockSolveClaim);
                                 block_solve(state, 128, 64, 64);
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
  for (const Activation activation : {Activation::kTanh, Activation::kRelu})
    for (const Placement placement : {Placement::kPre, Placement::kPost}) {
      add_training_step<double>("double", activation, placement);
      add_training_step<float>("single", activation, placement);
    }
}

int run_benchmarks(int argc, char** argv) {
  CLI::App program{
      "Kernels beside the DGEMM and LAPACK time they cannot do without. Flags --benchmark_* are "
      "Google Benchmark's, e.g. --benchmark_filter=product.*k=32.",
      "saddlescope_bench"};
  int threads = 1;
  std::string images_labels;
  std::string out;
  program.add_option("--threads", threads, "threads of the kernels and of their floors, >= 1")
      ->capture_default_str();
  program.add_option("--mnist", images_labels,
                     "IMAGES,LABELS: IDX files of at least 10,000 images of 28 x 28 for the "
                     "784-input networks; without them Gaussian data of the same shape");
  program.add_option("--out", out, "JSON file to write the results to");
  program.allow_extras();
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }

  std::vector<std::string> arguments = program.remaining();
  arguments.insert(arguments.begin(), program.get_name());
  if (!out.empty()) arguments.push_back("--benchmark_out=" + out);
  std::vector<char*> pointers(arguments.size() + 1, nullptr);
  std::ranges::transform(arguments, pointers.begin(),
                         [](std::string& argument) { return argument.data(); });
  int size = static_cast<int>(arguments.size());
  benchmark::Initialize(&size, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(size, pointers.data())) return 2;

  // Read before anything runs, so that a mistake in the names costs no time.
  const auto images =
      images_labels.empty() ? nullptr : std::make_shared<const Dataset>(mnist(images_labels));
  const int in_force = set_threads(threads);
  if (const std::string note = threads_note(); !note.empty()) fmt::print(stderr, "{}\n", note);
  benchmark::AddCustomContext("threads", std::to_string(in_force));
  benchmark::AddCustomContext("images", images_labels.empty() ? "Gaussian data" : images_labels);
  benchmark::AddCustomContext("revision", build_info().git_revision);
  benchmark::AddCustomContext("BLAS", build_info().blas);
  add_all(images);
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace
}  // namespace saddlescope::bench

int main(int argc, char** argv) {
  try {
    return saddlescope::bench::run_benchmarks(argc, argv);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "saddlescope_bench: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "saddlescope_bench: {}\n", error.what());
    return 1;
  }
}
