# The target ingot::compiled: all that ingot::ingot has, and the library as it is compiled once, by the
# build of who links it, with the flags that are set where this is included first: those that change
# what the standard library's types are (-D_GLIBCXX_DEBUG) must be set there. (Nothing is compiled where
# nobody links it.)
if(TARGET ingot::compiled) # asked for before
  return()
endif()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/ingot_compiled.cpp
     CONTENT "#include <ingot/implementation.hpp>\n")
add_library(ingot_compiled STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/ingot_compiled.cpp)
add_library(ingot::compiled ALIAS ingot_compiled)
target_link_libraries(ingot_compiled PUBLIC ingot::ingot)
target_compile_features(ingot_compiled PUBLIC cxx_std_20) # Conan's ingot::ingot doesn't say it
# So that shared libraries, extensions of Python above all, can link it.
set_target_properties(ingot_compiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(ingot_compiled PUBLIC INGOT_SEPARATE_COMPILATION)
