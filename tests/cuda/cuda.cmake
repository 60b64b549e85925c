# The CUDA code over a runtime that needs no GPU: see stand_in/stand_in.hpp. The toolkit's headers are
# wanted, its library isn't.
find_program(INGOT_NVCC nvcc)
find_package(CUDAToolkit QUIET)
if(NOT CUDAToolkit_FOUND)
  message(NOTICE "There is no CUDA toolkit: the cuda tests aren't built")
  return()
endif()
list(GET CUDAToolkit_INCLUDE_DIRS 0 INGOT_TOOLKIT_HEADERS)

file(GLOB stand_in_sources CONFIGURE_DEPENDS cuda/stand_in/*.cpp)
add_library(ingot_cuda_stand_in STATIC ${stand_in_sources})
target_compile_features(ingot_cuda_stand_in PUBLIC cxx_std_20)
target_include_directories(ingot_cuda_stand_in PUBLIC cuda/stand_in)
target_include_directories(ingot_cuda_stand_in SYSTEM PUBLIC ${INGOT_TOOLKIT_HEADERS}
                                                             ${INGOT_TOOLKIT_HEADERS}/cccl)

file(GLOB cuda_sources CONFIGURE_DEPENDS cuda/*_test.cpp)
add_executable(ingot_cuda_tests main.cpp ${cuda_sources})
target_link_libraries(ingot_cuda_tests PRIVATE ingot_cuda_stand_in)
ingot_precompile(ingot_cuda_tests)
ingot_add_cases(cuda ingot_cuda_tests)

if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize") # they are compiled without these flags
  ingot_add_test(cuda planted ${INGOT_PYTHON} -m pytest -q -p no:cacheprovider
                 ${CMAKE_CURRENT_SOURCE_DIR}/cuda/planted_test.py)
  set_tests_properties(
    cuda.planted
    PROPERTIES
      ENVIRONMENT
      "INGOT_CXX=${CMAKE_CXX_COMPILER};INGOT_TOOLKIT=${INGOT_TOOLKIT_HEADERS};INGOT_STAND_IN=$<TARGET_FILE:ingot_cuda_stand_in>"
  )
endif()

# What nvcc makes for the real toolkit runs over the stand-in as well.
if(INGOT_NVCC)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/device_vector.o)
  add_custom_command(
    OUTPUT ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cuda/device_vector.cu
    DEPFILE ${object}.d
    COMMAND ${INGOT_NVCC} -std=c++20 -Werror=all-warnings -I${PROJECT_SOURCE_DIR}/include -MD -MF
            ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/cuda/device_vector.cu -o ${object})
  add_executable(ingot_device_vector_test ${object})
  set_target_properties(ingot_device_vector_test PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(ingot_device_vector_test PRIVATE ingot::ingot ingot_cuda_stand_in)
  ingot_add_test(cuda device_vector ingot_device_vector_test)
endif()
