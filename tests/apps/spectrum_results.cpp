// What `saddlescope spectrum` leaves behind.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Runs `spectrum` into `folder` and expects success.
Run spectrum(const fs::path& folder, Words flags, const Words& environment = {}) {
  Words words = {"spectrum", "--out", folder.string()};
  words.insert(words.end(), flags.begin(), flags.end());
  Run run = run_program(words, environment);
  CAPTURE(run.err);
  REQUIRE(run.code == 0);
  return run;
}

Vector eigenvalues(const fs::path& folder, const std::string& objective) {
  return Hdf5Reader(folder / "spectrum.h5").vector("/" + objective + "/eigenvalues");
}

}  // namespace

TEST_CASE("the spectrum file is complete and its counts add up") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run = spectrum(out, {"--data", "toy", "--hidden", "3,4", "--check-inertia",
                                 "--eigenvectors", "2", "--no-figures"});
  CHECK(contains(run.out, "loss (MSE)"));
  CHECK(contains(run.out, "energy F*"));
  const Hdf5Reader file(out / "spectrum.h5");
  const Index p = 2 * 3 + 3 * 4 + 4 * 2;
  for (const std::string group : {"/mse", "/energy"}) {
    const Vector values = file.vector(group + "/eigenvalues");
    CHECK(values.size() == p);
    CHECK(std::is_sorted(values.begin(), values.end()));
    double counted = 0;
    for (const char* name : {"n_negative", "n_zero", "n_positive"}) {
      REQUIRE(file.number(group, name));
      counted += *file.number(group, name);
      CHECK(*file.number(group, name) == *file.number(group, name + std::string("_independent")));
    }
    CHECK(counted == p);
    for (const char* name : {"value", "gradient_norm", "zero_threshold", "theory_distance"}) {
      CHECK(file.number(group, name));
    }
    CHECK(file.matrix(group + "/eigenvectors").rows() == p);
    CHECK(file.matrix(group + "/eigenvectors").cols() == 4);
  }
  for (const char* name : {"options", "version", "git_revision", "compiler", "data_checksum"}) {
    CHECK(file.text("/config", name));
  }
  CHECK(file.number("/config", "wall_seconds"));
  for (const char* name : {"network.h5", "data.h5", "spectrum.csv", "summary.json"}) {
    CHECK(fs::file_size(out / name) > 0);
  }
}

TEST_CASE("at the origin of four layers the loss is flat and the energy strict") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run = spectrum(out, {"--data", "digits", "--hidden", "4,4,4", "--no-figures"});
  CHECK(contains(run.out, "Hessian exactly zero"));
  CHECK(contains(run.out, "strict saddle"));
  CHECK((eigenvalues(out, "mse").array() == 0).all());
  CHECK(eigenvalues(out, "energy")[0] < 0);
}

TEST_CASE("the written network and data give the same eigenvalues when read back") {
  const TemporaryFolder folder;
  const fs::path first = folder / "first", second = folder / "second";
  spectrum(first, {"--data", "teacher", "--hidden", "3", "--point", "init", "--no-figures"});
  spectrum(second, {"--data", "h5:" + (first / "data.h5").string(), "--network",
                    (first / "network.h5").string(), "--no-figures"});
  for (const std::string objective : {"mse", "energy"}) {
    CHECK(eigenvalues(first, objective) == eigenvalues(second, objective));
  }
}

TEST_CASE("one thread and two give bitwise equal eigenvalues") {
  const TemporaryFolder folder;
  const Words flags = {"--data", "digits",  "--samples", "100",         "--hidden",
                       "6,5",    "--point", "init",      "--no-figures"};
  for (const char* threads : {"1", "2"}) {
    Words words = flags;
    words.insert(words.end(), {"--threads", threads});
    spectrum(folder / threads, words);
  }
  for (const std::string objective : {"mse", "energy"}) {
    CHECK(eigenvalues(folder / "1", objective) == eigenvalues(folder / "2", objective));
  }
  CHECK(read_text(folder / "1" / "spectrum.csv") == read_text(folder / "2" / "spectrum.csv"));
}

// Both computations are exact up to backward errors of p eps |H| in the Hessian (its data enter
// through a QR factor of up to 40 + 74 rows) and in the eigen-solver; 8 covers the two of each.
TEST_CASE("switching the reductions off changes eigenvalues by rounding only") {
  const TemporaryFolder folder;
  const Words flags = {"--data", "digits",  "--samples", "40",          "--hidden",
                       "4,3",    "--point", "init",      "--no-figures"};
  spectrum(folder / "on", flags);
  Words words = flags;
  words.insert(words.end(), {"--no-compress", "--no-input-span"});
  spectrum(folder / "off", words);
  for (const std::string objective : {"mse", "energy"}) {
    const Vector on = eigenvalues(folder / "on", objective);
    const Vector off = eigenvalues(folder / "off", objective);
    REQUIRE(on.size() == off.size());
    const double tolerance = 8 * static_cast<double>(on.size()) *
                             std::numeric_limits<double>::epsilon() * on.lpNorm<Eigen::Infinity>();
    CHECK((on - off).lpNorm<Eigen::Infinity>() <= tolerance);
  }
}

