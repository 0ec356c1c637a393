#include "saddlescope/io/text.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>

#include <zlib.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/pending_file.hpp"

namespace saddlescope {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

}  // namespace

void write_text(const std::filesystem::path& file, const std::string& content) {
  PendingFile pending(file);
  pending.write(content);
  pending.commit();
}

std::string read_text(const std::filesystem::path& file) {
  require_readable(file);
  std::ifstream in(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  require(!in.bad(), "{}: could not be read to its end", file.string());
  return content;
}

std::string decompress(std::string_view bytes, const std::string& name) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;  // the largest window, gzip header expected
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);

  std::string out;
  std::array<char, 1 << 16> buffer{};
  int status = Z_OK;
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    // avail_in is 32 bits wide: at most 1 GiB at a time.
    const std::size_t piece = std::min<std::size_t>(bytes.size() - offset, std::size_t{1} << 30);
    std::string_view rest = bytes.substr(offset, piece);
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(rest.data()));
    stream.avail_in = static_cast<uInt>(piece);
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      status = inflate(&stream, Z_NO_FLUSH);
      require(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR,
              "{}: expected a gzip stream, found it damaged after {} decompressed bytes: {}", name,
              out.size(), stream.msg == nullptr ? "unknown reason" : stream.msg);
      out.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (status == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
    offset += piece - stream.avail_in;
    if (status == Z_STREAM_END && offset < bytes.size()) {
      // Another member may follow; anything else after the stream is padding, as gzip treats it.
      if (bytes.substr(offset, kGzipMagic.size()) != kGzipMagic) break;
      inflateReset(&stream);
    }
  }
  require(status == Z_STREAM_END,
          "{}: expected a whole gzip stream, found it truncated after {} decompressed bytes", name,
          out.size());
  return out;
}

std::string read_bytes(const std::filesystem::path& file) {
  std::string bytes = read_text(file);
  if (std::string_view(bytes).substr(0, kGzipMagic.size()) != kGzipMagic) return bytes;
  return decompress(bytes, file.string());
}

}  // namespace saddlescope
