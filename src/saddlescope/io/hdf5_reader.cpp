#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/hdf5_handle.hpp"
#include "saddlescope/io/pending_file.hpp"

namespace saddlescope {
namespace {

using hdf5::Handle;
using hdf5::Quiet;

std::string type_name(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return "integers";
    case H5T_FLOAT:
      return "real numbers";
    case H5T_STRING:
      return "text";
    case H5T_COMPOUND:
      return "a compound type (NumPy stores complex numbers so)";
    case H5T_ENUM:
      return "an enumeration (NumPy stores booleans so)";
    default:
      return "a type that is neither number nor text";
  }
}

// Enumerations are read by their integers: h5py stores NumPy's bool as {FALSE = 0, TRUE = 1}.
bool is_number(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  return kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM;
}

std::vector<hsize_t> shape_of(hid_t space) {
  std::vector<hsize_t> shape(
      static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  return shape;
}

std::string shape_text(const std::vector<hsize_t>& shape) {
  return shape.empty() ? "a single value" : fmt::format("shape {}", fmt::join(shape, " x "));
}

}  // namespace

struct Hdf5Reader::State {
  std::filesystem::path path;
  Handle file;

  [[nodiscard]] std::string where(const std::string& object) const {
    return fmt::format("{}: {}", path.string(), object);
  }

  // HDF5 answers for a link only when the links before it exist.
  [[nodiscard]] bool exists(const std::string& object) const {
    if (object.empty() || object.front() != '/') return false;
    for (std::size_t end = object.find('/', 1); end != std::string::npos;
         end = object.find('/', end + 1))
      if (H5Lexists(file.id(), object.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (object == "/") return true;
    return H5Lexists(file.id(), object.c_str(), H5P_DEFAULT) > 0 &&
           H5Oexists_by_name(file.id(), object.c_str(), H5P_DEFAULT) > 0;
  }

  [[nodiscard]] std::vector<std::string> children(const std::string& group) const {
    std::vector<std::string> names;
    const auto take = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    };
    H5Literate_by_name(file.id(), group.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names,
                       H5P_DEFAULT);
    return names;
  }

  [[nodiscard]] std::vector<std::string> attributes(const std::string& object) const {
    std::vector<std::string> names;
    const auto take = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    };
    H5Aiterate_by_name(file.id(), object.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names,
                       H5P_DEFAULT);
    return names;
  }

