"""Becomes a command of qc, with the words, the environment and the files that it was given."""

import os
import sys
from importlib import import_module

# Given by whoever runs this file.
given = globals()
os.setsid()
os.chdir(given["FOLDER"])
os.environ.clear()
os.environ.update(given["ENVIRONMENT"])
for number, path, flags in (
    (0, os.devnull, os.O_RDONLY),
    (1, given["OUT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    (2, given["ERR"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
):
    os.dup2(os.open(path, flags, 0o600), number)
sys.argv = ["qc", *given["WORDS"]]
import_module(given["PROGRAM"]).main()
