// Datasets in HDF5 files, the form in which results keep their data and other programs hand it in.
//
//   /x       N x d_x, a sample per row
//   /y       N x d_y; of rank 1 and length N it reads as N x 1
//   /shift, /scale   of length d_x, when x was normalised: x = (x_raw - shift) / scale
//   attributes of /  name, normalisation, checksum (XXH3-128 of x and y), for the record
#pragma once

#include <filesystem>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

// Reads back bit for bit what write_dataset wrote. Throws std::invalid_argument with file, field,
// expected and found.
[[nodiscard]] Dataset read_h5_data(const std::filesystem::path& file);
void write_dataset(const std::filesystem::path& file, const Dataset& data);

}  // namespace saddlescope
