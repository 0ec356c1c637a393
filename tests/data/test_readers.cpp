#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/csv_data.hpp"
#include "saddlescope/data/digits.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/data/idx.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xffU);
  return out;
}
std::string idx_labels(const std::string& labels) {
  return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}
// Images of 2 x 3 pixels.
std::string idx_images(std::uint32_t count, const std::string& pixels) {
  return big_endian(0x803) + big_endian(count) + big_endian(2) + big_endian(3) + pixels;
}
const std::string kPixels("\x00\x01\x02\x03\x04\xff\x33\x66\x99\xcc\x00\x80", 12);

TEST_CASE("The shipped digits are 1797 images of 64 pixels in 10 classes") {
  const Dataset data = digits();
  CHECK(data.x.rows() == 64);
  CHECK(data.x.cols() == 1797);
  CHECK(data.y.rows() == 10);
  CHECK(data.x.minCoeff() == 0.0);
  CHECK(data.x.maxCoeff() == 1.0);
  CHECK((16 * data.x).array().floor().matrix() == 16 * data.x);
  CHECK(data.y.colwise().sum() == Matrix::Ones(1, 1797));
  // The counts of the classes 0 .. 9 in scikit-learn's documentation of the dataset.
  CHECK(data.y.rowwise().sum() == Vector{{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}});
  CHECK((16 * data.x.col(0).head(8)).eval() == Vector{{0, 0, 5, 13, 9, 1, 0, 0}});
  // Computed apart from this library, with NumPy and xxHash on the same file.
  CHECK(checksum(data) == "564b1ac3788fc792bf7c74623248e2df");
  CHECK_NOTHROW(check(data));
}

TEST_CASE("IDX files give pixels over 255 row by row and one-hot labels") {
  const TemporaryFolder folder;
  const Dataset data = read_idx(folder.file("i", idx_images(2, kPixels)),
                                folder.file("l", idx_labels(std::string("\x07\x00", 2))));
  Matrix x(6, 2);
  x << 0, 51, 1, 102, 2, 153, 3, 204, 4, 0, 255, 128;
  CHECK(data.x == x / 255.0);
  Matrix y = Matrix::Zero(10, 2);
  y(7, 0) = 1;
  y(0, 1) = 1;
  CHECK(data.y == y);
}

TEST_CASE("Wrong IDX files are told apart by file and expected and found") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& images, const std::string& labels) {
    folder.file("images", images);
    folder.file("labels", labels);
    return message_of<std::invalid_argument>(
        [&] { (void)read_idx(folder / "images", folder / "labels"); });
  };
  const std::string images = idx_images(2, kPixels);
  const std::string labels = idx_labels("\x01\x02");
  CHECK(contains(message(labels, labels), "images: expected an IDX header of 16 bytes"));
  CHECK(contains(message(images, images),
                 "labels: expected IDX magic number 0x00000801 (byte labels), found 0x00000803 "
                 "(byte images)"));
  CHECK(contains(message("P5 not an IDX file", labels),
                 "images: expected IDX magic number 0x00000803 (byte images), found 0x5035206e"));
  CHECK(contains(message("", labels),
                 "images: expected an IDX header of 16 bytes, found a file of "
                 "0 bytes"));
  CHECK(contains(message(idx_images(2, kPixels.substr(1)), labels), "the file is truncated"));
  CHECK(contains(message(idx_images(2, kPixels + "x"), labels), "the file is too long"));
  CHECK(contains(message(images, idx_labels("\x01\x02\x03")),
                 "labels: expected as many labels as there are images"));
  CHECK(contains(message(images, idx_labels("\x01\x0a")),
                 "labels: label of sample 1 (counted from 0): expected 0 .. 9, found 10"));
  CHECK(contains(message(big_endian(0x803) + big_endian(1) + big_endian(0xffffffff) +
                             big_endian(0xffffffff) + kPixels,
                         idx_labels("\x01")),
                 "the file is truncated"));
  CHECK(contains(message(idx_images(0, ""), labels), "expected counts of at least 1, found 0"));
  CHECK(read_idx(folder.file("images", images), folder.file("labels", idx_labels("\x01\x0a")), 11)
            .y.rows() == 11);
}

TEST_CASE("A CSV table without header takes its last column as labels or as values") {
  const TemporaryFolder folder;
  const Dataset labels = read_csv_data(folder.file("l.csv", "1,2.5,0\n3,4,2\n-5e-1,+6,1\n"));
  CHECK(labels.x == Matrix{{1.0, 3.0, -0.5}, {2.5, 4.0, 6.0}});
  CHECK(labels.y == Matrix{{1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}, {0.0, 1.0, 0.0}});
  const Dataset values = read_csv_data(folder.file("v.csv", "1,2,0.5\n3,4,2\n"));
  CHECK(values.y == Matrix{{0.5, 2.0}});
  CHECK(read_csv_data(folder / "l.csv", {{}, 5}).y.rows() == 5);
}

