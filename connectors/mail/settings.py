"""The section `mail` of config.yaml."""

import re
from datetime import timedelta
from ipaddress import ip_address

from pydantic import Field, SecretStr, field_validator, model_validator

from qc_engine.settings import MailAddress, Section, Span

STARTTLS, TLS, NONE = "starttls", "tls", "none"
PORTS = {STARTTLS: 587, TLS: 465, NONE: 25}
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")


class MailSettings(Section):
    """One account at one mail server."""

    host: str = Field(description="Почтовый сервер, например smtp.company.kz")
    port: int | None = Field(
        None, ge=1, le=65535, description="Порт; не указан: 587 для starttls, 465 для tls, 25 для none"
    )
    security: str = Field(
        STARTTLS,
        pattern=f"^({STARTTLS}|{TLS}|{NONE})$",
        description="Как защищено соединение: starttls, tls или none (только на этой машине или без пароля)",
    )
    user: str = Field("", max_length=254, description="Имя входа; пусто: сервер принимает без входа")
    password: SecretStr = Field(SecretStr(""), description="Пароль входа")
    sender: MailAddress = Field(description="От какого адреса письма, например quality@company.kz")
    timeout: Span = Field(timedelta(seconds=30), description="Сколько ждать каждого ответа сервера")

    @field_validator("host")
    @classmethod
    def _host_alone(cls, host: str) -> str:
        if not HOST.fullmatch(host):
            raise ValueError("write the server's name alone, for example smtp.company.kz; the port is 'port'")
        return host

    @field_validator("user")
    @classmethod
    def _plain_user(cls, user: str) -> str:
        if not re.fullmatch(r"[ -~]*", user):
            raise ValueError("write it in Latin letters, as the mail server knows it")
        return user

    @field_validator("password")
    @classmethod
    def _plain_password(cls, password: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]*", password.get_secret_value()):
            raise ValueError("a secret must not hold spaces, line ends or letters that are not Latin")
        return password

    @field_validator("timeout")
    @classmethod
    def _some_time(cls, timeout: timedelta) -> timedelta:
        if not timeout:
            raise ValueError("that leaves the server no time to answer; write 30 s")
        return timeout

    @model_validator(mode="after")
    def _makes_sense(self) -> "MailSettings":
        if bool(self.user) != bool(self.password.get_secret_value()):
            missing = "QC_MAIL__PASSWORD" if self.user else "user"
            raise ValueError(f"a user and a password go together: set {missing}, or take the other away")
        if self.user and self.security == NONE and not _is_this_machine(self.host):
            raise ValueError("with security: none the password would be readable on its way; write starttls")
        return self

    @property
    def at_port(self) -> int:
        return self.port or PORTS[self.security]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
