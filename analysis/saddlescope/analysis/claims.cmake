# Claims and their registry.
target_sources(saddlescope_analysis
  PRIVATE claim.cpp claim_case.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    claim.hpp claim_case.hpp)
