#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/hdf5_handle.hpp"
#include "saddlescope/io/pending_file.hpp"

namespace saddlescope {

using hdf5::Handle;
using hdf5::Quiet;

struct Hdf5Writer::State {
  explicit State(std::filesystem::path target) : pending(std::move(target)) {}

  // The file grows in memory (HDF5's core driver) and is written as a whole by commit(). HDF5 1.10
  // cannot give up a file on a full disk: closing it fails, and the program crashes at its end.
  PendingFile pending;
  Handle file;

  [[noreturn]] void fail(const std::string& path) const {
    throw std::runtime_error(fmt::format("{}: {}: cannot be written: {}", pending.target().string(),
                                         path, hdf5::reason()));
  }

  void create(const std::string& path, const std::vector<hsize_t>& shape,
              const double* data) const {
    require(path.size() > 1 && path.front() == '/',
            "{}: path of a dataset: expected /name, got '{}'", pending.target().string(), path);
    require(file.ok(), "{}: {}: written after commit()", pending.target().string(), path);
    const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.id(), 1);
    H5Pset_obj_track_times(properties.id(), false);  // the same numbers give the same bytes
    const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                       H5Sclose);
    const Handle set(H5Dcreate2(file.id(), path.c_str(), H5T_IEEE_F64LE, space.id(), links.id(),
                                properties.id(), H5P_DEFAULT),
                     H5Dclose);
    if (!set.ok()) fail(path);
    const double nothing = 0;  // HDF5 wants an address even for an empty dataset
    if (H5Dwrite(set.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                 data == nullptr ? &nothing : data) < 0)
      fail(path);
  }

  void attribute(const std::string& path, const std::string& name, hid_t file_type,
                 hid_t memory_type, const void* value) const {
    require(file.ok(), "{}: {}: written after commit()", pending.target().string(), path);
    const Handle object(H5Oopen(file.id(), path.c_str(), H5P_DEFAULT), H5Oclose);
    require(object.ok(), "{}: attribute {}: expected a group or dataset at {}, found nothing",
            pending.target().string(), name, path);
    if (H5Aexists(object.id(), name.c_str()) > 0) H5Adelete(object.id(), name.c_str());
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle created(
        H5Acreate2(object.id(), name.c_str(), file_type, space.id(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    if (!created.ok() || H5Awrite(created.id(), memory_type, value) < 0) fail(path + "@" + name);
  }
};

Hdf5Writer::Hdf5Writer(std::filesystem::path file)
    : state_(std::make_unique<State>(std::move(file))) {
  const Quiet quiet;
  constexpr std::size_t kIncrement = std::size_t{1} << 20;  // bytes by which the memory grows
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.id(), kIncrement, false);
  // HDF5 tells files in memory apart by name, and looks for one of that name on the disk first.
  const std::string name =
      fmt::format("saddlescope in memory {}", static_cast<const void*>(state_.get()));
  state_->file = Handle(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!state_->file.ok()) state_->fail("/");
}

Hdf5Writer::~Hdf5Writer() {
  const Quiet quiet;
  state_.reset();
}

void Hdf5Writer::matrix(const std::string& path, const Matrix& value) {
  const Quiet quiet;
  // C order: the last index runs fastest in the file.
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor rows = value;
  state_->create(path, {static_cast<hsize_t>(rows.rows()), static_cast<hsize_t>(rows.cols())},
                 rows.data());
}

void Hdf5Writer::vector(const std::string& path, const Vector& value) {
  const Quiet quiet;
  state_->create(path, {static_cast<hsize_t>(value.size())}, value.data());
}

void Hdf5Writer::group(const std::string& path) {
  const Quiet quiet;
  if (path == "/" || H5Lexists(state_->file.id(), path.c_str(), H5P_DEFAULT) > 0) return;
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  const Handle made(
      H5Gcreate2(state_->file.id(), path.c_str(), links.id(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (!made.ok()) state_->fail(path);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, double value) {
  const Quiet quiet;
  state_->attribute(path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name, std::int64_t value) {
  const Quiet quiet;
  state_->attribute(path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

void Hdf5Writer::attribute(const std::string& path, const std::string& name,
                           const std::string& value) {
  attribute(path, name, value.c_str());
}

// Variable length and UTF-8, which h5py shows as str.
void Hdf5Writer::attribute(const std::string& path, const std::string& name, const char* value) {
  const Quiet quiet;
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  state_->attribute(path, name, type.id(), type.id(), &value);
}

void Hdf5Writer::commit() {
  const Quiet quiet;
  require(state_->file.ok(), "{}: commit() called twice", state_->pending.target().string());
  if (H5Fflush(state_->file.id(), H5F_SCOPE_GLOBAL) < 0) state_->fail("/");
  const ssize_t size = H5Fget_file_image(state_->file.id(), nullptr, 0);
  if (size < 0) state_->fail("/");
  std::string image(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(state_->file.id(), image.data(), image.size()) != size) state_->fail("/");
  static_cast<void>(state_->file.reset());
  state_->pending.write(image);
  state_->pending.commit();
}

}  // namespace saddlescope
