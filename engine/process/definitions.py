"""Published definitions: immutable rows, parsed once per operating-system process and shared by all instances.

Starting up never publishes; `duban migrate` does. A changed diagram becomes the next version; instances that run
stay on theirs.
"""

from sqlalchemy import func, select

from engine import audit
from engine.context import Context
from engine.db import Session
from engine.errors import NotFound
from engine.process import safe_xml
from engine.process.diagrams import read_diagram
from engine.process.models import ProcessDefinition
from engine.process.operators import OPERATORS
from engine.process.specs import Spec, Specs
from engine.writes import concerning

SPECS = Specs()


def publish(ctx: Context, xml: bytes) -> ProcessDefinition:
    """Publish a diagram under its process id, as the next version; the newest version is returned if it is the same.

    Raises InvalidDiagram naming element and line. One publisher at a time: the caller holds the migration lock.
    """
    diagram = read_diagram(xml, OPERATORS)
    same = ctx.session.scalar(select(ProcessDefinition).filter_by(key=diagram.key, sha256=diagram.sha256))
    if same is not None:
        return same
    newest = ctx.session.scalar(
        select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == diagram.key)
    )
    definition = ProcessDefinition(
        key=diagram.key,
        version=(newest or 0) + 1,
        sha256=diagram.sha256,
        xml=xml,
        published_at=ctx.clock.now(),
    )
    ctx.session.add(definition)
    ctx.session.flush()
    ctx.session.memo.pop(("engine.process.latest", diagram.key), None)
    audit.record(
        ctx, f"process:{diagram.key}", "process_definition.published",
        ("process_definition", definition.id), version=definition.version, sha256=diagram.sha256,
    )  # fmt: skip
    return definition


def latest(session: Session, key: str) -> ProcessDefinition:
    """The version that new instances take, read once in a transaction. Raises NotFound when nothing is published
    under the key."""
    remembered = ("engine.process.latest", key)
    found: ProcessDefinition | None = session.memo.get(remembered)
    if found is None:
        newest = select(ProcessDefinition).filter_by(key=key).order_by(ProcessDefinition.version.desc())
        found = session.scalar(concerning(newest.limit(1), ProcessDefinition))
        session.memo[remembered] = found
    if found is None:
        raise NotFound("process.not_published", "流程“{key}”尚未发布", key=key)
    return found


def spec_of(session: Session, spec_key: str) -> Spec:
    """The live spec behind an instance's `spec_key`; parsed at its first use in this operating-system process."""
    spec = SPECS.find(spec_key)
    if spec is None:
        key, _, digest = spec_key.partition("@")
        xml = session.scalar(
            select(ProcessDefinition.xml).where(
                ProcessDefinition.key == key, ProcessDefinition.sha256.startswith(digest, autoescape=True)
            )
        )
        if xml is None or len(digest) != 16:
            raise NotFound("process.not_published", "流程“{key}”尚未发布", key=key)
        spec = SPECS.register(spec_key, xml)
    return spec


def element_names(xml: bytes) -> dict[str, str]:
    """The Chinese names of everything drawn, by element id: the msgids of their translations."""
    named = (element for element in safe_xml.parse(xml).iter() if element.get("name") and element.get("id"))
    return {element.get("id"): element.get("name") for element in named}


def awaited_elements(xml: bytes) -> set[str]:
    """Ids of the events at which a case waits for something to come about: their names say what."""
    return {
        element.get("id")
        for element in safe_xml.parse(xml).iter()
        if isinstance(element.tag, str) and element.tag.endswith("}intermediateCatchEvent")
    }
