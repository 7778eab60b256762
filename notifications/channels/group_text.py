"""News for a group of people in plain text, as chat robots show it, cut to what a robot takes."""

from engine.texts import translate
from notifications.channels.content import Mail, Piece


def compose(mail: Mail, longest: int) -> str:
    """At most ``longest`` bytes of UTF-8. Ends with the delivery's number, by which people know a second copy."""
    end = translate("（消息编号 {number}）", mail.language, number=mail.mail_id[:8])
    blocks = [_block(piece) for piece in mail.pieces]
    for kept in range(len(blocks), -1, -1):
        left = len(blocks) - kept
        more = [translate("另有 {count} 条，请登录督办系统查看。", mail.language, count=left)] if left else []
        text = "\n\n".join([translate("【督办】", mail.language), *blocks[:kept], *more, end])
        if len(text.encode()) <= longest:
            return text
    raise ValueError("the limit leaves no room for a word")


def _block(piece: Piece) -> str:
    unit = f"[{piece.unit}] " if piece.unit and piece.unit not in piece.title else ""
    title = " ".join(f"{unit}{piece.title}".split())
    return "\n".join([title, *([piece.detail] if piece.detail else []), piece.url])
