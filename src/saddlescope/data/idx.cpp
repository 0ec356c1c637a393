#include "saddlescope/data/idx.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

constexpr std::uint32_t kImageMagic = 0x803;
constexpr std::uint32_t kLabelMagic = 0x801;

const char* meaning(std::uint32_t magic) {
  if (magic == kImageMagic) return " (byte images)";
  if (magic == kLabelMagic) return " (byte labels)";
  return "";
}

std::uint8_t byte_at(const std::string& bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::uint32_t big_endian(const std::string& bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8U) | byte_at(bytes, offset + i);
  return value;
}

// A file whose header of Rank counts agrees with its length.
template <std::size_t Rank>
struct IdxFile {
  static constexpr std::size_t kHeader = 4 * (1 + Rank);
  std::string bytes;
  std::array<std::uint64_t, Rank> shape{};

  IdxFile(const std::filesystem::path& file, std::uint32_t magic) : bytes(read_bytes(file)) {
    require(bytes.size() >= kHeader,
            "{}: expected an IDX header of {} bytes, found a file of {} bytes", file.string(),
            kHeader, bytes.size());
    const std::uint32_t found = big_endian(bytes, 0);
    require(found == magic, "{}: expected IDX magic number {:#010x}{}, found {:#010x}{}",
            file.string(), magic, meaning(magic), found, meaning(found));
    for (std::size_t i = 0; i < Rank; ++i) {
      shape[i] = big_endian(bytes, 4 * (1 + i));
      require(shape[i] >= 1, "{}: IDX header: expected counts of at least 1, found {} in place {}",
              file.string(), shape[i], i + 1);
    }
    // Products of two 32-bit counts fit into 64 bits; of three they may not, so divide.
    std::uint64_t per_item = 1;
    for (std::size_t i = 1; i < Rank; ++i) per_item *= shape[i];
    const std::uint64_t payload = bytes.size() - kHeader;
    require(
        payload % per_item == 0 && payload / per_item == shape[0],
        "{}: expected {} items of {} bytes after the IDX header, found {} bytes: the file is {}",
        file.string(), shape[0], per_item, payload,
        payload / per_item < shape[0] ? "truncated" : "too long");
  }
};

}  // namespace

Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                 Index classes) {
  require(classes >= 1, "number of classes: expected >= 1, got {}", classes);
  const IdxFile<1> label_file(labels, kLabelMagic);
  const IdxFile<3> image_file(images, kImageMagic);
  require(image_file.shape[0] == label_file.shape[0],
          "{}: expected as many labels as there are images in {} ({}), found {}", labels.string(),
          images.string(), image_file.shape[0], label_file.shape[0]);

  Dataset data;
  data.name = images.filename().string();
  std::vector<Index> values;
  values.reserve(label_file.shape[0]);
  for (std::size_t i = 0; i < label_file.shape[0]; ++i)
    values.push_back(byte_at(label_file.bytes, label_file.kHeader + i));
  data.y = one_hot(values, classes, labels.string());

  constexpr double kBrightest = 255;
  data.x.resize(static_cast<Index>(image_file.shape[1] * image_file.shape[2]),
                static_cast<Index>(image_file.shape[0]));
  for (Index k = 0; k < data.x.size(); ++k)
    data.x.data()[k] =
        byte_at(image_file.bytes, image_file.kHeader + static_cast<std::size_t>(k)) / kBrightest;
  return data;
}

}  // namespace saddlescope
