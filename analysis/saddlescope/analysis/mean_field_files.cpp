#include "saddlescope/analysis/mean_field_files.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const char* key(LinearObjective objective) {
  return objective == LinearObjective::kMse ? "mse" : "energy";
}

CsvTable curve_table(const MeanFieldStudyResult& result) {
  CsvTable table;
  table.header = {"hidden_layers", "gamma", "curve", "width", "step", "loss", "deviation_of_seeds"};
  for (const MeanFieldCase& one : result.cases) {
    const std::string H = fmt::format("{}", one.hidden_layers), gamma = csv_number(one.gamma);
    for (Index t = 0; t < one.theory.loss.size(); ++t)
      table.rows.push_back(
          {H, gamma, "theory", "", fmt::format("{}", t), csv_number(one.theory.loss(t)), ""});
    for (const WidthComparison& at : one.widths) {
      for (Index t = 0; t < at.losses.cols(); ++t) {
        const auto seeds = static_cast<double>(at.losses.rows());
        const double mean = at.losses.col(t).mean();
        const double spread =
            std::sqrt((at.losses.col(t).array() - mean).square().sum() / (seeds - 1));
        table.rows.push_back({H, gamma, key(at.objective), fmt::format("{}", at.width),
                              fmt::format("{}", t), csv_number(mean),
                              seeds > 1 ? csv_number(spread) : std::string()});
      }
    }
  }
  return table;
}

// residuals: row t P + mu holds Delta_{t mu .}.
Matrix stacked(const std::vector<Matrix>& blocks) {
  const Index P = blocks.front().rows();
  Matrix out(P * static_cast<Index>(blocks.size()), blocks.front().cols());
  for (std::size_t t = 0; t < blocks.size(); ++t)
    out.middleRows(static_cast<Index>(t) * P, P) = blocks[t];
  return out;
}

void write_numbers(const fs::path& file, const MeanFieldStudyResult& result) {
  Hdf5Writer writer(file);
  for (std::size_t i = 0; i < result.cases.size(); ++i) {
    const MeanFieldCase& one = result.cases[i];
    const std::string group = fmt::format("/case_{}", i);
    writer.group(group);
    writer.attribute(group, "hidden_layers", static_cast<std::int64_t>(one.hidden_layers));
    writer.attribute(group, "gamma", one.gamma);
    const std::string theory = group + "/theory";
    writer.vector(theory + "/loss", one.theory.loss);
    writer.vector(theory + "/loss_error", one.theory.loss_error);
    writer.matrix(theory + "/residuals", stacked(one.theory.residuals));
    for (std::size_t l = 0; l < one.theory.H.size(); ++l)
      writer.matrix(fmt::format("{}/H/{}", theory, l), one.theory.H[l]);
    for (std::size_t l = 1; l < one.theory.G.size(); ++l)
      writer.matrix(fmt::format("{}/G/{}", theory, l), one.theory.G[l]);
    for (const WidthComparison& at : one.widths) {
      const std::string place = fmt::format("{}/{}/{}", group, key(at.objective), at.width);
      writer.matrix(place + "/losses", at.losses);
      for (std::size_t l = 0; l < at.kernels.size(); ++l)
        writer.matrix(fmt::format("{}/H/{}", place, l + 1), at.kernels[l]);
    }
  }
  writer.commit();
}

Json to_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json to_json(const MeanFieldCase& one) {
  const MeanFieldSolution& theory = one.theory;
  Json json;
  json["hidden_layers"] = one.hidden_layers;
  json["gamma"] = one.gamma;
  json["theory"] = {
      {"initial_loss", theory.loss(0)},   {"final_loss", theory.loss(theory.loss.size() - 1)},
      {"steps", theory.loss.size() - 1},  {"loss_error", theory.loss_error.maxCoeff()},
      {"converged", theory.summary.ok()}, {"message", theory.summary.message},
      {"seconds", one.theory_seconds}};
  for (const WidthComparison& at : one.widths) {
    json["networks"].push_back({{"objective", key(at.objective)},
                                {"width", at.width},
                                {"deviation", at.deviation},
                                {"standard_error", to_json(at.error)},
                                {"seed_deviation", at.seed_deviation},
                                {"kernel_deviation", to_json(at.kernel_deviation)},
                                {"steps", at.losses.cols() - 1},
                                {"message", at.summary.message}});
  }
  for (const LinearObjective objective : {LinearObjective::kMse, LinearObjective::kEnergy})
    json["slope_of_seed_deviation"][key(objective)] =
        to_json(width_slope(one, objective, &WidthComparison::seed_deviation));
  return json;
}

}  // namespace

