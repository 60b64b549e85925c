# What the scripts beside this file share.
cmake_minimum_required(VERSION 3.24)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Builds consumer/ in ${WORK} with Ingot from `from`, and runs it there.
function(build_and_run_consumer from)
  run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package/consumer -B ${WORK}/build -G Ninja
      -D CMAKE_CXX_COMPILER=${COMPILER}
      "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Werror"
      -D INGOT_FROM=${from} -D INGOT_SOURCE=${SOURCE} ${ARGN})
  run(${CMAKE_COMMAND} --build ${WORK}/build)
  execute_process(COMMAND ${WORK}/build/consumer WORKING_DIRECTORY ${WORK}
                  COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(require_files)
  foreach(file IN LISTS ARGV)
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "the package lacks ${file}")
    endif()
  endforeach()
endfunction()
