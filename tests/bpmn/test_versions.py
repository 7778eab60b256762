"""A case begins on one version of a diagram and ends on the code of the next."""

from pathlib import Path

from sqlalchemy import select

from engine.campaigns.models import Obligation, ObligationState
from engine.process import definitions
from engine.process.models import ProcessDefinition, ProcessInstance
from tests.engine.campaigns.city import SYSTEM, City

OBLIGATION = Path(__file__).parents[2] / "bpmn/released/obligation-1.bpmn"


def next_version() -> bytes:
    """The diagram with another name for the step in which the case stands."""
    xml = OBLIGATION.read_bytes()
    changed = xml.replace(b'"sign_off"', b'"countersign"').replace(b">sign_off<", b">countersign<")
    assert changed != xml
    return changed


def test_a_report_submitted_on_version_one_is_reviewed_after_version_two_is_out(city: City) -> None:
    city.act(SYSTEM, definitions.publish, OBLIGATION.read_bytes())
    obligation = city.submitted()
    newer = city.act(SYSTEM, definitions.publish, next_version())
    assert newer.version > 1
    city.accepted_after_submission(obligation)
    assert city.get(Obligation, obligation.id).state == ObligationState.ACCEPTED
    versions = city.read(
        lambda s: s.scalars(
            select(ProcessDefinition.version)
            .join(ProcessInstance, ProcessInstance.definition_id == ProcessDefinition.id)
            .where(ProcessInstance.subject_type == "obligation")
        ).all()
    )
    assert newer.version not in versions
