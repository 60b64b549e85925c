# A test for each doctest case of a program, and that runs it.
function(ingot_add_cases label target)
  target_link_libraries(${target} PRIVATE ingot::ingot doctest::doctest)
  # More than half of a test's compile time is these.
  target_precompile_headers(${target} PRIVATE <doctest/doctest.h> <ingot/ingot.hpp>)
  set_source_files_properties(main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
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
add_executable(ingot_tests main.cpp ${unit_sources} interop/random_tree.cpp)
ingot_add_cases(unit ingot_tests)

# Optimized in every build: they move gigabytes. Their bounds of time and memory mean nothing under
# a sanitizer.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  add_executable(ingot_large_tests main.cpp contract/large.cpp)
  target_compile_options(ingot_large_tests PRIVATE -O2)
  ingot_add_cases(large ingot_large_tests)
endif()
