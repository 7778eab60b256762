"""The built front end, found by name: Vite's manifest turned into link and script elements.

It builds nothing and serves nothing; Flask's static route does that.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, url_for
from markupsafe import Markup

Manifest = dict[str, dict[str, Any]]


class AssetsMissing(RuntimeError):
    """The front end has not been built, or a template names an entry that it does not have."""


def vite(entry: str) -> Markup:
    """Style sheets and module of an entry (`app`, `bpmn`, `plan_import`), for a page's head.

    Raises AssetsMissing, with one sentence that says what to do.
    """
    manifest = _current_manifest()
    key = f"src/{entry}.js"
    if key not in manifest:
        raise AssetsMissing(f"前端没有名为“{entry}”的入口，请检查 vite.config.js 或重新构建。")
    sheets: dict[str, None] = {}
    _collect_sheets(manifest, key, sheets, set())
    lines = [Markup('<link rel="stylesheet" href="{}">').format(asset(sheet)) for sheet in sheets]
    lines.append(Markup('<script type="module" src="{}"></script>').format(asset(manifest[key]["file"])))
    return Markup("\n").join(lines)


def asset(name: str) -> str:
    """Address of a file of the build, among them those that it copies as they are (`favicon.svg`)."""
    return url_for("static", filename=f"dist/{name}")


def register(app: Flask) -> None:
    """Give the templates `vite` and `asset`."""
    app.add_template_global(vite, "vite")
    app.add_template_global(asset, "asset")


def _collect_sheets(manifest: Manifest, key: str, sheets: dict[str, None], seen: set[str]) -> None:
    """What an entry imports styles first, so that its own rules win."""
    if key in seen:
        return
    seen.add(key)
    for imported in manifest[key].get("imports", []):
        _collect_sheets(manifest, imported, sheets, seen)
    sheets.update(dict.fromkeys(manifest[key].get("css", [])))


def _current_manifest() -> Manifest:
    path = Path(current_app.static_folder or "static") / "dist" / "manifest.json"
    try:
        built_at = path.stat().st_mtime_ns
    except FileNotFoundError:
        message = "前端尚未构建：请在 webapp/frontend 目录运行 npm ci 和 npx vite build。"
        raise AssetsMissing(message) from None
    return _read_manifest(path, built_at)


@lru_cache(maxsize=2)
def _read_manifest(path: Path, built_at: int) -> Manifest:
    """Keyed by the time of the build, so that a rebuild needs no restart."""
    manifest: Manifest = json.loads(path.read_text("utf-8"))
    return manifest
