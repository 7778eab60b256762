"""PDF files for the readers' tests, written by hand: characters at places, lines, nothing else.

The font is one of Adobe's standard Chinese ones and not embedded, as in many older notices.
"""

from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 595, 842
#: One piece of text: (x, y from the top, size, text).
Piece = tuple[float, float, float, str]
#: One ruling: (x0, y0, x1, y1), y from the top.
Ruling = tuple[float, float, float, float]


def pdf(
    pages: Sequence[tuple[Iterable[Piece], Iterable[Ruling]]], *, trailer: str = "", count: int | None = None
) -> bytes:
    objects: list[bytes] = [b"", b""]
    font = _font(objects)
    kids = []
    for pieces, rulings in pages:
        content = "".join(
            f"BT /F1 {size} Tf 1 0 0 1 {x} {HEIGHT - y - size} Tm <{text.encode('utf-16-be').hex()}> Tj ET\n"
            for x, y, size, text in pieces
        )
        content += "".join(f"{x0} {HEIGHT - y0} m {x1} {HEIGHT - y1} l S\n" for x0, y0, x1, y1 in rulings)
        objects.append(_stream(content.encode("ascii")))
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents {len(objects)} 0 R"
            f"/Resources<</Font<</F1 {font} 0 R>>>>>>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {count or len(kids)}>>".encode()
    return _file(objects, trailer)


def _font(objects: list[bytes]) -> int:
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def 1 begincodespacerange <0000> <FFFF> "
        "endcodespacerange 100 beginbfrange "
        + " ".join(f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in range(256))
        + " endbfrange endcmap end"
    )
    objects.append(_stream(cmap.encode()))
    to_unicode = len(objects)
    objects.append(
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
        b"/Supplement 2>>/DW 1000/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 4"
        b"/FontBBox[0 -200 1000 800]/Ascent 800/Descent -200/CapHeight 700/ItalicAngle 0/StemV 80>>>>"
    )
    objects.append(
        f"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/ToUnicode {to_unicode} 0 R"
        f"/DescendantFonts[{len(objects)} 0 R]>>".encode()
    )
    return len(objects)


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)


def _file(objects: list[bytes], trailer: str) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def lines(texts: Sequence[str], top: float = 100, size: float = 14, pitch: float = 24) -> list[Piece]:
    """Lines of a page whose text begins at x = 80; a leading full-width blank indents by one character."""
    pieces = []
    for number, text in enumerate(texts):
        bare = text.lstrip("\u3000")
        pieces.append((80 + (len(text) - len(bare)) * size, top + number * pitch, size, bare))
    return pieces


def grid(
    rows: Sequence[Sequence[str]], columns: Sequence[float], top: float, height: float = 40, size: float = 12
) -> tuple[list[Piece], list[Ruling]]:
    """A ruled table. A text of None joins its place to the one above; "\\n" breaks a line in a cell."""
    pieces: list[Piece] = []
    rulings: list[Ruling] = []
    bottom = top + height * len(rows)
    rulings += [(x, top, x, bottom) for x in columns]
    for r, row in enumerate(rows):
        y = top + r * height
        for c, text in enumerate(row):
            if text is not None:
                rulings.append((columns[c], y, columns[c + 1], y))
                pieces += [
                    (columns[c] + 4, y + 4 + n * (size + 3), size, part)
                    for n, part in enumerate(text.split("\n"))
                    if part
                ]
    rulings.append((columns[0], bottom, columns[-1], bottom))
    return pieces, rulings
