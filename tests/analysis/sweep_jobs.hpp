// Jobs and records as the tests of sweeps make them.
#pragma once

#include <string>

#include "saddlescope/analysis/sweep_record.hpp"

namespace saddlescope::test {

inline analysis::SweepJob job_of(std::size_t number, const std::string& address) {
  analysis::SweepJob job;
  job.number = number;
  job.settings = {{"width", {std::to_string(number)}}};
  job.config = {{"width", number}};
  job.address = address;
  return job;
}

inline analysis::SweepRecord record_of(double value) {
  analysis::SweepRecord record;
  record.verb = "v";
  record.config = {{"b", 1}, {"a", 0.1}};
  record.done = true;
  record.message = "a warning with a byte \xff";
  record.summary = {{"value", value},
                    {"width", 99},
                    {"list", {1, 2}},
                    {"objectives", {{"energy", {{"lambda_min", -0.5}, {"seconds", 3.5}}}}},
                    {"wall_seconds", value}};
  record.provenance = {{"version", "1"}, {"git_revision", "r"}, {"threads", 1}};
  return record;
}

}  // namespace saddlescope::test
