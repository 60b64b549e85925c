# SPDX-License-Identifier: Apache-2.0
"""The orders that tests/model/order_test.cpp expects are those that PyTorch gives today.

The C++ test has the Python script in its head and the recorded names in its checks; here the script
runs, and what it prints must be what is recorded.
"""

import ast
import contextlib
import io
import pathlib
import re

CPP = (pathlib.Path(__file__).parents[1] / "model" / "order_test.cpp").read_text()


def printed_lists():
    script = "\n".join(line[5:] for line in CPP.splitlines() if line.startswith("//   "))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(script, {})  # our own comment
    return [ast.literal_eval(line) for line in out.getvalue().splitlines()]


def recorded_lists():
    return [re.findall(r'"([^"]*)"', braces)
            for braces in re.findall(r"names\{([^}]*)\}", CPP)]


def test_the_recorded_orders_are_pytorchs():
    parameters, buffers, modules, state, versions, count = printed_lists()
    recorded = recorded_lists()
    for expected in (parameters, buffers, modules, state):
        assert expected in recorded
    for path, version in versions:
        assert f'{{"{path}", {version}}}' in CPP
    assert f"parameter_count(model) == {count}" in CPP
