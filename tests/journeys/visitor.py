"""A person in a browser of their own: signs in, reads, fills in, presses; and notices whatever went wrong."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response, expect

from tests.factories import PASSWORD

DESK, PHONE = 1440, 390
_HEIGHT = {DESK: 900, PHONE: 844}
TIMEOUT = 10_000


def viewport(width: int) -> Any:
    return {"width": width, "height": _HEIGHT[width]}


@dataclass
class Visitor:
    """`trouble` holds what the browser complained about: errors of scripts, failed requests, refusals."""

    page: Page
    trouble: list[str]

    @classmethod
    def enter(cls, browser: Browser, url: str, *, width: int = DESK) -> "Visitor":
        context = browser.new_context(
            base_url=url, viewport=viewport(width), locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(TIMEOUT)
        page = context.new_page()
        visitor = cls(page, [])
        page.on("console", lambda said: visitor._note(said.type in ("error", "warning"), said.text))
        page.on("pageerror", lambda error: visitor._note(True, str(error)))
        page.on("requestfailed", lambda request: visitor._note(
            request.failure != "net::ERR_ABORTED", f"{request.method} {request.url}: {request.failure}"))  # fmt: skip
        page.on("response", visitor._look)
        return visitor

    def _note(self, bad: bool, text: str) -> None:
        if bad:
            self.trouble.append(text)

    def _look(self, response: Response) -> None:
        self._note(response.status >= 400, f"{response.status} {response.request.method} {response.url}")

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """Within this, the server answers with the status; the browser's words about it are no trouble."""
        before = list(self.trouble)
        yield
        new = self.trouble[len(before) :]
        told = [line for line in new if line.startswith(f"{status} ") or f"status of {status}" in line]
        assert any(line.startswith(f"{status} ") for line in told), (status, new)
        self.trouble[:] = before + [line for line in new if line not in told]

    # Going about.

    def sign_in(self, login: str) -> "Visitor":
        self.go("/sign-in")
        self.fill("登录名", login)
        self.fill("密码", PASSWORD)
        self.press("登录")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self

    def go(self, path: str) -> "Visitor":
        self.page.goto(path)
        return self

    def open(self, link: str, within: str = "main") -> "Visitor":
        """Follow the first link with the text; in the bar, unfold what does not fit first."""
        if (
            within == "header"
            and not self.page.locator(within).get_by_role("link", name=link).first.is_visible()
        ):
            self.page.locator(".bar-more summary").click()
        self.page.locator(within).get_by_role("link", name=link).first.click()
        self.page.wait_for_load_state()
        return self

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def panel(self) -> Locator:
        """The panel 现在 with the one form to act."""
        return self.page.locator("aside.now-panel")

    # Acting.

    def fill(self, label: str, value: str) -> "Visitor":
        self.page.get_by_label(label).and_(self.page.locator("input, textarea, select")).first.fill(value)
        return self

    def choose(self, label: str) -> "Visitor":
        """Tick a radio or a box."""
        self.page.get_by_label(label).first.check()
        return self

    def select(self, label: str, text: str) -> "Visitor":
        self.page.get_by_label(label).first.select_option(label=text)
        return self

    def attach(self, label: str, *files: Path) -> "Visitor":
        """Hand files to an upload field and wait until the server has them."""
        field = self.page.locator(".upload").filter(has_text=label)
        field.locator("input[type=file]").set_input_files(files)
        for file in files:
            row = field.locator(".upload-row").filter(has_text=file.name)
            expect(row.locator(".upload-state")).to_have_text("已上传")
        return self

    def press(self, button: str, *, agree: bool = False) -> "Visitor":
        """Press a button and, where the page asks, agree; what comes next is left to the caller."""
        self.page.get_by_role("button", name=button, exact=True).first.click()
        if agree:
            self.page.locator("dialog[open] button[value=yes]").click()
        return self

    def send(self, button: str, told: str, *, agree: bool = False) -> "Visitor":
        """Press a button and see the page say that it is done."""
        return self.press(button, agree=agree).told(told)

    def press_by_keyboard(self, button: str) -> "Visitor":
        """Reach a button with Tab from the field where the focus is, and press it with Enter."""
        target = self.page.get_by_role("button", name=button, exact=True).first
        for _ in range(40):
            self.page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                self.page.keyboard.press("Enter")
                return self
        raise AssertionError(f"Tab never reaches {button}")

    # Seeing.

    def told(self, sentence: str) -> "Visitor":
        """The page's message region says so."""
        expect(self.page.locator("#messages")).to_contain_text(sentence)
        return self

    def sees(self, *texts: str) -> "Visitor":
        for text in texts:
            expect(self.main).to_contain_text(re.compile(r"\s*".join(map(re.escape, text.split()))))
        return self

    def waits_for(self, text: str) -> "Visitor":
        """The panel asks for that step, from this person."""
        expect(self.panel.locator("h2")).to_have_text(text)
        return self

    def reads_messages(self, *texts: str) -> "Visitor":
        """The bell tells of news; behind it the unread messages say this. Afterwards all are read."""
        expect(self.go("/inbox").page.locator(".bell-count")).to_be_visible()
        self.page.locator("a.bell").click()
        self.page.wait_for_url("**/messages")
        unread = self.page.locator("table tr", has_text="未读")
        for text in texts:
            expect(unread.filter(has_text=text).first).to_be_visible()
        self.press("全部标为已读")
        expect(self.page.locator(".bell-count")).to_have_count(0)
        return self
