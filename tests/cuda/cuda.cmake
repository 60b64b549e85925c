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
add_executable(ingot_cuda_tests ${cuda_sources})
set_target_properties(ingot_cuda_tests PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
target_link_libraries(ingot_cuda_tests PRIVATE ingot::compiled ingot_cuda_stand_in)
ingot_precompile(ingot_cuda_tests)
ingot_add_cases(cuda ingot_cuda_tests)

# What is for a machine with a GPU, so that it is right when there is one.
add_executable(ingot_gpu_programs_test cuda/gpu/gpu_test.cpp)
target_link_libraries(ingot_gpu_programs_test PRIVATE ingot::compiled ingot_cuda_stand_in)
ingot_precompile(ingot_gpu_programs_test)
ingot_add_test(cuda gpu_test ingot_gpu_programs_test)
# Older toolkits have no call for many copies: where one was made, it would be of a function that isn't
# there.
add_executable(ingot_gpu_loop_test cuda/gpu/gpu_test.cpp)
target_compile_definitions(ingot_gpu_loop_test PRIVATE INGOT_CUDA_BATCHES=0
                                                       cudaMemcpyBatchAsync=no_such_call)
target_link_libraries(ingot_gpu_loop_test PRIVATE ingot::compiled ingot_cuda_stand_in)
ingot_add_test(cuda gpu_test_copy_by_copy ingot_gpu_loop_test)
add_executable(ingot_gpu_bench_test ${PROJECT_SOURCE_DIR}/bench/cuda/transfer.cpp)
target_link_libraries(ingot_gpu_bench_test PRIVATE ingot::compiled ingot_cuda_stand_in)
ingot_precompile(ingot_gpu_bench_test)
ingot_add_test(cuda gpu_bench ingot_gpu_bench_test ${CMAKE_CURRENT_BINARY_DIR} 8 1)

# The examples for devices, each run in an empty folder.
function(ingot_add_cuda_example name)
  target_link_libraries(example_cuda_${name} PRIVATE ingot::compiled ingot_cuda_stand_in)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/examples/${name})
  file(MAKE_DIRECTORY ${folder})
  ingot_add_test(cuda example_${name} example_cuda_${name} ${PROJECT_SOURCE_DIR}/examples/data)
  set_tests_properties(cuda.example_${name} PROPERTIES WORKING_DIRECTORY ${folder})
endfunction()
add_executable(example_cuda_02_several_devices
               ${PROJECT_SOURCE_DIR}/examples/cuda/02_several_devices.cpp)
ingot_precompile(example_cuda_02_several_devices)
ingot_add_cuda_example(02_several_devices)

# Thrust without CUDA: its containers over the host's memory.
find_package(OpenMP QUIET COMPONENTS CXX)
find_package(TBB QUIET)
set(backend_of_OMP OpenMP::OpenMP_CXX)
set(backend_of_TBB TBB::tbb)
set(backends CPP)
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize") # which find null references in Thrust's own code for TBB
  list(APPEND backends OMP TBB)
endif()
foreach(backend IN LISTS backends)
  if(backend_of_${backend} AND NOT TARGET ${backend_of_${backend}})
    message(NOTICE "${backend_of_${backend}} isn't there: Thrust's backend ${backend} isn't tested")
    continue()
  endif()
  set(target ingot_thrust_${backend}_tests)
  add_executable(${target} cuda/thrust/containers_test.cpp)
  target_compile_definitions(${target} PRIVATE THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_${backend})
  target_include_directories(${target} SYSTEM PRIVATE ${INGOT_TOOLKIT_HEADERS}
                                                      ${INGOT_TOOLKIT_HEADERS}/cccl)
  target_link_libraries(${target} PRIVATE ingot::compiled ${backend_of_${backend}})
  if(NOT backend STREQUAL OMP) # whose flags another's precompiled header doesn't have
    ingot_precompile(${target})
  endif()
  ingot_add_cases(cuda_${backend} ${target})
endforeach()

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
if(INGOT_NVCC AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  # ingot_by_nvcc(TARGET SOURCE): a program whose one source nvcc compiles.
  function(ingot_by_nvcc target source)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${target}.o)
    add_custom_command(
      OUTPUT ${object}
      DEPENDS ${source}
      DEPFILE ${object}.d
      COMMAND ${INGOT_NVCC} -std=c++20 -Werror=all-warnings -I${PROJECT_SOURCE_DIR}/include
              -I${CMAKE_CURRENT_SOURCE_DIR}/cuda/stand_in -DINGOT_STAND_IN
              -DINGOT_SEPARATE_COMPILATION -MD -MF
              ${object}.d -c ${source} -o ${object})
    add_executable(${target} ${object})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(${target} PRIVATE ingot::compiled ingot_cuda_stand_in)
  endfunction()

  ingot_by_nvcc(ingot_device_vector_test ${CMAKE_CURRENT_SOURCE_DIR}/cuda/device_vector.cu)
  ingot_add_test(cuda device_vector ingot_device_vector_test)
  ingot_by_nvcc(example_cuda_01_device_vector
                ${PROJECT_SOURCE_DIR}/examples/cuda/01_device_vector.cu)
  ingot_add_cuda_example(01_device_vector)
endif()
