# Studies of inference: networks without data, conditioning, spectra, solvers, limits.
target_sources(saddlescope_analysis
  PRIVATE
    inference_network.cpp
    limits_expectation.cpp
    limits_figures.cpp
    limits_files.cpp
    limits_law.cpp
    limits_map.cpp
    limits_options.cpp
    limits_study.cpp
    limits_text.cpp
    limits_training.cpp
    memory_budget.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    inference_network.hpp
    limits_expectation.hpp
    limits_files.hpp
    limits_law.hpp
    limits_map.hpp
    limits_options.hpp
    limits_study.hpp
    limits_training.hpp
    memory_budget.hpp)
