#include "problem.hpp"

#include "saddlescope/data/draw.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/network/input_reduction.hpp"

namespace saddlescope::bench {
namespace {

Dataset dataset(const ProblemOptions& options) {
  if (options.images) return draw(*options.images, options.samples, 0);
  RandomStream stream(0, "benchmark data");
  Dataset data;
  data.x = stream.normal_matrix(options.widths.front(), options.samples);
  data.y = stream.normal_matrix(options.widths.back(), options.samples);
  data.name = "Gaussian";
  return data;
}

}  // namespace

Problem::Problem(const ProblemOptions& options)
    : network(make_architecture({.widths = options.widths})),
      data(ReducedProblem<double>(network, dataset(options), {.input_span = false}).factor()) {
  RandomStream stream(0, "benchmark weights");
  theta = initialise(network, {}, stream);
}

}  // namespace saddlescope::bench
