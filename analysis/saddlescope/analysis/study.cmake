# Figures and the spectrum study.
target_sources(saddlescope_analysis
  PRIVATE
    options.cpp
    provenance.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    options.hpp
    provenance.hpp)
