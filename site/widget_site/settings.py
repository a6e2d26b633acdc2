"""Every setting of the site, once: read from ``WIDGETRY_<NAME>``; secrets also from ``WIDGETRY_<NAME>_FILE``."""

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from widget_model.limits import (
    CALL_TIMEOUT_S,
    MEDIA_LINK_MB,
    MEDIA_MAX_MB,
    MEDIA_ROOM_MB,
    ROUTE_TIMEOUT_S,
    SCRIPT_TIMEOUT_S,
    TASK_TIMEOUT_S,
)
from widget_model.quotas import Quotas

PREFIX = "WIDGETRY_"
#: Host names of this machine, on which browsers take Secure cookies over plain http.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(ValueError):
    """A setting that can't be used; the text names it."""


class SiteSettings(BaseSettings):
    """The site's settings; the defaults work on one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data: Path = Field(Path("data"), description="Folder of the database, the blobs and everything else that is kept.")
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy's address of the database; without it a SQLite file in DATA."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Keys that encrypt widgets' secrets, the newest first, separated by commas; else a file in DATA.",
    )
    redis_url: SecretStr = Field(SecretStr("redis://localhost:6379/0"), description="Address of Redis.")
    site_url: str = Field("http://localhost:8000", description="Where people reach the site, without a path.")
    widget_domain: str = Field("localhost", description="Widgets are served at <slug>.<this domain>.")
    trusted_proxies: str = Field(
        "", description="Addresses or networks of our own reverse proxies, whose X-Forwarded-For and -Proto we believe."
    )
    host: str = Field("127.0.0.1", description="Address that the site listens at.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the site listens at.")
    workers: int = Field(1, ge=1, description="Processes that serve the site.")
    body_max_mb: float = Field(128.0, gt=0, description="The most MB that a request to a widget's public URL may have.")
    bodies_max_mb: float = Field(
        256.0,
        gt=0,
        description="MB of such requests that one process keeps at once, those above 1 MB on disk; as many of those to "
        "the site.",
    )
    rate_route_per_s: float = Field(1000.0, gt=0, description="Requests to one widget's public URL in a second.")
    api_body_max_mb: float = Field(6.0, gt=0, description="The most MB that a request to the site or its API may have.")
    table_upload_max_mb: float = Field(
        64.0, gt=0, description="The most MB of a file for Data Tables: CSV, or what a media cell holds."
    )
    payload_max_mb: float = Field(4.0, gt=0, description="The most MB of a call's data that is not Media.")
    sign_up: Literal["open", "closed"] | None = Field(
        None, description="Whether anybody may make an account: open or closed. Open by default on localhost only."
    )
    script_timeout_s: float = Field(SCRIPT_TIMEOUT_S, gt=0, description="Seconds that a script may run.")
    route_timeout_s: float = Field(ROUTE_TIMEOUT_S, gt=0, description="Seconds that a route may take to answer.")
    media_max_mb: float = Field(MEDIA_MAX_MB, gt=0, description="The most MB of Media of one call or answer.")
    media_room_mb: float = Field(MEDIA_ROOM_MB, gt=0, description="MB of Media on their way that one process keeps.")
    media_link_mb: float = Field(MEDIA_LINK_MB, gt=0, description="Of these, MB that one uplink has sent.")
    call_timeout_s: float = Field(CALL_TIMEOUT_S, gt=0, description="Seconds that a server function may take.")
    task_timeout_s: float = Field(TASK_TIMEOUT_S, gt=0, description="Seconds that a background task may run.")
    tasks_per_account: int = Field(
        20, ge=1, description="Background tasks of one account that may wait or run at once."
    )
    run_retention_days: float = Field(30.0, gt=0, description="Days after which finished runs are forgotten.")
    runs_kept_per_widget: int = Field(
        100_000,
        ge=1,
        description="Finished runs of one widget that are kept; older ones are forgotten before their time.",
    )
    quota_runs_per_day: int = Field(
        1_000_000, ge=0, description="Runs and requests of one account in a day; 0 is no bound, here and below."
    )
    quota_minutes_per_day: int = Field(3000, ge=0, description="Minutes that the code of one account may run in a day.")
    quota_minutes_per_month: int = Field(
        50_000, ge=0, description="Minutes that the code of one account may run in a calendar month."
    )
    quota_storage_mb: int = Field(
        20_000, ge=0, description="MB of files of all revisions and installed packages of one account."
    )
    quota_table_rows: int = Field(
        1_000_000, ge=0, description="Rows that the Data Tables of all widgets of one account may hold; 0 is no bound."
    )
    quota_table_mb: int = Field(
        5000, ge=0, description="MB that they may hold, with the content of media in them; 0 is no bound."
    )
    run_files_days: float = Field(
        7.0, gt=0, description="Days that pictures and files of a run are kept, at most as long as the run."
    )
    run_files_account_mb: float = Field(
        500.0, gt=0, description="MB of pictures and files of runs that are kept for one account; the oldest go first."
    )
    deleted_days: float = Field(
        30.0, gt=0, description="Days that a deleted widget can be restored; then it goes for good."
    )
    session_days: float = Field(30.0, gt=0, description="Days that a sign-in lasts.")
    session_idle_days: float = Field(14.0, gt=0, description="Days without a visit after which a sign-in ends.")
    runs_waiting_per_account: int = Field(
        20, ge=1, description="Runs of one account that may be queued or running at once; one more is refused (429)."
    )
    rate_sign_ups_per_hour: int = Field(200, ge=1, description="Accounts made from one address in an hour.")
    rate_resets_per_hour: int = Field(
        20, ge=1, description="Links for a new password or address that one address may ask for in an hour."
    )
    rate_sign_in_failures: int = Field(
        10, ge=1, description="Wrong passwords for one name from one address in 15 minutes before it must wait."
    )
    rate_sign_in_failures_per_address: int = Field(
        100, ge=1, description="Wrong passwords from one address in 15 minutes before it must wait."
    )
    rate_api_per_minute: int = Field(6000, ge=1, description="API requests of one account or address in a minute.")

    smtp_url: SecretStr | None = Field(
        None,
        description="Where mail is handed over: smtp://user:password@host:587 or smtps://…:465. "
        "Without it messages are kept in the site.",
    )
    mail_from: str = Field(
        "", description="Address that the site's mail comes from; widgetry@<host of SITE_URL> without."
    )
    emails_per_month: int = Field(
        1000,
        ge=0,
        description="Recipients of one account's widgets in a calendar month, by the site's server; 0 is no bound.",
    )
    mail_port: int = Field(
        0, ge=0, le=65535, description="Port at which mail for widgets is received by SMTP; 0 receives none."
    )
    mail_host: str = Field("127.0.0.1", description="Address that mail is received at.")
    mail_domain: str = Field(
        "", description="Mail for a widget goes to anything@<slug>.<this domain>; that of WIDGET_DOMAIN without."
    )
    mail_max_mb: float = Field(10.0, gt=0, le=25, description="The most MB that a message for a widget may have.")
    mail_cert: Path | None = Field(None, description="Certificate (PEM) with which mail is received over STARTTLS.")
    mail_key: Path | None = Field(None, description="Its key (PEM), readable by the site's user.")
    mail_tls: Literal["offered", "required"] = Field(
        "offered", description="Whether senders may do without STARTTLS where there is a certificate."
    )
    mail_dns: str = Field(
        "",
        description="Resolvers (address or address:port, comma-separated) of the keys that mail is signed with (DKIM); "
        "those of the machine without.",
    )
    webhook_allow: str = Field(
        "",
        description="Private networks (CIDR) and host:port that webhooks and mail by servers of owners may go to, "
        "comma-separated. Never metadata.",
    )
    oidc_issuer: str = Field("", description="Address of the OpenID Connect provider that people may sign in with.")
    oidc_client_id: str = Field("", description="What this site is called there.")
    oidc_client_secret: SecretStr | None = Field(None, description="This site's secret there.")
    oidc_name: str = Field("your organisation", description="What the provider is called on the sign-in page.")
    google_url: str = Field("https://accounts.google.com", description="Where people sign in with Google: its issuer.")
    google_api_url: str = Field(
        "https://{service}.googleapis.com",
        description="Google's APIs; {service} stands for www (Drive), sheets and gmail.",
    )
    microsoft_url: str = Field("https://login.microsoftonline.com", description="Where people sign in with Microsoft.")
    facebook_url: str = Field("https://www.facebook.com", description="Where people sign in with Facebook.")
    facebook_api_url: str = Field("https://graph.facebook.com", description="Facebook's API.")
    stripe_api_url: str = Field("https://api.stripe.com", description="Stripe's API.")
    metrics_token: SecretStr | None = Field(
        None, description="What a Prometheus sends as Authorization: Bearer … to read /metrics."
    )
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people, or JSON with run ids.")
    ca_file: Path | None = Field(None, description="Certificate authorities of the operator.")

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in ("database_url", "redis_url", "smtp_url", "secret_key", "metrics_token", "oidc_client_secret"):
            file = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
            if file and name not in values:
                values[name] = Path(file).read_text().strip()
        return values

    @field_validator("site_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise SettingsError(f"WIDGETRY_SITE_URL must be like https://example.com, without a path; it is {value!r}")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise SettingsError("WIDGETRY_SMTP_URL must be like smtp://user:password@mail.example.com:587")
        return value

    @field_validator(
        "oidc_issuer",
        "google_url",
        "google_api_url",
        "microsoft_url",
        "facebook_url",
        "facebook_api_url",
        "stripe_api_url",
    )
    @classmethod
    def _is_issuer(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if value and not (parts.hostname and (parts.scheme == "https" or parts.hostname in LOCAL_HOSTS)):
            name = f"{PREFIX}{(info.field_name or '').upper()}"
            raise SettingsError(f"{name} must be like https://login.example.com; it is {value!r}")
        return value

    @field_validator("widget_domain", "mail_domain")
    @classmethod
    def _is_domain(cls, value: str, info: ValidationInfo) -> str:
        name = f"{PREFIX}{(info.field_name or '').upper()}"
        if (not value and info.field_name == "widget_domain") or "/" in value or ":" in value or "@" in value:
            raise SettingsError(f"{name} must be a bare host name like example.net; it is {value!r}")
        return value.lower().strip(".")

    @model_validator(mode="after")
    def _has_certificate_and_key(self) -> "SiteSettings":
        if (self.mail_cert is None) != (self.mail_key is None) or (self.mail_tls == "required" and not self.mail_cert):
            raise SettingsError(
                "WIDGETRY_MAIL_CERT and WIDGETRY_MAIL_KEY are set together, WIDGETRY_MAIL_TLS=required with them"
            )
        return self

    @property
    def site_host(self) -> str:
        """The site's host name, without a port."""
        return urlsplit(self.site_url).hostname or ""

    @property
    def is_https(self) -> bool:
        """Whether people reach the site over https."""
        return self.site_url.startswith("https:")

    @property
    def is_local(self) -> bool:
        """Whether the site is reached on this machine only."""
        return self.site_host in LOCAL_HOSTS

    @property
    def is_sign_up_open(self) -> bool:
        """Whether anybody may make an account."""
        return self.is_local if self.sign_up is None else self.sign_up == "open"

    @property
    def retention(self) -> tuple[float, int]:
        """Days that finished runs are kept, and how many of one widget."""
        return self.run_retention_days, self.runs_kept_per_widget

    @property
    def quotas(self) -> Quotas:
        """What an account may use that no admin gave anything else."""
        return Quotas(
            self.quota_runs_per_day, self.quota_minutes_per_day, self.quota_minutes_per_month, self.quota_storage_mb
        )

    @property
    def database_address(self) -> str:
        """SQLAlchemy's address of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data.absolute() / 'widgetry.sqlite'}"

    @property
    def redis_address(self) -> str:
        """The address of Redis."""
        return self.redis_url.get_secret_value()

    @property
    def mail_address(self) -> str:
        """The address that the site's mail comes from."""
        return self.mail_from or f"widgetry@{self.site_host}"

    def mail_host_of(self, slug: str) -> str:
        """Return the domain that a widget's mail comes from and goes to."""
        return f"{slug}.{self.mail_domain or self.widget_domain}"

    @property
    def receives_mail(self) -> bool:
        """Whether mail for widgets comes in."""
        return self.mail_port > 0

    @property
    def sends_mail(self) -> bool:
        """Whether messages leave the site."""
        return self.smtp_url is not None

    @property
    def run_blob_folder(self) -> Path:
        """Where the bytes of files of runs lie."""
        return self.data.absolute() / "run-blobs"

    @property
    def tables_folder(self) -> Path:
        """Where Data Tables lie: a folder for each widget with its media and, on SQLite, its rows."""
        return self.data.absolute() / "tables"

    @property
    def blob_folder(self) -> Path:
        """Where blobs lie."""
        return self.data.absolute() / "blobs"

    @property
    def uplink_url(self) -> str:
        """What programs outside give ``anvil.server.connect``: the site's own host, which every resolver knows."""
        return f"ws{self.site_url.removeprefix('http')}/_/uplink"

    def widget_origin(self, slug: str) -> str:
        """Return the origin that a widget is served from: the site's scheme and port, the widget's host."""
        parts = urlsplit(self.site_url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{slug}.{self.widget_domain}{port}"
