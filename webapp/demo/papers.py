"""Small evidence files, made on the spot: a note, a sheet in PDF, a photograph in PNG."""

import math
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from random import Random


@dataclass(frozen=True)
class Paper:
    name: str
    data: bytes


def note(name: str, text: str) -> Paper:
    return Paper(f"{name}.txt", text.encode())


def sheet(name: str, lines: list[str]) -> Paper:
    """One page of A4 with a heading and lines. The Song type is named, not embedded, as PDF 1.4 allows."""
    shown = [
        f"BT /F1 {20 if n == 0 else 12} Tf 72 {760 - n * 28} Td <{_hex(line)}> Tj ET"
        for n, line in enumerate(lines)
    ]
    content = "\n".join(shown).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe4\xbd\xa0\xe5\xa5\xbd\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return Paper(f"{name}.pdf", bytes(out))


@cache
def photo(name: str, seed: int, width: int = 320, height: int = 200) -> Paper:
    """A quiet picture of hills under a sky, different for each seed; one byte a pixel, four colours."""
    dice = Random(seed)  # noqa: S311 (a picture)
    sky = [dice.randrange(150, 215) for _ in range(3)]
    palette = b"".join(bytes(colour - depth * 42 for colour in sky) for depth in range(4))
    ridges = [(height * dice.uniform(0.35, 0.8), dice.uniform(8, 26), dice.uniform(9, 40)) for _ in range(3)]
    columns = []
    for x in range(width):
        tops = sorted(int(base + swing * math.sin(x / length)) for base, swing, length in ridges)
        bands = zip([0, *tops], [*tops, height], strict=True)
        columns.append(b"".join(bytes([depth]) * (end - start) for depth, (start, end) in enumerate(bands)))
    rows = b"".join(b"\0" + bytes(line) for line in zip(*columns, strict=True))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return Paper(f"{name}.png", b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex()
