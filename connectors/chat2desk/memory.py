"""What the connector remembers between calls, in bounded space and on any thread."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """A dictionary that forgets its oldest entry when it is full; losing one costs a request."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        with self._lock:
            return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self.most:
                self._entries.popitem(last=False)

    def forget(self, key: K) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def oldest(self, most: int) -> Sequence[tuple[K, V]]:
        """The entries that were put first, as they are now."""
        with self._lock:
            return list(islice(self._entries.items(), most))


class Notes:
    """Stands in for the memory that lasts, where none is given: it forgets with the process."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def read(self, name: str) -> str:
        return self._notes.get(name, "")

    def write(self, name: str, value: str, *, sealed: bool = False) -> None:
        self._notes[name] = value

    def alone(self, name: str) -> AbstractContextManager[None]:
        """No other process knows these notes."""
        return nullcontext()
