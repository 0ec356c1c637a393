// Files of certificates: read back bit for bit, checked as a whole, refused when damaged.
#include "saddlescope/saddle/certificate_file.hpp"

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/proof_direction.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;
using test::TemporaryFolder;
using testing::Problem;
using testing::random_problem;

// A zero-rank saddle of F* with the proof's direction.
Certificate zero_rank_certificate(const Problem& p, double size = 1) {
  const Vector theta = zero_rank(p.architecture, size * p.theta, second_moments(p.data));
  const auto directions = proof_directions(p.architecture, p.data, theta).found;
  REQUIRE(!directions.empty());
  const Certified got = certify(LinearObjective::kEnergy, p.architecture, p.data, theta,
                                {{directions.front().vector, DirectionKind::kProof}});
  REQUIRE(got.summary.ok());
  return *got.certificate;
}

// Two points of one network, one of another with other data, and one of the first again.
CertificateCollection some_certificates() {
  const Problem p = random_problem({4, 3, 3, 2}, true, 51);
  const Problem q = random_problem({3, 2, 2}, false, 52);
  CertificateCollection out;
  out.add(zero_rank_certificate(p), p.data, "first");
  out.add(zero_rank_certificate(p, 0.5), p.data);
  out.add(zero_rank_certificate(q), q.data);
  out.add(zero_rank_certificate(p, 0.1), p.data, "last, of the first group");
  return out;
}

TEST_CASE("certificates are read back bit for bit in groups of one network and dataset") {
  const TemporaryFolder folder;
  const CertificateCollection written = some_certificates();
  CHECK(written.size() == 4);
  REQUIRE(written.groups().size() == 2);
  write_certificates(folder / "saddles.h5", written);
  CHECK(folder.n_entries() == 1);

  const std::vector<CertificateGroup> read = read_certificates(folder / "saddles.h5");
  REQUIRE(read.size() == 2);
  CHECK(read[0].certificates.size() == 3);
  CHECK(read[1].certificates.size() == 1);
  CHECK(read[0].labels == std::vector<std::string>{"first", "", "last, of the first group"});
  CHECK(read[1].labels == std::vector<std::string>{""});
  for (std::size_t k = 0; k < read.size(); ++k) {
    const CertificateGroup& group = written.groups()[k];
    CHECK(read[k].data.x == group.data.x);
    CHECK(read[k].data.y == group.data.y);
    CHECK(read[k].data.name == group.data.name);
    for (std::size_t i = 0; i < read[k].certificates.size(); ++i) {
      const Certificate& got = read[k].certificates[i];
      const Certificate& expected = group.certificates[i];
      CHECK(got.objective == expected.objective);
      CHECK(got.architecture == expected.architecture);
      CHECK(got.theta == expected.theta);
      CHECK(got.direction == expected.direction);
      CHECK(got.direction_kind == expected.direction_kind);
      CHECK(got.gradient_bound == expected.gradient_bound);
      CHECK(got.curvature_bound == expected.curvature_bound);
    }
  }
  const Hdf5Reader reader(folder / "saddles.h5");
  CHECK(reader.text("/", "kind") == "saddlescope certificates");
  CHECK(reader.text("/", "claim") == certificate_claim());
  CHECK(reader.text("/certificates/0/direction_kind", "meaning") == "0: eigenvector, 1: proof");
}

