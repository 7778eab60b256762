"""Takes every text that a person may see into the English catalogue, and checks that none is missing.

    python -m tests.translations           update engine/locale/en/LC_MESSAGES/duban.po
    python -m tests.translations --check   exit 1 when a text is missing, unused, untranslated or badly translated

Chinese is the source: the msgid. Texts stand where they are used: in `_()` and `ngettext()` of templates and Python,
as the second argument of errors or their default, in `N_()` where they are only noted, and as the names in the diagrams.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from lxml import etree

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "engine/locale/en/LC_MESSAGES/duban.po"
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "translate": (1,),
    **dict.fromkeys(re.findall(r"^class (\w+)\(", (ROOT / "engine/errors.py").read_text(), re.MULTILINE), (2,)),
}  # fmt: skip
NAMED = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
HAN = re.compile(r"[\u3400-\u9fff]")
#: Han or the full-width punctuation of Chinese sentences.
CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]")
FIELD = re.compile(r"%\((\w+)\)[sd]|\{(\w+)[^}]*\}")


def texts() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """(msgid, where) of every text in the product."""
    for package in ("engine", "notifications", "webapp"):
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "node_modules" in path.parts:
                continue
            method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
            with path.open("rb") as file:
                options = {"encoding": "utf-8", "extensions": "jinja2.ext.i18n", "newstyle_gettext": "true"}
                for _line, message, _comments, _context in extract(method, file, KEYWORDS, options=options):
                    first = message if isinstance(message, str) else message[0]
                    if CHINESE.search(first):
                        yield message, str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse((ROOT / "engine/errors.py").read_text())):
        for default in node.args.defaults if isinstance(node, ast.FunctionDef) else []:
            if isinstance(default, ast.Constant) and HAN.search(str(default.value)):
                yield str(default.value), "engine/errors.py"
    for path in sorted((ROOT / "bpmn").glob("*.bpmn")):
        for element in etree.parse(path).iter():
            name = (
                element.get("name")
                if isinstance(element.tag, str) and element.tag.startswith(NAMED)
                else None
            )
            if name and HAN.search(name):
                yield name, str(path.relative_to(ROOT))


def current() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return pofile.read_po(file, locale="en", domain="duban")


@cache
def template() -> Catalog:
    found = Catalog(locale="en", domain="duban")
    for message, where in texts():
        found.add(message, locations=[(where, None)])  # type: ignore[list-item]
    return found


def problems() -> list[str]:
    """One line for each text without a right translation."""
    have, found = current(), []
    needed = {m.id if isinstance(m.id, str) else m.id[0]: m for m in template() if m.id}
    for key, message in needed.items():
        known = have.get(key)
        strings = (
            [] if known is None else [known.string] if isinstance(known.string, str) else list(known.string)
        )
        if not strings or not all(strings) or (known is not None and known.fuzzy):
            found.append(f"not translated: {key!r} ({message.locations[0][0]})")
        elif {f for s in strings for f in FIELD.findall(s)} != set(FIELD.findall(key)):
            found.append(f"other fields in the translation of {key!r}")
    known_ids = [m.id if isinstance(m.id, str) else m.id[0] for m in have if m.id]
    return found + [f"no longer used: {id!r}" for id in known_ids if id not in needed]


def update() -> None:
    catalogue = current() if CATALOGUE.exists() else Catalog(locale="en", domain="duban")
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    written = CATALOGUE.with_suffix(".new")  # put in place whole: another may be writing, too
    with written.open("wb") as file:
        pofile.write_po(
            file, catalogue, sort_by_file=True, include_lineno=False, omit_header=False, width=110
        )
    written.replace(CATALOGUE)


def main() -> int:
    if "--check" not in sys.argv:
        update()
    lines = problems()
    print("\n".join(lines) or "translations are complete")  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
