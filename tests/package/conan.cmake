# `conan create .`, test_package included, without any remote: the profile says that the system's
# zlib and RapidJSON stand in for the registry's.
include(${CMAKE_CURRENT_LIST_DIR}/functions.cmake)

file(REMOVE_RECURSE ${WORK})
# Conan builds in the test package's folder: in a copy it leaves no litter in the source tree.
file(COPY ${SOURCE}/test_package DESTINATION ${WORK})
cmake_path(GET PYTHON PARENT_PATH tools)
set(ENV{CONAN_HOME} ${WORK}/home)
run(${tools}/conan create ${SOURCE} --no-remote --profile:all
    ${CMAKE_CURRENT_LIST_DIR}/conan_profile --test-folder ${WORK}/test_package)
