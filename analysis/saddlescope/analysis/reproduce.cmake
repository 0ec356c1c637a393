# Published experiments run again.
target_sources(saddlescope_analysis
  PRIVATE
    completion_figure.cpp
    completion_runs.cpp
    mupc_depth.cpp
    nearest_name.cpp
    origin_escape_figure.cpp
    origin_escape_tables.cpp
    reproduction.cpp
    reproduction_files.cpp
    study_matrix_completion.cpp
    study_mupc_depth.cpp
    study_origin_escape.cpp
    study_run.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    completion_figure.hpp
    completion_runs.hpp
    mupc_depth.hpp
    nearest_name.hpp
    origin_escape.hpp
    reproduction.hpp
    reproduction_files.hpp
    study_run.hpp)
