// Files of certificates (HDF5), one or many, and their independent check.
//
//   /                     attributes kind = "saddlescope certificates", format_version = 1, claim
//   /certificates/<k>     k = 0, 1, ..: certificates of one objective, network shape and dataset
//     attributes          objective (mse | energy), data (name), checksum (of x and y),
//                         labels (optional: a line per certificate)
//     widths (L + 1), scales (L), skips (L), precisions (L)
//     x (N x d_x), y (N x d_y)        a sample per row
//     theta (n x p), direction (n x p)  a certificate per row
//     gradient_bound (n), curvature_bound (n)
//     direction_kind (n)              attribute meaning = "0: eigenvector, 1: proof"
//
// Nothing is rounded on the way: what is read back is bit for bit what was certified.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/saddle/certificate.hpp"

namespace saddlescope {

struct CertificateGroup {
  Dataset data;
  // All of the same objective and architecture.
  std::vector<Certificate> certificates;
  std::vector<std::string> labels;  // one for each, possibly empty
};

// Sorts certificates into groups in the order of their first arrival.
class CertificateCollection {
 public:
  // Throws std::invalid_argument for a certificate that could not be read back: sizes that do not
  // fit, a number that is not finite, bounds that claim nothing; or for a line break in the label.
  void add(const Certificate& certificate, const Dataset& data, const std::string& label = "");
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] const std::vector<CertificateGroup>& groups() const { return groups_; }

 private:
  std::vector<CertificateGroup> groups_;
  std::map<std::string, std::size_t> group_of_;  // by objective, architecture and data
  Index size_ = 0;
};

// Written as a whole or not at all. Throws std::invalid_argument for an empty collection.
void write_certificates(const std::filesystem::path& file, const CertificateCollection& collection);

// Throws std::invalid_argument with file, field, expected and found for whatever is not a whole
// file of certificates.
[[nodiscard]] std::vector<CertificateGroup> read_certificates(const std::filesystem::path& file);

struct FailedCertificate {
  std::string where;    // "/certificates/2, row 17 (LABEL)", rows counted from 0
  std::string failure;  // Replay::failure
};

struct CheckReport {
  Index n_certificates = 0;
  std::vector<FailedCertificate> failed;  // in the file's order
  double largest_gradient_bound = 0;      // the worst epsilon stated
  double weakest_curvature_bound = 0;     // the stated -gamma nearest to 0
  [[nodiscard]] bool ok() const { return failed.empty(); }
};

// Replays every certificate of the file, in parallel. Throws as read_certificates does.
[[nodiscard]] CheckReport check_certificates(
    const std::filesystem::path& file,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope
