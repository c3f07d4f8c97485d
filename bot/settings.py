"""Settings of the running assistant: environment variables `MINZHENG_*`, `.env`, working defaults.

Everything that differs between a laptop and the bureau's machine is here and nowhere else.
"""

from __future__ import annotations

import base64
import os
import secrets
from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One process tree's configuration. Times are seconds, sizes are characters unless said."""

    model_config = SettingsConfigDict(env_prefix="MINZHENG_", env_file=ROOT / ".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8080, description="gateway: web chat, HTTP API")
    rasa_port: int = Field(5105, description="Rasa; loopback only, its auth token does not protect webhooks")
    actions_port: int = Field(5155, description="action server; loopback only")

    var: Path = Field(ROOT / "var", description="databases, keys, logs")
    models: Path = ROOT / "models"
    database_url: str = ""
    tracker_url: str = Field(
        "", description="Rasa tracker store, e.g. postgresql+psycopg2://…; empty = SQLite"
    )
    secret_key: SecretStr | None = Field(None, description="32 bytes, urlsafe base64; empty = var/secret.key")

    demo: bool = False

    telegram_token: SecretStr | None = None
    telegram_api: str = Field("https://api.telegram.org", description="Bot API base; tests name a stand-in")
    telegram_webhook: str = Field("", description="public https address; empty = polling")
    telegram_port: int = Field(8443, description="where the webhook listens, behind the public https address")
    telegram_secret: SecretStr | None = Field(None, description="secret token of the webhook")

    max_characters: int = Field(2000, description="a longer message is answered with a request to shorten it")
    rate_per_minute: int = Field(40, description="messages a conversation may send in a minute")
    reply_timeout: float = Field(20.0, description="how long the gateway waits for Rasa")
    action_timeout: float = Field(5.0, description="how long one action may take")
    start_timeout: float = Field(180.0, description="how long a part may take to become ready")
    log_level: str = "INFO"

    @property
    def registry_url(self) -> str:
        """Database of the registry: PostgreSQL by URL, else SQLite in `var/` (its own file in demo mode)."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{self.var / ('demo.db' if self.demo else 'minzheng.db')}"

    @property
    def tracker_address(self) -> str:
        """Database address of Rasa's tracker store: as configured, else SQLite in `var/`."""
        return (
            self.tracker_url or f"sqlite:///{self.var / ('demo-tracker.db' if self.demo else 'tracker.db')}"
        )

    @property
    def telegram_on(self) -> bool:
        """Whether a token is configured; an empty one is none."""
        return self.telegram_token is not None and bool(self.telegram_token.get_secret_value().strip())

    @property
    def rasa_url(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}/webhook"

    def key(self) -> bytes:
        """The 32 byte key that seals identifiers; made once (mode 0600) where none is configured.

        Raises ValueError when a configured or kept key is not 32 bytes of urlsafe base64.
        """
        if self.secret_key is not None:
            key = base64.urlsafe_b64decode(self.secret_key.get_secret_value())
            if len(key) != 32:
                raise ValueError("MINZHENG_SECRET_KEY must be 32 bytes, urlsafe base64")
            return key
        path = self.var / "secret.key"
        if path.exists():
            return _whole_key(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Written aside and linked: two processes that start together end with one whole key.
            # (Not named by the process id: two containers on one volume have the same.)
            draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)))
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
        return _whole_key(path)

    def environment(self) -> dict[str, str]:
        """What a child process needs so that it reads the same settings."""
        env = dict(os.environ)
        env.update(
            {
                "MINZHENG_HOST": self.host,
                "MINZHENG_PORT": str(self.port),
                "MINZHENG_RASA_PORT": str(self.rasa_port),
                "MINZHENG_ACTIONS_PORT": str(self.actions_port),
                "MINZHENG_VAR": str(self.var),
                "MINZHENG_MODELS": str(self.models),
                "MINZHENG_DATABASE_URL": self.database_url,
                "MINZHENG_TRACKER_URL": self.tracker_url,
                "MINZHENG_DEMO": "1" if self.demo else "0",
                "MINZHENG_LOG_LEVEL": self.log_level,
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
            }
        )
        return env


def _whole_key(path: Path) -> bytes:
    key = base64.urlsafe_b64decode(path.read_bytes())
    if len(key) != 32:
        raise ValueError(f"{path} is damaged: put back the copy that was kept with the backups")
    return key


@lru_cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
