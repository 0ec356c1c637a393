# Finds what the library needs. README.md says why each is here and which Debian package holds it.
# Included by the build and, through the package config, by projects that use the installed library.
include(CMakeFindDependencyMacro)

find_dependency(Eigen3 3.4 NO_MODULE)
find_dependency(Boost 1.74)
find_dependency(Threads)
find_dependency(ZLIB)
find_dependency(fmt)
find_dependency(nlohmann_json)

# The serial HDF5, never an MPI build that pkg-config may put first.
set(HDF5_PREFER_PARALLEL OFF)
find_dependency(HDF5 COMPONENTS C)

# Spectra 1.0.1 is header-only; LAPACKE, libcsv and xxHash ship no CMake package on Debian.
function(saddlescope_find name header library)
  if(TARGET saddlescope_deps::${name})
    return()
  endif()
  find_path(SADDLESCOPE_${name}_INCLUDE_DIR ${header} REQUIRED
            PATH_SUFFIXES ${ARGN})
  find_library(SADDLESCOPE_${name}_LIBRARY ${library} REQUIRED)
  mark_as_advanced(SADDLESCOPE_${name}_INCLUDE_DIR SADDLESCOPE_${name}_LIBRARY)
  add_library(saddlescope_deps::${name} UNKNOWN IMPORTED)
  set_target_properties(saddlescope_deps::${name} PROPERTIES
    IMPORTED_LOCATION "${SADDLESCOPE_${name}_LIBRARY}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${SADDLESCOPE_${name}_INCLUDE_DIR}"
    INTERFACE_INCLUDE_DIRECTORIES "${SADDLESCOPE_${name}_INCLUDE_DIR}")
endfunction()

saddlescope_find(lapacke lapacke.h lapacke)
saddlescope_find(openblas cblas.h openblas openblas-pthread x86_64-linux-gnu/openblas-pthread)
saddlescope_find(csv csv.h csv)
saddlescope_find(xxhash xxhash.h xxhash)
find_path(SADDLESCOPE_SPECTRA_INCLUDE_DIR Spectra/SymEigsSolver.h REQUIRED)
mark_as_advanced(SADDLESCOPE_SPECTRA_INCLUDE_DIR)
