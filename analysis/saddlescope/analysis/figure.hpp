// Figures: a gnuplot script and its data files, drawn as SVG, PDF and PNG.
//
// Script and data stay beside the figure and name each other relatively, so that anyone can change
// and redraw it with `gnuplot NAME.gp`. gnuplot runs as a child process without a shell.
//
// NAME.figure.json says in words what the picture shows, for the report and for readers who cannot
// see it: {name, title, caption, width, height, script, data: [files]}.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/base/types.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {

// One colour per meaning, in every figure (Okabe and Ito's palette, distinct for colour-blind
// readers).
namespace colour {
inline constexpr const char* kLoss = "#0072B2";    // blue
inline constexpr const char* kEnergy = "#D55E00";  // vermillion
inline constexpr const char* kTheory = "#000000";
inline constexpr const char* kMuted = "#777777";  // axes, boundaries
}  // namespace colour

// "SP", "NTP", "µPC" for sp, ntp, mupc.
[[nodiscard]] std::string parameterisation_label(const std::string& parameterisation);

struct FigureData {
  std::string file;  // relative name, e.g. spectrum_histogram.csv
  std::string content;
};

struct Figure {
  std::string name;  // stem of all its files
  int width = 1600;  // pixels of the PNG; the other formats keep the shape
  int height = 800;
  double font = 0;       // pixels of the PNG; 0: a fortieth of the height
  std::string commands;  // gnuplot, without terminal and output; read anew for every format
  std::vector<FigureData> data;
  std::string title;    // what is drawn, in a phrase that can stand for the picture
  std::string caption;  // how to read it: axes, marks, colours

  [[nodiscard]] std::string script() const;
};

// Writes script, data and description to `folder` and draws the three formats there; each file
// appears under its name only when whole. Not ok, with gnuplot's own message or what to install,
// where drawing failed: the other files are written all the same.
[[nodiscard]] Summary draw(const Figure& figure, const std::filesystem::path& folder);

// Removes what an earlier run drew under this name: its numbers are not those of this run.
void remove_figure(const std::filesystem::path& folder, const std::string& name);

// The ending of a figure's description, NAME.figure.json.
inline constexpr const char* kFigureDescription = ".figure.json";

// A table as the content of a data file.
[[nodiscard]] std::string csv_text(const CsvTable& table);

// Colours of heat maps about zero: blue, white, red.
inline constexpr const char* kHeatMapPalette =
    "set palette defined (-1 '#2166AC', -0.5 '#92C5DE', 0 '#FFFFFF', 0.5 '#F4A582', 1 '#B2182B')\n";

// Their range: the magnitude that a share of the non-zero entries stays below, so that a few large
// ones do not turn the rest white; 1 for the zero matrix.
[[nodiscard]] double heat_map_range(const Matrix& H, double share = 0.99);

// A heat map's data: entry (i, j) as column j of row i, six digits, as a picture needs no more.
[[nodiscard]] std::string matrix_csv(const Matrix& A);

// The key of a multiplot as a strip of its own, as wide as the picture, from its lower edge to the
// share `top` of its height; the key of one of the plots would have to fit that plot. `plots` are
// entries "NaN with .. title '..'" with commas; `font` is the size of their text. Margins and ranges stay
// changed.
[[nodiscard]] std::string legend_strip(const std::string& plots, double top, double font);

// Text as a gnuplot string that is taken literally.
[[nodiscard]] std::string quoted(const std::string& text);

}  // namespace saddlescope::analysis
