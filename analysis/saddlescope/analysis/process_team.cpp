#include "saddlescope/analysis/process_team.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace saddlescope::analysis {
namespace {

std::runtime_error system_failure(const char* what) {
  return std::runtime_error(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

// False at the end of the stream or of the other side.
bool receive_all(int socket, void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t n = recv(socket, at, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool send_all(int socket, const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t n = send(socket, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

std::string to_bytes(const JobReport& report) {
  const nlohmann::json json = {report.job, static_cast<int>(report.end), report.message,
                               report.signal, report.seconds};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

JobReport report_from_bytes(const std::string& bytes) {
  const auto json = nlohmann::json::parse(bytes);
  JobReport report;
  report.job = json.at(0).get<std::size_t>();
  report.end = static_cast<JobEnd>(json.at(1).get<int>());
  report.message = json.at(2).get<std::string>();
  report.signal = json.at(3).get<int>();
  report.seconds = json.at(4).get<double>();
  return report;
}

ProcessTeam::ProcessTeam(std::size_t size, DoJob do_job)
    : do_job_(std::move(do_job)), workers_(size) {
  for (Worker& worker : workers_) hire(worker);
}

ProcessTeam::~ProcessTeam() {
  for (Worker& worker : workers_) {
    if (worker.process < 0) continue;
    if (worker.job) kill(worker.process, SIGKILL);
    close(worker.socket);  // an idle worker reads the end and leaves
    while (waitpid(worker.process, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

void ProcessTeam::hire(Worker& worker) {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw system_failure("a worker's socket");
  std::fflush(nullptr);  // else the child would print what waits here once more
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    throw system_failure("a worker process");
  }
  if (child == 0) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);  // it had ended before
#endif
    close(ends[0]);
    for (const Worker& other : workers_)
      if (other.socket >= 0) close(other.socket);
    serve(ends[1]);
  }
  close(ends[1]);
  worker = {child, ends[0], {}};
}

void ProcessTeam::serve(int socket) const {
  // Ctrl-C reaches the whole group: the parent answers it, and its end is the workers' end.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  // Where memory runs out the system ends a worker rather than the one that records why.
  std::ofstream("/proc/self/oom_score_adj") << "500";
  JobOrder order;
  while (receive_all(socket, &order, sizeof(order))) {
    JobReport report;
    try {
      report = do_job_(order);
    } catch (const std::exception& error) {
      report.end = JobEnd::kNotWritten;
      report.message = error.what();
    }
    report.job = order.job;
    const std::string bytes = to_bytes(report);
    const std::uint64_t size = bytes.size();
    if (!send_all(socket, &size, sizeof(size)) || !send_all(socket, bytes.data(), size)) break;
  }
  _exit(0);  // what the parent registered for its end is not the worker's to do
}

void ProcessTeam::start(std::size_t worker, const JobOrder& order) {
  workers_.at(worker).job = order.job;
  // A worker that is gone shows when its report is read.
  static_cast<void>(send_all(workers_[worker].socket, &order, sizeof(order)));
}

JobReport ProcessTeam::bury(std::size_t index) {
  Worker& worker = workers_[index];
  int status = 0;
  while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  close(worker.socket);
  JobReport report;
  report.job = worker.job.value_or(0);
  report.end = JobEnd::kDied;
  report.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  report.message =
      report.signal != 0
          ? fmt::format("the process was ended by signal {} ({}){}", report.signal,
                        strsignal(report.signal),
                        report.signal == SIGKILL ? ", as the system does when memory runs out" : "")
          : fmt::format("the process ended with exit code {}", WEXITSTATUS(status));
  worker = {};
  hire(worker);
  return report;
}

std::optional<JobReport> ProcessTeam::wait(double seconds) {
  std::vector<pollfd> sockets;
  sockets.reserve(workers_.size());
  for (const Worker& worker : workers_) sockets.push_back({worker.socket, POLLIN, 0});
  constexpr double kMillisecond = 1e-3;
  if (poll(sockets.data(), sockets.size(), static_cast<int>(seconds / kMillisecond)) <= 0)
    return std::nullopt;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (sockets[i].revents == 0) continue;
    std::uint64_t size = 0;
    std::string bytes;
    JobReport report;
    if (receive_all(workers_[i].socket, &size, sizeof(size)) &&
        (bytes.resize(size), receive_all(workers_[i].socket, bytes.data(), size))) {
      report = report_from_bytes(bytes);
      workers_[i].job.reset();
    } else if (workers_[i].job) {
      report = bury(i);
    } else {
      static_cast<void>(bury(i));  // an idle worker was killed: nothing is lost
      return std::nullopt;
    }
    report.worker = i;
    return report;
  }
  return std::nullopt;
}

}  // namespace saddlescope::analysis
