# Studies of inference: networks without data, conditioning, spectra, solvers, limits.
target_sources(saddlescope_analysis
  PRIVATE
    inference_network.cpp
    solve_figure.cpp
    solve_files.cpp
    solve_study.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    inference_network.hpp
    solve_files.hpp
    solve_study.hpp)
