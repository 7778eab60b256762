"""The lights in words, as the installation has set them; for templates: `light_words()` and `light_legend()`."""

from flask import Flask

from engine import deadlines
from engine.deadlines import Colour, Light, Reason, Scheme
from engine.texts import N_
from webapp.language import gettext, translate
from webapp.requests import read

#: What a colour is called, whatever it means.
COLOURS = {
    Colour.GREEN: N_("绿灯"),
    Colour.BLUE: N_("蓝灯"),
    Colour.YELLOW: N_("黄灯"),
    Colour.RED: N_("红灯"),
    Colour.GREY: N_("灰灯"),
}
#: From the most urgent.
_ORDER = (Colour.RED, Colour.YELLOW, Colour.BLUE, Colour.GREEN, Colour.GREY)


def scheme() -> Scheme:
    return read(lambda ctx: deadlines.scheme(ctx.session))


def light_words() -> dict[str, str]:
    """The word beside each colour."""
    return {colour.value: gettext(text) for colour, text in scheme().words.items()}


def light_legend() -> list[tuple[str, str]]:
    """(colour, what it means) of the colours in use, the most urgent first."""
    used = scheme()
    found = []
    for colour in _ORDER:
        reasons = [reason_text(reason, used) for reason, shown in used.colours.items() if shown is colour]
        if reasons:
            found.append((colour.value, gettext("、").join(reasons)))
    return found


def colour_name(colour: str) -> str:
    return gettext(COLOURS[Colour(colour)])


def reason_text(reason: Reason, used: Scheme) -> str:
    return translate(reason.text, n=used.yellow_days)


def differences(before: Scheme, after: Scheme) -> list[str]:
    """What a version changed, in words."""
    found = [
        translate(
            N_("{reason}：{before} → {after}"), reason=reason_text(reason, after),
            before=colour_name(before.colours[reason]), after=colour_name(after.colours[reason]),
        )
        for reason in Reason
        if before.colours[reason] != after.colours[reason]
    ]  # fmt: skip
    found += [
        translate(
            N_("{reason}：{before} → {after}"), reason=colour_name(colour),
            before=gettext(before.words[colour]), after=gettext(after.words[colour]),
        )
        for colour in Colour
        if before.words[colour] != after.words[colour]
    ]  # fmt: skip
    if before.yellow_days != after.yellow_days:
        found.append(
            translate(
                N_("临近到期：{before} → {after}个工作日"), before=before.yellow_days, after=after.yellow_days
            )
        )
    return found


def shown_colour(light: Light) -> str:
    """The colour as the macros take it: a clock that stands still is grey with a word of its own."""
    stands = light.reason is Reason.PAUSED and light.colour is Colour.GREY
    return "paused" if stands else light.colour.value


def register(app: Flask) -> None:
    app.add_template_global(light_words)
    app.add_template_global(shown_colour)
    app.add_template_global(light_legend)
