"""Files of a year's arrangement: forms that are read, and the sentence for each line that is not."""

import json
from datetime import date

import pytest

from engine.working_days import CalendarDayFact
from engine.working_days.notices import MAX_BYTES, Notice, NoticeRefused, read, template

NEW_YEAR, MAKE_UP = date(2027, 1, 1), date(2027, 1, 9)
DAYS = {NEW_YEAR: CalendarDayFact(False, "元旦", True), MAKE_UP: CalendarDayFact(True, "元旦", True)}


@pytest.mark.parametrize(
    "text",
    [
        "日期,至,类型,名称\n2027-01-01,,放假,元旦\n2027-01-09,,上班,元旦\n",
        "date,kind,name\n2027/1/1,holiday,元旦\n2027/1/9,workday,元旦\n",
        "2027-01-01,放假,元旦\n2027-01-09,调休上班,元旦",
        "名称\t类型\t日期\r\n元旦\t休\t2027年1月1日\r\n元旦\t班\t20270109\r\n",
        "\n日期,类型,名称\n\n2027.1.9, 补班 , 元旦\n2027.1.1,假,元旦\n",
        "日期,是否上班,名称\n2027-01-01,0,元旦\n2027-01-09,1,元旦\n2027-01-04,1,\n2027-01-10,0,\n",
        json.dumps({"days": [
            {"date": "2027-01-01", "kind": "holiday", "name": "元旦"},
            {"date": "2027-01-09", "is_workday": True, "name": "元旦"},
        ]}),
        json.dumps([
            {"date": "2027-01-01", "isOffDay": True, "name": "元旦"},
            {"date": "2027-01-09", "isOffDay": False, "name": "元旦"},
        ]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_forms(text: str, encoding: str) -> None:
    assert read(text.encode(encoding), 2027).days == DAYS


def test_a_span_of_days() -> None:
    found = read("日期,至,类型,名称\n2027-02-05,2027-02-12,放假,春节\n".encode(), 2027).days
    assert list(found) == [date(2027, 2, n) for n in range(5, 13)]


def test_json_tells_source_and_standing() -> None:
    told = {"year": 2027, "source": "国办发明电〔2026〕7号", "official": False, "days": [
        {"date": "2027-01-01", "kind": "holiday", "name": "元旦"}
    ]}  # fmt: skip
    assert read(json.dumps(told).encode(), 2027) == Notice(
        {NEW_YEAR: DAYS[NEW_YEAR]}, "国办发明电〔2026〕7号", False
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("日期,类型,名称\n2027-13-01,放假,元旦", ["第2行：日期“2027-13-01”无法识别"]),
        ("日期,类型,名称\n2027-02-29,放假,元旦", ["第2行：日期“2027-02-29”无法识别"]),
        ("日期,类型,名称\n2026-12-31,放假,元旦", ["第2行：日期不在2027年"]),
        ("日期,类型,名称\n2027-01-01,调休,元旦", ["第2行：类型“调休”应为“放假”或“上班”"]),
        ("日期,类型,名称\n2027-01-01,放假,", ["第2行：请写明名称"]),
        ("日期,至,类型,名称\n2027-01-03,2027-01-01,放假,元旦", ["第2行：结束日期早于开始日期"]),
        ("日期,类型,名称\n2027-01-01,放假,元旦\n\n2027-01-01,放假,元旦", ["第4行：2027-01-01重复出现"]),
        (f"日期,类型,名称\n2027-01-01,放假,{'节' * 61}", ["第2行：名称过长或含有控制字符"]),
        ("日期,类型,名称\nx,放假,元旦\n2027-01-01,放假,元旦\n,y,", ["第2行：日期“x”无法识别", "第4行：日期“”无法识别"]),
        ("日期,名称\n2027-01-01,元旦", ["表头须有“日期”和“类型”两列"]),
        ("", ["文件没有内容"]),
        ("日期,类型,名称\n2027-01-04,上班,", ["文件中没有放假或调休上班的日期"]),
        ("{", ["不是规范的JSON文件"]),
        ("[" * 100_000, ["不是规范的JSON文件"]),
        ('{"days": 3}', ["JSON中须有“days”列表，每项为一天的安排"]),
        ('{"year": 2026, "days": []}', ["文件写明的年份不是2027年"]),
        ('[{"date": 20270101, "kind": "holiday", "name": "元旦"}]', ["第1行：日期“”无法识别"]),
        ("2027-01-01,放假,元\0旦", ["文件不是文本，请另存为CSV（UTF-8）后再导入"]),
        ("x" * (MAX_BYTES + 1), ["文件超过200KB"]),
        ("2027-01-01,放假,元旦\n" * 1001, ["文件超过1000行"]),
        ('"' + "a" * 140_000, ["不是规范的CSV文件"]),
    ],
)  # fmt: skip
def test_each_wrong_line_has_its_sentence(text: str, said: list[str]) -> None:
    with pytest.raises(NoticeRefused) as refused:
        read(text.encode(), 2027)
    assert [str(problem) for problem in refused.value.problems] == said


def test_bytes_of_no_encoding() -> None:
    with pytest.raises(NoticeRefused):
        read(b"\xff\xfe\xfd" * 9, 2027)


def test_no_more_than_fifty_are_listed_but_all_are_counted() -> None:
    with pytest.raises(NoticeRefused) as refused:
        read(("x,放假,元旦\n" * 70).encode(), 2027)
    assert len(refused.value.problems) == 50
    assert "70" in str(refused.value)


def test_local_days_need_a_name() -> None:
    text = "日期,类型,名称\n2027-01-09,上班,".encode()
    assert read(text, 2027).days
    with pytest.raises(NoticeRefused):
        read(text, 2027, local=True)


@pytest.mark.parametrize("year", [2027, 2050])
def test_the_template_can_be_read_again(year: int) -> None:
    text = "日期,至,类型,名称\n" + "\n".join(",".join(row) for row in template(year))
    assert date(year, 1, 1) in read(text.encode(), year).days
