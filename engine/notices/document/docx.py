"""A paper as a Word document."""

from engine.notices.document.paper import Paper


def render_docx(paper: Paper) -> bytes:
    """The paper as .docx."""
    raise NotImplementedError
