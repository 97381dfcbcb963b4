"""The QR code of a short link, as a picture that prints at any size."""

from functools import lru_cache
from io import BytesIO


@lru_cache(maxsize=256)
def qr_picture(address: str) -> bytes:
    """SVG with the quiet border that readers need; a quarter of it may be dirty or torn (level H)."""
    import segno

    out = BytesIO()
    segno.make_qr(address, error="h").save(out, kind="svg", scale=8, border=4, xmldecl=False, nl=False)
    return out.getvalue()
