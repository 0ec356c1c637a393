#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/digits.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/data/normalise.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// The residual of the best linear map from x to y.
Matrix regression_residual(const Dataset& data) {
  const Matrix B = data.x.transpose().colPivHouseholderQr().solve(data.y.transpose());
  return data.y - B.transpose() * data.x;
}

TEST_CASE("The toy has entries of mean 1 and deviation 0.1 and y = -x") {
  const Dataset data = toy({20000, 3, 1});
  CHECK(data.y == -data.x);
  const double n = 60000;
  const double mean = data.x.mean();
  const double deviation = std::sqrt((data.x.array() - mean).square().mean());
  // Five standard errors: sd/sqrt(n) of the mean, sd/sqrt(2 n) of the deviation.
  CHECK(std::abs(mean - 1) < 5 * 0.1 / std::sqrt(n));
  CHECK(std::abs(deviation - 0.1) < 5 * 0.1 / std::sqrt(2 * n));
}

TEST_CASE("Exactly uncorrelated data have a moment of zero bit for bit and regular others") {
  for (const auto& [input, output] : {std::pair<Index, Index>{1, 1}, {5, 3}, {2, 7}, {9, 8}}) {
    const Dataset data = exactly_uncorrelated({.input = input, .output = output, .seed = 3});
    const Index n = data.n_samples();
    CHECK(n > input + output);
    CHECK((n & (n - 1)) == 0);
    CHECK(Matrix(data.x * data.y.transpose()).isZero(0));
    // Walsh functions other than the constant: the means vanish too.
    CHECK(data.x.rowwise().sum().isZero(0));
    CHECK(data.y.rowwise().sum().isZero(0));
    CHECK(Eigen::FullPivLU<Matrix>(data.x).rank() == input);
    CHECK(Eigen::FullPivLU<Matrix>(data.y).rank() == output);
    // Multiples of 2^-8 times sums of integers.
    CHECK((data.x * 256).array().round().matrix() == data.x * 256);
    const Dataset again = exactly_uncorrelated({.input = input, .output = output, .seed = 3});
    CHECK(again.x == data.x);
    CHECK(again.y == data.y);
    CHECK(exactly_uncorrelated({.input = input, .output = output, .seed = 4}).x != data.x);
  }
  CHECK_THROWS_AS((void)exactly_uncorrelated({.input = 0}), std::invalid_argument);
}

TEST_CASE("Without noise the teacher's targets are realisable with the singular values given") {
  TeacherOptions options;
  options.samples = 40;
  options.input = 6;
  options.output = 4;
  options.input_exponent = 1;
  options.singular_values = {3, 2};
  options.seed = 7;
  const Dataset data = linear_teacher(options);
  // Backward error of the QR solve, c n eps |y|.
  CHECK(regression_residual(data).norm() < 40 * 10 * kEps * data.y.norm());
  const Matrix B = data.x.transpose().colPivHouseholderQr().solve(data.y.transpose()).transpose();
  const Vector s = Eigen::JacobiSVD<Matrix>(B).singularValues();
  // The condition of x is near sqrt(6); 1e3 n eps leaves room for it.
  CHECK((s - Vector{{3, 2, 0, 0}}).norm() < 1e3 * 40 * kEps);
}

TEST_CASE("The teacher's inputs have the power law as their covariance") {
  TeacherOptions options;
  options.samples = 50000;
  options.input = 5;
  options.input_exponent = 1.5;
  options.seed = 2;
  const Dataset data = linear_teacher(options);
  const Matrix covariance = data.x * data.x.transpose() / 50000.0;
  const Vector found = Eigen::SelfAdjointEigenSolver<Matrix>(covariance).eigenvalues().reverse();
  for (Index k = 0; k < 5; ++k) {
    const double expected = std::pow(static_cast<double>(k + 1), -1.5);
    // Relative standard error of a sample variance: sqrt(2/N); five of them, and the shift by
    // mixing of neighbours, of order 1/N, is far below.
    CHECK(std::abs(found(k) / expected - 1) < 5 * std::sqrt(2.0 / 50000));
  }
}

