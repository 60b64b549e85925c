foreach(name IN ITEMS layout generated planted)
  ingot_add_test(architecture ${name} ${INGOT_PYTHON} -m pytest -q -p no:cacheprovider
                 ${CMAKE_CURRENT_SOURCE_DIR}/architecture/${name}_test.py)
endforeach()
