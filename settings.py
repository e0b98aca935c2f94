"""Every environment variable of Otklik, typed. Read by the two composition roots alone and handed down."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a process must know of its surroundings. Secrets come from the environment."""

    model_config = SettingsConfigDict(env_prefix="OTKLIK_", extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr = Field(
        description="PostgreSQL as the application's role (no UPDATE or DELETE on the journal)"
    )
    database_owner_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as the owner of the schema; needed by `otklik migrate` alone"
    )
    database_pool: int = Field(default=10, ge=1, le=100, description="connections a process may hold")
    keys_file: Path = Field(
        description="TOML with the key ring and the keys of index, tracking, journal and confirmation; mode 0600"
    )
    files_dir: Path = Field(description="folder of the attachments' contents")

    temporal_address: str = Field(default="127.0.0.1:7233", description="host:port of Temporal's frontend")
    temporal_namespace: str = Field(default="otklik", description="Temporal namespace")
    temporal_ui_url: str = Field(default="http://127.0.0.1:8233", description="where curators open a run")

    smtp_host: str = Field(default="127.0.0.1", description="mail server for letters and staff mail")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="its port")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="how the connection is protected"
    )
    smtp_login: str | None = Field(default=None, description="account at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="its password")
    smtp_timeout_seconds: int = Field(default=30, ge=1, le=300, description="patience with a silent mail server")
    mail_from: str = Field(default="otklik@localhost", description="sender of all mail; bounces return to it")
    support_email: str | None = Field(
        default=None,
        description="the support desk's mailbox; empty: requests are kept until there is one, and staff are told whom to phone",
    )

    api_host: str = Field(default="127.0.0.1", description="where the API listens")
    api_port: int = Field(default=8000, ge=1, le=65535, description="port of the API")
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="address that people use; links in mail begin with it"
    )
    trusted_proxies: str = Field(
        default="", description="comma-separated addresses whose X-Forwarded-For is believed; empty: none"
    )
    metrics_port: int = Field(default=0, ge=0, le=65535, description="port of the worker's Prometheus page; 0: none")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least that is logged"
    )
    embedded: bool = Field(
        default=False, description="set by `otklik up`: the zero-setup stack; allows a shortened day"
    )

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _psycopg2(cls, value: SecretStr | None) -> SecretStr | None:
        """SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3, which is not a dependency."""
        if value is None:
            return None
        scheme, _, rest = value.get_secret_value().partition("://")
        if scheme not in {"postgres", "postgresql", "postgresql+psycopg2"} or not rest:
            raise ValueError("expected postgresql://user:password@host:port/name")
        return SecretStr(f"postgresql+psycopg2://{rest}")

    @field_validator("support_email")
    @classmethod
    def _mailbox(cls, value: str | None) -> str | None:
        """Empty, as compose files hand down what is not set, is none."""
        return (value or "").strip() or None

    @property
    def smtp_timeout(self) -> timedelta:
        """How long one step of a conversation with the mail server may take."""
        return timedelta(seconds=self.smtp_timeout_seconds)


class SettingsWrong(Exception):
    """Variables are missing or wrong. The message names them, never a value: one may be a password."""


def from_environment() -> Settings:
    """The settings of this process. Raises SettingsWrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = sorted({f"OTKLIK_{str(one['loc'][0]).upper()}" if one["loc"] else "OTKLIK_*" for one in error.errors()})
        raise SettingsWrong("проверьте переменные окружения: " + ", ".join(wrong)) from None


def variables() -> dict[str, str]:
    """Each environment variable with its description: the table of the operations page, checked against the compose file."""
    return {f"OTKLIK_{name.upper()}": field.description or "" for name, field in Settings.model_fields.items()}