TEST_CASE("a good file checks and a false claim in it is found by its place") {
  const TemporaryFolder folder;
  const CertificateCollection good = some_certificates();
  write_certificates(folder / "good.h5", good);
  std::string last_words;
  const CheckReport report =
      check_certificates(folder / "good.h5", [&](const std::string& words) { last_words = words; });
  CHECK(report.ok());
  CHECK(report.n_certificates == 4);
  CHECK(report.largest_gradient_bound >= 0);
  CHECK(report.largest_gradient_bound < 1e-10);
  CHECK(report.weakest_curvature_bound < 0);
  CHECK(last_words == "0 of 4 certificates");

  CertificateCollection bad;
  for (const CertificateGroup& group : good.groups())
    for (std::size_t i = 0; i < group.certificates.size(); ++i) {
      Certificate certificate = group.certificates[i];
      if (group.labels[i] == "first") certificate.theta.array() += 0.1;
      if (&group == &good.groups()[1]) certificate.curvature_bound *= 2;
      bad.add(certificate, group.data, group.labels[i]);
    }
  write_certificates(folder / "bad.h5", bad);
  const CheckReport failed = check_certificates(folder / "bad.h5");
  CHECK(!failed.ok());
  REQUIRE(failed.failed.size() == 2);
  CHECK(failed.failed[0].where == "/certificates/0, row 0 (first)");
  CHECK(contains(failed.failed[0].failure, "gradient norm: stated <= "));
  CHECK(failed.failed[1].where == "/certificates/1, row 0");
  CHECK(contains(failed.failed[1].failure, "Rayleigh quotient: stated <= "));
}

// The message with which a good file is refused after `change`, without the file's name.
std::string refusal(const std::function<void(Hdf5Writer&, const std::string&)>& change) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "changed.h5";
  const Problem q = random_problem({3, 2, 2}, false, 52);
  const Certificate c = zero_rank_certificate(q);
  Hdf5Writer writer(file);
  const std::string group = "/certificates/0";
  writer.attribute("/", "kind", "saddlescope certificates");
  writer.attribute("/", "format_version", std::int64_t{1});
  writer.group(group);
  writer.attribute(group, "objective", "energy");
  writer.attribute(group, "data", "Gaussian");
  writer.attribute(group, "checksum", checksum(q.data));
  const Vector scales = Eigen::Map<const Vector>(c.architecture.scales.data(), 2);
  const Vector precisions = Eigen::Map<const Vector>(c.architecture.precisions.data(), 2);
  change(writer, group);
  // What the change has written already stays.
  const auto vector = [&](const char* field, const Vector& value) {
    try {
      writer.vector(group + "/" + field, value);
    } catch (const std::runtime_error&) {
    }
  };
  const auto matrix = [&](const char* field, const Matrix& value) {
    try {
      writer.matrix(group + "/" + field, value);
    } catch (const std::runtime_error&) {
    }
  };
  vector("widths", Vector{{3, 2, 2}});
  vector("scales", scales);
  vector("skips", Vector{{0, 0}});
  vector("precisions", precisions);
  matrix("x", q.data.x.transpose());
  matrix("y", q.data.y.transpose());
  matrix("theta", c.theta.transpose());
  matrix("direction", c.direction.transpose());
  vector("gradient_bound", Vector{{c.gradient_bound}});
  vector("curvature_bound", Vector{{c.curvature_bound}});
  vector("direction_kind", Vector{{1}});
  writer.commit();
  std::string message =
      message_of<std::invalid_argument>([&] { static_cast<void>(check_certificates(file)); });
  if (message.starts_with(file.string())) message.erase(0, file.string().size());
  return message;
}

