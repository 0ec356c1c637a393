# Studies of inference: networks without data, conditioning, spectra, solvers, limits.
target_sources(saddlescope_analysis
  PRIVATE
    condition_study.cpp
    inference_network.cpp
    phase_figures.cpp
    phase_files.cpp
    phase_growth.cpp
    phase_prediction.cpp
    phase_study.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    condition_study.hpp
    inference_network.hpp
    phase_files.hpp
    phase_growth.hpp
    phase_prediction.hpp
    phase_study.hpp)
