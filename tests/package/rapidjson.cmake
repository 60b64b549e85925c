# FindIngotRapidJSON.cmake finds RapidJSON's headers whatever its package configuration is like.
include(${CMAKE_CURRENT_LIST_DIR}/functions.cmake)

file(REMOVE_RECURSE ${WORK})
file(WRITE ${WORK}/CMakeLists.txt [[
cmake_minimum_required(VERSION 3.24)
project(finder LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH ${SOURCE}/cmake)
find_package(IngotRapidJSON REQUIRED)
find_package(IngotRapidJSON REQUIRED) # two projects may both ask
add_library(finder OBJECT finder.cpp)
target_link_libraries(finder PRIVATE ingot::rapidjson)
target_compile_definitions(finder PRIVATE PLACE=${PLACE})
]])
file(WRITE ${WORK}/finder.cpp [[
#include <rapidjson/reader.h>
static_assert(found == PLACE);
]])

# A package at ${place}, whose header can be told from the others'.
function(check_package place configuration)
  set(package ${WORK}/${place})
  file(WRITE ${package}/include/rapidjson/reader.h "constexpr int found = ${place};\n")
  if(configuration)
    file(WRITE ${package}/lib/cmake/RapidJSON/RapidJSONConfig.cmake "${configuration}")
  endif()
  run(${CMAKE_COMMAND} -S ${WORK} -B ${WORK}/build${place} -G Ninja -D SOURCE=${SOURCE}
      -D PLACE=${place} -D CMAKE_PREFIX_PATH=${package} -D CMAKE_CXX_COMPILER=${COMPILER})
  run(${CMAKE_COMMAND} --build ${WORK}/build${place})
endfunction()

set(here "\${CMAKE_CURRENT_LIST_DIR}/../../../include")
check_package(1 "set(RAPIDJSON_INCLUDE_DIRS ${here})")
check_package(2 "add_library(rapidjson INTERFACE IMPORTED)
target_include_directories(rapidjson INTERFACE ${here})")
check_package(3 "add_library(RapidJSON INTERFACE IMPORTED)
target_include_directories(RapidJSON INTERFACE ${here})
set(RapidJSON_INCLUDE_DIRS ${here})")
check_package(4 "")
