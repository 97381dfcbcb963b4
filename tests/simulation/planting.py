"""Bugs that somebody might write one day, planted on purpose: each must be found."""

from collections.abc import Callable

import pytest

Plant = Callable[[pytest.MonkeyPatch], None]


class Garden(dict[str, Plant]):
    """Bugs by what is wrong with them."""

    def plant(self, name: str) -> Callable[[Plant], Plant]:
        def keep(bug: Plant) -> Plant:
            assert name not in self
            self[name] = bug
            return bug

        return keep
