"""Everything an installation may set, read once from the environment (DUBAN_…)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults. Secrets have no default that works outside demo mode."""

    database_url: str = "sqlite:///var/duban.db"
    #: Folder (or s3://bucket/prefix) where evidence is kept.
    file_store: str = "var/files"
    #: Signs session cookies; required by `duban serve` outside demo mode.
    secret_key: str = field(default="", repr=False)
    #: Path of the Ed25519 private key (PEM) which signs audit seals; outside the database.
    seal_key: str = "var/seal.pem"
    #: Append-only file to which each audit seal is copied.
    seal_log: str = "var/seals.jsonl"
    #: One-click personas on the sign-in page. Never in production.
    demo: bool = False
    #: Shown on pages, mails and papers.
    organisation_name: str = "督办中心"
    base_url: str = "http://127.0.0.1:8000"
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_starttls: bool = False
    mail_from: str = "duban@localhost"
    #: How long news for one person are gathered before they go out in one mail.
    mail_gather_seconds: int = 120
    #: Seconds without an answer after which a mail server counts as unreachable.
    smtp_timeout_seconds: int = 20
    #: Attempts to deliver one mail before it is given up and shown to an administrator.
    mail_attempts: int = 8
    #: Address of the gateway for short messages; without it there are none.
    sms_url: str = ""
    sms_token: str = field(default="", repr=False)
    #: What a short message says; `{text}` is the news.
    sms_template: str = "【{organisation}】{text}"
    #: Seconds that one call to a webhook, a robot or the gateway may take in all.
    http_timeout_seconds: int = 10
    #: Hosts and networks of the intranet, parted by commas, to which such calls may go, also without TLS.
    outbound_allow: str = ""
    #: How often the date of one report may be extended.
    extension_max_count: int = 2
    #: Working days by which one extension may move a date at most.
    extension_max_working_days: int = 60
    #: Working days up to which the supervising office extends alone; more needs the leader.
    extension_office_working_days: int = 10
    #: Working days within which the office, and then the leader, decides an extension or a change that is asked for.
    decision_working_days: int = 3
    #: Working days that pass before one work item may be urged by hand again.
    urging_pause_working_days: int = 1
    #: How many items one person may urge in a day.
    urging_daily_max: int = 100
    #: How long urgings of one unit are gathered before its people are told of all of them at once.
    urging_gather_seconds: int = 120
    #: Grades of notices, the mildest first: key:name:colour (blue, yellow, orange, red):issuer (head, leader).
    notice_grades: str = (
        "reminder_letter:提醒函:blue:head;supervision_notice:督办通知单:yellow:head;"
        "circular:通报批评:orange:leader;talk:约谈通知:red:leader"
    )
    #: Form of a notice's number, of `{office}`, `{year}` and `{n}`.
    notice_number_form: str = "督办〔{year}〕{n}号"
    #: Working days within which a unit confirms the receipt of a notice, and answers it unless the office says otherwise.
    notice_receipt_working_days: int = 1
    notice_reply_working_days: int = 5
    #: A ladder's reminder letters go out by themselves; all else waits for approval.
    notice_reminder_auto: bool = False
    #: What 立行立改 means: working days from the assignment.
    immediate_working_days: int = 5
    #: How often 长期坚持 is reported on: week, month, quarter, half_year, year …
    ongoing_period: str = "quarter"
    #: Seconds between two ticks of the scheduler.
    tick_seconds: float = 10.0
    #: Largest single upload in bytes.
    max_upload_bytes: int = 1_000_000_000
    #: Cookies with the Secure flag; off only on a plain-http intranet.
    secure_cookies: bool = False
    session_idle_minutes: int = 30

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read DUBAN_DATABASE_URL and so on; unknown DUBAN_ names are ignored, bad values raise ValueError."""
        values: dict[str, object] = {}
        for f in fields(cls):
            raw = env.get("DUBAN_" + f.name.upper())
            if raw is None:
                continue
            values[f.name] = _read(raw, f.default)
        return cls(**values)  # type: ignore[arg-type]

    @property
    def staging_dir(self) -> Path:
        """Local folder where uploads land before a verb takes them in."""
        store = self.file_store if "://" not in self.file_store else "var"
        return Path(store) / "staging"


def _read(raw: str, default: object) -> object:
    """The text as a value of the default's type."""
    if isinstance(default, bool):
        return raw.lower() in {"1", "true", "yes"}
    if isinstance(default, int | float):
        return type(default)(raw)
    return raw
