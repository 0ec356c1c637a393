#include "saddlescope/analysis/report_files.hpp"

#include <cassert>
#include <cstddef>
#include <string_view>

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <fmt/format.h>
#include <kainjow/mustache.hpp>

#include "saddlescope/analysis/report_view.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::embedded {

// Generated from data/report by cmake/EmbedBytes.cmake.
extern const unsigned char kReportHtml[];
extern const std::size_t kReportHtmlSize;
extern const unsigned char kReportTable[];
extern const std::size_t kReportTableSize;
extern const unsigned char kReportStyle[];
extern const std::size_t kReportStyleSize;
extern const unsigned char kReportScript[];
extern const std::size_t kReportScriptSize;
extern const unsigned char kReportMarkdown[];
extern const std::size_t kReportMarkdownSize;

}  // namespace saddlescope::embedded

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
namespace mustache = kainjow::mustache;
using Json = nlohmann::json;

constexpr std::uintmax_t kLargeSvg = 200'000;  // bytes

std::string embedded_text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string base64(std::string bytes) {
  namespace iterators = boost::archive::iterators;
  using Encode =
      iterators::base64_from_binary<iterators::transform_width<std::string::const_iterator, 6, 8>>;
  const std::size_t padding = (3 - bytes.size() % 3) % 3;
  bytes.append(padding, '\0');
  std::string out(Encode(bytes.cbegin()), Encode(bytes.cend()));
  out.replace(out.size() - padding, padding, padding, '=');
  return out;
}

std::uintmax_t size_of(const fs::path& folder, const std::string& file) {
  return file.empty() ? 0 : fs::file_size(folder / file);
}

std::string data_address(const fs::path& folder, const ReportPicture& picture) {
  const std::uintmax_t svg = size_of(folder, picture.svg), png = size_of(folder, picture.png);
  const bool as_svg = svg > 0 && (png == 0 || svg <= kLargeSvg || svg <= png);
  return fmt::format("data:image/{};base64,{}", as_svg ? "svg+xml" : "png",
                     base64(read_text(folder / (as_svg ? picture.svg : picture.png))));
}

mustache::data to_mustache(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_array()) {
    mustache::list items;
    items.reserve(json.size());
    for (const Json& item : json) items.push_back(to_mustache(item));
    return items;
  }
  if (!json.is_object()) return false;
  mustache::data out;
  for (const auto& [key, value] : json.items()) out.set(key, to_mustache(value));
  return out;
}

// "digits" for "out/digits", "out/digits/" and, inside it, ".".
std::string heading_of(const fs::path& folder) {
  const fs::path whole = fs::weakly_canonical(folder);
  return whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
}

// Characters that Markdown or the HTML within it would read as markup; a line break would end a row.
std::string escape_markdown(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_[]>|#~$").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string render(mustache::mustache& page, const mustache::data& values) {
  assert(page.is_valid());
  return page.render(values);
}

}  // namespace

std::string report_html(const Report& report, const fs::path& folder) {
  mustache::data values =
      to_mustache(report_view(report, heading_of(folder), [&](const ReportPicture& picture) {
        return data_address(folder, picture);
      }));
  values.set("style", embedded_text(embedded::kReportStyle, embedded::kReportStyleSize));
  values.set("script", embedded_text(embedded::kReportScript, embedded::kReportScriptSize));
  values.set("table", mustache::data(mustache::partial([] {
               return embedded_text(embedded::kReportTable, embedded::kReportTableSize);
             })));
  mustache::mustache page(embedded_text(embedded::kReportHtml, embedded::kReportHtmlSize));
  return render(page, values);
}

std::string report_markdown(const Report& report, const fs::path& folder) {
  const mustache::data values =
      to_mustache(report_view(report, heading_of(folder), [](const ReportPicture&) { return ""; }));
  mustache::mustache page(embedded_text(embedded::kReportMarkdown, embedded::kReportMarkdownSize));
  page.set_custom_escape(escape_markdown);
  std::string text = render(page, values);
  // One empty line where sections left several.
  for (std::size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

std::string report_text(const Report& report) {
  const Json view = report_view(report, "", [](const ReportPicture&) { return ""; });
  std::string out;
  for (const Json& one : view.at("summary"))
    out += fmt::format("{:>12}  {}\n", one.at("count").get<std::string>(),
                       one.at("what").get<std::string>());
  for (const UnreadableFile& one : report.unreadable)
    out += fmt::format("\ncould not be read: {}: {}", one.file, one.reason);
  return out + (report.unreadable.empty() ? "" : "\n");
}

void write_report(const Report& report, const fs::path& folder) {
  const std::string html = report_html(report, folder);
  const std::string markdown = report_markdown(report, folder);
  write_text(folder / "report.html", html);
  write_text(folder / "report.md", markdown);
}

}  // namespace saddlescope::analysis
