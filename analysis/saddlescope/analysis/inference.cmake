# Studies of inference: networks without data, conditioning, spectra, solvers, limits.
target_sources(saddlescope_analysis
  PRIVATE
    inference_network.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    inference_network.hpp)