  // The values of a dataset in C order, its shape checked by `fits`, whose wish is `expected`.
  template <class Fits>
  std::vector<hsize_t> read(const std::string& object, const char* expected, Fits fits,
                            std::vector<double>& values) const {
    require(exists(object),
            "{}: expected {}, found nothing of that name; the file's root holds: {}", where(object),
            expected, fmt::join(children("/"), ", "));
    const Handle set(H5Dopen2(file.id(), object.c_str(), H5P_DEFAULT), H5Dclose);
    require(set.ok(), "{}: expected {}, found a group or a damaged object", where(object),
            expected);
    const Handle type(H5Dget_type(set.id()), H5Tclose);
    require(is_number(type.id()), "{}: expected {} of real numbers, found {}", where(object),
            expected, type_name(type.id()));
    const Handle space(H5Dget_space(set.id()), H5Sclose);
    require(H5Sget_simple_extent_type(space.id()) != H5S_NULL,
            "{}: expected {}, found an empty dataspace", where(object), expected);
    std::vector<hsize_t> shape = shape_of(space.id());
    require(fits(shape), "{}: expected {}, found {}", where(object), expected, shape_text(shape));

    double count = 1;
    for (const hsize_t n : shape) count *= static_cast<double>(n);
    try {
      values.resize(count < 1e15 ? static_cast<std::size_t>(count) : values.max_size());
    } catch (const std::exception&) {
      require(false, "{}: {} does not fit in memory: it needs {:.3g} GiB", where(object),
              shape_text(shape), count * sizeof(double) / (1 << 30));
    }
    if (values.empty()) return shape;
    require(H5Dread(set.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0,
            "{}: expected {}, found that its values cannot be read: {}", where(object), expected,
            hdf5::reason());
    const auto bad = std::find_if_not(values.begin(), values.end(),
                                      [](double value) { return std::isfinite(value); });
    if (bad != values.end()) {
      const auto at = static_cast<hsize_t>(bad - values.begin());
      const hsize_t width = shape.size() == 2 ? shape[1] : 1;
      require(false, "{}: row {}, column {} (counted from 0): expected a finite number, found {}",
              where(object), at / width, at % width, *bad);
    }
    return shape;
  }

  // The attribute, or an invalid handle if the object has none of that name.
  [[nodiscard]] Handle open_attribute(const std::string& object, const std::string& name) const {
    require(exists(object), "{}: expected a group or dataset, found nothing of that name",
            where(object));
    if (H5Aexists_by_name(file.id(), object.c_str(), name.c_str(), H5P_DEFAULT) <= 0) return {};
    Handle attribute(
        H5Aopen_by_name(file.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    require(attribute.ok(), "{}: attribute {}: cannot be read: {}", where(object), name,
            hdf5::reason());
    const Handle space(H5Aget_space(attribute.id()), H5Sclose);
    require(H5Sget_simple_extent_npoints(space.id()) == 1,
            "{}: attribute {}: expected a single value, found {}", where(object), name,
            shape_text(shape_of(space.id())));
    return attribute;
  }
};

Hdf5Reader::Hdf5Reader(std::filesystem::path file) : state_(std::make_unique<State>()) {
  const Quiet quiet;
  state_->path = std::move(file);
  const std::string name = state_->path.string();
  require_readable(state_->path);
  require(H5Fis_hdf5(name.c_str()) > 0,
          "{}: expected an HDF5 file, found one without HDF5's signature", name);
  state_->file = Handle(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  require(state_->file.ok(), "{}: expected a whole HDF5 file, found it damaged or in use: {}", name,
          hdf5::reason());
}

Hdf5Reader::~Hdf5Reader() {
  const Quiet quiet;
  state_.reset();
}

bool Hdf5Reader::exists(const std::string& path) const {
  const Quiet quiet;
  return state_->exists(path);
}

std::vector<std::string> Hdf5Reader::attributes(const std::string& path) const {
  const Quiet quiet;
  require(state_->exists(path), "{}: expected a group or dataset, found nothing of that name",
          state_->where(path));
  return state_->attributes(path);
}

std::vector<std::string> Hdf5Reader::children(const std::string& path) const {
  const Quiet quiet;
  require(state_->exists(path), "{}: expected a group, found nothing of that name",
          state_->where(path));
  H5O_info_t info{};
  require(H5Oget_info_by_name(state_->file.id(), path.c_str(), &info, H5P_DEFAULT) >= 0 &&
              info.type == H5O_TYPE_GROUP,
          "{}: expected a group, found a dataset or a damaged object", state_->where(path));
  return state_->children(path);
}

Matrix Hdf5Reader::matrix(const std::string& path) const {
  const Quiet quiet;
  std::vector<double> values;
  const std::vector<hsize_t> shape = state_->read(
      path, "a matrix", [](const auto& s) { return s.size() == 2 || s.size() == 1; }, values);
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(values.data(), static_cast<Index>(shape[0]),
                                    shape.size() == 2 ? static_cast<Index>(shape[1]) : 1);
}

Vector Hdf5Reader::vector(const std::string& path) const {
  const Quiet quiet;
  std::vector<double> values;
  state_->read(
      path, "a vector", [](const auto& s) { return s.size() == 1; }, values);
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

std::optional<double> Hdf5Reader::number(const std::string& path, const std::string& name) const {
  const Quiet quiet;
  const Handle attribute = state_->open_attribute(path, name);
  if (!attribute.ok()) return std::nullopt;
  const Handle type(H5Aget_type(attribute.id()), H5Tclose);
  require(is_number(type.id()), "{}: attribute {}: expected a number, found {}",
          state_->where(path), name, type_name(type.id()));
  double value = 0;
  require(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value) >= 0,
          "{}: attribute {}: cannot be read: {}", state_->where(path), name, hdf5::reason());
  require(std::isfinite(value), "{}: attribute {}: expected a finite number, found {}",
          state_->where(path), name, value);
  return value;
}

std::optional<std::string> Hdf5Reader::text(const std::string& path,
                                            const std::string& name) const {
  const Quiet quiet;
  const Handle attribute = state_->open_attribute(path, name);
  if (!attribute.ok()) return std::nullopt;
  const Handle type(H5Aget_type(attribute.id()), H5Tclose);
  require(H5Tget_class(type.id()) == H5T_STRING, "{}: attribute {}: expected text, found {}",
          state_->where(path), name, type_name(type.id()));
  if (H5Tis_variable_str(type.id()) > 0) {
    char* value = nullptr;
    require(H5Aread(attribute.id(), type.id(), &value) >= 0, "{}: attribute {}: cannot be read: {}",
            state_->where(path), name, hdf5::reason());
    std::string out = value == nullptr ? "" : value;
    H5free_memory(value);
    return out;
  }
  std::string out(H5Tget_size(type.id()), '\0');
  require(H5Aread(attribute.id(), type.id(), out.data()) >= 0,
          "{}: attribute {}: cannot be read: {}", state_->where(path), name, hdf5::reason());
  // Padded to its length with NULs, or with blanks as Fortran does.
  out.resize(std::min(out.find('\0'), out.size()));
  if (H5Tget_strpad(type.id()) == H5T_STR_SPACEPAD) out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

const std::filesystem::path& Hdf5Reader::file() const { return state_->path; }

}  // namespace saddlescope
