"""What is inside a packed office file, opened with every guard: sizes, counts, no DTD, plain encodings.

Declared sizes bound what zipfile inflates: it stops at the size that the directory names. XML parts are
parsed by lxml without entities, network and huge trees, and only after a look at their bytes.
"""

import io
import posixpath
import re
import zipfile
from typing import Any

from lxml import etree

from engine.errors import UnreadableDocument

MAX_INFLATED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 5000
MAX_XML_BYTES = 40 * 1024 * 1024
#: Marks `<` of one XML part: bounds the tree that is built of it.
MAX_XML_MARKS = 3_000_000

_DTD = tuple(
    mark.encode(coding)
    for mark in ("<!DOCTYPE", "<!ENTITY")
    for coding in ("ascii", "utf-16-le", "utf-16-be")
)
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_PLAIN_ENCODINGS = (b"utf-8", b"utf-16", b"us-ascii", b"ascii")


class Package:
    """The parts of an office file (Open Packaging Conventions), by name and by relation."""

    def __init__(self, data: bytes) -> None:
        """Raises `UnreadableDocument` (`plans.docx_bomb`), `zipfile.BadZipFile`."""
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        parts = self._archive.infolist()
        inflated = sum(part.file_size for part in parts)
        packed = sum(part.compress_size for part in parts)
        if (
            len(parts) > MAX_PARTS
            or inflated > MAX_INFLATED_BYTES
            or (inflated > 2 * 2**20 and inflated > MAX_RATIO * max(packed, 1))
        ):
            raise _bomb()
        if any(part.flag_bits & 1 for part in parts):
            raise UnreadableDocument("plans.encrypted", "文件已加密，请取消密码保护后再导入")
        self.names = {name.replace("\\", "/").lstrip("/"): name for name in self._archive.namelist()}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def xml(self, name: str) -> bytes:
        """The bytes of an XML part that is safe to parse. Raises `plans.docx_unsafe`, `plans.docx_bomb`."""
        with self._archive.open(self.names[name]) as part:
            data = part.read(MAX_XML_BYTES + 1)
        if len(data) > MAX_XML_BYTES or data.count(b"<") > MAX_XML_MARKS:
            raise _bomb()
        declared = _ENCODING.search(data[:400])
        strange = declared is not None and declared[1].lower() not in _PLAIN_ENCODINGS
        if strange or data[:4].count(0) > 2 or any(mark in data for mark in _DTD):
            raise UnreadableDocument("plans.docx_unsafe", "文件中含有不允许的外部声明，已拒绝读取")
        return data

    def tree(self, name: str) -> Any:
        return etree.fromstring(self.xml(name), _parser())

    def relations(self, name: str) -> list[tuple[str, str, str]]:
        """(id, last word of the type, part name) of all relations of part `name` ("" is the package) that
        point into the package."""
        folder, _, file = name.rpartition("/")
        place = posixpath.join(folder, "_rels", f"{file}.rels")
        if place not in self:
            return []
        found = []
        for relation in self.tree(place):
            if not isinstance(relation.tag, str) or relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = relation.get("Type", "").rpartition("/")[2]
            found.append((relation.get("Id", ""), kind, posixpath.normpath(path)))
        return found

    def main_part(self) -> str | None:
        for _, kind, part in self.relations(""):
            if kind == "officeDocument" and part in self:
                return part
        usual = ("word/document.xml", "xl/workbook.xml", "ppt/presentation.xml")
        return next((name for name in usual if name in self), None)


def _parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)


def _bomb() -> UnreadableDocument:
    return UnreadableDocument("plans.docx_bomb", "文件解压后异常庞大，已拒绝读取")
