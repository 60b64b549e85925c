# Installs the build ${BUILD} and uses the component cuda, under nvcc and under the C++ compiler. What
# they do on a machine without a device is say so.
include(${CMAKE_CURRENT_LIST_DIR}/functions.cmake)

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package/cuda_consumer -B ${WORK}/build -G Ninja
    -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CUDA_COMPILER=${NVCC}
    -D CMAKE_CUDA_HOST_COMPILER=${COMPILER} -D CMAKE_CUDA_ARCHITECTURES=80
    -D CMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/by_nvcc)
run(${WORK}/build/by_compiler)

# Without the toolkit, what wants the component is told why it can't have it.
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE}/tests/package/cuda_consumer -B ${WORK}/none -G Ninja -D
          CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${WORK}/prefix -D
          CMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON -D LANGUAGES=CXX
  RESULT_VARIABLE status
  ERROR_VARIABLE told)
string(REGEX REPLACE "[ \n]+" " " told "${told}")
if(status EQUAL 0 OR NOT told MATCHES "component cuda wants the CUDA toolkit")
  message(FATAL_ERROR "the missing toolkit isn't told: ${told}")
endif()
