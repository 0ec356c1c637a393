# Studies of inference: networks without data, conditioning, spectra, solvers, limits.
target_sources(saddlescope_analysis
  PRIVATE
    inference_network.cpp
    limits_expectation.cpp
    limits_map.cpp
    limits_options.cpp
    limits_study.cpp
    limits_training.cpp
    mean_field_figure.cpp
    mean_field_files.cpp
    mean_field_study.cpp
    memory_budget.cpp
    width_training.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    inference_network.hpp
    limits_expectation.hpp
    limits_map.hpp
    limits_options.hpp
    limits_study.hpp
    limits_training.hpp
    mean_field_files.hpp
    mean_field_study.hpp
    memory_budget.hpp
    width_training.hpp)
