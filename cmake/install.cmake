include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# A path in the cache, so that a packager can move the configuration.
set(INGOT_INSTALL_CMAKEDIR
    "${CMAKE_INSTALL_LIBDIR}/cmake/ingot"
    CACHE STRING "Where the CMake configuration is installed, relative to the prefix")

configure_package_config_file(
  cmake/ingot-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/ingot-config.cmake
  INSTALL_DESTINATION ${INGOT_INSTALL_CMAKEDIR})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/ingot-config-version.cmake
  COMPATIBILITY SameMinorVersion # until 1.0 a minor version may break its users
  ARCH_INDEPENDENT)

install(TARGETS ingot EXPORT ingotTargets FILE_SET HEADERS)
install(EXPORT ingotTargets NAMESPACE ingot:: DESTINATION ${INGOT_INSTALL_CMAKEDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ingot-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/ingot-config-version.cmake
              cmake/FindIngotRapidJSON.cmake cmake/ingot-compiled.cmake cmake/ingot-cuda.cmake
        DESTINATION ${INGOT_INSTALL_CMAKEDIR})
if(INGOT_BUILD_TOOLS)
  install(TARGETS ingot_tool)
endif()
