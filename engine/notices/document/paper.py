"""What an official paper says, before anything is said about how it looks."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Form(StrEnum):
    """The two layouts of GB/T 9704-2012 that supervision uses."""

    OFFICIAL = "official"  #: 通用格式: 督办通知单, 通报
    LETTER = "letter"  #: 信函格式: 提醒函, 督办函, 约谈通知


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the body. The text is printed as it stands, its number (一、 （一） 1.) included."""

    text: str
    #: 0 plain; 1 一、(黑体); 2 （一）(楷体); 3 1.; 4 （1）(both 仿宋).
    level: int = 0


@dataclass(frozen=True)
class Paper:
    """An official paper. Empty texts and rows are left out with their labels."""

    form: Form
    #: 发文机关标志, printed red: a unit's name, or its name and “文件” as the office has it.
    office: str
    #: 发文字号, whole: 兰督〔2026〕3号. Empty before it is given: its place stays blank.
    number: str
    title: str
    #: 主送机关, without the colon.
    addressee: str
    paragraphs: tuple[Paragraph, ...]
    #: 署名.
    signed_by: str
    #: 成文日期; None before the paper is issued: its place stays blank.
    signed_on: date | None
    #: The matter in a table before the body's end: label and value, such as ("督办事项", "…").
    facts: tuple[tuple[str, str], ...] = ()
    #: 附件说明: names of annexes, without numbers.
    annexes: tuple[str, ...] = ()
    #: 附注, printed in brackets below the date: 联系人：…，电话：….
    contact: str = ""
    #: 抄送.
    copies_to: tuple[str, ...] = ()
    #: 印发机关 and 印发日期.
    printed_by: str = ""
    printed_on: date | None = None
    #: 紧急程度: 特急 or 加急.
    urgency: str = ""
