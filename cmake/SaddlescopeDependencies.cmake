# Finds what the library needs. README.md says why each is here and which Debian package holds it.
# Included by the build and, through the package config, by projects that use the installed library.
include(CMakeFindDependencyMacro)

find_dependency(Eigen3 3.4 NO_MODULE)
find_dependency(Boost 1.74)
find_dependency(Threads)
find_dependency(ZLIB)
find_dependency(fmt)
find_dependency(nlohmann_json)

# saddlescope_find(name header LIBRARIES names... FOLDERS names...): the imported target
# saddlescope_deps::name, for libraries that ship no CMake package on Debian.
function(saddlescope_find name header)
  if(TARGET saddlescope_deps::${name})
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "LIBRARIES;FOLDERS" ${ARGN})
  find_path(SADDLESCOPE_${name}_INCLUDE_DIR ${header} PATH_SUFFIXES ${ARG_FOLDERS} REQUIRED)
  find_library(SADDLESCOPE_${name}_LIBRARY NAMES ${ARG_LIBRARIES} PATH_SUFFIXES ${ARG_FOLDERS}
               REQUIRED)
  mark_as_advanced(SADDLESCOPE_${name}_INCLUDE_DIR SADDLESCOPE_${name}_LIBRARY)
  add_library(saddlescope_deps::${name} UNKNOWN IMPORTED)
  set_target_properties(saddlescope_deps::${name} PROPERTIES
    IMPORTED_LOCATION "${SADDLESCOPE_${name}_LIBRARY}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${SADDLESCOPE_${name}_INCLUDE_DIR}"
    INTERFACE_INCLUDE_DIRECTORIES "${SADDLESCOPE_${name}_INCLUDE_DIR}")
endfunction()

saddlescope_find(lapacke lapacke.h LIBRARIES lapacke)
# The header of OpenBLAS itself: /usr/include's cblas.h may be another library's.
saddlescope_find(openblas cblas.h LIBRARIES openblas FOLDERS openblas-pthread openblas-openmp)
saddlescope_find(csv csv.h LIBRARIES csv)
saddlescope_find(xxhash xxhash.h LIBRARIES xxhash)
saddlescope_find(sqlite3 sqlite3.h LIBRARIES sqlite3)
# The serial HDF5, never an MPI build; FindHDF5 would need the language C in every user's project.
saddlescope_find(hdf5 hdf5.h LIBRARIES hdf5_serial hdf5 FOLDERS hdf5/serial)
find_path(SADDLESCOPE_SPECTRA_INCLUDE_DIR Spectra/SymEigsSolver.h REQUIRED)
mark_as_advanced(SADDLESCOPE_SPECTRA_INCLUDE_DIR)
