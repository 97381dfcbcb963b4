"""Outgoing webhooks as the engine sees them: it carries out CallWebhook, and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from connectors.webhook.addresses import Resolve, place_to_connect, system_resolve
from connectors.webhook.settings import WebhookSettings
from connectors.webhook.signing import body_of, headers_of, message_id
from qc_engine.clock import Clock
from qc_engine.core.effects import CallWebhook, Effect
from qc_engine.ports import (
    CannotTell,
    Connector,
    Done,
    Finding,
    Job,
    Outcome,
    OutcomeUnknown,
    Pace,
    Refused,
    Search,
    TryLater,
)

NAME = "webhook"
SHORTEST_PAUSE, LONGEST_PAUSE = 1, 3600  # seconds, whatever the receiver asks for
GONE, BUSY = 410, (408, 425, 429)
# Raised before a byte of the request has left.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Webhooks:
    """Every outgoing webhook of config.yaml, by its name."""

    performs: frozenset[type[Effect]] = frozenset({CallWebhook})
    batch_size = 1

    def __init__(
        self,
        settings: Mapping[str, WebhookSettings],
        clock: Clock,
        pace: Pace,
        http: httpx.Client | None = None,
        resolve: Resolve = system_resolve,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.pace = pace
        # Neither a proxy of the environment nor a redirect may lead elsewhere than where was looked.
        self.http = http or httpx.Client(trust_env=False, follow_redirects=False)
        self.resolve = resolve

    def perform(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [self._one(job) for job in jobs]

    def find(self, job: Job) -> Search:
        """Receivers know a repeat by its id: nothing needs to be found."""
        return CannotTell("a webhook cannot be asked whether it was heard")

    def takes(self, waiting: Mapping[str, int]) -> timedelta:
        """As if each answered in half a second."""
        return timedelta(seconds=sum(waiting.values()) / 2)

    def _one(self, job: Job) -> Outcome:
        if not isinstance(job.effect, CallWebhook):
            return Refused(f"a webhook cannot perform {type(job.effect).__name__}")
        hook = self.settings.get(job.effect.webhook)
        if hook is None:
            return Refused(f"config.yaml has no webhook '{job.effect.webhook}'", "no_webhook")
        try:
            return self._call(hook, job, job.effect)
        except (TryLater, Refused) as outcome:
            return outcome

    def _call(self, hook: WebhookSettings, job: Job, effect: CallWebhook) -> Outcome:
        place = _place(hook, self.resolve)
        self.pace.slot(job.urgent)
        body = body_of(effect)
        headers = headers_of(message_id(job.key), self.clock.now(), body, *hook.keys)
        host = urlsplit(hook.url).netloc
        try:
            # Streamed and closed: what the receiver says beside its status is nobody's business here.
            with self.http.stream(
                "POST",
                place,
                content=body,
                headers={**headers, "host": host},
                timeout=hook.timeout.total_seconds(),
                extensions={"sni_hostname": urlsplit(hook.url).hostname},
            ) as answer:
                self.pace.answered()
                return outcome_of(answer)
        except NOT_SENT as failure:
            return TryLater(f"{host} cannot be reached: {type(failure).__name__}")
        except httpx.HTTPError as failure:
            return OutcomeUnknown(f"{host} did not answer: {type(failure).__name__}")

    def doctor(self) -> Sequence[Finding]:
        """Whether each address may be called; nobody is called."""
        return [_finding(name, hook, self.resolve) for name, hook in self.settings.items()]


def connector(
    settings: Mapping[str, WebhookSettings],
    clock: Clock,
    pace: Pace,
    http: httpx.Client | None = None,
    resolve: Resolve = system_resolve,
) -> Connector:
    hooks = Webhooks(settings, clock, pace, http, resolve)
    return Connector(NAME, performs=hooks, doctor=hooks.doctor, tells=True)


def outcome_of(answer: httpx.Response) -> Outcome:
    """Any 2xx is heard; busy and broken receivers are told again, the others are for a person."""
    status = answer.status_code
    if answer.is_success:
        return Done()
    if status == GONE:
        return Refused("the receiver wants no more webhooks (410)", "webhook_gone")
    if status >= 500 or status in BUSY:
        return TryLater(f"the receiver answered {status}", _pause(answer.headers.get("retry-after", "")))
    return Refused(f"the receiver answered {status}", "webhook_refused")


def _pause(wanted: str) -> timedelta | None:
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 12):
        return None
    return timedelta(seconds=min(max(int(wanted), SHORTEST_PAUSE), LONGEST_PAUSE))


def _place(hook: WebhookSettings, resolve: Resolve) -> str:
    """The address with the host resolved, once for the look and the call. Raises TryLater, Refused."""
    parts = urlsplit(hook.url)
    host, port = parts.hostname or "", parts.port or 443
    if port not in hook.ports:
        raise Refused(f"port {port} is not among the allowed ones", "port_not_allowed")
    found = place_to_connect(host, port, resolve, allow_private=hook.allow_private)
    shown = f"[{found}]" if ":" in found else found
    return parts._replace(netloc=f"{shown}:{port}").geturl()


def _finding(name: str, hook: WebhookSettings, resolve: Resolve) -> Finding:
    what = f"webhook {name}: {urlsplit(hook.url).netloc}"
    try:
        _place(hook, resolve)
    except (TryLater, Refused) as why:
        return Finding(False, f"{what}: {why}", "Проверьте адрес в config.yaml (webhooks) и DNS этой машины")
    return Finding(True, what)
