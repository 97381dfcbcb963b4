"""A mail server at the wire: it says what it is told to say, and keeps what it took."""

import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

HANG_UP = ""  # instead of an answer
USUAL = {"HELLO": "220 here", "DATA": "354 go on", "STARTTLS": "220 now", "AUTH": "235 in", "QUIT": "221 bye"}


@dataclass
class MailServer:
    """`says`: what it answers to a command's first word, instead of what is usual; to '.' after a letter."""

    says: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None  # for STARTTLS
    port: int = 0
    heard: list[str] = field(default_factory=list)
    taken: list[tuple[str, bytes]] = field(default_factory=list)  # to whom, and the letter

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(text, policy=SMTP) for _, text in self.taken]

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.taken]

    def word(self, name: str) -> int:
        """How often this command came."""
        return sum(line.upper().startswith(name) for line in self.heard)


@contextmanager
def listening(server: MailServer, *, from_the_start: bool = False) -> Iterator[MailServer]:
    """On a port of this machine; `from_the_start`: TLS before the first word."""
    with Listener(server, from_the_start) as listener:
        server.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        listener.shutdown()
        thread.join()


class Listener(socketserver.ThreadingTCPServer):
    """Waits at its end for every talk, so that a test sees all that was said."""

    def __init__(self, fake: MailServer, from_the_start: bool) -> None:
        self.fake, self.from_the_start = fake, from_the_start
        super().__init__(("127.0.0.1", 0), Talk)


class Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: Listener
    timeout = 5

    def handle(self) -> None:
        self.fake, self.to = self.server.fake, ""
        try:
            if self.server.from_the_start:
                self.secure()
            self.talk()
        except OSError:  # the other side went away, or believes us nothing
            return
        finally:
            self.rfile.close()
            self.request.close()  # TLS has put a socket of its own into the place of the one that waits

    def secure(self) -> None:
        assert self.fake.tls is not None
        self.rfile.close()
        self.request = self.fake.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")

    def talk(self) -> None:
        goes_on = self.answer("HELLO")
        while goes_on and (line := self.rfile.readline()):
            text = line.decode("ascii").rstrip("\r\n")
            self.fake.heard.append(text)
            goes_on = self.one(text)

    def one(self, text: str) -> bool:
        word = text.split(" ")[0].upper()
        if word == "RCPT":
            self.to = text.partition("<")[2].rstrip(">")
        if not self.answer(word) or word == "QUIT":
            return False
        if word == "STARTTLS":
            self.secure()
        if word == "DATA" and self.usual(word).startswith("354"):
            return self.letter()
        return True

    def letter(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        if not line:
            return False
        if not self.usual(".").startswith(("4", "5")):
            self.fake.taken.append((self.to, b"".join(lines)))
        return self.answer(".")

    def answer(self, word: str) -> bool:
        """False where it hangs up instead."""
        told = self.usual(word)
        if told != HANG_UP:
            self.request.sendall(f"{told}\r\n".encode())
        return told != HANG_UP

    def usual(self, word: str) -> str:
        hello = "".join(f"250-{one}\r\n" for one in ("here", *self.fake.offers)) + "250 OK"
        return self.fake.says.get(word, {**USUAL, "EHLO": hello}.get(word, "250 OK"))


def plain_login(line: str) -> tuple[str, str]:
    """Name and password of an AUTH PLAIN line."""
    _, user, password = b64decode(line.split(" ")[2]).decode().split("\0")
    return user, password
