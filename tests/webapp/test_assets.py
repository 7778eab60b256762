"""The front end by name: what a page's head gets, and the one sentence when nothing has been built."""

import json
from pathlib import Path

import pytest
from flask import Flask

from webapp import assets

MANIFEST = {
    "src/app.js": {"file": "assets/app-1.js", "css": ["assets/app-1.css"]},
    "src/bpmn.js": {"file": "assets/bpmn-2.js", "css": ["assets/bpmn-2.css"], "imports": ["_shared.js"]},
    "_shared.js": {"file": "assets/shared-3.js", "css": ["assets/shared-3.css"], "imports": ["_shared.js"]},
}


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    site = Flask("site", static_folder=str(tmp_path / "static"), static_url_path="/static")
    assets.register(site)
    return site


def build(site: Flask, manifest: dict[str, object]) -> None:
    folder = Path(site.static_folder or "") / "dist"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def head(site: Flask, entry: str, prefix: str = "") -> str:
    with site.test_request_context("/", environ_overrides={"SCRIPT_NAME": prefix}):
        return site.jinja_env.from_string("{{ vite(entry) }}").render(entry=entry)


def test_an_entry_brings_its_sheets_after_those_of_its_imports(site: Flask) -> None:
    build(site, MANIFEST)
    assert head(site, "bpmn").splitlines() == [
        '<link rel="stylesheet" href="/static/dist/assets/shared-3.css">',
        '<link rel="stylesheet" href="/static/dist/assets/bpmn-2.css">',
        '<script type="module" src="/static/dist/assets/bpmn-2.js"></script>',
    ]


def test_addresses_follow_the_prefix_under_which_the_product_lives(site: Flask) -> None:
    build(site, MANIFEST)
    assert 'src="/duban/static/dist/assets/app-1.js"' in head(site, "app", prefix="/duban")


def test_without_a_build_one_sentence_says_what_to_run(site: Flask) -> None:
    with pytest.raises(assets.AssetsMissing, match="npx vite build"):
        head(site, "app")


def test_an_unknown_entry_is_named(site: Flask) -> None:
    build(site, MANIFEST)
    with pytest.raises(assets.AssetsMissing, match="“charts”"):
        head(site, "charts")


def test_a_rebuild_is_seen_without_a_restart(site: Flask) -> None:
    build(site, MANIFEST)
    head(site, "app")
    path = Path(site.static_folder or "") / "dist" / "manifest.json"
    path.write_text(json.dumps({"src/app.js": {"file": "assets/app-9.js"}}), "utf-8")
    assert "app-9.js" in head(site, "app")
