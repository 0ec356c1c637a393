// HDF5 files in the layout NumPy's h5py shows: a dataset (r, c) is an r x c matrix.
//
// Paths inside a file are "/a/b"; missing groups are made. Writers keep the file in memory until
// commit(), which writes it to a temporary name beside the target and renames it: a file under its
// final name is always whole.
// Not for several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::filesystem::path file);  // throws std::runtime_error if not writable
  ~Hdf5Writer();                                    // without commit() the temporary is removed
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  void matrix(const std::string& path, const Matrix& value);
  void vector(const std::string& path, const Vector& value);
  void group(const std::string& path);
  // An attribute of the group or dataset at `path` ("/" is the root).
  void attribute(const std::string& path, const std::string& name, double value);
  void attribute(const std::string& path, const std::string& name, std::int64_t value);
  void attribute(const std::string& path, const std::string& name, const std::string& value);
  void attribute(const std::string& path, const std::string& name, const char* value);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Every reader throws std::invalid_argument naming file, path, expected and found when something is
// missing, of the wrong type or rank, or not finite.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(std::filesystem::path file);
  ~Hdf5Reader();
  Hdf5Reader(const Hdf5Reader&) = delete;
  Hdf5Reader& operator=(const Hdf5Reader&) = delete;

  [[nodiscard]] bool exists(const std::string& path) const;
  // The names in a group, in alphabetical order.
  [[nodiscard]] std::vector<std::string> children(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> attributes(const std::string& path) const;  // names
  [[nodiscard]] Matrix matrix(const std::string& path) const;  // any real or integer type, rank 2;
                                                               // rank 1 of length n reads as n x 1
  [[nodiscard]] Vector vector(const std::string& path) const;  // rank 1
  [[nodiscard]] std::optional<double> number(const std::string& path,
                                             const std::string& name) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& path,
                                                const std::string& name) const;
  [[nodiscard]] const std::filesystem::path& file() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace saddlescope