TEST_CASE("the extreme method reports ends with residuals that agree with the dense spectrum") {
  const TemporaryFolder folder;
  const Words flags = {"--data", "digits", "--hidden", "5", "--point", "init", "--no-figures"};
  spectrum(folder / "dense", flags);
  Words words = flags;
  words.insert(words.end(), {"--method", "extreme", "--count", "3"});
  spectrum(folder / "extreme", words);
  const Hdf5Reader file(folder / "extreme" / "spectrum.h5");
  CHECK_FALSE(file.exists("/mse/eigenvalues"));
  for (const std::string objective : {"mse", "energy"}) {
    const Vector all = eigenvalues(folder / "dense", objective);
    const Vector smallest = file.vector("/" + objective + "/eigenvalues_smallest");
    const Vector largest = file.vector("/" + objective + "/eigenvalues_largest");
    const Vector residuals = file.vector("/" + objective + "/residuals");
    REQUIRE(smallest.size() == 3);
    REQUIRE(residuals.size() == 6);
    // An eigenvalue lies within the residual of each pair; dense ones are off by p eps |H|.
    const double rounding = static_cast<double>(all.size()) *
                            std::numeric_limits<double>::epsilon() * all.lpNorm<Eigen::Infinity>();
    for (Index i = 0; i < 3; ++i) {
      CHECK(std::abs(smallest[i] - all[i]) <= residuals[i] + rounding);
      CHECK(std::abs(largest[i] - all[all.size() - 3 + i]) <= residuals[3 + i] + rounding);
    }
  }
}

TEST_CASE("figures are drawn in three formats and redrawn by their scripts") {
  const TemporaryFolder folder;
  const fs::path out = folder / "a folder with spaces; and 'quotes'";
  const Run run = spectrum(out, {"--data", "toy", "--hidden", "3,3"});
  if (contains(run.err, "gnuplot is missing")) {
    MESSAGE("gnuplot is not installed: no figure to look at");
    return;
  }
  CHECK(run.err.empty());
  for (const char* stem : {"spectrum", "hessian"}) {
    for (const char* format : {"svg", "pdf", "png"}) {
      CHECK(fs::file_size(out / (std::string(stem) + "." + format)) > 5000);
    }
    CHECK(fs::exists(out / (std::string(stem) + ".gp")));
  }
  // Without heat maps the pictures of the earlier run go away.
  spectrum(out, {"--data", "toy", "--hidden", "30,30"});
  CHECK_FALSE(fs::exists(out / "hessian.png"));
  CHECK(std::none_of(fs::directory_iterator(out), fs::directory_iterator(), [](const auto& entry) {
    return entry.path().filename().string().starts_with(".");
  }));
}

TEST_CASE("without gnuplot the numbers are written and a warning says what to install") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run = spectrum(out, {"--data", "toy", "--hidden", "3"}, {"PATH=/nonexistent"});
  CHECK(contains(run.err, "gnuplot-nox"));
  CHECK(fs::exists(out / "spectrum.h5"));
  CHECK(fs::exists(out / "spectrum.gp"));
  CHECK_FALSE(fs::exists(out / "spectrum.png"));
}

// The first layer alone has 19,200 weights: only the last one's 100 may be lifted for the heat map.
TEST_CASE("a small last layer behind a wide first one needs no more memory than it is large") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  const Run run =
      spectrum(out, {"--data", "digits", "--hidden", "300,10", "--layers", "3", "--no-figures"});
  CHECK(eigenvalues(out, "energy").size() == 10 * 10);
  CHECK(contains(run.out, "within layers 3"));
}

TEST_CASE("signs are counted again also without a hidden layer") {
  const TemporaryFolder folder;
  const Run run = spectrum(
      folder / "results", {"--data", "toy", "--hidden", "none", "--check-inertia", "--no-figures"});
  CHECK(contains(run.out, "signs counted again"));
}

TEST_CASE("the Hessian of chosen layers has as many eigenvalues as they have weights") {
  const TemporaryFolder folder;
  const fs::path out = folder / "results";
  spectrum(out, {"--data", "digits", "--samples", "20", "--hidden", "4,3", "--layers", "1,3",
                 "--point", "init", "--no-figures"});
  CHECK(eigenvalues(out, "mse").size() == 64 * 4 + 3 * 10);
  spectrum(out, {"--data", "digits", "--samples", "20", "--hidden", "4,3", "--layers", "2",
                 "--point", "init", "--no-figures"});
  CHECK(eigenvalues(out, "energy").size() == 4 * 3);
}

}  // namespace saddlescope::test
