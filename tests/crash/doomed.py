"""Becomes an engine that will die at a named point; the rest is as for every other child."""

import importlib.util
import runpy
import sys

# Given by whoever runs this file.
given = globals()
if given["POINT"]:
    spec = importlib.util.spec_from_file_location("points", given["POINTS"])
    assert spec is not None
    assert spec.loader is not None
    points = importlib.util.module_from_spec(spec)
    sys.modules["points"] = points
    spec.loader.exec_module(points)
    points.doom(given["POINT"], given["PASSES"])
runpy.run_path(given["CHILD"], given["TOLD"])
