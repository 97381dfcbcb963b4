"""What opens the sandbox when nobody says otherwise: pretend secrets of pretend vendors."""

SECRET = "sandboxsecret"  # noqa: S105
TOKEN = "sandboxtoken"  # noqa: S105
