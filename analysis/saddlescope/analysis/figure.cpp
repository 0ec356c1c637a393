#include "saddlescope/analysis/figure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "saddlescope/io/text.hpp"

extern char** environ;

namespace saddlescope::analysis {
namespace {

constexpr std::array<const char*, 3> kFormats = {"svg", "pdf", "png"};

// Runs `gnuplot script` in `folder`, its error output in the file `log` there.
int run_gnuplot(const std::filesystem::path& folder, const std::string& script,
                const std::string& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  std::string program = "gnuplot", argument = script;
  std::array<char*, 3> arguments = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int failure = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    errno = failure;
    return -1;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::string first_line(const std::string& text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (text.find_first_not_of(" \t^\r", begin) < end) return text.substr(begin, end - begin);
    begin = end + 1;
  }
  return {};
}

std::string description(const Figure& figure) {
  nlohmann::ordered_json json = {{"name", figure.name},
                                 {"title", figure.title},
                                 {"caption", figure.caption},
                                 {"width", figure.width},
                                 {"height", figure.height},
                                 {"script", figure.name + ".gp"},
                                 {"data", nlohmann::ordered_json::array()}};
  for (const FigureData& data : figure.data) json["data"].push_back(data.file);
  return json.dump(2) + "\n";
}

// gnuplot's svg terminal scales marks with the font, to three times their size in the other two, and
// leaves cells of maps to be smoothed.
std::string like_other_formats(const std::string& svg) {
  constexpr double kShare = 1.0 / 3;
  constexpr std::string_view mark = "xlink:href='#gpPt", scale = " scale(", image = "<image ";
  std::string out;
  std::size_t done = 0;
  const auto copy_to = [&](std::size_t end) {
    out += svg.substr(done, end - done);
    done = end;
  };
  for (std::size_t at = svg.find('<'); at != std::string::npos; at = svg.find('<', at + 1)) {
    const std::string_view tag = std::string_view(svg).substr(at, svg.find('>', at) - at);
    if (tag.starts_with(image)) {
      copy_to(at + image.size());
      out += "style='image-rendering:pixelated' ";
    } else if (tag.find(mark) != std::string_view::npos) {
      const std::size_t size = tag.find(scale);
      if (size == std::string_view::npos) continue;  // the definition of a mark
      copy_to(at + size + scale.size());
      const std::size_t close = svg.find(')', done);
      out += fmt::format("{:.2f}", kShare * std::stod(svg.substr(done, close - done)));
      done = close;
    }
  }
  copy_to(svg.size());
  return out;
}

Summary draw_in(const Figure& figure, const std::filesystem::path& workshop) {
  const std::string script = figure.name + ".gp";
  const int code = run_gnuplot(workshop, script, "gnuplot.log");
  if (code == -1 && errno == ENOENT) {
    return {Status::kRefused, figure.name +
                                  " is not drawn: gnuplot is missing (on Debian: apt install "
                                  "gnuplot-nox), its script and data are written"};
  }
  if (code != 0) {
    const std::string reason =
        code == -1 ? std::strerror(errno) : first_line(read_text(workshop / "gnuplot.log"));
    return {Status::kRefused, fmt::format("{} is not drawn: {}", figure.name, reason)};
  }
  return {};
}

}  // namespace

std::string matrix_csv(const Matrix& A) {
  fmt::memory_buffer text;
  for (Index i = 0; i < A.rows(); ++i) {
    for (Index j = 0; j < A.cols(); ++j) {
      fmt::format_to(std::back_inserter(text), "{}{:.6g}", j > 0 ? "," : "", A(i, j));
    }
    text.push_back('\n');
  }
  return fmt::to_string(text);
}

std::string parameterisation_label(const std::string& parameterisation) {
  if (parameterisation == "sp") return "SP";
  return parameterisation == "ntp" ? "NTP" : "µPC";
}

std::string legend_strip(const std::string& plots, double top, double font) {
  return fmt::format(
      "unset title\nunset xlabel\nunset ylabel\nunset tics\nunset grid\nunset border\n"
      "unset logscale\nset lmargin at screen 0.02\nset rmargin at screen 0.98\n"
      "set bmargin at screen 0\nset tmargin at screen {:.4f}\nset xrange [0:1]\n"
      "set yrange [0:1]\nset key center center horizontal Left reverse samplen 2.5 width 2 "
      "font ',{:g}'\nplot {}\n",
      top, font, plots);
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += (c == '\n' || c == '\r') ? ' ' : c;
  }
  return result + "'";
}

