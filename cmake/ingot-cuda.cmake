# The target ingot::cuda: the headers in ingot/cuda/, with the toolkit's runtime and Thrust. A program
# that CMake links as CUDA has a runtime already.
if(TARGET ingot::cuda) # asked for before
  return()
endif()
find_package(CUDAToolkit QUIET)
if(NOT CUDAToolkit_FOUND)
  return()
endif()
add_library(ingot::cuda INTERFACE IMPORTED GLOBAL)
target_link_libraries(ingot::cuda INTERFACE ingot::ingot
                                            $<$<NOT:$<LINK_LANGUAGE:CUDA>>:CUDA::cudart>)
find_path(
  INGOT_THRUST thrust/version.h
  HINTS ${CUDAToolkit_INCLUDE_DIRS}
  PATH_SUFFIXES cccl)
mark_as_advanced(INGOT_THRUST)
target_include_directories(ingot::cuda SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS}
                                                        $<$<BOOL:${INGOT_THRUST}>:${INGOT_THRUST}>)
if(CMAKE_VERSION VERSION_LESS 3.25.2) # which know no C++20 for nvcc
  target_compile_options(ingot::cuda INTERFACE $<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-std=c++20>)
endif()
