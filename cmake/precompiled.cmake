# Most of the time that our programs take to compile is the library's. With INGOT_PRECOMPILE those of
# a build tree parse it once, and clang compiles its inline functions once, too.

# ingot_precompile(TARGET): a program that includes <ingot/ingot.hpp> anyway.
function(ingot_precompile target)
  if(INGOT_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ingot_precompiled)
    if(TARGET ingot_inline_functions)
      target_link_libraries(${target} PRIVATE ingot_inline_functions)
    endif()
  endif()
endfunction()

if(NOT INGOT_PRECOMPILE)
  return()
endif()

set(source ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
file(CONFIGURE OUTPUT ${source} CONTENT "")
add_library(ingot_precompiled OBJECT EXCLUDE_FROM_ALL ${source})
target_link_libraries(ingot_precompiled PRIVATE ingot::ingot)
target_precompile_headers(ingot_precompiled PRIVATE <ingot/ingot.hpp>)

if(CMAKE_CXX_COMPILER_ID STREQUAL Clang AND CMAKE_BUILD_TYPE STREQUAL Debug)
  target_compile_options(ingot_precompiled PRIVATE -fpch-codegen)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/ingot_precompiled.dir/cmake_pch.hxx.pch)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/inline_functions.o)
  # -O1: the tests take under half the time for a minute of compilation.
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_DEBUG} -O1")
  add_custom_command(
    OUTPUT ${object}
    DEPENDS ingot_precompiled ${header}
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -c ${header} -o ${object})
  add_library(ingot_inline_functions STATIC EXCLUDE_FROM_ALL ${object})
  set_target_properties(ingot_inline_functions PROPERTIES LINKER_LANGUAGE CXX)
  # Some that nobody calls need what the standard library doesn't export.
  target_link_options(ingot_inline_functions INTERFACE -Wl,--gc-sections)
endif()
