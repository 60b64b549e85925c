# The target ingot::compiled: all that ingot::ingot has, and the library as it is compiled once, by the
# build of who links it and with its flags. (Nothing is compiled where nobody does.)
if(TARGET ingot::compiled) # asked for before
  return()
endif()
set(ingot_source ${CMAKE_CURRENT_BINARY_DIR}/ingot_compiled.cpp)
file(CONFIGURE OUTPUT ${ingot_source} CONTENT "#include <ingot/implementation.hpp>\n")
add_library(ingot_compiled STATIC EXCLUDE_FROM_ALL ${ingot_source})
add_library(ingot::compiled ALIAS ingot_compiled)
target_link_libraries(ingot_compiled PUBLIC ingot::ingot)
target_compile_definitions(ingot_compiled PUBLIC INGOT_SEPARATE_COMPILATION)
