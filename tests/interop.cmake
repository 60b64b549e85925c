# The real PyTorch reads what Ingot writes, and Ingot reads what PyTorch writes.

find_package(OpenSSL REQUIRED)
file(GLOB driver_sources CONFIGURE_DEPENDS interop/*.cpp)
# It prints values as the command line does.
foreach(name IN ITEMS digest elements json json_text)
  list(APPEND driver_sources ${PROJECT_SOURCE_DIR}/tools/${name}.cpp)
endforeach()
add_executable(ingot_interop_driver ${driver_sources})
target_include_directories(ingot_interop_driver PRIVATE ${PROJECT_SOURCE_DIR}/tools)
target_link_libraries(ingot_interop_driver PRIVATE ingot::compiled OpenSSL::Crypto)
set_target_properties(ingot_interop_driver PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
ingot_precompile(ingot_interop_driver)

add_library(ingot_dlpack_library MODULE interop/dlpack/library.cpp)
target_link_libraries(ingot_dlpack_library PRIVATE ingot::compiled)

file(GLOB interop_scripts CONFIGURE_DEPENDS interop/*_test.py)
foreach(script IN LISTS interop_scripts)
  cmake_path(GET script STEM name)
  ingot_add_test(interop ${name} ${INGOT_PYTHON} -m pytest -q -p no:cacheprovider ${script})
  set_tests_properties(
    interop.${name}
    PROPERTIES ENVIRONMENT
               "INGOT_TOOL=$<TARGET_FILE:ingot_tool>;INGOT_DRIVER=$<TARGET_FILE:ingot_interop_driver>;INGOT_CXX=${CMAKE_CXX_COMPILER};INGOT_DLPACK_LIBRARY=$<TARGET_FILE:ingot_dlpack_library>;INGOT_EXAMPLES=${PROJECT_BINARY_DIR}/examples")
endforeach()
