#include "saddlescope/io/checksum.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <new>

#include <fmt/format.h>
#include <xxhash.h>

#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

std::string digits(const XXH128_hash_t& hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

std::string checksum_of_bytes(std::string_view bytes) {
  return digits(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string checksum(const std::vector<const Matrix*>& matrices) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  if (!state) throw std::bad_alloc();
  XXH3_128bits_reset(state.get());
  for (const Matrix* matrix : matrices) {
    const std::array<std::int64_t, 2> shape = {matrix->rows(), matrix->cols()};
    XXH3_128bits_update(state.get(), shape.data(), sizeof(shape));
    XXH3_128bits_update(state.get(), matrix->data(),
                        static_cast<std::size_t>(matrix->size()) * sizeof(double));
  }
  return digits(XXH3_128bits_digest(state.get()));
}

}  // namespace saddlescope