TEST_CASE("Header names or the option choose the target columns of a CSV table") {
  const TemporaryFolder folder;
  const auto file = folder.file("h.csv", "y1,a,Y_2,b\n1,2,3,4\n5,6,7,8\n");
  CHECK(read_csv_data(file).y == Matrix{{1.0, 5.0}, {3.0, 7.0}});
  CHECK(read_csv_data(file).x == Matrix{{2.0, 6.0}, {4.0, 8.0}});
  CHECK(read_csv_data(file, {{"b", "1"}, 0}).y == Matrix{{4.0, 8.0}, {1.0, 5.0}});
  const auto label = folder.file("label.csv", "Label,a\n1,0.5\n0,0.25\n");
  CHECK(read_csv_data(label).y == Matrix{{0.0, 1.0}, {1.0, 0.0}});
  // Whole numbers under a name that is no label's stay values.
  CHECK(read_csv_data(folder.file("y.csv", "a,y\n1,0\n2,3\n")).y == Matrix{{0.0, 3.0}});
  // numpy.savetxt(..., header="label,a", delimiter=",")
  CHECK(read_csv_data(folder.file("n.csv", "# label,a\n1,0.5\n0,0.25\n")).y ==
        read_csv_data(label).y);
}

TEST_CASE("Names of classes become one-hot in their sorted order, with or without a header") {
  const TemporaryFolder folder;
  const Matrix expected = Matrix{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}};  // ant, bee, cat
  const std::string rows = "1,cat\n2,ant\n3,bee\n";
  for (const char* header : {"", "a,label\n", "a,species\n"}) {
    const Dataset data = read_csv_data(folder.file("l.csv", header + rows));
    CHECK(data.y == expected);
    CHECK(data.x == Matrix{{1.0, 2.0, 3.0}});
    CHECK(data.name == "l.csv (classes ant, bee, cat)");
  }
  // A class that this file happens not to have is a row of zeros behind the others.
  const Dataset more = read_csv_data(folder.file("m.csv", rows), {{}, 4});
  CHECK(more.y.topRows(3) == expected);
  CHECK(more.y.row(3).isZero(0));
  const auto message = [&](const std::string& text, const CsvOptions& options) {
    return message_of<std::invalid_argument>(
        [&] { (void)read_csv_data(folder.file("t.csv", text), options); });
  };
  CHECK(contains(message(rows, {{}, 2}), "expected at most 2 classes, found 3 names"));
  // One number among names is a mistake and no class.
  CHECK(contains(message("a,label\n1,cat\n2,7\n", {}),
                 "line 2, column 2 (label): expected a finite number, found 'cat'"));
}

TEST_CASE("Cells that are no finite numbers are reported with line and column") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& text, const CsvOptions& options = {}) {
    return message_of<std::invalid_argument>(
        [&] { (void)read_csv_data(folder.file("t.csv", text), options); });
  };
  CHECK(contains(message("a,y\n1,2\nx,3\n"),
                 "t.csv: line 3, column 1 (a): expected a finite number, found 'x'"));
  CHECK(contains(message("a,y\n1,nan\n"), "line 2, column 2 (y)"));
  CHECK(contains(message("1,2\n\n1,inf\n"), "line 3, column 2: expected a finite number"));
  CHECK(
      contains(message("1,2\n,3\n"), "line 2, column 1: expected a finite number, found an empty"));
  CHECK(contains(message("1,2\n3 4,3\n"), "found '3 4'"));
  CHECK(contains(message("a,label\n1,0\n2,1.5\n"),
                 "line 3, column 2 (label): expected a label 0 .. 99, found 1.5"));
  CHECK(contains(message("a,label\n1,0\n2,-1\n"), "found -1"));
  CHECK(contains(message("1,0\n2,3\n", {{}, 3}), "expected a label 0 .. 2, found 3"));
  CHECK(contains(message("a,y\n1,0\n", {{}, 3}), "expected a column of labels"));
  CHECK(contains(message("a,y\n"), "expected rows below the header"));
  CHECK(contains(message("a,y\n1,2\n", {{"c"}, 0}), "expected one of a, y or a number 1 .. 2"));
  CHECK(contains(message("1,2\n", {{"3"}, 0}), "or a number 1 .. 2, got '3'"));
  CHECK(contains(message("1,2\n", {{"1", "1"}, 0}), "got '1' twice"));
  CHECK(contains(message("1,2\n", {{"1", "2"}, 0}), "expected input columns"));
  CHECK(contains(message("1\n2\n"), "expected input columns"));
}

