# RapidJSON's headers as the target ingot::rapidjson. Its own package configuration gives a target or
# a variable of a name that depends on its version and on who packaged it.
if(TARGET ingot::rapidjson)
  set(IngotRapidJSON_FOUND TRUE)
  return()
endif()

find_package(RapidJSON CONFIG QUIET)
set(ingot_rapidjson_target)
foreach(name IN ITEMS rapidjson RapidJSON) # Conan and vcpkg; its own sources after 1.1.0
  if(TARGET ${name})
    set(ingot_rapidjson_target ${name})
  endif()
endforeach()
if(ingot_rapidjson_target)
  set(INGOT_RAPIDJSON ${ingot_rapidjson_target})
else() # Debian's has variables; and there may be headers only
  find_path(INGOT_RAPIDJSON rapidjson/reader.h HINTS ${RapidJSON_INCLUDE_DIRS}
                                                     ${RAPIDJSON_INCLUDE_DIRS})
  mark_as_advanced(INGOT_RAPIDJSON)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  IngotRapidJSON
  REQUIRED_VARS INGOT_RAPIDJSON
  REASON_FAILURE_MESSAGE "RapidJSON is rapidjson-dev in Debian, rapidjson in Conan and vcpkg")

if(IngotRapidJSON_FOUND)
  add_library(ingot::rapidjson INTERFACE IMPORTED)
  if(ingot_rapidjson_target)
    target_link_libraries(ingot::rapidjson INTERFACE ${ingot_rapidjson_target})
  else()
    target_include_directories(ingot::rapidjson INTERFACE ${INGOT_RAPIDJSON})
  endif()
endif()
