#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

#include <doctest/doctest.h>
#include <hdf5.h>
#include <sys/resource.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;

TEST_CASE("Matrices and vectors and attributes are read back bit for bit") {
  const TemporaryFolder folder;
  RandomStream random(3, "hdf5");
  const Matrix a = random.normal_matrix(5, 7);
  const Vector v = random.normal_matrix(4, 1);
  Hdf5Writer writer(folder / "a.h5");
  writer.matrix("/layers/1/weight", a);
  writer.vector("/v", v);
  writer.group("/empty/group");
  writer.attribute("/", "pi", 0.1 + 0.2);
  writer.attribute("/", "count", std::int64_t{-7});
  writer.attribute("/layers/1", "activation", "tanh");
  writer.attribute("/v", "title", std::string("Größe ½"));
  writer.attribute("/v", "title", std::string("second wins"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.h5"));
  writer.commit();
  CHECK(folder.n_entries() == 1);

  const Hdf5Reader reader(folder / "a.h5");
  CHECK(reader.matrix("/layers/1/weight") == a);
  CHECK(reader.vector("/v") == v);
  CHECK(reader.matrix("/v") == v);
  CHECK(reader.number("/", "pi") == 0.1 + 0.2);
  CHECK(reader.number("/", "count") == -7.0);
  CHECK(reader.number("/", "absent") == std::nullopt);
  CHECK(reader.text("/layers/1", "activation") == "tanh");
  CHECK(reader.text("/v", "title") == "second wins");
  CHECK(reader.text("/v", "absent") == std::nullopt);
  CHECK(reader.children("/") == std::vector<std::string>{"empty", "layers", "v"});
  CHECK(reader.exists("/layers/1/weight"));
  CHECK(reader.exists("/empty/group"));
  CHECK_FALSE(reader.exists("/layers/2/weight"));
  CHECK_FALSE(reader.exists("/v/inside"));
  CHECK(reader.file() == folder / "a.h5");
}

TEST_CASE("Row i and column j of a dataset are those of the matrix") {
  const TemporaryFolder folder;
  Matrix a(2, 3);
  a << 1, 2, 3, 4, 5, 6;
  Hdf5Writer writer(folder / "a.h5");
  writer.matrix("/a", a);
  writer.commit();

  const hid_t file = H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = H5Dopen2(file, "/a", H5P_DEFAULT);
  std::vector<double> c_order(6);
  H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, c_order.data());
  H5Dclose(set);
  H5Fclose(file);
  CHECK(c_order == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("A matrix without rows keeps its shape") {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "a.h5");
  writer.matrix("/a", Matrix(0, 5));
  writer.vector("/v", Vector(0));
  writer.commit();
  const Hdf5Reader reader(folder / "a.h5");
  CHECK(reader.matrix("/a").rows() == 0);
  CHECK(reader.matrix("/a").cols() == 5);
  CHECK(reader.vector("/v").size() == 0);
}

TEST_CASE("The same numbers make the same bytes") {
  const TemporaryFolder folder;
  for (const char* name : {"a.h5", "b.h5"}) {
    Hdf5Writer writer(folder / name);
    writer.matrix("/group/a", Matrix::Identity(3, 3));
    writer.attribute("/group", "text", "x");
    writer.commit();
    if (name[0] == 'a') ::usleep(1100000);  // HDF5's clock counts seconds
  }
  CHECK(read_text(folder / "a.h5") == read_text(folder / "b.h5"));
}

TEST_CASE("Without commit nothing stays and an old file is untouched") {
  const TemporaryFolder folder;
  write_text(folder / "a.h5", "old");
  {
    Hdf5Writer writer(folder / "a.h5");
    writer.matrix("/a", Matrix::Ones(100, 100));
  }
  CHECK(read_text(folder / "a.h5") == "old");
  CHECK(folder.n_entries() == 1);
}

TEST_CASE("A full disk is reported by commit and leaves nothing") {
  const TemporaryFolder folder;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 8192;
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of<std::runtime_error>([&] {
    Hdf5Writer writer(folder / "a.h5");
    writer.matrix("/a", Matrix::Ones(200, 200));
    writer.commit();
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(message, "a.h5: cannot be written: File too large"));
  CHECK(folder.n_entries() == 0);
}

TEST_CASE("Writing where there is no folder or twice to one path is an error") {
  const TemporaryFolder folder;
  CHECK(contains(message_of<std::runtime_error>([&] { Hdf5Writer(folder / "no/a.h5"); }),
                 "there is no folder"));
  Hdf5Writer writer(folder / "a.h5");
  writer.matrix("/a", Matrix::Ones(1, 1));
  CHECK(contains(message_of<std::runtime_error>([&] { writer.matrix("/a", Matrix::Ones(1, 1)); }),
                 "a.h5: /a: cannot be written: name already exists"));
  CHECK_THROWS_AS(writer.attribute("/b", "n", 1.0), std::invalid_argument);
  writer.commit();
  CHECK_THROWS_AS(writer.commit(), std::invalid_argument);
  CHECK_THROWS_AS(writer.matrix("/c", Matrix::Ones(1, 1)), std::invalid_argument);
}

// Files as other programs make them, through the C API.
class Foreign {
 public:
  explicit Foreign(const std::filesystem::path& file)
      : file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~Foreign() { H5Fclose(file_); }
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;

  void dataset(const char* name, hid_t type, hid_t memory, const std::vector<hsize_t>& shape,
               const void* data) const {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set = H5Dcreate2(file_, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(set);
    H5Sclose(space);
  }
  void attribute(const char* name, hid_t type, hsize_t length, const void* data) const {
    const hid_t space = length == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &length, nullptr);
    const hid_t made = H5Acreate2(file_, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(made, type, data);
    H5Aclose(made);
    H5Sclose(space);
  }

 private:
  hid_t file_;
};

TEST_CASE("Integers and single precision and booleans of other programs read as numbers") {
  const TemporaryFolder folder;
  // NumPy's bool as h5py stores it.
  const hid_t boolean = H5Tenum_create(H5T_STD_I8LE);
  const std::int8_t no = 0;
  const std::int8_t yes = 1;
  H5Tenum_insert(boolean, "FALSE", &no);
  H5Tenum_insert(boolean, "TRUE", &yes);
  const hid_t fixed = H5Tcopy(H5T_C_S1);
  H5Tset_size(fixed, 8);
  H5Tset_cset(fixed, H5T_CSET_UTF8);
  const hid_t padded = H5Tcopy(H5T_FORTRAN_S1);
  H5Tset_size(padded, 8);
  {
    const Foreign file(folder / "f.h5");
    const std::vector<std::int32_t> integers = {1, -2, 3, 4};
    const std::vector<float> singles = {0.5F, 0.25F};
    const std::vector<std::int8_t> flags = {1, 0};
    file.dataset("i", H5T_STD_I32BE, H5T_NATIVE_INT32, {2, 2}, integers.data());
    file.dataset("f", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, {2}, singles.data());
    file.dataset("b", boolean, boolean, {2}, flags.data());
    file.attribute("flag", boolean, 0, &yes);
    file.attribute("single", H5T_NATIVE_FLOAT, 1, singles.data());
    file.attribute("many", H5T_NATIVE_FLOAT, 2, singles.data());
    file.attribute("fixed", fixed, 0, "relu\0\0\0");
    file.attribute("padded", padded, 0, "tanh    ");
  }
  H5Tclose(boolean);
  H5Tclose(fixed);
  H5Tclose(padded);

  const Hdf5Reader reader(folder / "f.h5");
  Matrix integers(2, 2);
  integers << 1, -2, 3, 4;
  CHECK(reader.matrix("/i") == integers);
  CHECK(reader.vector("/f") == Vector{{0.5, 0.25}});
  CHECK(reader.vector("/b") == Vector{{1.0, 0.0}});
  CHECK(reader.number("/", "flag") == 1.0);
  CHECK(reader.number("/", "single") == 0.5);
  CHECK(reader.text("/", "fixed") == "relu");
  CHECK(reader.text("/", "padded") == "tanh");
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)reader.number("/", "many"); }),
                 "f.h5: /: attribute many: expected a single value, found shape 2"));
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)reader.number("/", "fixed"); }),
                 "attribute fixed: expected a number, found text"));
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)reader.text("/", "flag"); }),
                 "attribute flag: expected text, found an enumeration"));
}

