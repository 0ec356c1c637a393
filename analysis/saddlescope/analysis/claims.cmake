# Claims and their registry.
target_sources(saddlescope_analysis
  PRIVATE
    claim.cpp
    claim_case.cpp
    claim_critical_point.cpp
    claim_registry.cpp
    claim_scales.cpp
    claims_activity.cpp
    claims_critical_points.cpp
    claims_derivatives.cpp
    claims_energy.cpp
    claims_inertia.cpp
    claims_invariances.cpp
    claims_reductions.cpp
    claims_saddles.cpp
    claims_spectra.cpp
    linear_definitions.cpp
    verification.cpp
    verification_files.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    claim.hpp
    claim_case.hpp
    claim_critical_point.hpp
    claim_registry.hpp
    claim_scales.hpp
    linear_definitions.hpp
    verification.hpp)
