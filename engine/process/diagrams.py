"""A published diagram as plain data, and the rules that each of its elements must meet on its own.

``read_diagram`` is what publishing calls; whatever it returns may be run. How the elements hang together
(loops, forks, dead ends) is judged in soundness.py. Nothing here knows the process library.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.errors import InvalidDiagram, InvalidInput
from engine.process import safe_xml, soundness
from engine.process.expressions import check_expression
from engine.process.safe_xml import at, extension, local_name, model

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_KIND = re.compile(r"[a-z][a-z0-9_]*")
_KIND_LITERAL = re.compile(r"""\s*(?:"([a-z][a-z0-9_.]*)"|'([a-z][a-z0-9_.]*)')\s*""")
#: names that the library gives to task specs of its own
_RESERVED_IDS = frozenset({"Start", "End", "StartEventSplit", "StartEventJoin"})
#: extension properties of a user task: pattern, and whether it must be there
_PROPERTIES = {
    "formKey": (_DOTTED, True),
    "candidateRole": (_KIND, True),
    "candidateUnit": (_ID, True),
    "deadlineKind": (_DOTTED, False),
}


@dataclass(frozen=True)
class Flow:
    """An arrow. ``condition`` is CEL or None."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None
    line: int


@dataclass(frozen=True)
class Node:
    """A box, circle or diamond. What does not belong to its ``kind`` is empty."""

    id: str
    kind: str  #: the BPMN element's name, one of safe_xml.NODES
    name: str
    line: int
    default: str = ""  #: exclusiveGateway: id of the default flow
    attached_to: str = ""  #: boundaryEvent: id of the user task
    interrupting: bool = True  #: boundaryEvent
    deadline_kind: str = ""  #: timer event: the kind of deadline that fires it; userTask: its deadline's kind
    message: str = ""  #: message event: the message's name
    form_key: str = ""  #: userTask: the page that shows it
    candidate_role: str = ""  #: userTask: the post's role that it is offered to
    candidate_unit: str = ""  #: userTask: the process variable that holds the unit's id
    operator: str = ""  #: serviceTask
    parameters: dict[str, str] = field(default_factory=dict)  #: serviceTask: name -> CEL

    @property
    def waits(self) -> bool:
        """Whether a person or an event moves the token on."""
        return self.kind in ("userTask", "intermediateCatchEvent")


@dataclass(frozen=True)
class Diagram:
    """One executable process. ``key`` is its BPMN id; ``nodes`` and ``flows`` stand in file order."""

    key: str
    name: str
    xml: bytes
    nodes: dict[str, Node]
    flows: tuple[Flow, ...]
    other_names: tuple[str, ...]  #: of lanes, participants and messages

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.xml).hexdigest()

    @property
    def user_tasks(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind == "userTask"]

    @property
    def operators(self) -> set[str]:
        return {node.operator for node in self.nodes.values() if node.operator}

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """Every expression with the variables it reads."""
        sources = [flow.condition for flow in self.flows if flow.condition]
        sources += [source for node in self.nodes.values() for source in node.parameters.values()]
        return {source: check_expression(source) for source in sources}

    @property
    def names(self) -> set[str]:
        """Every Chinese text a person may see, for translation."""
        texts = {self.name, *self.other_names}
        return {*texts, *(n.name for n in self.nodes.values()), *(f.name for f in self.flows if f.name)}


def deadline_kind(expression: str | None) -> str | None:
    """The kind that a timeDate names, such as ``"obligation_due"`` in quotes; None for anything else."""
    match = _KIND_LITERAL.fullmatch(expression or "")
    return (match[1] or match[2]) if match else None


def read_diagram(xml: bytes, operators: Collection[str]) -> Diagram:
    """Read a diagram that is to be published; ``operators`` are those that handlers exist for.

    Raises InvalidDiagram with the element's id and line for the first thing that is wrong.
    """
    root = safe_xml.parse(xml)
    _check_ids(root)
    processes = root.findall(model("process"))
    if len(processes) != 1:
        raise InvalidDiagram("diagram.one_process", "流程图必须恰好包含一个流程", **at(root))
    process = processes[0]
    if process.get("isExecutable") != "true":
        raise InvalidDiagram(
            "diagram.not_executable", "第 {line} 行：流程“{element}”未标为可执行", **at(process)
        )
    messages = {e.get("id"): _name(e) for e in root.findall(model("message"))}
    others = [*messages.values()]
    others += [_name(e) for kind in ("lane", "participant") for e in root.iter(model(kind))]
    diagram = Diagram(
        key=process.get("id"),
        name=_name(process),
        xml=xml,
        nodes={node.id: node for node in _nodes(process, messages, operators)},
        flows=tuple(_flow(e) for e in process.findall(model("sequenceFlow"))),
        other_names=tuple(others),
    )
    soundness.check(diagram)
    return diagram


def _check_ids(root: Any) -> None:
    seen: set[str] = set()
    for element in root.iter():
        name = element.get("id")
        if name is None or element.tag == extension("parameter"):
            continue
        if name in seen:
            raise InvalidDiagram("diagram.duplicate_id", "第 {line} 行：编号“{element}”重复", **at(element))
        seen.add(name)
    for element in root.iter(extension("parameter")):  # the library looks nodes up among these, too
        if element.get("id") in seen:
            raise InvalidDiagram("diagram.duplicate_id", "第 {line} 行：编号“{element}”重复", **at(element))


