"""Official papers as files: what a `Paper` says, laid out by GB/T 9704-2012, as Word document or PDF.

Nothing here reads the database or a clock: the same `Paper` gives the same bytes, so that a stored hash stays true.
No transaction may be open while a paper is rendered.
"""

from engine.notices.document.docx import render_docx
from engine.notices.document.paper import Form, Paper, Paragraph
from engine.notices.document.pdf import render_pdf

__all__ = ["Form", "Paper", "Paragraph", "render_docx", "render_pdf"]