TEST_CASE("The teacher's noise is the residual of the regression") {
  TeacherOptions options;
  options.samples = 20000;
  options.noise = 0.3;
  options.seed = 5;
  const Dataset noisy = linear_teacher(options);
  const double n = static_cast<double>(noisy.y.size());
  const double deviation = std::sqrt(regression_residual(noisy).squaredNorm() / n);
  // Five standard errors of a deviation; fitting 5 inputs lowers it by a relative 5/(2 N).
  CHECK(std::abs(deviation - 0.3) < 5 * 0.3 / std::sqrt(2 * n) + 0.3 * 5 / 40000);
  options.noise = 0;
  CHECK(linear_teacher(options).x == noisy.x);  // noise has a stream of its own
}

TEST_CASE("Uncorrelated targets have no covariance with the inputs beyond rounding") {
  for (const Index n : {6, 50, 1000}) {
    const Dataset data = uncorrelated({n, 5, 3, 11});
    const Matrix xy = data.x * data.y.transpose();
    CHECK(xy.cwiseAbs().maxCoeff() <= 8 * kEps * data.x.norm() * data.y.norm());
    CHECK(data.y.norm() > 0);
    CHECK((regression_residual(data) - data.y).norm() < 1e2 * static_cast<double>(n) * kEps);
  }
  const Dataset four = four_point();
  CHECK((four.x * four.y.transpose())(0, 0) == 0.0);
  CHECK((four.y * four.y.transpose())(0, 0) == 4.0);
}

TEST_CASE("Generators depend on their seed and on nothing else") {
  const auto sums = [](std::uint64_t seed) {
    TeacherOptions teacher;
    teacher.noise = 1;
    teacher.seed = seed;
    return std::vector<std::string>{checksum(toy({64, 2, seed})), checksum(linear_teacher(teacher)),
                                    checksum(uncorrelated({64, 5, 3, seed}))};
  };
  const auto first = sums(1);
  const auto again = sums(1);
  const auto other = sums(2);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(first[i] == again[i]);
    CHECK(first[i] != other[i]);
  }
}

TEST_CASE("Generators refuse options outside their inequalities") {
  CHECK_THROWS_AS((void)toy({0, 2, 0}), std::invalid_argument);
  CHECK_THROWS_AS((void)toy({1, 0, 0}), std::invalid_argument);
  CHECK_THROWS_AS((void)uncorrelated({5, 5, 1, 0}), std::invalid_argument);
  TeacherOptions bad;
  bad.noise = -1;
  CHECK_THROWS_AS((void)linear_teacher(bad), std::invalid_argument);
  bad = {};
  bad.input_exponent = -1;
  CHECK_THROWS_AS((void)linear_teacher(bad), std::invalid_argument);
  bad = {};
  bad.singular_values = {1, 1, 1, 1};
  CHECK_THROWS_AS((void)linear_teacher(bad), std::invalid_argument);
  bad.singular_values = {-1};
  CHECK_THROWS_AS((void)linear_teacher(bad), std::invalid_argument);
}

TEST_CASE("Standard normalisation gives mean 0 and deviation 1 over all entries") {
  const Dataset raw = digits();
  const Dataset data = normalise(raw, "standard");
  const double n = static_cast<double>(data.x.size());
  CHECK(std::abs(data.x.mean()) < n * kEps);
  CHECK(std::abs(data.x.squaredNorm() / n - 1) < n * kEps);
  CHECK(data.y == raw.y);
  CHECK(contains(data.normalisation, "standard: mean "));
  // The words replay the numbers.
  const double mean = std::stod(data.normalisation.substr(data.normalisation.find("mean ") + 5));
  CHECK(mean == data.shift(0));
  CHECK(((raw.x.array() - mean) / data.scale(0)).matrix() == data.x);
}

