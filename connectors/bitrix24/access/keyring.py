"""The one sealed note with the application's tokens: who may change it, and when."""

import json
import threading
from dataclasses import replace

from connectors.bitrix24.access.oauth import CONNECT, CONNECT_AGAIN
from connectors.bitrix24.access.tokens import Tokens, dump, load
from qc_engine.clock import Clock
from qc_engine.ports import Broken, Memory, Unsealable

NOTE = "tokens"
REMOVED = json.dumps({"removed": True})


class Keyring:
    """Read anew for every call, so that every process of an installation sees the newest tokens at once."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._pen = threading.Lock()  # held while the note is compared and written

    def tokens(self) -> Tokens | None:
        """None before the application is connected, and after it was removed. Raises Broken."""
        return load(self._note())

    def present(self) -> Tokens:
        """Raises Broken, saying what to do, when there are none."""
        note = self._note()
        if tokens := load(note):
            return tokens
        if note == REMOVED:
            raise Broken(f"the application was removed from the portal; {CONNECT_AGAIN}")
        raise Broken(f"the application is not connected yet: {CONNECT}")

    def adopt(self, tokens: Tokens) -> None:
        """The portal has let us in. What only an installation tells is kept from the last one."""
        with self._memory.alone(NOTE), self._pen:
            before = self._readable()
            if before and before.member_id == tokens.member_id and not tokens.application_token:
                tokens = replace(tokens, application_token=before.application_token)
            self._write(dump(replace(tokens, since=int(self._clock.now().timestamp()))))

    def replace(self, before: Tokens, after: Tokens) -> bool:
        """Durable when it returns; False when the note says something else by now, and is left alone."""
        with self._pen:
            if self.tokens() != before:
                return False
            self._write(dump(after))
            return True

    def forget(self) -> None:
        """The application was removed: its tokens are worth nothing, and nobody may find them here."""
        with self._memory.alone(NOTE), self._pen:
            self._write(REMOVED)

    def _write(self, text: str) -> None:
        self._memory.write(NOTE, text, sealed=True)

    def _note(self) -> str:
        try:
            return self._memory.read(NOTE)
        except Unsealable as problem:
            reason = str(problem)
        raise Broken(reason)

    def _readable(self) -> Tokens | None:
        try:
            return self.tokens()
        except Broken:
            return None  # sealed with a lost key: the new tokens take its place