def _name(element: Any) -> str:
    name: str = (element.get("name") or "").strip()
    if not name:
        raise InvalidDiagram("diagram.no_name", "第 {line} 行：元素“{element}”没有名称", **at(element))
    return name


def _flow(element: Any) -> Flow:
    condition = element.find(model("conditionExpression"))
    source = None if condition is None else _expression(condition.text, element)
    name = (element.get("name") or "").strip() if source is None else _name(element)
    return Flow(
        element.get("id") or "", name, element.get("sourceRef") or "", element.get("targetRef") or "", source,
        element.sourceline,
    )  # fmt: skip


def _expression(source: str | None, owner: Any) -> str:
    try:
        check_expression(source or "")
    except InvalidInput as error:
        raise InvalidDiagram(
            error.code, "第 {line} 行的“{element}”：条件表达式不可用：{source}",
            source=(source or "").strip(), **at(owner),
        ) from error  # fmt: skip
    return source or ""


def _nodes(process: Any, messages: dict[str, str], operators: Collection[str]) -> Iterator[Node]:
    for element in process:
        if local_name(element) not in safe_xml.NODES:
            continue
        name = element.get("id") or ""
        if not _ID.fullmatch(name) or name in _RESERVED_IDS:
            raise InvalidDiagram(
                "diagram.bad_id", "第 {line} 行：编号“{element}”只能由字母、数字和下划线组成，且不得为保留字",
                **at(element),
            )  # fmt: skip
        yield Node(
            id=name, kind=local_name(element), name=_name(element), line=element.sourceline,
            default=element.get("default") or "", **_details(element, messages, operators),
        )  # fmt: skip


def _details(element: Any, messages: dict[str, str], operators: Collection[str]) -> dict[str, Any]:
    kind = local_name(element)
    if kind == "userTask":
        return _user_task(element)
    if kind == "serviceTask":
        return _service_task(element, operators)
    if kind == "boundaryEvent":
        interrupting = (element.get("cancelActivity") or "true").lower() == "true"
        return {
            "attached_to": element.get("attachedToRef") or "", "interrupting": interrupting,
            **_event(element, messages),
        }  # fmt: skip
    if kind == "intermediateCatchEvent":
        return _event(element, messages)
    return {}


def _user_task(element: Any) -> dict[str, str]:
    given: dict[str, str] = {}
    for entry in element.iter(extension("property")):
        name, value = entry.get("name") or "", (entry.get("value") or "").strip()
        if name not in _PROPERTIES or name in given or not _PROPERTIES[name][0].fullmatch(value):
            raise InvalidDiagram(
                "diagram.bad_property", "第 {line} 行的“{element}”：属性“{property}”不认识、重复或取值不对",
                property=name, **at(element),
            )  # fmt: skip
        given[name] = value
    for name, (_, required) in _PROPERTIES.items():
        if required and name not in given:
            raise InvalidDiagram(
                "diagram.missing_property", "第 {line} 行的用户任务“{element}”缺少属性“{property}”",
                property=name, **at(element),
            )  # fmt: skip
    return {
        "form_key": given["formKey"], "candidate_role": given["candidateRole"],
        "candidate_unit": given["candidateUnit"], "deadline_kind": given.get("deadlineKind", ""),
    }  # fmt: skip


def _service_task(element: Any, operators: Collection[str]) -> dict[str, Any]:
    found = list(element.iter(extension("serviceTaskOperator")))
    name = (found[0].get("id") or "") if len(found) == 1 else ""
    if not _OPERATOR.fullmatch(name) or name not in operators:
        raise InvalidDiagram(
            "diagram.unknown_operator", "第 {line} 行的服务任务“{element}”：没有操作“{operator}”",
            operator=name, **at(element),
        )  # fmt: skip
    parameters: dict[str, str] = {}
    for entry in element.iter(extension("parameter")):
        parameter = entry.get("id") or ""
        if not _ID.fullmatch(parameter) or parameter in parameters:
            raise InvalidDiagram(
                "diagram.bad_property", "第 {line} 行的“{element}”：属性“{property}”不认识、重复或取值不对",
                property=parameter, **at(element),
            )  # fmt: skip
        parameters[parameter] = _expression(entry.get("value"), element)
    return {"operator": name, "parameters": parameters}


def _event(element: Any, messages: dict[str, str]) -> dict[str, str]:
    timers, received = (
        element.findall(model(kind)) for kind in ("timerEventDefinition", "messageEventDefinition")
    )
    if len(timers) + len(received) != 1:
        raise InvalidDiagram(
            "diagram.one_event", "第 {line} 行的事件“{element}”必须恰好有一个定时或消息定义", **at(element)
        )
    if timers:
        kind = deadline_kind(timers[0].findtext(model("timeDate")))
        if kind is None:
            raise InvalidDiagram(
                "diagram.bad_timer", "第 {line} 行的定时事件“{element}”必须写明期限种类（加引号的名称）",
                **at(element),
            )  # fmt: skip
        return {"deadline_kind": kind}
    reference = received[0].get("messageRef")
    if reference not in messages:
        raise InvalidDiagram(
            "diagram.no_message", "第 {line} 行的消息事件“{element}”没有指明消息", **at(element)
        )
    return {"message": messages[reference]}
