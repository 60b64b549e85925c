add_library(ingot_doctest_main OBJECT main.cpp)
target_link_libraries(ingot_doctest_main PUBLIC doctest::doctest)

# A test for each doctest case of a program, and that runs it.
function(ingot_add_cases label target)
  target_link_libraries(${target} PRIVATE ingot_doctest_main)
  target_compile_definitions(${target} PRIVATE INGOT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set(cases ${CMAKE_CURRENT_BINARY_DIR}/${label}_cases.cmake)
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:${target}> -D LABEL=${label} -D
            OUTPUT=${cases} -P ${PROJECT_SOURCE_DIR}/cmake/discover_cases.cmake
    VERBATIM)
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${cases})
endfunction()

file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS *_test.cpp)
list(FILTER unit_sources EXCLUDE REGEX /tests/cuda/)
add_executable(ingot_tests ${unit_sources} interop/random_tree.cpp)
# Most of a test's compile time is the library's: several files share it.
set_target_properties(ingot_tests PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
target_link_libraries(ingot_tests PRIVATE ingot::compiled)
ingot_precompile(ingot_tests)
# Each of the contract's is the whole of it, for one archive.
file(GLOB contract_sources CONFIGURE_DEPENDS contract/*_test.cpp)
set_source_files_properties(${contract_sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
ingot_add_cases(unit ingot_tests)

# Optimized in every build: they move gigabytes. Their bounds of time and memory mean nothing under
# a sanitizer.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  add_executable(ingot_large_tests contract/large.cpp)
  target_link_libraries(ingot_large_tests PRIVATE ingot::compiled)
  target_compile_options(ingot_large_tests PRIVATE -O2)
  ingot_add_cases(large ingot_large_tests)
endif()
