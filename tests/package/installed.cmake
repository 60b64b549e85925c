# Installs the build ${BUILD}, moves the tree, and uses it as somebody else's program does: the
# library by find_package, compiled once for two files, the command line on the file that the program saved.
include(${CMAKE_CURRENT_LIST_DIR}/functions.cmake)

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/moved)
build_and_run_consumer(installed -D CMAKE_PREFIX_PATH=${WORK}/moved
                       -D INGOT_WHOLE=ON
                       -D INGOT_LIBRARY=ingot::compiled)
run(${WORK}/moved/bin/ingot ls ${WORK}/test_package.pt)
