# Runs the overlay port with stand-ins for vcpkg's own functions, which need vcpkg itself, and
# builds a consumer with the package that comes out.
include(${CMAKE_CURRENT_LIST_DIR}/functions.cmake)

set(CURRENT_PORT_DIR ${SOURCE}/packaging/vcpkg/ports/ingot)
set(CURRENT_PACKAGES_DIR ${WORK}/package)
file(REMOVE_RECURSE ${WORK})

file(READ ${CURRENT_PORT_DIR}/vcpkg.json manifest)
string(JSON port_name GET "${manifest}" name)
string(JSON port_version GET "${manifest}" version)
if(NOT "${port_name} ${port_version}" STREQUAL "ingot ${VERSION}")
  message(FATAL_ERROR "vcpkg.json: expected ingot ${VERSION}, found ${port_name} ${port_version}")
endif()

function(vcpkg_check_features)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES")
  set(${arg_OUT_FEATURE_OPTIONS} "" PARENT_SCOPE)
  while(arg_FEATURES)
    list(POP_FRONT arg_FEATURES feature option)
    string(JSON known ERROR_VARIABLE unknown GET "${manifest}" features ${feature} description)
    if(unknown)
      message(FATAL_ERROR "vcpkg.json has no feature ${feature}")
    endif()
    set(${arg_OUT_FEATURE_OPTIONS} -D${option}=OFF PARENT_SCOPE)
  endwhile()
endfunction()

function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
  run(${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${WORK}/port -G Ninja
      -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR}
      ${arg_OPTIONS})
endfunction()

function(vcpkg_cmake_install)
  run(${CMAKE_COMMAND} --build ${WORK}/port --target install)
endfunction()

function(vcpkg_cmake_config_fixup)
  require_files(${CURRENT_PACKAGES_DIR}/share/ingot/ingot-config.cmake)
endfunction()

function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
  file(COPY_FILE ${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/ingot/copyright)
endfunction()

include(${CURRENT_PORT_DIR}/portfile.cmake)

set(package ${CURRENT_PACKAGES_DIR})
require_files(${package}/include/ingot/ingot.hpp ${package}/share/ingot/copyright)
file(GLOB folders RELATIVE ${package} ${package}/*)
if(NOT folders STREQUAL "include;share")
  message(FATAL_ERROR "vcpkg allows a header-only port no more than include and share: ${folders}")
endif()

build_and_run_consumer(installed -D CMAKE_PREFIX_PATH=${package})

# The feature `cuda` adds the toolkit; the component is there wherever the toolkit is.
find_program(nvcc nvcc)
if(nvcc)
  run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package/cuda_consumer -B ${WORK}/cuda -G Ninja
      -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${package} -D LANGUAGES=CXX)
endif()
