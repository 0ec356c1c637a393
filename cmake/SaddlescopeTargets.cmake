# Two interface targets: what users of the library must share (abi), and what only this build uses
# (options), plus one helper that makes a test program.

add_library(saddlescope_abi INTERFACE)
add_library(saddlescope::abi ALIAS saddlescope_abi)
set_target_properties(saddlescope_abi PROPERTIES EXPORT_NAME abi)
target_compile_features(saddlescope_abi INTERFACE cxx_std_20)
# A library built with another -march than its user must agree on Eigen's alignment.
target_compile_definitions(saddlescope_abi INTERFACE EIGEN_MAX_ALIGN_BYTES=64 EIGEN_DONT_PARALLELIZE)

add_library(saddlescope_options INTERFACE)
target_compile_options(saddlescope_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
  -Wcast-qual -Wformat=2
  -ffp-contract=off  # scalar arithmetic is the same on every build
  $<$<BOOL:${SADDLESCOPE_WARNINGS_AS_ERRORS}>:-Werror>
  $<$<BOOL:${SADDLESCOPE_NATIVE}>:-march=native>)
if(SADDLESCOPE_SANITIZE)
  target_compile_options(saddlescope_options INTERFACE
    -fsanitize=${SADDLESCOPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # g++ sees uninitialised members in std::function once the sanitizers instrument it.
    -Wno-maybe-uninitialized)
  target_link_options(saddlescope_options INTERFACE -fsanitize=${SADDLESCOPE_SANITIZE})
endif()

# saddlescope_add_tests(NAME name SOURCES a.cpp ... [LIBRARIES lib ...] [SLOW])
# makes the program test_<name> and registers each of its cases with CTest. SLOW labels them "slow".
function(saddlescope_add_tests)
  cmake_parse_arguments(ARG "SLOW" "NAME" "SOURCES;LIBRARIES" ${ARGN})
  set(target test_${ARG_NAME})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE
    saddlescope_test_support saddlescope::core ${ARG_LIBRARIES} saddlescope_options)
  target_precompile_headers(${target} REUSE_FROM saddlescope_test_support)
  set(labels "fast")
  if(ARG_SLOW)
    set(labels "slow")
  endif()
  doctest_discover_tests(${target} TEST_PREFIX "${ARG_NAME}: "
    PROPERTIES LABELS ${labels} TIMEOUT 900 ENVIRONMENT "SADDLESCOPE_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()