TEST_CASE("Normalising a dataset moved and stretched gives the same inputs") {
  const Dataset raw = draw(digits(), 100, 1);
  Dataset moved = raw;
  moved.x = (8 * raw.x.array() - 24).matrix();
  for (const char* kind : {"standard", "per-feature", "minmax"}) {
    const Matrix difference = normalise(raw, kind).x - normalise(moved, kind).x;
    // Entries are at most sqrt(N) = 10 deviations from a mean that 6400 terms round.
    CHECK(difference.cwiseAbs().maxCoeff() < 6400 * 10 * kEps);
  }
}

TEST_CASE("Per-feature normalisation centres every feature and scales those that vary") {
  const Dataset data = normalise(digits(), "per-feature");
  const Vector means = data.x.rowwise().mean();
  CHECK(means.cwiseAbs().maxCoeff() < 1797 * kEps * 50);  // entries reach sqrt(1797) = 42
  Index n_constant = 0;
  for (Index j = 0; j < 64; ++j) {
    const double second = data.x.row(j).squaredNorm() / 1797;
    if (second == 0.0)
      ++n_constant;
    else
      CHECK(std::abs(second - 1) < 1797 * kEps);
  }
  CHECK(n_constant == 3);  // corners that no digit reaches
  CHECK(contains(data.normalisation, "3 of them constant"));
}

TEST_CASE("Minmax puts the least entry at 0 and the greatest at 1") {
  Dataset data;
  data.x = Matrix{{-3, 1}, {5, 0}};
  data.y = Matrix{{1, 2}};
  CHECK(normalise(data, "minmax").x == Matrix{{0, 0.5}, {1, 0.375}});
}

TEST_CASE("The constants kept give back the raw inputs after one or two normalisations") {
  const Dataset raw = draw(digits(), 50, 3);
  for (const char* second : {"none", "minmax", "per-feature"}) {
    const Dataset data = normalise(normalise(raw, "standard"), second);
    const Matrix back =
        ((data.x.array().colwise() * data.scale.array()).colwise() + data.shift.array()).matrix();
    // A handful of roundings of numbers below 16.
    CHECK((back - raw.x).cwiseAbs().maxCoeff() < 16 * 10 * kEps);
  }
  CHECK(normalise(raw, "none").x == raw.x);
  CHECK(normalise(raw, "none").normalisation == "none");
}

TEST_CASE("What cannot be normalised is refused with the reason") {
  Dataset data;
  data.name = "flat";
  data.x = Matrix::Constant(2, 3, 0.1);
  data.y = Matrix::Ones(1, 3);
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)normalise(data, "standard"); }),
                 "data flat: normalisation standard: expected entries of x that differ"));
  CHECK_THROWS_AS((void)normalise(data, "minmax"), std::invalid_argument);
  CHECK(normalise(data, "per-feature").x == Matrix::Zero(2, 3));
  data.x(0, 0) = 1e200;
  for (const char* kind : {"standard", "per-feature"})
    CHECK(contains(message_of<std::invalid_argument>([&] { (void)normalise(data, kind); }),
                   "expected moments of x that are finite and positive"));
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)normalise(data, "zscore"); }),
                 "expected none, standard, per-feature or minmax, got 'zscore'"));
}

TEST_CASE("A draw holds distinct samples and a smaller draw begins a larger one") {
  Dataset data;
  data.name = "d";
  data.x = Vector::LinSpaced(100, 0, 99).transpose();
  data.y = 2 * data.x;
  const Dataset ten = draw(data, 10, 5);
  const Dataset all = draw(data, 100, 5);
  CHECK(ten.x == all.x.leftCols(10));
  CHECK(ten.y == 2 * ten.x);
  CHECK(std::set<double>(all.x.data(), all.x.data() + 100).size() == 100);
  CHECK(draw(data, 10, 5).x == ten.x);
  CHECK(draw(data, 10, 6).x != ten.x);
  CHECK(ten.name == "d, 10 of 100 samples");
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)draw(data, 101, 0); }),
                 "data d: number of samples to draw: expected 1 .. 100, got 101"));
  CHECK_THROWS_AS((void)draw(data, 0, 0), std::invalid_argument);
}

