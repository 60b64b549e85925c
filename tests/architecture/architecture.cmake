ingot_add_test(architecture layout ${INGOT_PYTHON} -B -m pytest -q -p no:cacheprovider
               ${CMAKE_CURRENT_SOURCE_DIR}/architecture/layout_test.py)
