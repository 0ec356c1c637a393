#include "saddlescope/analysis/spectrum_plan.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/analysis/memory.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;

SpectrumSize size_of(Index unknowns, double gibibytes) {
  SpectrumSize size;
  size.unknowns = unknowns;
  size.products_in = unknowns;
  size.objectives = 2;
  size.available = gibibytes * kGibibyte;
  return size;
}

}  // namespace

TEST_CASE("auto computes every eigenvalue while that is quick and fits") {
  CHECK(plan_spectrum("auto", size_of(kDenseLimit, 64), 2).dense);
  CHECK_FALSE(plan_spectrum("auto", size_of(kDenseLimit + 1, 64), 2).dense);
  const SpectrumPlan tight = plan_spectrum("auto", size_of(10000, 1), 2);
  CHECK_FALSE(tight.dense);
  CHECK(test::contains(tight.note, "available"));
}

// Two copies of 8 n^2 bytes: 1.49 GiB at n = 10,000.
TEST_CASE("both objectives run at a time only where both fit") {
  CHECK(plan_spectrum("dense", size_of(10000, 4), 2).concurrent);
  CHECK_FALSE(plan_spectrum("dense", size_of(10000, 3), 2).concurrent);
  CHECK_FALSE(plan_spectrum("dense", size_of(10000, 4), 1).concurrent);
}

// 8 n^2 = 0.745 GiB at n = 10,000: five squares with vectors, one more where signs are counted again,
// three of the joint Hessian when that is more.
TEST_CASE("eigenvectors and second counts need the copies they work in") {
  SpectrumSize size = size_of(10000, 64);
  const double square = 8e8;
  CHECK(dense_bytes(size) == 2 * square);
  size.vectors = true;
  CHECK(dense_bytes(size) == 5 * square);
  size.factorisation = true;
  CHECK(dense_bytes(size) == 6 * square);
  size.joint = 20000;
  CHECK(dense_bytes(size) == 12 * square);
  size.vectors = false;
  size.joint = 0;
  CHECK(dense_bytes(size) == 3 * square);
}

TEST_CASE("what does not fit is refused with need and supply before it is allocated") {
  const std::string message = test::message_of<std::invalid_argument>(
      [] { (void)plan_spectrum("dense", size_of(100000, 8), 2); });
  CHECK(test::contains(message, "149 GiB"));
  CHECK(test::contains(message, "8 GiB available"));
  CHECK(test::contains(message, "--method extreme fits"));
  CHECK_THROWS_AS((void)plan_spectrum("extreme", size_of(100000000, 8), 2), std::invalid_argument);
}

TEST_CASE("memory reads as binary units") {
  CHECK(memory_text(3.25 * kGibibyte) == "3.25 GiB");
  CHECK(memory_text(1024.0 * 1024.0 * 17) == "17 MiB");
  CHECK(available_memory() > 1024.0 * 1024.0);
}

}  // namespace saddlescope::analysis
