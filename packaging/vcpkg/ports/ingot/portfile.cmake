# An overlay port: it builds the checkout that it lies in.
cmake_path(SET SOURCE_PATH NORMALIZE "${CURRENT_PORT_DIR}/../../../..")

set(VCPKG_BUILD_TYPE release) # header-only port

vcpkg_check_features(OUT_FEATURE_OPTIONS options FEATURES tools INGOT_BUILD_TOOLS)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${options}
    -DINGOT_BUILD_TESTS=OFF
    -DINGOT_BUILD_EXAMPLES=OFF
    -DINGOT_BUILD_BENCH=OFF
    -DINGOT_INSTALL_CMAKEDIR=share/ingot)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup()
if("tools" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES ingot AUTO_CLEAN)
endif()

vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
