"""The section `console_oidc` of config.yaml."""

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from qc_engine.settings import Section

PACKAGE = "authlib"


class OidcSettings(Section):
    """One client at one identity provider. Who may come in, and as what, the console says."""

    issuer: str = Field(
        max_length=300, description="Адрес поставщика входа, как он называет себя сам (issuer), только https"
    )
    client_id: str = Field(min_length=1, max_length=300, description="Под каким именем нас знает поставщик")
    client_secret: SecretStr = Field(min_length=1, description="Ключ, который выдал поставщик")
    label: str = Field(
        "SSO", min_length=1, max_length=40, description="Что написано на кнопке после слов «Войти через»"
    )

    @field_validator("issuer")
    @classmethod
    def _https_alone(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        plain = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", issuer))
        # Of what is no number, .port raises ValueError itself.
        if parts.scheme != "https" or not parts.hostname or not plain or parts.port == 0:
            raise ValueError(
                "write the issuer as the provider names itself, beginning with https:// and without ? and #"
            )
        return issuer

    @model_validator(mode="after")
    def _can_be_spoken_to(self) -> "OidcSettings":
        if find_spec(PACKAGE) is None:
            raise ValueError("signing in by OpenID Connect needs a package: pip install 'qc-engine[oidc]'")
        return self
