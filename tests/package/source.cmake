# Uses the source tree from another CMake project, by ${FROM}: subdirectory or fetch_content.
include(${CMAKE_CURRENT_LIST_DIR}/functions.cmake)

file(REMOVE_RECURSE ${WORK})
build_and_run_consumer(${FROM} ${OPTIONS})

# Ingot inside another project installs nothing of its own accord.
file(MAKE_DIRECTORY ${WORK}/prefix)
run(${CMAKE_COMMAND} --install ${WORK}/build --prefix ${WORK}/prefix)
file(GLOB_RECURSE installed ${WORK}/prefix/*)
if(installed)
  message(FATAL_ERROR "installed with the consumer: ${installed}")
endif()