const char* training_title(LinearObjective objective) {
  return objective == LinearObjective::kMse ? "loss (BP)" : "energy F* (PC)";
}

std::string counted(Index n, const std::string& noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string mean_field_data_title(const MeanFieldStudyResult& result) {
  return fmt::format("{}, {}, {}, {}", result.data.name, counted(result.data.n_samples(), "sample"),
                     counted(result.data.x.rows(), "input"),
                     counted(result.data.y.rows(), "output"));
}

std::string mean_field_text(const MeanFieldStudyResult& result,
                            const MeanFieldStudyOptions& given) {
  const MeanFieldStudyOptions options = effective(given);
  std::string text = fmt::format("{}   |   {}, learning rate {:g}, {}\n\n",
                                 mean_field_data_title(result), counted(options.steps, "step"),
                                 options.learning_rate, counted(options.seeds, "seed"));
  text +=
      fmt::format("  {:>2} {:>6}  {:<15} {:>6} {:>12} {:>12} {:>12} {:>12}\n", "H", "gamma",
                  "trained on", "width", "mean - limit", "std error", "rms of seeds", "kernel H^H");
  const auto percent = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.3f} %", 100 * *value) : std::string("-");
  };
  for (const MeanFieldCase& one : result.cases) {
    for (const WidthComparison& at : one.widths)
      text += fmt::format("  {:>2} {:>6g}  {:<15} {:>6} {:>12} {:>12} {:>12} {:>12}\n",
                          one.hidden_layers, one.gamma, training_title(at.objective), at.width,
                          percent(at.deviation), percent(at.error), percent(at.seed_deviation),
                          percent(at.kernel_deviation));
  }
  text +=
      "\n  Losses in % of the initial loss, largest over the steps; kernels in % of their norm.\n";
  for (const MeanFieldCase& one : result.cases) {
    const MeanFieldSolution& theory = one.theory;
    const std::string label = fmt::format("H = {}, gamma = {:g}", one.hidden_layers, one.gamma);
    text +=
        fmt::format("  {}: loss {:.6g} -> {:.6g} in the limit, to {:.1e}", label, theory.loss(0),
                    theory.loss(theory.loss.size() - 1), theory.loss_error.maxCoeff());
    for (const LinearObjective objective : {LinearObjective::kMse, LinearObjective::kEnergy}) {
      if (const auto slope = width_slope(one, objective, &WidthComparison::seed_deviation))
        text += fmt::format("; rms ~ n^{:.2f} ({})", *slope,
                            objective == LinearObjective::kMse ? "BP" : "PC");
    }
    text += "\n";
    if (!theory.summary.ok()) text += fmt::format("  {}: {}\n", label, theory.summary.message);
    for (const WidthComparison& at : one.widths)
      if (!at.summary.ok())
        text +=
            fmt::format("  {}, {}: {}\n", label, training_title(at.objective), at.summary.message);
  }
  return text;
}

std::vector<std::string> write_mean_field(const MeanFieldStudyResult& result,
                                          const MeanFieldStudyOptions& given,
                                          const fs::path& folder) {
  MeanFieldStudyOptions options = effective(given);
  fs::create_directories(folder);
  write_dataset(folder / "data.h5", result.data);
  write_csv(folder / "mean_field.csv", curve_table(result));
  write_numbers(folder / "mean_field.h5", result);
  Json json = record_of(describe(options).to_json(), result.data);
  for (const MeanFieldCase& one : result.cases) json["cases"].push_back(to_json(one));
  std::vector<std::string> warnings =
      redraw(folder, {"mean_field", "mean_field_kernels"}, !options.no_figures, [&] {
        std::vector<Figure> out = {mean_field_figure(result, options),
                                   mean_field_kernel_figure(result, options)};
        std::erase_if(out, [](const Figure& figure) { return figure.data.empty(); });
        return out;
      });
  return write_record(folder / "mean_field.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
