# SPDX-License-Identifier: Apache-2.0
"""What a script wrote into include/ is what it would write today."""

import pathlib
import runpy

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"


def test_bind_members():
    script = runpy.run_path(str(SCRIPTS / "generate_bind_members.py"))
    assert script["TARGET"].read_text(encoding="utf-8") == script["header"]()
