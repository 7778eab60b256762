"""How the API tells rows that its schemas cannot read off by themselves: files, history, bulk work."""

from typing import Any

from engine import audit
from engine.context import Context
from engine.files import File
from engine.notices import queries as notices
from engine.queue import QueueItem
from webapp import history, keyset


def columns(row: Any) -> dict[str, Any]:
    """All columns of a row by name, to be joined with what else its schema wants."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def kept_file(own: Any, file: File) -> dict[str, Any]:
    """A file by the row that attaches it: that row's id leads to the bytes."""
    return {
        "id": own.id, "name": own.name, "note": own.note or "", "size": file.size,
        "media_type": file.media_type, "sha256": file.sha256, "sm3": file.sm3,
    }  # fmt: skip


def history_page(
    ctx: Context, stream: str, asked: dict[str, Any], *, subject: tuple[str, int] | None = None
) -> dict[str, Any]:
    """A page of a stream's entries, newest first, paged by their number."""
    entries = audit.history(
        ctx.session, stream, subject=subject, limit=asked["limit"], before=keyset.number(asked["after"])
    )
    rows = [
        {**columns(entry), "text": history.act(entry.action), "facts": entry.facts}
        for entry in notices.readable_history(ctx, entries)
    ]
    return {"items": rows, "next": str(entries[-1].seq) if len(entries) == asked["limit"] else None}


def progress(item: QueueItem) -> dict[str, Any]:
    """How far bulk work has come."""
    done, total = item.steps or (0, 0)
    return {"state": item.state, "done": done, "total": total}
