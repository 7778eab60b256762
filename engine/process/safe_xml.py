"""BPMN bytes to an element tree that is safe to hand on: no DTD, no entities, no network, known elements
only.

This is the gate that every diagram passes each time it is read, freshly uploaded or long published. The
rules that only a new diagram must meet (names, loops, forms) are in diagrams.py and soundness.py.
"""

from typing import Any

from lxml import etree

from engine.errors import InvalidDiagram

MAX_BYTES = 1_000_000
MAX_ELEMENTS = 5_000

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
EXTENSION = "http://spiffworkflow.org/bpmn/schema/1.0/core"
LAYOUT = "http://www.omg.org/spec/BPMN/20100524/DI"
COMMON = "http://www.omg.org/spec/DD/20100524/DC"
INTERCHANGE = "http://www.omg.org/spec/DD/20100524/DI"

#: kinds of node that a process may contain
NODES = frozenset(
    {"startEvent", "endEvent", "userTask", "serviceTask", "exclusiveGateway", "parallelGateway"}
    | {"boundaryEvent", "intermediateCatchEvent"}
)

_INSIDE_NODE = "documentation extensionElements incoming outgoing"
_EVENT = _INSIDE_NODE + " timerEventDefinition messageEventDefinition"
#: element -> the elements that may stand directly inside it; what is not named here is refused
_MODEL_CHILDREN = {
    "definitions": "process collaboration message",
    "collaboration": "documentation participant textAnnotation association",
    "participant": "documentation",
    "message": "documentation",
    "process": "documentation extensionElements laneSet sequenceFlow textAnnotation association "
    + " ".join(NODES),
    "laneSet": "lane",
    "lane": "documentation flowNodeRef",
    "startEvent": _INSIDE_NODE,
    "endEvent": _INSIDE_NODE,
    "userTask": _INSIDE_NODE,
    "serviceTask": _INSIDE_NODE,
    "exclusiveGateway": _INSIDE_NODE,
    "parallelGateway": _INSIDE_NODE,
    "boundaryEvent": _EVENT,
    "intermediateCatchEvent": _EVENT,
    "timerEventDefinition": "timeDate",
    "messageEventDefinition": "",
    "sequenceFlow": "documentation conditionExpression",
    "textAnnotation": "text",
    "association": "documentation",
    "extensionElements": "",
    "timeDate": "",
    "conditionExpression": "",
    "documentation": "",
    "flowNodeRef": "",
    "incoming": "",
    "outgoing": "",
    "text": "",
}
_EXTENSION_CHILDREN = {
    "properties": "property",
    "property": "",
    "serviceTaskOperator": "parameters",
    "parameters": "parameter",
    "parameter": "",
}
#: which extension may stand under which node
_EXTENSION_PLACES = {"properties": {"userTask"}, "serviceTaskOperator": {"serviceTask"}}

CHILDREN: dict[str, frozenset[str]] = {
    f"{{{namespace}}}{parent}": frozenset(f"{{{namespace}}}{child}" for child in children.split())
    for namespace, table in ((MODEL, _MODEL_CHILDREN), (EXTENSION, _EXTENSION_CHILDREN))
    for parent, children in table.items()
}
_LAYOUT_NAMESPACES = (LAYOUT, COMMON, INTERCHANGE)


def model(name: str) -> str:
    """The full tag of a BPMN element."""
    return f"{{{MODEL}}}{name}"


def extension(name: str) -> str:
    """The full tag of an extension element."""
    return f"{{{EXTENSION}}}{name}"


def local_name(element: Any) -> str:
    return str(etree.QName(element).localname)


def at(element: Any) -> dict[str, Any]:
    """The arguments by which InvalidDiagram names an element: its nearest id, its line."""
    line, named = element.sourceline or 1, element
    while named is not None and not named.get("id"):
        named = named.getparent()
    name = local_name(element) if named is None else named.get("id")
    return {"element": name, "line": line}


def parse(xml: bytes) -> Any:
    """The root element of a diagram that holds nothing but what the whitelist names.

    Raises InvalidDiagram, naming the element and its line.
    """
    if len(xml) > MAX_BYTES:
        raise InvalidDiagram(
            "diagram.too_large", "流程图文件过大，不得超过 1 MB", element="definitions", line=1
        )
    if (place := max(xml.find(b"<!DOCTYPE"), xml.find(b"<!ENTITY"))) >= 0:  # never let the parser see one
        line = xml.count(b"\n", 0, place) + 1
        raise InvalidDiagram(
            "diagram.dtd", "第 {line} 行：流程图不得包含 DTD 或实体定义", element="definitions", line=line
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise InvalidDiagram(
            "diagram.not_xml", "第 {line} 行：文件不是有效的 XML", element="definitions", line=line
        ) from error
    document = root.getroottree().docinfo
    if (
        document.doctype or document.internalDTD is not None
    ):  # in an encoding that the search above does not see
        raise InvalidDiagram(
            "diagram.dtd", "第 {line} 行：流程图不得包含 DTD 或实体定义", element="definitions", line=1
        )
    _check_elements(root)
    return root


def _check_elements(root: Any) -> None:
    if root.tag != model("definitions"):
        raise InvalidDiagram("diagram.not_bpmn", "第 {line} 行：文件不是 BPMN 2.0 流程图", **at(root))
    for number, element in enumerate(root.iter()):
        if number >= MAX_ELEMENTS:
            raise InvalidDiagram("diagram.too_many_elements", "流程图的元素过多", **at(root))
        if not isinstance(element.tag, str):
            raise InvalidDiagram(
                "diagram.entity", "第 {line} 行：流程图不得引用实体", **at(element.getparent())
            )
        if element is not root and not _may_stand(element, element.getparent()):
            raise InvalidDiagram(
                "diagram.element_not_allowed",
                "第 {line} 行的“{element}”：不支持“{kind}”",
                kind=local_name(element), **at(element),
            )  # fmt: skip


def _may_stand(element: Any, parent: Any) -> bool:
    namespace = etree.QName(element).namespace
    if namespace in _LAYOUT_NAMESPACES:  # only drawn, never run
        return parent.tag == model("definitions") or etree.QName(parent).namespace in _LAYOUT_NAMESPACES
    if parent.tag == model("extensionElements"):
        places = _EXTENSION_PLACES.get(local_name(element), set()) if namespace == EXTENSION else set()
        return local_name(parent.getparent()) in places
    return element.tag in CHILDREN.get(parent.tag, ())
