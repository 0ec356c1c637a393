// Images and labels in the IDX format of MNIST, plain or gzip.
//
// An IDX file is big-endian: magic number (0x00000803 for a stack of byte images, 0x00000801 for
// byte labels), one 32-bit count per dimension, then the bytes. Pixels are divided by 255 into
// [0, 1], row by row; labels become one-hot columns.
#pragma once

#include <filesystem>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

// Throws std::invalid_argument with file, expected and found: wrong magic number, counts that
// disagree with the file's length or with each other, a label outside 0 .. classes - 1.
[[nodiscard]] Dataset read_idx(const std::filesystem::path& images,
                               const std::filesystem::path& labels, Index classes = 10);

}  // namespace saddlescope
