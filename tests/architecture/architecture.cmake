foreach(name IN ITEMS layout generated planted)
  ingot_add_test(architecture ${name} ${INGOT_PYTHON} -m pytest -q -p no:cacheprovider
                 ${CMAKE_CURRENT_SOURCE_DIR}/architecture/${name}_test.py)
endforeach()
separate_arguments(flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS}")
ingot_add_test(
  architecture self_contained ${INGOT_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/architecture/self_contained.py
  ${PROJECT_SOURCE_DIR}/include "${INGOT_TOOLKIT_HEADERS}" ${CMAKE_CXX_COMPILER} -std=c++20 ${flags}
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
set_tests_properties(architecture.self_contained PROPERTIES RUN_SERIAL ON)