TEST_CASE("files that are not whole certificates are refused by field with expected and found") {
  CHECK(refusal([](Hdf5Writer&, const std::string&) {}) == "(no exception of the expected type)");
  CHECK(refusal([](Hdf5Writer& w, const std::string&) { w.attribute("/", "kind", "network"); }) ==
        ": attribute kind: expected 'saddlescope certificates', found 'network'");
  CHECK(refusal([](Hdf5Writer& w, const std::string&) {
          w.attribute("/", "format_version", 2.0);
        }) == ": attribute format_version: expected 1, found 2");
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) { w.attribute(g, "objective", "ce"); }) ==
        ": /certificates/0: attribute objective: expected mse or energy, found 'ce'");
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.vector(g + "/widths", Vector{{3, 2.5, 2}});
        }) == ": /certificates/0/widths: expected whole numbers 1 .. 1000000, found 2.5");
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.vector(g + "/scales", Vector{{1, 1, 1}});
        }) == ": /certificates/0/scales: expected length 2, found 3");
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.vector(g + "/skips", Vector{{0, 2}});
        }) == ": /certificates/0/skips: expected 0 or 1, found 2");
  CHECK(contains(refusal([](Hdf5Writer& w, const std::string& g) {
                   w.vector(g + "/precisions", Vector{{1, -1}});
                 }),
                 ": /certificates/0: precision"));
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.matrix(g + "/y", Matrix::Ones(4, 2));
        }) == ": /certificates/0/y: expected 7 x 2, found 4 x 2");
  CHECK(contains(
      refusal([](Hdf5Writer& w, const std::string& g) { w.matrix(g + "/x", Matrix::Ones(7, 3)); }),
      ": /certificates/0: checksum of x and y: expected "));
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.matrix(g + "/direction", Matrix::Ones(1, 9));
        }) == ": /certificates/0/direction: expected 1 x 10, found 1 x 9");
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.vector(g + "/gradient_bound", Vector{{-1}});
        }) == ": /certificates/0/gradient_bound: row 0: expected >= 0, found -1");
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) {
          w.vector(g + "/curvature_bound", Vector{{0}});
        }) == ": /certificates/0/curvature_bound: row 0: expected < 0, found 0");
  CHECK(contains(refusal([](Hdf5Writer& w, const std::string& g) {
                   w.vector(g + "/direction_kind", Vector{{3}});
                 }),
                 "expected 0: eigenvector, 1: proof, found 3"));
  CHECK(contains(refusal([](Hdf5Writer& w, const std::string& g) {
                   w.matrix(g + "/theta", Matrix::Constant(1, 10, std::nan("")));
                 }),
                 "expected a finite number"));
  CHECK(refusal([](Hdf5Writer& w, const std::string& g) { w.attribute(g, "labels", "a\nb"); }) ==
        ": /certificates/0: attribute labels: expected 1 lines, found 2");
  CHECK(contains(refusal([](Hdf5Writer& w, const std::string&) { w.group("/certificates/7"); }),
                 ": expected groups 0 .. 1 in /certificates, found 0, 7"));
}

TEST_CASE("cut files and other kinds of files are refused with their name") {
  const TemporaryFolder folder;
  write_certificates(folder / "whole.h5", some_certificates());
  const std::string bytes = read_text(folder / "whole.h5");
  for (const double part : {0.0, 0.3, 0.7, 0.99}) {
    const auto n = static_cast<std::size_t>(part * static_cast<double>(bytes.size()));
    const auto file = folder.file("cut.h5", bytes.substr(0, n));
    CHECK(contains(
        message_of<std::invalid_argument>([&] { static_cast<void>(check_certificates(file)); }),
        "cut.h5"));
  }
  const auto text = folder.file("notes.txt", "no certificate");
  CHECK(contains(
      message_of<std::invalid_argument>([&] { static_cast<void>(check_certificates(text)); }),
      "expected an HDF5 file"));
}

TEST_CASE("what could not be read back is not collected") {
  const Problem q = random_problem({3, 2, 2}, false, 52);
  const Certificate good = zero_rank_certificate(q);
  CertificateCollection collection;
  const auto refuses = [&](const std::function<void(Certificate&)>& change) {
    Certificate bad = good;
    change(bad);
    CHECK_THROWS_AS(collection.add(bad, q.data), std::invalid_argument);
  };
  refuses([](Certificate& c) { c.theta.conservativeResize(4); });
  refuses([](Certificate& c) { c.direction(0) = std::nan(""); });
  refuses([](Certificate& c) { c.gradient_bound = -1; });
  refuses([](Certificate& c) { c.curvature_bound = 0; });
  refuses([](Certificate& c) { c.architecture.widths.back() = 3; });
  CHECK_THROWS_AS(collection.add(good, q.data, "two\nlines"), std::invalid_argument);
  CHECK(collection.size() == 0);
  const TemporaryFolder folder;
  CHECK_THROWS_AS(write_certificates(folder / "none.h5", collection), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
