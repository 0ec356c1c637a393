#include "saddlescope/saddle/certificate_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope {
namespace {

constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kKind = "saddlescope certificates";
constexpr const char* kKinds = "0: eigenvector, 1: proof";

std::string objective_name(LinearObjective objective) {
  return objective == LinearObjective::kMse ? "mse" : "energy";
}

std::string group_path(std::size_t k) { return fmt::format("/certificates/{}", k); }

template <class T>
Vector as_vector(const std::vector<T>& values) {
  Vector out(static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    out[static_cast<Index>(i)] = static_cast<double>(values[i]);
  return out;
}

// The bits of every number that distinguishes groups.
std::string key_of(const Certificate& certificate, const Dataset& data) {
  const Architecture& net = certificate.architecture;
  std::string key =
      fmt::format("{} {} {} ", objective_name(certificate.objective), data.name, checksum(data));
  for (const Index n : net.widths) key += fmt::format("{},", n);
  for (std::size_t l = 0; l < net.scales.size(); ++l)
    key += fmt::format(" {:a} {} {:a}", net.scales[l], net.skips[l], net.precisions[l]);
  return key;
}

void check_certificate(const Certificate& certificate, const Dataset& data) {
  const Architecture& net = certificate.architecture;
  check(net);
  check(data);
  require(data.x.rows() == net.input() && data.y.rows() == net.output(),
          "certificate: expected data of {} inputs and {} outputs as the network's, got {} and {}",
          net.input(), net.output(), data.x.rows(), data.y.rows());
  const Index p = net.n_parameters();
  for (const auto& [field, vector] :
       {std::pair{"theta", &certificate.theta}, std::pair{"direction", &certificate.direction}}) {
    require(vector->size() == p, "certificate: {}: expected {} entries, got {}", field, p,
            vector->size());
    require(vector->allFinite(), "certificate: {}: expected finite numbers, got NaN or Inf", field);
  }
  const double epsilon = certificate.gradient_bound;
  require(std::isfinite(epsilon) && epsilon >= 0,
          "certificate: gradient_bound: expected a finite number >= 0, got {}", epsilon);
  const double curvature = certificate.curvature_bound;
  require(std::isfinite(curvature) && curvature < 0,
          "certificate: curvature_bound: expected a finite number < 0, got {}", curvature);
}

void write_group(Hdf5Writer& writer, const std::string& path, const CertificateGroup& group) {
  const Certificate& first = group.certificates.front();
  const Architecture& net = first.architecture;
  const auto n = static_cast<Index>(group.certificates.size());
  const Index p = net.n_parameters();
  Matrix theta(n, p);
  Matrix direction(n, p);
  Vector gradient_bound(n);
  Vector curvature_bound(n);
  Vector kind(n);
  for (Index i = 0; i < n; ++i) {
    const Certificate& certificate = group.certificates[static_cast<std::size_t>(i)];
    theta.row(i) = certificate.theta.transpose();
    direction.row(i) = certificate.direction.transpose();
    gradient_bound[i] = certificate.gradient_bound;
    curvature_bound[i] = certificate.curvature_bound;
    kind[i] = certificate.direction_kind == DirectionKind::kProof ? 1 : 0;
  }
  writer.group(path);
  writer.attribute(path, "objective", objective_name(first.objective));
  writer.attribute(path, "data", group.data.name);
  writer.attribute(path, "checksum", checksum(group.data));
  if (std::any_of(group.labels.begin(), group.labels.end(),
                  [](const std::string& label) { return !label.empty(); }))
    writer.attribute(path, "labels", fmt::format("{}", fmt::join(group.labels, "\n")));
  writer.vector(path + "/widths", as_vector(net.widths));
  writer.vector(path + "/scales", as_vector(net.scales));
  writer.vector(path + "/skips", as_vector(net.skips));
  writer.vector(path + "/precisions", as_vector(net.precisions));
  writer.matrix(path + "/x", group.data.x.transpose());
  writer.matrix(path + "/y", group.data.y.transpose());
  writer.matrix(path + "/theta", theta);
  writer.matrix(path + "/direction", direction);
  writer.vector(path + "/gradient_bound", gradient_bound);
  writer.vector(path + "/curvature_bound", curvature_bound);
  writer.vector(path + "/direction_kind", kind);
  writer.attribute(path + "/direction_kind", "meaning", kKinds);
}

// One group of a file, with the file's name and the group's path in every complaint.
class GroupReader {
 public:
  GroupReader(const Hdf5Reader& reader, std::string path)
      : reader_(reader),
        path_(std::move(path)),
        where_(fmt::format("{}: {}", reader.file().string(), path_)) {}

  [[nodiscard]] CertificateGroup read() const {
    CertificateGroup group;
    const Architecture net = architecture();
    group.data.x = reader_.matrix(path_ + "/x").transpose();
    group.data.y = reader_.matrix(path_ + "/y").transpose();
    group.data.name = text("data");
    check_data(net, group.data);

    const Matrix theta = reader_.matrix(path_ + "/theta");
    const Index n = theta.rows();
    require(n >= 1, "{}/theta: expected at least one row, found none", where_);
    const Matrix direction = reader_.matrix(path_ + "/direction");
    const Vector gradient_bound = vector("gradient_bound", n);
    const Vector curvature_bound = vector("curvature_bound", n);
    const Vector kind = vector("direction_kind", n);
    check_rows("theta", theta, n, net.n_parameters());
    check_rows("direction", direction, n, net.n_parameters());
    const LinearObjective objective = this->objective();
    for (Index i = 0; i < n; ++i) {
      require(gradient_bound[i] >= 0, "{}/gradient_bound: row {}: expected >= 0, found {}", where_,
              i, gradient_bound[i]);
      require(curvature_bound[i] < 0, "{}/curvature_bound: row {}: expected < 0, found {}", where_,
              i, curvature_bound[i]);
      require(kind[i] == 0 || kind[i] == 1, "{}/direction_kind: row {}: expected {}, found {}",
              where_, i, kKinds, kind[i]);
      group.certificates.push_back(
          {objective, net, theta.row(i).transpose(), direction.row(i).transpose(),
           kind[i] == 1 ? DirectionKind::kProof : DirectionKind::kEigenvector, gradient_bound[i],
           curvature_bound[i]});
    }
    group.labels = labels(n);
    return group;
  }

 private:
  [[nodiscard]] std::string text(const char* attribute) const {
    const auto found = reader_.text(path_, attribute);
    require(found.has_value(), "{}: attribute {}: expected text, found none", where_, attribute);
    return *found;
  }

  [[nodiscard]] Vector vector(const char* field, Index size) const {
    Vector out = reader_.vector(fmt::format("{}/{}", path_, field));
    require(out.size() == size, "{}/{}: expected length {}, found {}", where_, field, size,
            out.size());
    return out;
  }

  void check_rows(const char* field, const Matrix& rows, Index n, Index p) const {
    require(rows.rows() == n && rows.cols() == p, "{}/{}: expected {} x {}, found {} x {}", where_,
            field, n, p, rows.rows(), rows.cols());
  }

  [[nodiscard]] LinearObjective objective() const {
    const std::string found = text("objective");
    require(found == "mse" || found == "energy",
            "{}: attribute objective: expected mse or energy, found '{}'", where_, found);
    return found == "mse" ? LinearObjective::kMse : LinearObjective::kEnergy;
  }

  [[nodiscard]] Architecture architecture() const {
    Architecture net;
    // Beyond this an integer is no longer exact in a double, nor p in memory.
    constexpr double kLargestWidth = 1e6;
    for (const double n : reader_.vector(path_ + "/widths")) {
      require(n >= 1 && n <= kLargestWidth && n == std::floor(n),
              "{}/widths: expected whole numbers 1 .. {}, found {}", where_, kLargestWidth, n);
      net.widths.push_back(static_cast<Index>(n));
    }
    require(net.widths.size() >= 2, "{}/widths: expected at least 2 entries, found {}", where_,
            net.widths.size());
    const auto L = static_cast<Index>(net.widths.size()) - 1;
    for (const double a : vector("scales", L)) net.scales.push_back(a);
    for (const double tau : vector("skips", L)) {
      require(tau == 0 || tau == 1, "{}/skips: expected 0 or 1, found {}", where_, tau);
      net.skips.push_back(tau == 1 ? 1 : 0);
    }
    for (const double pi : vector("precisions", L)) net.precisions.push_back(pi);
    try {
      check(net);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: {}", where_, error.what()));
    }
    return net;
  }

  void check_data(const Architecture& net, const Dataset& data) const {
    require(data.x.cols() >= 1 && data.x.rows() == net.input(),
            "{}/x: expected at least one row of {}, found {} x {}", where_, net.input(),
            data.x.cols(), data.x.rows());
    require(data.y.cols() == data.x.cols() && data.y.rows() == net.output(),
            "{}/y: expected {} x {}, found {} x {}", where_, data.x.cols(), net.output(),
            data.y.cols(), data.y.rows());
    const std::string expected = text("checksum");
    const std::string found = checksum(data);
    require(expected == found, "{}: checksum of x and y: expected {} as recorded, found {}", where_,
            expected, found);
  }

  [[nodiscard]] std::vector<std::string> labels(Index n) const {
    std::vector<std::string> out;
    const auto found = reader_.text(path_, "labels");
    if (!found) return std::vector<std::string>(static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end = found->find('\n'); end != std::string::npos;
         begin = end + 1, end = found->find('\n', begin))
      out.push_back(found->substr(begin, end - begin));
    out.push_back(found->substr(begin));
    require(static_cast<Index>(out.size()) == n,
            "{}: attribute labels: expected {} lines, found {}", where_, n, out.size());
    return out;
  }

  const Hdf5Reader& reader_;
  std::string path_;
  std::string where_;
};

}  // namespace

void CertificateCollection::add(const Certificate& certificate, const Dataset& data,
                                const std::string& label) {
  check_certificate(certificate, data);
  require(label.find('\n') == std::string::npos, "certificate: label: expected one line, got '{}'",
          label);
  const auto [entry, is_new] = group_of_.try_emplace(key_of(certificate, data), groups_.size());
  if (is_new) groups_.push_back({data, {}, {}});
  CertificateGroup& group = groups_[entry->second];
  group.certificates.push_back(certificate);
  group.labels.push_back(label);
  ++size_;
}

void write_certificates(const std::filesystem::path& file,
                        const CertificateCollection& collection) {
  require(collection.size() > 0, "{}: certificates to write: expected at least one, got none",
          file.string());
  Hdf5Writer writer(file);
  writer.attribute("/", "kind", kKind);
  writer.attribute("/", "format_version", kFormatVersion);
  writer.attribute("/", "claim", certificate_claim());
  for (std::size_t k = 0; k < collection.groups().size(); ++k)
    write_group(writer, group_path(k), collection.groups()[k]);
  writer.commit();
}

std::vector<CertificateGroup> read_certificates(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  const std::string kind = reader.text("/", "kind").value_or("");
  require(kind == kKind, "{}: attribute kind: expected '{}', found '{}'", file.string(), kKind,
          kind);
  const double version = reader.number("/", "format_version").value_or(0);
  require(version == static_cast<double>(kFormatVersion),
          "{}: attribute format_version: expected {}, found {}", file.string(), kFormatVersion,
          version);
  const std::vector<std::string> names = reader.children("/certificates");
  require(!names.empty(), "{}: /certificates: expected at least one group, found none",
          file.string());
  std::vector<CertificateGroup> groups;
  for (std::size_t k = 0; k < names.size(); ++k) {
    require(reader.exists(group_path(k)), "{}: expected groups 0 .. {} in /certificates, found {}",
            file.string(), names.size() - 1, fmt::join(names, ", "));
    groups.push_back(GroupReader(reader, group_path(k)).read());
  }
  return groups;
}

CheckReport check_certificates(const std::filesystem::path& file,
                               const std::function<void(const std::string&)>& progress) {
  const std::vector<CertificateGroup> groups = read_certificates(file);
  std::vector<EnclosedData> data(groups.size());
  parallel_for(static_cast<Index>(groups.size()), [&](Index k) {
    const auto at = static_cast<std::size_t>(k);
    data[at] = enclose_data(groups[at].data);
  });

  CheckReport report;
  report.weakest_curvature_bound = -std::numeric_limits<double>::infinity();
  std::vector<std::pair<std::size_t, std::size_t>> tasks;  // group, row
  for (std::size_t k = 0; k < groups.size(); ++k)
    for (std::size_t i = 0; i < groups[k].certificates.size(); ++i) {
      const Certificate& certificate = groups[k].certificates[i];
      tasks.emplace_back(k, i);
      report.largest_gradient_bound =
          std::max(report.largest_gradient_bound, certificate.gradient_bound);
      report.weakest_curvature_bound =
          std::max(report.weakest_curvature_bound, certificate.curvature_bound);
    }
  report.n_certificates = static_cast<Index>(tasks.size());

  constexpr std::size_t kChunk = 512;  // certificates between two words of progress
  std::vector<std::string> failures(tasks.size());
  for (std::size_t begin = 0; begin < tasks.size(); begin += kChunk) {
    if (progress) progress(fmt::format("{} of {} certificates", begin, tasks.size()));
    const std::size_t count = std::min(kChunk, tasks.size() - begin);
    parallel_for(static_cast<Index>(count), [&](Index j) {
      const std::size_t task = begin + static_cast<std::size_t>(j);
      const auto [k, i] = tasks[task];
      failures[task] = replay(groups[k].certificates[i], data[k]).failure;
    });
  }
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    if (failures[task].empty()) continue;
    const auto [k, i] = tasks[task];
    const std::string& label = groups[k].labels[i];
    report.failed.push_back({fmt::format("{}, row {}{}", group_path(k), i,
                                         label.empty() ? "" : fmt::format(" ({})", label)),
                             failures[task]});
  }
  return report;
}

}  // namespace saddlescope
