# What must not compile, what must compile on its own, and what must compile under nvcc.

set(precompiled ${CMAKE_CURRENT_BINARY_DIR}/compile_fail/precompiled.hpp)
configure_file(compile_fail/precompiled.hpp ${precompiled} COPYONLY)
ingot_add_test(
  compile_fail
  precompiled
  ${CMAKE_CXX_COMPILER}
  -std=c++20
  -I${PROJECT_SOURCE_DIR}/include
  -x
  c++-header
  ${precompiled}
  -o
  ${precompiled}.gch)
set_tests_properties(compile_fail.precompiled PROPERTIES FIXTURES_SETUP precompiled)

file(GLOB compile_fail_sources CONFIGURE_DEPENDS compile_fail/*.cpp)
foreach(source IN LISTS compile_fail_sources)
  cmake_path(GET source STEM name)
  ingot_add_test(
    compile_fail
    ${name}
    ${CMAKE_COMMAND}
    -D
    COMPILER=${CMAKE_CXX_COMPILER}
    -D
    INCLUDE=${PROJECT_SOURCE_DIR}/include
    -D
    PRECOMPILED=${precompiled}
    -D
    SOURCE=${source}
    -P
    ${CMAKE_CURRENT_SOURCE_DIR}/compile_fail/run.cmake)
  set_tests_properties(compile_fail.${name} PROPERTIES FIXTURES_REQUIRED precompiled)
endforeach()

# The toolkit is optional for a developer; continuous integration insists on it.
if(INGOT_NVCC)
  file(GLOB_RECURSE cuda_sources CONFIGURE_DEPENDS *_test.cu)
  foreach(source IN LISTS cuda_sources)
    cmake_path(RELATIVE_PATH source OUTPUT_VARIABLE name)
    ingot_add_test(
      nvcc
      ${name}
      ${INGOT_NVCC}
      -std=c++20
      -Werror=all-warnings
      -I${PROJECT_SOURCE_DIR}/include
      -c
      ${source}
      -o
      /dev/null)
  endforeach()
endif()
