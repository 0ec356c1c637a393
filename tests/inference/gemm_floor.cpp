#include "saddlescope/inference/gemm_floor.hpp"

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

using test::message_of;

// 3-4-2, N = 5, T = 7: forward and weight gradient 2 N (12 + 8) each, T times back and forth 2 N 8.
TEST_CASE("the floor counts layer one once and takes time") {
  const Architecture net{{3, 4, 2}, {1, 1}, {0, 0}, {1, 1}};
  for (const int threads : {1, 2}) {
    const GemmFloor floor = gemm_floor<double>(net, 5, 7, threads, 1);
    CHECK(floor.flops == 2 * 2 * 5 * 20 + 7 * 2 * 2 * 5 * 8);
    CHECK(floor.seconds > 0);
  }
  CHECK(gemm_floor<float>(net, 5, 7, 1).flops == gemm_floor<double>(net, 5, 7, 1).flops);
}

// 16 times the flops, of which at least a quarter must show on a busy machine.
TEST_CASE("wider layers take longer") {
  const Architecture narrow{{64, 64, 64}, {1, 1}, {0, 0}, {1, 1}};
  const Architecture wide{{256, 256, 256}, {1, 1}, {0, 0}, {1, 1}};
  CHECK(gemm_floor<double>(wide, 64, 10, 1).seconds >
        4 * gemm_floor<double>(narrow, 64, 10, 1).seconds);
}

TEST_CASE("batches, steps, threads and repeats below one are refused") {
  const Architecture net{{3, 4, 2}, {1, 1}, {0, 0}, {1, 1}};
  const auto message = [&](Index batch, Index steps, int threads, int repeats) {
    return message_of<std::invalid_argument>(
        [&] { (void)gemm_floor<double>(net, batch, steps, threads, repeats); });
  };
  CHECK(message(0, 1, 1, 1) == "floor of products: expected a batch >= 1, got 0");
  CHECK(message(1, 0, 1, 1) == "floor of products: expected inference steps >= 1, got 0");
  CHECK(message(1, 1, 0, 1) == "floor of products: expected threads >= 1, got 0");
  CHECK(message(1, 1, 1, 0) == "floor of products: expected repeats >= 1, got 0");
}

}  // namespace
}  // namespace saddlescope
