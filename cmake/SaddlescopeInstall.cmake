# Installs the program, the libraries, their headers, the data and the package config that
# find_package(saddlescope) reads.
include(CMakePackageConfigHelpers)
set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/saddlescope")

install(TARGETS saddlescope_core saddlescope_analysis saddlescope_abi
  EXPORT saddlescopeTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT saddlescopeTargets NAMESPACE saddlescope:: DESTINATION "${config_dir}")
if(TARGET saddlescope_app)
  install(TARGETS saddlescope_app RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET saddlescope_mpi)
  install(TARGETS saddlescope_mpi LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/saddlescope")
endif()
# The templates of the report are inside the library.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/data/" DESTINATION "${CMAKE_INSTALL_DATADIR}/saddlescope"
  PATTERN report EXCLUDE)

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/saddlescopeConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/saddlescopeConfig.cmake" INSTALL_DESTINATION "${config_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/saddlescopeConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/saddlescopeConfig.cmake"
  "${PROJECT_BINARY_DIR}/saddlescopeConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/SaddlescopeDependencies.cmake" DESTINATION "${config_dir}")
