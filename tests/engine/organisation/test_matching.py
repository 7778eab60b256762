"""Written names and what they may mean."""

from datetime import date

import pytest

from engine.organisation.matching import Directory, How, normalise
from engine.organisation.models import Unit, UnitGroup, UnitKind, UnitLevel


def unit(
    id: int,
    name: str,
    path: str,
    *,
    short: str | None = None,
    level: UnitLevel = UnitLevel.CITY,
    kind: UnitKind = UnitKind.DEPARTMENT,
) -> Unit:
    return Unit(
        id=id,
        name=name,
        short_name=short or name,
        level=level,
        kind=kind,
        path=path,
        pinyin_key="",
        effective_from=date(2020, 1, 1),
    )


GOVERNMENT = UnitKind.GOVERNMENT
DIRECTORY = Directory(
    [
        unit(1, "云川市人民政府", "/1/", short="市政府", kind=GOVERNMENT),
        unit(2, "云川市司法局", "/1/2/", short="市司法局"),
        unit(3, "云川市人民政府办公室", "/1/3/", short="市政府办公室"),
        unit(4, "云川市公安局", "/1/4/"),
        unit(10, "临溪县人民政府", "/1/10/", level=UnitLevel.COUNTY, kind=GOVERNMENT),
        unit(11, "临溪县司法局", "/1/10/11/", level=UnitLevel.COUNTY),
        unit(20, "望江区人民政府", "/1/20/", level=UnitLevel.COUNTY, kind=GOVERNMENT),
        unit(21, "望江区司法局", "/1/20/21/", level=UnitLevel.COUNTY),
        unit(22, "区市场监管局", "/1/20/22/", level=UnitLevel.COUNTY),
    ],
    aliases=[(3, "市府办"), (4, "公安机关")],
    groups=[UnitGroup(id=7, name="各县（市、区）人民政府")],
)


@pytest.mark.parametrize(
    ("written", "unit_id", "how"),
    [
        ("云川市司法局", 2, How.NAME),
        ("云川市 司法局", 2, How.NAME),
        ("市司法局", 2, How.SHORT_NAME),
        ("市府办", 3, How.ALIAS),
        ("府办", 3, How.LEVEL),
        ("市公安局", 4, How.LEVEL),
        ("县司法局", 11, How.LEVEL),
        ("望江区市场监管局", 22, How.LEVEL),
        ("市场监管局", 22, How.LEVEL),
    ],
)
def test_the_first_proposal(written: str, unit_id: int, how: How) -> None:
    first = DIRECTORY.propose(written)[0]
    assert (first.unit_id, first.how) == (unit_id, how)


@pytest.mark.parametrize("written", ["各县(市、区)人民政府", "各县（市、区）人民政府", "各县(市,区)人民政府"])
def test_groups_in_either_width(written: str) -> None:
    assert [(p.group_id, p.how) for p in DIRECTORY.propose(written)] == [(7, How.GROUP)]


@pytest.mark.parametrize("written", ["", "（）", "市司法厅", "云川", "司法", "市"])
def test_nothing_is_guessed(written: str) -> None:
    assert DIRECTORY.propose(written) == []


def test_a_bare_name_means_the_unit_of_the_own_branch_first() -> None:
    assert DIRECTORY.propose("司法局", near_unit_id=20)[0].unit_id == 21
    assert DIRECTORY.propose("司法局", near_unit_id=11)[0].unit_id == 11
    assert {p.unit_id for p in DIRECTORY.propose("司法局")} == {2, 11, 21}


def test_a_county_level_city_is_a_county() -> None:
    directory = Directory(
        [
            unit(1, "南屏市人民政府", "/1/", level=UnitLevel.COUNTY, kind=GOVERNMENT),
            unit(2, "南屏市教育局", "/1/2/", level=UnitLevel.COUNTY),
        ]
    )
    assert directory.propose("市教育局")[0].unit_id == 2


def test_each_unit_is_proposed_once() -> None:
    ids = [p.unit_id for p in DIRECTORY.propose("市司法局")]
    assert len(ids) == len(set(ids))


def test_normalising_levels_width_and_marks() -> None:
    assert normalise(" 各县（市、区） 人民政府。 ") == normalise("各县(市,区)人民政府")
