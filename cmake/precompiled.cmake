# Most of the time that our programs take to compile is the library's: they link what is compiled once,
# and with INGOT_PRECOMPILE those of a build tree parse the headers once, too.

# ingot_precompile(TARGET): a program that links ingot::compiled and includes <ingot/ingot.hpp>
# anyway.
function(ingot_precompile target)
  if(INGOT_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ingot_precompiled)
  endif()
endfunction()

if(NOT INGOT_PRECOMPILE)
  return()
endif()

set(source ${CMAKE_CURRENT_BINARY_DIR}/precompiled.cpp)
file(CONFIGURE OUTPUT ${source} CONTENT "")
add_library(ingot_precompiled OBJECT EXCLUDE_FROM_ALL ${source})
target_link_libraries(ingot_precompiled PRIVATE ingot::compiled)
target_precompile_headers(ingot_precompiled PRIVATE <ingot/ingot.hpp>)

# What the tests share is optimized in their debug builds, too: they take less time. (With sanitizers
# -O2 would cost more than it saves.)
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_compile_options(ingot_compiled PRIVATE -O1)
  else()
    target_compile_options(ingot_compiled PRIVATE -O2)
  endif()
endif()
