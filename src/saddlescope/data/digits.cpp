#include "saddlescope/data/digits.hpp"

#include <cstddef>
#include <string_view>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace embedded {

// Generated from data/digits.csv.gz by cmake/EmbedBytes.cmake.
extern const unsigned char kDigits[];
extern const std::size_t kDigitsSize;

}  // namespace embedded

Dataset digits() {
  constexpr Index kPixels = 64;
  constexpr Index kClasses = 10;
  constexpr double kBrightest = 16;
  const std::string_view packed(reinterpret_cast<const char*>(embedded::kDigits),
                                embedded::kDigitsSize);
  const CsvTable table = parse_csv(decompress(packed, "digits"), "digits", false);
  const auto n = static_cast<Index>(table.rows.size());

  Dataset data;
  data.name = "digits";
  data.x.resize(kPixels, n);
  std::vector<Index> labels;
  labels.reserve(table.rows.size());
  for (Index i = 0; i < n; ++i) {
    const std::vector<std::string>& row = table.rows[static_cast<std::size_t>(i)];
    for (Index j = 0; j < kPixels; ++j)
      data.x(j, i) = std::stoi(row[static_cast<std::size_t>(j)]) / kBrightest;
    labels.push_back(std::stoi(row[kPixels]));
  }
  data.y = one_hot(labels, kClasses, data.name);
  return data;
}

}  // namespace saddlescope
