"""SMTP in its own words: one letter to one address, and whether it was taken for certain."""

import re
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP

from connectors.mail.settings import STARTTLS, TLS, MailSettings
from qc_engine.ports import Broken, OutcomeUnknown, Refused, TryLater

GO_ON = 354  # the answer to DATA
LONGEST_REASON = 200
FIRST_POINT = re.compile(rb"^\.", re.MULTILINE)


class Post:
    """The company's mail server."""

    def __init__(self, settings: MailSettings, context: ssl.SSLContext | None = None) -> None:
        """`context`: whose certificates are believed; None: those that this machine believes."""
        self._settings = settings
        self._context = context

    def send(self, letter: EmailMessage, to: str) -> None:
        """Taken by the server when this returns.

        Raises TryLater and Refused (certainly not taken), Broken (certainly not taken, and no letter will be
        until the settings change) and OutcomeUnknown: the answer to the letter itself was lost.
        """
        server = self._signed_in()
        try:
            self._address(server, to)
            self._hand_over(server, letter)
        finally:
            _leave(server)

    def try_out(self) -> None:
        """Sign in and go: nothing is sent. Raises TryLater and Broken."""
        _leave(self._signed_in())

    # --- up to the letter: whatever happens, it has not been taken ---

    def _signed_in(self) -> smtplib.SMTP:
        try:
            return self._met()
        except ssl.SSLError as unsafe:
            raise Broken(f"no safe connection ({_security_hint(unsafe)})") from None
        except smtplib.SMTPNotSupportedError as missing:
            raise Broken(f"the server cannot do what config.yaml wants: {missing}") from None
        except smtplib.SMTPResponseException as answer:
            raise _certain(answer.smtp_code, answer.smtp_error, Broken) from None
        except OSError as trouble:  # a dead line, and all that smtplib calls an SMTPException
            raise TryLater(f"the mail server does not answer: {_reason(trouble)}") from None

    def _met(self) -> smtplib.SMTP:
        server = self._connected()
        try:
            server.ehlo_or_helo_if_needed()
            if self._settings.security == STARTTLS:
                server.starttls(context=self._believed())
            if self._settings.user:
                server.login(self._settings.user, self._settings.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _connected(self) -> smtplib.SMTP:
        told = self._settings
        wait, here = told.timeout.total_seconds(), told.sender.partition("@")[2]
        # With a name of our own: the machine's would be asked of a name server first.
        if told.security == TLS:
            return smtplib.SMTP_SSL(
                told.host, told.at_port, local_hostname=here, timeout=wait, context=self._believed()
            )
        return smtplib.SMTP(told.host, told.at_port, local_hostname=here, timeout=wait)

    def _believed(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    def _address(self, server: smtplib.SMTP, to: str) -> None:
        try:
            _require(2, *server.mail(self._settings.sender))
            _require(2, *server.rcpt(to))
            _require(3, *server.docmd("DATA"))
        except OSError as gone:
            raise TryLater(f"the connection broke before the letter: {_reason(gone)}") from None

    # --- the letter ---

    def _hand_over(self, server: smtplib.SMTP, letter: EmailMessage) -> None:
        text = letter.as_bytes(policy=SMTP)
        try:
            server.send(FIRST_POINT.sub(b"..", text).rstrip(b"\r\n") + b"\r\n.\r\n")
            code, said = server.getreply()
        except OSError as gone:
            # It may have been taken: whoever sends again sends twice.
            raise OutcomeUnknown(f"the server's answer to the letter was lost: {_reason(gone)}") from None
        if code // 100 not in (2, 4, 5):
            raise OutcomeUnknown(f"the server's answer to the letter says nothing: {_said(code, said)}")
        _require(2, code, said)


def _require(kind: int, code: int, said: bytes) -> None:
    """Raises TryLater or Refused for any other answer than one of this kind: 2 is 250 and its like."""
    if code // 100 != kind:
        raise _certain(code, said, Refused)


def _certain(
    code: int, said: bytes | str, for_ever: type[Refused] | type[Broken]
) -> TryLater | Refused | Broken:
    """By SMTP itself: 4xx passes, 5xx does not. What is neither says no more than that it was not taken."""
    told = f"the mail server says {_said(code, said)}"
    return for_ever(told) if code // 100 == 5 else TryLater(told)


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:LONGEST_REASON]


def _reason(trouble: OSError) -> str:
    return (" ".join(str(trouble).split()) or type(trouble).__name__)[:LONGEST_REASON]


def _security_hint(unsafe: ssl.SSLError) -> str:
    if isinstance(unsafe, ssl.SSLCertVerificationError):
        return f"its certificate is not believed: {unsafe.verify_message}"
    return f"{unsafe.reason or 'the line broke'}; is 'security' right for this port?"


def _leave(server: smtplib.SMTP) -> None:
    """What the server says to our going changes nothing."""
    with suppress(OSError):
        server.quit()
    server.close()
