# Compiles ${SOURCE}, which must fail with every text that a line `// EXPECT: text` of it names.
cmake_minimum_required(VERSION 3.24)

file(STRINGS ${SOURCE} expectations REGEX "^// EXPECT: ")
if(NOT expectations)
  message(FATAL_ERROR "${SOURCE}:1: no line `// EXPECT: text` says how it must fail")
endif()

execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only -I${INCLUDE} -include ${PRECOMPILED} ${SOURCE}
  RESULT_VARIABLE status
  ERROR_VARIABLE messages
  OUTPUT_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}:1: compiles, and must not")
endif()

foreach(line IN LISTS expectations)
  string(REGEX REPLACE "^// EXPECT: " "" text "${line}")
  string(FIND "${messages}" "${text}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${SOURCE}: the compiler never says `${text}`; it says:\n${messages}")
  endif()
endforeach()
