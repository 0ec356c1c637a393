// The checksum of bytes: XXH3-128, which finds damage and tells contents apart; it does not resist
// forgery.
#pragma once

#include <string>
#include <string_view>

namespace saddlescope {

// 32 hexadecimal digits.
[[nodiscard]] std::string checksum_of_bytes(std::string_view bytes);

}  // namespace saddlescope
