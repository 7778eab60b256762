"""Small BPMN documents written in lines, for tests: one call per element, no layout."""

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="definitions" targetNamespace="http://duban.example/bpmn">'
)


def user(
    name: str, unit: str = "unit_id", role: str = "reporter", deadline: str = "", extra: str = ""
) -> str:
    properties = {"formKey": f"form.{name}", "candidateRole": role, "candidateUnit": unit}
    if deadline:
        properties["deadlineKind"] = deadline
    lines = "".join(
        f'<spiffworkflow:property name="{key}" value="{value}"/>' for key, value in properties.items()
    )
    return (
        f'<userTask id="{name}" name="{name}"><extensionElements>'
        f"<spiffworkflow:properties>{lines}</spiffworkflow:properties></extensionElements>{extra}</userTask>"
    )


def service(name: str, operator: str, **parameters: str) -> str:
    lines = "".join(
        f'<spiffworkflow:parameter id="{key}" type="str" value={quoteattr(value)}/>'
        for key, value in parameters.items()
    )
    return (
        f'<serviceTask id="{name}" name="{name}"><extensionElements>'
        f'<spiffworkflow:serviceTaskOperator id="{operator}">'
        f"<spiffworkflow:parameters>{lines}</spiffworkflow:parameters>"
        "</spiffworkflow:serviceTaskOperator></extensionElements></serviceTask>"
    )


def element(kind: str, name: str, inside: str = "", **attributes: str) -> str:
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<{kind} id="{name}" name="{name}"{more}>{inside}</{kind}>'


def start(name: str = "begin") -> str:
    return element("startEvent", name)


def end(name: str = "finish") -> str:
    return element("endEvent", name)


def choice(name: str, default: str = "") -> str:
    return element("exclusiveGateway", name, **({"default": default} if default else {}))


def parallel(name: str) -> str:
    return element("parallelGateway", name)


def timer(kind: str) -> str:
    return f'<timerEventDefinition><timeDate>"{kind}"</timeDate></timerEventDefinition>'


def message(name: str) -> str:
    return f'<messageEventDefinition messageRef="message_{name}"/>'


def boundary(name: str, on: str, event: str, interrupting: bool = False) -> str:
    return element(
        "boundaryEvent", name, event, attachedToRef=on, cancelActivity="true" if interrupting else "false"
    )


def catch(name: str, event: str) -> str:
    return element("intermediateCatchEvent", name, event)


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    """An arrow with the id ``source_target``."""
    inside = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
    name = name or (f"到 {target}" if condition else "")
    return (
        f'<sequenceFlow id="{source}_{target}" name="{name}" sourceRef="{source}" targetRef="{target}">'
        f"{inside}</sequenceFlow>"
    )


def line(*names: str) -> str:
    """Arrows along a row of elements."""
    return "\n".join(flow(source, target) for source, target in pairwise(names))


def diagram(*elements: str, messages: tuple[str, ...] = (), head: str = HEAD, key: str = "sample") -> bytes:
    """The document; one element a line."""
    declared = "".join(f'<message id="message_{name}" name="{name}"/>' for name in messages)
    body = "\n".join(elements)
    return (
        f'{head}\n{declared}\n<process id="{key}" name="样例" isExecutable="true">\n{body}\n</process>'
        "\n</definitions>"
    ).encode()
