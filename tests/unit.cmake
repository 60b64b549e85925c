file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS *_test.cpp)
add_executable(ingot_tests main.cpp ${unit_sources})
target_link_libraries(ingot_tests PRIVATE ingot::ingot doctest::doctest)
# More than half of a test's compile time is these.
target_precompile_headers(ingot_tests PRIVATE <doctest/doctest.h> <ingot/ingot.hpp>)
set_source_files_properties(main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
target_compile_definitions(ingot_tests PRIVATE INGOT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

set(unit_cases ${CMAKE_CURRENT_BINARY_DIR}/unit_cases.cmake)
add_custom_command(
  TARGET ingot_tests
  POST_BUILD
  COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:ingot_tests> -D PREFIX=unit. -D
          OUTPUT=${unit_cases} -P ${PROJECT_SOURCE_DIR}/cmake/discover_cases.cmake
  VERBATIM)
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${unit_cases})
