"""Small office files, put together from their XML, for the readers' tests."""

import io
import zipfile
from xml.sax.saxutils import escape

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def zipped(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(**parts: str) -> str:
    """`kind=target`; the id of a relation is its kind."""
    rows = "".join(
        f'<Relationship Id="{kind}" Type="{_R}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for kind, target in parts.items()
    )
    return f"<Relationships {_RELATIONS}>{rows}</Relationships>"


def word(
    body: str, *, numbering: str = "", styles: str = "", extra: dict[str, str | bytes] | None = None
) -> bytes:
    """A .docx whose w:body is `body`."""
    return zipped(
        {
            "_rels/.rels": relations(officeDocument="word/document.xml"),
            "word/_rels/document.xml.rels": relations(numbering="numbering.xml", styles="styles.xml"),
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/numbering.xml": f"<w:numbering {W}>{numbering}</w:numbering>",
            "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
            **(extra or {}),
        }
    )


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def sheet_book(sheet: str, *, book: str = "", extra: dict[str, str | bytes] | None = None) -> bytes:
    """A .xlsx with one sheet whose sheetData (and what follows it) is `sheet`."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return zipped(
        {
            "_rels/.rels": relations(officeDocument="xl/workbook.xml"),
            "xl/_rels/workbook.xml.rels": relations(worksheet1="worksheets/sheet1.xml"),
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{_R}">{book}'
            '<sheets><sheet name="表" sheetId="1" r:id="worksheet1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f"<worksheet {main}>{sheet}</worksheet>",
            **(extra or {}),
        }
    )
