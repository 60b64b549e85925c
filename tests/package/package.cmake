# The packages, as somebody else's program uses them.
function(ingot_add_package_test name script)
  ingot_add_test(
    package
    ${name}
    ${CMAKE_COMMAND}
    -D
    SOURCE=${PROJECT_SOURCE_DIR}
    -D
    BUILD=${PROJECT_BINARY_DIR}
    -D
    WORK=${CMAKE_CURRENT_BINARY_DIR}/package/${name}
    -D
    COMPILER=${CMAKE_CXX_COMPILER}
    ${ARGN}
    -P
    ${CMAKE_CURRENT_SOURCE_DIR}/package/${script})
endfunction()

ingot_add_package_test(installed installed.cmake)
# Two files of all that is header-only: what isn't inline would be there twice.
ingot_add_package_test(subdirectory source.cmake -D FROM=subdirectory -D OPTIONS=-DINGOT_WHOLE=ON)
ingot_add_package_test(fetch_content source.cmake -D FROM=fetch_content -D
                       OPTIONS=-DINGOT_LIBRARY=ingot::compiled)
ingot_add_package_test(conan conan.cmake -D PYTHON=${INGOT_PYTHON})
ingot_add_package_test(vcpkg vcpkg.cmake -D VERSION=${PROJECT_VERSION})
ingot_add_package_test(rapidjson rapidjson.cmake)
if(INGOT_NVCC)
  ingot_add_package_test(cuda cuda.cmake -D NVCC=${INGOT_NVCC})
endif()