std::string csv_text(const CsvTable& table) {
  std::string text;
  const auto line = [&text](const std::vector<std::string>& cells) {
    text += fmt::format("{}\n", fmt::join(cells, ","));
  };
  line(table.header);
  for (const auto& row : table.rows) line(row);
  return text;
}

double heat_map_range(const Matrix& H, double share) {
  std::vector<double> magnitudes;
  for (const double entry : H.reshaped()) {
    if (entry != 0) magnitudes.push_back(std::abs(entry));
  }
  if (magnitudes.empty()) return 1;
  const auto place = magnitudes.begin() + static_cast<std::ptrdiff_t>(
                                              share * static_cast<double>(magnitudes.size() - 1));
  std::nth_element(magnitudes.begin(), place, magnitudes.end());
  return *place;
}

std::string Figure::script() const {
  // Fonts scale with the picture: the same proportions in all three formats.
  const double size = font > 0 ? font : height / 40.0;
  return fmt::format(
      "# Redraw with: gnuplot {0}.gp\n"
      "set encoding utf8\n"
      "set datafile separator ','\n"
      "do for [format in 'svg pdf png'] {{\n"
      "if (format eq 'svg') {{ set terminal svg size {1},{2} dynamic standalone font "
      "'DejaVu Sans,Helvetica,sans-serif,{3:.0f}' background '#ffffff' linewidth 1.6 }}\n"
      "if (format eq 'pdf') {{ set terminal pdfcairo size {4:.3f}in,{5:.3f}in font "
      "'DejaVu Sans,{6:.1f}' fontscale 1 pointscale 0.6 linewidth 1.2 }}\n"
      "if (format eq 'png') {{ set terminal pngcairo size {1},{2} font 'DejaVu Sans,{3:.0f}' "
      "fontscale 1 linewidth 1.6 }}\n"
      "set output '{0}.'.format\n"
      "{7}"
      "unset output\n"
      "reset\n"
      "set datafile separator ','\n"
      "}}\n",
      name, width, height, size, width / 160.0, height / 160.0, size * 0.45, commands);
}

Summary draw(const Figure& figure, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  // Everything happens in a folder of its own inside `folder`, then moves up by rename.
  const fs::path workshop = folder / fmt::format(".{}-{}", figure.name, getpid());
  fs::create_directories(workshop);
  std::vector<std::string> finished = {figure.name + ".gp", figure.name + kFigureDescription};
  write_text(workshop / finished[0], figure.script());
  write_text(workshop / finished[1], description(figure));
  for (const FigureData& data : figure.data) {
    write_text(workshop / data.file, data.content);
    finished.push_back(data.file);
  }
  Summary summary = draw_in(figure, workshop);
  if (const fs::path svg = workshop / (figure.name + ".svg"); summary.ok() && fs::exists(svg))
    write_text(svg, like_other_formats(read_text(svg)));
  for (const char* format : kFormats) {
    const std::string file = figure.name + "." + format;
    if (summary.ok() && fs::is_regular_file(workshop / file)) {
      finished.push_back(file);
    } else {
      fs::remove(folder / file);  // a picture of an earlier run would show other numbers
    }
  }
  for (const std::string& file : finished) fs::rename(workshop / file, folder / file);
  fs::remove_all(workshop);
  return summary;
}

void remove_figure(const std::filesystem::path& folder, const std::string& name) {
  for (const char* format : kFormats) std::filesystem::remove(folder / (name + "." + format));
  std::filesystem::remove(folder / (name + ".gp"));
  std::filesystem::remove(folder / (name + kFigureDescription));
}

}  // namespace saddlescope::analysis
