"""E-mail over SMTP: composing one mail of several pieces of news, and handing it to the server.

No transaction is open while this module talks to the server.
"""

import html
import smtplib
import ssl
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from engine.clock import SHANGHAI
from engine.settings import Settings
from engine.texts import translate
from notifications.channels.content import Mail, Piece
from notifications.channels.outcome import Deferred, Refused


def compose(settings: Settings, mail: Mail) -> EmailMessage:
    """One mail, as text and as HTML. Raises Refused for an address that is none."""
    sender_name, _, domain = settings.mail_from.rpartition("@")
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = Address(display_name=_line(mail.name), addr_spec=mail.address)
        message["From"] = Address(settings.organisation_name, sender_name, domain)
    except (ValueError, IndexError) as error:
        raise Refused(f"not a mail address: {mail.address}") from error
    message["Subject"] = _subject(mail)
    message["Message-ID"] = f"<{mail.mail_id}@{domain}>"
    message["Date"] = format_datetime(mail.created_at.astimezone(SHANGHAI))
    message["Auto-Submitted"] = "auto-generated"
    greeting = translate("{name}，您好：", mail.language, name=mail.name)
    footer = translate("本邮件由{organisation}的督办系统自动发送，请勿回复。", mail.language,
                       organisation=settings.organisation_name)  # fmt: skip
    message.set_content(_text(greeting, mail.pieces, footer), charset="utf-8", cte="base64")
    message.add_alternative(_html(mail, greeting, footer), subtype="html", charset="utf-8", cte="base64")
    message["Content-Language"] = "zh-CN" if mail.language == "zh" else mail.language
    return message


def send(settings: Settings, message: EmailMessage) -> str:
    """Hand the mail to the server; returns its closing answer. Raises Deferred or Refused."""
    local = settings.mail_from.rpartition("@")[2] or "localhost"
    try:
        server = smtplib.SMTP(
            settings.smtp_host,
            settings.smtp_port,
            local_hostname=local,
            timeout=settings.smtp_timeout_seconds,
        )
    except (OSError, smtplib.SMTPException) as error:
        raise Deferred(_reason(error), unreachable=True) from error
    was_handed_over = False
    try:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.ehlo_or_helo_if_needed()
        was_handed_over = True
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise (Refused if code >= 500 else Deferred)(f"{code} {_decoded(answer)}") from error
    except smtplib.SMTPDataError as error:
        raise (Refused if error.smtp_code >= 500 else Deferred)(_reason(error)) from error
    except (
        smtplib.SMTPAuthenticationError,
        smtplib.SMTPSenderRefused,
    ) as error:
        # Wrongly configured on our side: the mail is not to blame, and it is the same for every mail.
        raise Deferred(_reason(error), unreachable=True) from error
    except smtplib.SMTPResponseException as error:
        raise Deferred(_reason(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        # Silence or a lost connection: the server may have taken the mail, and the next one would fare no better.
        raise Deferred(_reason(error), unreachable=True, doubtful=was_handed_over) from error
    finally:
        _leave(server)
    return "250"


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye. What happens now changes nothing about the mail, which was taken or refused before."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _subject(mail: Mail) -> str:
    if len(mail.pieces) == 1:
        return translate("【督办】{title}", mail.language, title=_line(mail.pieces[0].title))
    return translate("【督办】您有 {count} 条新消息", mail.language, count=len(mail.pieces))


def _text(greeting: str, pieces: Sequence[Piece], footer: str) -> str:
    blocks = [greeting]
    for piece in pieces:
        lines = [f"· {_line(piece.title)}", *([piece.detail] if piece.detail else []), piece.url]
        blocks.append("\n  ".join(lines))
    return "\n\n".join([*blocks, footer]) + "\n"


def _html(mail: Mail, greeting: str, footer: str) -> str:
    items = "".join(
        f'<li style="margin:0 0 12px"><a href="{html.escape(piece.url)}">{html.escape(piece.title)}</a>'
        + (f"<br>{html.escape(piece.detail)}" if piece.detail else "")
        + "</li>"
        for piece in mail.pieces
    )
    return (
        f'<!doctype html><html lang="{"zh-CN" if mail.language == "zh" else "en"}"><body>'
        f"<p>{html.escape(greeting)}</p><ul>{items}</ul><p><small>{html.escape(footer)}</small></p></body></html>"
    )


def _line(text: str) -> str:
    """One line: nothing that a person typed may end a header."""
    return " ".join(text.split())


def _reason(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_decoded(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _decoded(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
