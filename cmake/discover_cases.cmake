# Writes ${OUTPUT}, a ctest file with one test, labelled ${LABEL}, for each doctest case of
# ${PROGRAM}. doctest's own doctest_discover_tests merges or splits cases whose names hold an
# unbalanced bracket or a semicolon, which are list syntax to CMake: they would never run, and
# nobody would know.
cmake_minimum_required(VERSION 3.24)

execute_process(
  COMMAND ${PROGRAM} --list-test-cases --no-intro
  OUTPUT_VARIABLE listing
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "\\[doctest\\][^\n]*\n|====+\n" "" listing "${listing}")
string(REPLACE "[" "<open>" listing "${listing}")
string(REPLACE "]" "<close>" listing "${listing}")
string(REPLACE ";" "<semicolon>" listing "${listing}")
string(REPLACE "\\" "<backslash>" listing "${listing}")
string(STRIP "${listing}" listing)
string(REPLACE "\n" ";" cases "${listing}")

set(script "")
foreach(name IN LISTS cases)
  string(REPLACE "," "<backslash>," filter "${name}")
  foreach(text name filter)
    string(REPLACE "<open>" "[" ${text} "${${text}}")
    string(REPLACE "<close>" "]" ${text} "${${text}}")
    string(REPLACE "<backslash>" "\\" ${text} "${${text}}")
    string(REPLACE "<semicolon>" ";" ${text} "${${text}}")
  endforeach()
  # A filter that selects nothing succeeds in doctest; here it is a failure.
  string(APPEND script "add_test([==[${LABEL}.${name}]==] [==[${PROGRAM}]==] "
         "[==[--test-case=${filter}]==])\n"
         "set_tests_properties([==[${LABEL}.${name}]==] PROPERTIES LABELS ${LABEL} "
         "FAIL_REGULAR_EXPRESSION \"test cases: +0 \")\n")
endforeach()
file(WRITE ${OUTPUT} "${script}")
