# The CUDA code over a runtime that needs no GPU: see stand_in/stand_in.hpp. The toolkit's headers are
# wanted, its library isn't.
find_package(CUDAToolkit QUIET)
if(NOT CUDAToolkit_FOUND)
  message(NOTICE "There is no CUDA toolkit: the cuda tests aren't built")
  return()
endif()

file(GLOB cuda_sources CONFIGURE_DEPENDS cuda/*_test.cpp cuda/stand_in/*.cpp)
add_executable(ingot_cuda_tests main.cpp ${cuda_sources})
target_include_directories(ingot_cuda_tests PRIVATE cuda/stand_in)
target_include_directories(ingot_cuda_tests SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS}
                                                           ${CUDAToolkit_INCLUDE_DIRS}/cccl)
ingot_add_cases(cuda ingot_cuda_tests)
