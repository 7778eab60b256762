"""A paper as PDF."""

from engine.notices.document.paper import Paper


def render_pdf(paper: Paper) -> bytes:
    """The paper as PDF."""
    raise NotImplementedError
