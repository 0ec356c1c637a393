
#include "saddlescope/analysis/result_files.hpp"

#include <utility>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::analysis {

void write_problem(const std::filesystem::path& folder, const Problem& problem) {
  write_network(folder / "network.h5", problem.network);
  write_dataset(folder / "data.h5", problem.data);
}

nlohmann::ordered_json record_of(nlohmann::ordered_json options, const Dataset& data) {
  nlohmann::ordered_json record;
  record["options"] = std::move(options);
  record["data"] = {{"name", data.name},
                    {"samples", data.n_samples()},
                    {"normalisation", data.normalisation},
                    {"checksum", checksum(data)}};
  return record;
}

std::vector<std::string> redraw(const std::filesystem::path& folder,
                                const std::vector<std::string>& names, bool wanted,
                                const std::function<std::vector<Figure>()>& figures) {
  for (const std::string& name : names) remove_figure(folder, name);
  std::vector<std::string> warnings;
  if (!wanted) return warnings;
  for (const Figure& figure : figures())
    if (const Summary drawn = draw(figure, folder); !drawn.ok()) warnings.push_back(drawn.message);
  return warnings;
}

std::vector<std::string> write_record(const std::filesystem::path& file,
                                      nlohmann::ordered_json record,
                                      std::vector<std::string> warnings, double wall_seconds) {
  record["warnings"] = warnings;
  record["provenance"] = provenance();
  record["wall_seconds"] = wall_seconds;
  write_text(file, record.dump(2) + "\n");
  return warnings;
}

}  // namespace saddlescope::analysis