TEST_CASE("Wrong shapes and types and missing names are errors with file and path") {
  const TemporaryFolder folder;
  {
    const Foreign file(folder / "f.h5");
    const std::vector<double> values(8);
    const hid_t text = H5Tcopy(H5T_C_S1);
    file.dataset("cube", H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, {2, 2, 2}, values.data());
    file.dataset("matrix", H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, {2, 4}, values.data());
    file.dataset("text", text, text, {2}, "ab");
    H5Tclose(text);
  }
  const Hdf5Reader reader(folder / "f.h5");
  const auto matrix = [&](const char* path) {
    return message_of<std::invalid_argument>([&] { (void)reader.matrix(path); });
  };
  CHECK(contains(matrix("/cube"), "f.h5: /cube: expected a matrix, found shape 2 x 2 x 2"));
  CHECK(contains(matrix("/text"), "f.h5: /text: expected a matrix of real numbers, found text"));
  CHECK(contains(matrix("/x"), "f.h5: /x: expected a matrix, found nothing of that name"));
  CHECK(contains(matrix("/x"), "cube, matrix, text"));
  CHECK(contains(matrix("/"), "f.h5: /: expected a matrix, found a group"));
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)reader.vector("/matrix"); }),
                 "f.h5: /matrix: expected a vector, found shape 2 x 4"));
  CHECK_THROWS_AS((void)reader.children("/matrix"), std::invalid_argument);
  CHECK_THROWS_AS((void)reader.number("/none", "n"), std::invalid_argument);
}

