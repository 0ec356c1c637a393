#include "saddlescope/analysis/sweep_record.hpp"

#include <fmt/format.h>

#include "saddlescope/io/checksum.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json to_json(const SweepRecord& record, const std::string& address) {
  Json json;
  json["format"] = kFormat;
  json["address"] = address;
  json["verb"] = record.verb;
  json["config"] = record.config;
  json["inputs"] = record.inputs;
  json["status"] = record.done ? "done" : "failed";
  json["exit_code"] = record.exit_code;
  json["message"] = record.message;
  json["summary"] = record.summary;
  json["seconds"] = record.seconds;
  json["peak_memory_bytes"] = record.peak_memory;
  json["provenance"] = record.provenance;
  return json;
}

SweepRecord from_json(const Json& json) {
  SweepRecord record;
  record.verb = json.at("verb").get<std::string>();
  record.config = json.at("config");
  record.inputs = json.at("inputs").get<std::map<std::string, std::string>>();
  record.done = json.at("status") == "done";
  record.exit_code = json.at("exit_code").get<int>();
  record.message = json.at("message").get<std::string>();
  record.summary = json.at("summary");
  record.seconds = json.at("seconds").get<double>();
  record.peak_memory = json.at("peak_memory_bytes").get<double>();
  record.provenance = json.at("provenance");
  return record;
}

// Texts of a verb may hold any bytes, as of file names.
std::string dump(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

fs::path record_file(const fs::path& folder, const std::string& address) {
  return folder / "records" / (address + ".json");
}

void write_record(const fs::path& folder, const std::string& address, const SweepRecord& record) {
  // What is read back is what the checksum is of.
  Json json = Json::parse(dump(to_json(record, address)));
  json["checksum"] = checksum_of_bytes(dump(json));
  write_text(record_file(folder, address), dump(json) + "\n");
}

RecordReading read_record(const fs::path& folder, const std::string& address) {
  const fs::path file = record_file(folder, address);
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {};
  RecordReading reading;
  try {
    Json json = Json::parse(read_text(file));
    const std::string sum = json.at("checksum").get<std::string>();
    json.erase("checksum");
    if (const std::string found = checksum_of_bytes(dump(json)); found != sum) {
      reading.damage = fmt::format("expected the checksum {}, found {}", sum, found);
    } else if (json.at("address") != address) {
      reading.damage = "expected the record of this address, found another's";
    } else if (json.at("format") != kFormat) {
      reading.damage =
          fmt::format("expected format {}, found {}", kFormat, json.at("format").dump());
    } else {
      reading.record = from_json(json);
    }
  } catch (const std::exception& error) {
    reading.damage = error.what();
  }
  return reading;
}

fs::path set_aside(const fs::path& file) {
  fs::path aside = file;
  aside += ".damaged";
  for (int n = 2; fs::exists(aside); ++n) {
    aside = file;
    aside += fmt::format(".damaged-{}", n);
  }
  fs::rename(file, aside);
  return aside;
}

}  // namespace saddlescope::analysis
