"""Packed office files: which of them it is, and one sentence for a broken or foreign one."""

from collections.abc import Callable

from engine.errors import UnreadableDocument

from ..source import SourceText
from .archives import Package
from .docx import read_docx
from .kinds import archive, unsupported
from .xlsx import read_xlsx

_FOREIGN = {"OFD.xml": "OFD", "content.xml": "OpenDocument"}


def read_package(data: bytes, progress: Callable[[int, int], None]) -> SourceText:
    family = "word"
    try:
        package = Package(data)
        main = package.main_part()
        if main is None:
            for name, kind in _FOREIGN.items():
                if name in package:
                    raise unsupported(kind)
            raise archive()
        family = main.partition("/")[0] if "/" in main else _family(package, main)
        if family == "xl":
            return read_xlsx(package, main, progress)
        if family == "ppt":
            raise unsupported("PowerPoint")
        return read_docx(package, main)
    except UnreadableDocument:
        raise
    except Exception as error:  # zipfile, lxml and what they meet in a broken package raise a dozen kinds
        raise _broken(family) from error


def _family(package: Package, main: str) -> str:
    root = package.tree(main).tag
    return "xl" if "spreadsheetml" in root else "ppt" if "presentationml" in root else "word"


def _broken(family: str) -> UnreadableDocument:
    if family == "xl":
        return UnreadableDocument(
            "plans.xlsx_broken", "Excel 文件已损坏，无法读取，请在 Excel 中打开并重新保存后再导入"
        )
    return UnreadableDocument(
        "plans.docx_broken", "Word 文件已损坏，无法读取，请在 Word 中打开并重新保存后再导入"
    )
