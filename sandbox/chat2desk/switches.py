"""Every point of the vendor's behaviour that nobody has confirmed, and every fault that can be turned on."""

from dataclasses import asdict, dataclass, fields

NO_ACCOUNT = "131026: the recipient is not registered on WhatsApp"
MESSENGER = ("works", "refuses", "silent", "down")
WINDOW_TEXT = "24 hours passed since the last client message. Please use approved WhatsApp templates"


@dataclass(slots=True)
class Switches:
    """One field per switch; the default is the sandbox's guess at the real account."""

    # Limits. Zero turns a limit off; a second is a second of the sandbox's clock.
    rate_per_second: float = 5.0
    monthly_quota: int = 0

    # The account.
    transport: str = "wa_direct"
    inbox_opens_dialog: bool = False
    outgoing_opens_request: bool = True
    start_id_inclusive: bool = True
    external_id_deduplicates: bool = False
    show_recipient_status: bool = False
    show_external_id: bool = False
    autoreply_opens_request: bool = True
    imported_type: str = "imported"  # what an imported message is in a list of messages
    inbox_operator: int = 0  # who gets what a client writes; 0: nobody until somebody takes it
    encrypted_masked: bool = False
    template_list: str = ""  # path of a list of WhatsApp templates, for example /v1/wa_templates
    webhook_errors_inside: bool = False  # of each webhook, not beside all of them
    status_word_on: str = "enable"
    status_word_off: str = "disable"

    # How the REST door answers.
    retry_after: str = ""
    rate_status: int = 429
    quota_status: int = 429
    auth_status: int = 401
    errors_with_200: bool = False
    errors_in_data: bool = False
    post_status: int = 200
    rest_dates_dotted: bool = False
    message_id_as_id: bool = False

    # Buttons: which transports take them (patterns), where a press comes back (text, payload, extra_data).
    button_transports: str = "*"
    press_comes_as: str = "text"

    # The messenger itself: works; refuses (nobody has an account there); silent (takes everything, delivers
    # nothing); down (every REST call is answered with 503).
    messenger: str = "works"

    # Numbers that write to so many strangers in a day are banned; 0: never. Patterns of transports.
    ban_after: int = 0
    ban_transports: str = "*"
    ban_text: str = "Channel is disconnected: the number is banned"

    # Refusals that come in-band. window_transports are comma-separated patterns; zero hours = no window.
    window_hours: float = 24.0
    window_transports: str = "wa_*"
    window_text: str = WINDOW_TEXT
    window_outbox_status: bool = False
    refusal_text: str = "Message was not delivered: the recipient is not available"
    refusal_delay_seconds: float = 0.0
    gateway_status_failed: str = "failed"
    delivered_outbox_status: bool = False
    hsm_full_text: bool = False

    # What gateway_status and recipient_status say; sent is told only with the switch beside it.
    gateway_status_sent: str = "sent"
    gateway_status_delivered: str = "delivered"
    gateway_status_read: str = "read"
    sent_outbox_status: bool = False

    # The company's own menu answers every message of a client, unless the client wears this tag (0: always).
    menu_text: str = ""
    menu_skips_tag: int = 0
    # One reference list is said to need no token.
    help_without_token: bool = False

    # How webhooks look.
    hook_sign_secret: str = ""
    hook_sign_header: str = "X-Signature"
    hook_sign_algorithm: str = "sha256"
    hook_sign_encoding: str = "hex"
    hook_sign_prefix: str = ""
    hook_timestamp_header: str = ""
    hook_sign_timestamp: bool = False
    hook_wrong_signature: bool = False
    hook_html_text: bool = False
    hook_null_fields: bool = False
    hook_string_ids: bool = False
    hook_flags_as_numbers: bool = False
    hook_extra_data_as_list: bool = False
    hook_phone_format: str = "digits"  # digits, plus, eight, spaced
    hook_external_id: bool = False
    hook_shows_buttons: bool = False
    hook_shows_video: bool = False

    # How webhooks travel. Percent of deliveries, 0-100; delays in seconds of the sandbox's clock.
    hook_duplicate_percent: float = 0.0
    hook_drop_percent: float = 0.0
    hook_reorder_percent: float = 0.0
    hook_reorder_seconds: float = 2.0
    hook_delay_seconds: float = 0.0

    # Real seconds before every REST answer.
    answer_delay_seconds: float = 0.0

    def all(self) -> dict[str, bool | int | float | str]:
        return asdict(self)

    def set(self, name: str, value: object) -> None:
        """KeyError for a name that is not a switch, ValueError for a value of another type or range."""
        if name not in NAMES:
            raise KeyError(name)
        setattr(self, name, _like(name, getattr(self, name), value))


NAMES = frozenset(field.name for field in fields(Switches))


def _like(name: str, old: object, value: object) -> object:
    if name == "messenger" and value not in MESSENGER:
        raise ValueError(f"messenger is one of {', '.join(MESSENGER)}")
    match old, value:
        case (bool(), bool()) | (str(), str()):
            return value
        case (float(), int() | float()) if not isinstance(value, bool):
            return _in_range(name, float(value))
        case (int(), int()) if not isinstance(old, bool) and not isinstance(value, bool):
            return int(_in_range(name, value))
    raise ValueError(f"{name} must be {type(old).__name__}, not {type(value).__name__}")


def _in_range(name: str, value: float) -> float:
    highest = 100.0 if name.endswith("_percent") else float("inf")
    if not 0 <= value <= highest:
        raise ValueError(f"{name} must be between 0 and {highest}")
    return value
