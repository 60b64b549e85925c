# The real PyTorch reads what Ingot writes, and Ingot reads what PyTorch writes.

file(GLOB driver_sources CONFIGURE_DEPENDS interop/*.cpp)
add_executable(ingot_interop_driver ${driver_sources})
target_link_libraries(ingot_interop_driver PRIVATE ingot::ingot)

file(GLOB interop_scripts CONFIGURE_DEPENDS interop/*_test.py)
foreach(script IN LISTS interop_scripts)
  cmake_path(GET script STEM name)
  ingot_add_test(interop ${name} ${INGOT_PYTHON} -B -m pytest -q -p no:cacheprovider ${script})
  set_tests_properties(
    interop.${name}
    PROPERTIES ENVIRONMENT
               "INGOT_TOOL=$<TARGET_FILE:ingot_tool>;INGOT_DRIVER=$<TARGET_FILE:ingot_interop_driver>")
endforeach()