TEST_CASE("A dataset in HDF5 is read back bit for bit") {
  const TemporaryFolder folder;
  RandomStream random(4, "h5 data");
  Dataset data;
  data.x = random.normal_matrix(3, 5);
  data.y = random.normal_matrix(2, 5);
  data.name = "some name";
  data.normalisation = "some words";
  data.shift = random.normal_matrix(3, 1);
  data.scale = random.normal_matrix(3, 1);
  write_dataset(folder / "d.h5", data);
  const Dataset back = read_h5_data(folder / "d.h5");
  CHECK(back.x == data.x);
  CHECK(back.y == data.y);
  CHECK(back.name == data.name);
  CHECK(back.normalisation == data.normalisation);
  CHECK(back.shift == data.shift);
  CHECK(back.scale == data.scale);
  const Hdf5Reader reader(folder / "d.h5");
  CHECK(reader.matrix("/x").rows() == 5);  // a sample per row
  CHECK(reader.text("/", "checksum") == checksum(back));
}

TEST_CASE("Targets of rank one are a single output") {
  const TemporaryFolder folder;
  Hdf5Writer writer(folder / "d.h5");
  writer.matrix("/x", Matrix::Random(4, 3));
  writer.vector("/y", Vector{{1, 2, 3, 4}});
  writer.commit();
  const Dataset data = read_h5_data(folder / "d.h5");
  CHECK(data.x.rows() == 3);
  CHECK(data.y == Matrix{{1.0, 2.0, 3.0, 4.0}});
  CHECK(data.name == "d.h5");
  CHECK(data.normalisation == "none");
}

TEST_CASE("HDF5 data that disagree in shape or are missing name file and field") {
  const TemporaryFolder folder;
  const auto message = [&](Index rows_x, Index cols_x, Index rows_y, bool shift) {
    Hdf5Writer writer(folder / "d.h5");
    if (rows_x >= 0) writer.matrix("/x", Matrix::Ones(rows_x, cols_x));
    writer.matrix("/y", Matrix::Ones(rows_y, 2));
    if (shift) writer.vector("/shift", Vector::Ones(cols_x));
    writer.commit();
    return message_of<std::invalid_argument>([&] { (void)read_h5_data(folder / "d.h5"); });
  };
  CHECK(contains(message(4, 3, 5, false),
                 "d.h5: /y: expected 4 rows, one for each row of /x, "
                 "found 5"));
  CHECK(contains(message(-1, 3, 5, false), "d.h5: /x: expected a matrix, found nothing"));
  CHECK(contains(message(0, 3, 0, false), "d.h5: /x: expected at least one row"));
  CHECK(contains(message(4, 3, 4, true), "expected both of /shift and /scale or none"));
  write_text(folder / "t.h5", "1,2\n");
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)read_h5_data(folder / "t.h5"); }),
                 "t.h5: expected an HDF5 file"));
}

TEST_CASE("A dataset must have as many targets as inputs and no value that is not finite") {
  Dataset data;
  data.name = "d";
  data.x = Matrix::Ones(2, 3);
  data.y = Matrix::Ones(1, 3);
  CHECK_NOTHROW(check(data));
  Dataset bad = data;
  bad.y = Matrix::Ones(1, 4);
  CHECK(contains(message_of<std::invalid_argument>([&] { check(bad); }),
                 "got 4 targets and 3 inputs"));
  bad = data;
  bad.x(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(message_of<std::invalid_argument>([&] { check(bad); }),
                 "data d: x: entry 1 of sample 2 (counted from 0): expected a finite number"));
  bad = Dataset{};
  CHECK_THROWS_AS(check(bad), std::invalid_argument);
}

TEST_CASE("Selected samples keep their order and their targets") {
  Dataset data;
  data.x = Matrix{{0, 1, 2}, {10, 11, 12}};
  data.y = Matrix{{5, 6, 7}};
  const Dataset some = select(data, {2, 0, 2});
  CHECK(some.x == Matrix{{2, 0, 2}, {12, 10, 12}});
  CHECK(some.y == Matrix{{7, 5, 7}});
  CHECK_THROWS_AS((void)select(data, {3}), std::invalid_argument);
  CHECK_THROWS_AS((void)select(data, {-1}), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
