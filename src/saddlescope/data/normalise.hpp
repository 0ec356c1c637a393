// Normalisation of the inputs, x -> (x - shift) / scale, with its constants kept in the Dataset.
//
//   none         as read (pixels in [0, 1])
//   standard     one mean and one deviation over all entries of x, as the published experiments do
//   per-feature  mean and deviation of each row of x; a constant feature is only centred (scale 1)
//   minmax       the smallest entry of x to 0 and the largest to 1
//
// Deviations divide by the count, not by the count less one. Targets are not touched.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

[[nodiscard]] const std::vector<std::string>& normalisation_names();

// Throws std::invalid_argument for an unknown kind, and where x has nothing to scale by: all
// entries equal (standard, minmax), or moments that overflow.
[[nodiscard]] Dataset normalise(Dataset data, const std::string& kind);

}  // namespace saddlescope
