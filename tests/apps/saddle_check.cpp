// What `saddlescope saddle check` prints and returns.
#include <algorithm>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "program.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/saddle/certificate_file.hpp"

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

// n strict saddles of F*: W_1 and W_3 zero, another W_2 each, where theory's second variation along
// V_3 = c q' is negative. Every one is off by `moved` in W_1 after it was certified.
CertificateCollection saddles(int n, double moved) {
  const testing::Problem p = testing::random_problem({3, 2, 2, 2}, false, 61);
  const EnclosedData data = enclose_data(p.data);
  CertificateCollection out;
  for (int i = 0; i < n; ++i) {
    Vector theta = Vector::Zero(p.theta.size());
    weight(p.architecture, theta, 1) = Matrix::Identity(2, 2) * (1 + 0.1 * i);
    const Certified got =
        certify(LinearObjective::kEnergy, p.architecture, data, theta,
                {{Vector::Unit(theta.size(), theta.size() - 1), DirectionKind::kProof}});
    REQUIRE(got.summary.ok());
    Certificate certificate = *got.certificate;
    certificate.theta.head(6).array() += moved;
    weight(p.architecture, certificate.theta, 2).array() += moved;
    out.add(certificate, p.data);
  }
  return out;
}

TEST_CASE("check says in one line that all certificates of all files replay and returns 0") {
  const TemporaryFolder folder;
  const std::string one = folder / "one.h5", two = folder / "two.h5";
  write_certificates(one, saddles(3, 0));
  write_certificates(two, saddles(2, 0));
  const Run run = run_program({"saddle", "check", one, two});
  CAPTURE(run.err);
  CHECK(run.code == 0);
  CHECK(run.out.starts_with("all 5 certificates replay: |gradient| <= "));
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 1);
  fs::rename(one, folder / "certificate_mse.h5");
  fs::rename(two, folder / "certificates.h5");
  const Run below = run_program({"saddle", "check", (folder / "").string()});
  CAPTURE(below.err);
  CHECK(below.code == 0);
  CHECK(below.out.starts_with("all 5 certificates replay"));
  fs::create_directory(folder / "empty");
  const Run none = run_program({"saddle", "check", (folder / "empty").string()});
  CHECK(none.code == 2);
  CHECK(contains(none.err, "expected certificate_*.h5 or certificates.h5 in it, found none"));
  fs::rename(folder / "certificate_mse.h5", one);
  const Run single = run_program({"saddle", "check", one, "--threads", "1"});
  CHECK(single.code == 0);
}

TEST_CASE("check names the inequality that fails with both numbers and returns 1") {
  const TemporaryFolder folder;
  const std::string good = folder / "good.h5", bad = folder / "bad.h5";
  write_certificates(good, saddles(2, 0));
  write_certificates(bad, saddles(12, 0.1));
  const Run run = run_program({"saddle", "check", good, bad});
  CHECK(run.code == 1);
  CHECK(contains(run.out, "bad.h5: /certificates/0, row 0: gradient norm: stated <= "));
  CHECK(contains(run.out, "but it is at least "));
  CHECK(contains(run.out, "row 9: "));
  CHECK(!contains(run.out, "row 10: "));
  CHECK(contains(run.out, "12 of 14 certificates do not replay; the first 10 are named above"));
}

TEST_CASE("check returns 2 for files that hold no certificates and without files") {
  const TemporaryFolder folder;
  const std::string data = folder / "data.h5";
  write_dataset(data, testing::random_problem({3, 2}, false, 62).data);
  const Run foreign = run_program({"saddle", "check", data});
  CHECK(foreign.code == 2);
  CHECK(contains(foreign.err, "data.h5: attribute kind: expected 'saddlescope certificates'"));
  const Run missing = run_program({"saddle", "check", std::string(folder / "none.h5")});
  CHECK(missing.code == 2);
  CHECK(contains(missing.err, "none.h5"));
  CHECK(run_program({"saddle", "check"}).code == 2);
  const Run threads = run_program({"saddle", "check", data, "--threads", "-1"});
  CHECK(threads.code == 2);
  CHECK(contains(threads.err, "--threads: expected >= 1, got -1"));
}

}  // namespace
}  // namespace saddlescope::test