TEST_CASE("A split is a partition") {
  Dataset data;
  data.x = Vector::LinSpaced(10, 0, 9).transpose();
  data.y = data.x;
  const Split parts = split(data, 0.8, 1);
  CHECK(parts.train.n_samples() == 8);
  CHECK(parts.test.n_samples() == 2);
  std::set<double> values(parts.train.x.data(), parts.train.x.data() + 8);
  values.insert(parts.test.x.data(), parts.test.x.data() + 2);
  CHECK(values.size() == 10);
  CHECK_THROWS_AS((void)split(data, 0.01, 1), std::invalid_argument);
  CHECK_THROWS_AS((void)split(data, 1, 1), std::invalid_argument);
  CHECK_THROWS_AS((void)split(data, std::nan(""), 1), std::invalid_argument);
}

TEST_CASE("Every source loads with its default normalisation") {
  const TemporaryFolder folder;
  CHECK(contains(load({}).normalisation, "standard"));
  DataOptions options;
  options.samples = 20;
  options.seed = 3;
  for (const char* source : {"digits", "toy", "teacher", "uncorrelated"}) {
    options.source = source;
    const Dataset data = load(options);
    CHECK(data.n_samples() == 20);
    CHECK((data.normalisation == "none") == (options.source != "digits"));
    write_dataset(folder / "d.h5", data);
    DataOptions again;
    again.source = "h5:" + (folder / "d.h5").string();
    CHECK(checksum(load(again)) == checksum(data));
    CHECK(load(again).normalisation == data.normalisation);
  }
  options.source = "csv:" + folder.file("t.csv", "1,2\n3,4.5\n").string();
  CHECK(contains(message_of<std::invalid_argument>([&] { (void)load(options); }),
                 "expected 1 .. 2, got 20"));
  options.samples = 0;
  CHECK(load(options).x == Matrix{{1, 3}});
  options.source = "four-point";
  CHECK(load(options).n_samples() == 4);
}

// So that figures from 64 and from all samples show the same pixels the same way.
TEST_CASE("Constants of the normalisation do not depend on the number drawn") {
  DataOptions options;
  const Dataset all = load(options);
  options.samples = 7;
  CHECK(load(options).shift == all.shift);
  CHECK(load(options).scale == all.scale);
}

TEST_CASE("Unknown sources and options that do not belong to a source are refused") {
  const auto message = [](const DataOptions& options) {
    return message_of<std::invalid_argument>([&] { (void)load(options); });
  };
  for (const char* source : {"mnist", "csv", "h5:", "digits:x", "", "toy:", "idx"}) {
    DataOptions options;
    options.source = source;
    CHECK(contains(message(options),
                   "data source: expected one of digits | toy | teacher | "
                   "uncorrelated | four-point | mnist-1d | idx:IMAGES,LABELS | csv:FILE | "
                   "h5:FILE, got '" +
                       options.source + "'"));
  }
  DataOptions options;
  options.noise = 1;
  CHECK(message(options) == "data option noise: expected with teacher only, got it with digits");
  options = {};
  options.samples = -1;
  CHECK(contains(message(options), "number of samples: expected >= 1"));
  options.samples = 1798;
  CHECK(contains(message(options), "expected 1 .. 1797, got 1798"));
  options = {};
  options.source = "idx:images";
  CHECK(contains(message(options), "expected idx:IMAGES,LABELS, got 'idx:images'"));
  options.source = "h5:/no/such/file.h5";
  CHECK(contains(message(options), "/no/such/file.h5: expected a readable file, found none"));
}

}  // namespace
}  // namespace saddlescope
