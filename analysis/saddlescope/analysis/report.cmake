# The report on a folder of results.
target_sources(saddlescope_analysis
  PRIVATE
    report_article.cpp
    report_files.cpp
    report_result.cpp
    report_scan.cpp
    report_view.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    report.hpp
    report_article.hpp
    report_files.hpp
    report_view.hpp)

# Its templates become part of the library: no file to find at run time, installed or not.
include(EmbedBytes)
foreach(part IN ITEMS "Html report.html" "Table table.html" "Style style.css" "Script script.js"
    "Markdown report.md")
  separate_arguments(part)
  list(GET part 0 name)
  list(GET part 1 file)
  string(REPLACE "." "_" stem "${file}")
  set(source "${PROJECT_BINARY_DIR}/embedded/${stem}.cpp")
  saddlescope_embed_bytes("${PROJECT_SOURCE_DIR}/data/report/${file}" kReport${name} "${source}")
  set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_sources(saddlescope_analysis PRIVATE "${source}")
endforeach()

# Header-only, without a CMake package on Debian; used in one file, not by users of the library.
find_path(SADDLESCOPE_MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)
mark_as_advanced(SADDLESCOPE_MUSTACHE_INCLUDE_DIR)
target_include_directories(saddlescope_analysis SYSTEM PRIVATE "${SADDLESCOPE_MUSTACHE_INCLUDE_DIR}")