TEST_CASE("A value that is not finite is reported with its row and column") {
  const TemporaryFolder folder;
  Matrix a = Matrix::Zero(3, 4);
  a(2, 1) = std::numeric_limits<double>::quiet_NaN();
  Vector v = Vector::Zero(5);
  v(3) = -std::numeric_limits<double>::infinity();
  Hdf5Writer writer(folder / "a.h5");
  writer.matrix("/a", a);
  writer.vector("/v", v);
  writer.attribute("/", "n", std::numeric_limits<double>::infinity());
  writer.commit();
  const Hdf5Reader reader(folder / "a.h5");
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)reader.matrix("/a"); }),
                 "row 2, column 1 (counted from 0): expected a finite number, found nan"));
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)reader.vector("/v"); }),
                 "row 3, column 0 (counted from 0): expected a finite number, found -inf"));
  CHECK_THROWS_AS((void)reader.number("/", "n"), std::invalid_argument);
}

TEST_CASE("Files that are missing or not HDF5 or cut short are told apart") {
  const TemporaryFolder folder;
  const auto message = [&](const char* name) {
    return message_of<std::invalid_argument>([&] { Hdf5Reader reader(folder / name); });
  };
  CHECK(contains(message("no.h5"), "no.h5: expected a readable file, found none of that name"));
  CHECK(contains(message("."), "found a folder"));
  write_text(folder / "text.h5", "x,y\n1,2\n");
  CHECK(contains(message("text.h5"), "text.h5: expected an HDF5 file, found one without"));
  Hdf5Writer writer(folder / "whole.h5");
  writer.matrix("/a", Matrix::Random(50, 50));
  writer.commit();
  const std::string whole = read_text(folder / "whole.h5");
  for (const std::size_t divisor : {2, 3, 20}) {
    write_text(folder / "cut.h5", whole.substr(0, whole.size() / divisor));
    CHECK(contains(message("cut.h5"), "cut.h5: expected a whole HDF5 file, found it damaged"));
  }
}

}  // namespace
}  // namespace saddlescope
