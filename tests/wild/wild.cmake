# Files as other libraries write them: they are in a virtual environment of their own.
set(INGOT_WILD_PYTHON
    "${PROJECT_SOURCE_DIR}/.venv-wild/bin/python"
    CACHE FILEPATH "A Python in which tests/wild/requirements.txt is installed")

file(GLOB wild_scripts CONFIGURE_DEPENDS wild/*_test.py)
foreach(script IN LISTS wild_scripts)
  cmake_path(GET script STEM name)
  ingot_add_test(wild ${name} ${INGOT_WILD_PYTHON} -m pytest -q -p no:cacheprovider ${script})
  set_tests_properties(
    wild.${name}
    PROPERTIES ENVIRONMENT
               "INGOT_TOOL=$<TARGET_FILE:ingot_tool>;INGOT_DRIVER=$<TARGET_FILE:ingot_interop_driver>")
endforeach()
