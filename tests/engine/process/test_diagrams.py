"""Which BPMN files are taken, and what is said about those that are not."""

import pytest

from engine.errors import InvalidDiagram
from engine.process import safe_xml
from engine.process.diagrams import deadline_kind, read_diagram
from engine.process.specs import Specs
from tests.engine.process import builder as b
from tests.engine.process import samples

OPERATORS = samples.OPERATORS
SIMPLE = (b.start(), b.user("execute"), b.end(), b.line("begin", "execute", "finish"))


def refused(xml: bytes) -> InvalidDiagram:
    with pytest.raises(InvalidDiagram) as error:
        read_diagram(xml, OPERATORS)
    assert error.value.element
    assert error.value.line >= 1
    assert "{" not in str(error.value)  # every parameter of the sentence is filled in
    return error.value


@pytest.mark.parametrize("name", ["life", "branches", "rework"])
def test_samples_are_taken(name: str) -> None:
    diagram = read_diagram(getattr(samples, name)(), OPERATORS)
    assert diagram.key == name
    Specs().register("x:1", diagram.xml)


def test_a_diagram_is_read_as_data() -> None:
    diagram = read_diagram(samples.life(), OPERATORS)
    execute, urge = diagram.nodes["execute"], diagram.nodes["urge"]
    assert (execute.form_key, execute.candidate_role) == ("form.execute", "reporter")
    assert (execute.candidate_unit, execute.deadline_kind) == ("unit_id", "work_due")
    assert (urge.operator, urge.parameters) == ("notices.urge", {"kind": '"accept"', "unit": "unit_id"})
    assert diagram.operators == OPERATORS
    assert [node.id for node in diagram.user_tasks] == [
        "accept",
        "execute",
        "explain",
        "review",
        "inspect",
        "rectify",
    ]
    assert diagram.nodes["recalled"].message == "recall"
    assert (diagram.nodes["recalled"].interrupting, diagram.nodes["execute_late"].interrupting) == (
        True,
        False,
    )
    assert diagram.nodes["execute_late"].deadline_kind == "work_due"
    assert diagram.nodes["verdict_given"].default == "verdict_given_drawn"
    assert diagram.conditions['verdict == "returned" && rounds < 1000'] == ("rounds", "verdict")
    assert {"样例", "recall", "execute", "到 merge"} <= diagram.names
    assert len(diagram.sha256) == 64


def test_what_a_modeler_writes_is_taken() -> None:
    xml = b.diagram(
        *SIMPLE,
        '<laneSet id="lanes"><lane id="lane" name="责任单位"><flowNodeRef>execute</flowNodeRef></lane>',
        "</laneSet>",
        '<textAnnotation id="note"><text>说明</text></textAnnotation>',
        '<association id="tie" sourceRef="execute" targetRef="note"/>',
    ).replace(
        b"</process>",
        """</process><!-- a remark --><bpmndi:BPMNDiagram id="d1"
        xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
        xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI">
        <bpmndi:BPMNPlane id="d2" bpmnElement="sample"><bpmndi:BPMNShape id="d3" bpmnElement="execute">
        <dc:Bounds x="1" y="2" width="3" height="4"/><bpmndi:BPMNLabel/></bpmndi:BPMNShape>
        <bpmndi:BPMNEdge id="d4" bpmnElement="begin_execute"><di:waypoint x="1" y="2"/></bpmndi:BPMNEdge>
        </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
        <collaboration id="c"><participant id="p" name="督办" processRef="sample"/>
        </collaboration>""".encode(),
    )
    assert {"责任单位", "督办"} <= read_diagram(xml, OPERATORS).names


def with_head(head: str) -> bytes:
    return b.diagram(*SIMPLE, head=head + b.HEAD)


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (with_head("<!DOCTYPE definitions>"), "diagram.dtd"),
        (with_head('<!DOCTYPE definitions SYSTEM "file:///etc/passwd">'), "diagram.dtd"),
        (with_head('<!DOCTYPE definitions SYSTEM "http://duban.example/x.dtd">'), "diagram.dtd"),
        (with_head('<!DOCTYPE definitions [<!ENTITY a "甲">]>'), "diagram.dtd"),
        (
            with_head(f'<!DOCTYPE definitions [<!ENTITY a0 "哈">{LAUGHS}]>').replace(
                "样例".encode(), b"&a9;"
            ),
            "diagram.dtd",
        ),
        (
            with_head(f'<!DOCTYPE definitions [<!ENTITY a0 "哈">{LAUGHS}]>').replace(
                b"</process>", b"<documentation>&a9;</documentation></process>"
            ),
            "diagram.dtd",
        ),
        (
            with_head('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>').replace(
                "样例".encode(), b"&a;"
            ),
            "diagram.dtd",
        ),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16"),
            "diagram.dtd",
        ),
        (b.diagram(*SIMPLE).replace("样例".encode(), b"&undefined;"), "diagram.not_xml"),
        (b"", "diagram.not_xml"),
        (b"PK\x03\x04 not a diagram", "diagram.not_xml"),
        (b.diagram(*SIMPLE)[:-20], "diagram.not_xml"),
        ("样例".encode("gb18030"), "diagram.not_xml"),
        (b"<html/>", "diagram.not_bpmn"),
        (b'<definitions xmlns="http://example.org/other"/>', "diagram.not_bpmn"),
        (b"<!--" + b"x" * safe_xml.MAX_BYTES + b"-->" + b.diagram(*SIMPLE), "diagram.too_large"),
        (b.diagram(*SIMPLE, *["<association/>"] * safe_xml.MAX_ELEMENTS), "diagram.too_many_elements"),
        (b"<a>" * 3000 + b"</a>" * 3000, "diagram.not_xml"),
        (b.diagram(), "diagram.one_start"),
        (
            b.diagram(*SIMPLE).replace(b"</process>", b'</process><process id="p2" name="x"/>'),
            "diagram.one_process",
        ),
        (b.diagram(*SIMPLE).replace(b'isExecutable="true"', b""), "diagram.not_executable"),
    ],
)
def test_unsafe_or_foreign_files_are_refused(xml: bytes, code: str) -> None:
    assert refused(xml).code == code


FOREIGN = 'xmlns:other="http://example.org/other"'


@pytest.mark.parametrize(
    "element",
    [
        '<scriptTask id="bad" name="x"><script>import os</script></scriptTask>',
        '<subProcess id="bad" name="x"/>',
        '<adHocSubProcess id="bad" name="x"/>',
        '<transaction id="bad" name="x"/>',
        '<callActivity id="bad" name="x" calledElement="other"/>',
        '<businessRuleTask id="bad" name="x"/>',
        '<manualTask id="bad" name="x"/>',
        '<task id="bad" name="x"/>',
        '<sendTask id="bad" name="x"/>',
        '<receiveTask id="bad" name="x"/>',
        '<inclusiveGateway id="bad" name="x"/>',
        '<complexGateway id="bad" name="x"/>',
        '<eventBasedGateway id="bad" name="x"/>',
        '<intermediateThrowEvent id="bad" name="x"/>',
        '<dataObject id="bad" name="x"/>',
        '<ioSpecification id="bad"/>',
        f'<other:thing id="bad" {FOREIGN}/>',
        f'<extensionElements><other:thing id="bad" {FOREIGN}/></extensionElements>',
        '<extensionElements><spiffworkflow:properties id="bad"/></extensionElements>',
        b.element("userTask", "u", '<multiInstanceLoopCharacteristics id="bad"/>'),
        b.element("userTask", "u", '<standardLoopCharacteristics id="bad"/>'),
        b.element("userTask", "u", '<userTask id="bad" name="x"/>'),
        b.element(
            "userTask",
            "u",
            '<extensionElements><spiffworkflow:preScript id="bad">a = 1'
            "</spiffworkflow:preScript></extensionElements>",
        ),
        b.element(
            "userTask",
            "u",
            '<extensionElements><spiffworkflow:postScript id="bad">a = 1'
            "</spiffworkflow:postScript></extensionElements>",
        ),
        b.element(
            "userTask",
            "u",
            '<extensionElements><spiffworkflow:serviceTaskOperator id="bad"/></extensionElements>',
        ),
        b.element("startEvent", "s", '<timerEventDefinition id="bad"/>'),
        b.element("endEvent", "e", '<terminateEventDefinition id="bad"/>'),
        b.element("boundaryEvent", "e", '<errorEventDefinition id="bad"/>'),
        b.element("boundaryEvent", "e", '<signalEventDefinition id="bad"/>'),
        b.element("boundaryEvent", "e", '<conditionalEventDefinition id="bad"/>'),
        b.element(
            "boundaryEvent",
            "e",
            '<timerEventDefinition><timeDuration id="bad">PT1S</timeDuration></timerEventDefinition>',
        ),
        b.element(
            "boundaryEvent",
            "e",
            '<timerEventDefinition><timeCycle id="bad">R3/P1D</timeCycle></timerEventDefinition>',
        ),
        b.element(
            "boundaryEvent",
            "e",
            '<messageEventDefinition><extensionElements id="bad"/></messageEventDefinition>',
        ),
    ],
)
def test_elements_outside_the_whitelist_are_refused(element: str) -> None:
    error = refused(b.diagram(*SIMPLE, element))
    assert (error.code, error.element, error.line) == ("diagram.element_not_allowed", "bad", 9)


def test_a_published_diagram_passes_the_same_gate_when_it_is_loaded() -> None:
    with pytest.raises(InvalidDiagram):
        Specs().register("x:1", b.diagram(*SIMPLE, '<scriptTask id="bad" name="x"/>'))


def replaced(old: str, new: str, xml: bytes = b"") -> bytes:
    before = xml or samples.life()
    after = before.replace(old.encode(), new.encode())
    assert after != before
    return after


CHOICE = (
    b.start(),
    b.user("ask"),
    b.choice("which", "which_a"),
    b.user("a"),
    b.end(),
    b.line("begin", "ask", "which"),
    b.line("a", "finish"),
)


@pytest.mark.parametrize(
    ("xml", "code", "element"),
    [
        (replaced('name="execute">', 'name=" ">'), "diagram.no_name", "execute"),
        (
            replaced(
                '<lane id="l" name="x"/>',
                '<lane id="l"/>',
                b.diagram(*SIMPLE, '<laneSet id="ls"><lane id="l" name="x"/></laneSet>'),
            ),
            "diagram.no_name",
            "l",
        ),
        (replaced('name="到 merge"', ""), "diagram.no_name", "verdict_given_merge"),
        (replaced('name="recall"', 'name=""'), "diagram.no_name", "message_recall"),
        (replaced('id="finish"', 'id="begin"'), "diagram.duplicate_id", "begin"),
        (b.diagram(*SIMPLE, b.service("s", "notices.urge", execute="1")), "diagram.duplicate_id", "execute"),
        (replaced('id="explain"', 'id="End"'), "diagram.bad_id", "End"),
        (replaced('id="explain"', 'id="a.b"'), "diagram.bad_id", "a.b"),
        (replaced('id="notices.urge"', 'id="notices.unknown"'), "diagram.unknown_operator", "urge"),
        (replaced('id="notices.urge"', 'id="os"'), "diagram.unknown_operator", "urge"),
        (b.diagram(*SIMPLE, b.element("serviceTask", "s")), "diagram.unknown_operator", "s"),
        (replaced("form.execute", ""), "diagram.bad_property", "execute"),
        (replaced("form.execute", "../x"), "diagram.bad_property", "execute"),
        (replaced('"candidateRole"', '"candidateRolle"'), "diagram.bad_property", "accept"),
        (
            replaced('<spiffworkflow:property name="formKey" value="form.review"/>', ""),
            "diagram.missing_property",
            "review",
        ),
        (
            replaced('<spiffworkflow:property name="candidateUnit" value="lead_id"/>', ""),
            "diagram.missing_property",
            "review",
        ),
        (b.diagram(*SIMPLE, b.element("userTask", "u")), "diagram.missing_property", "u"),
        (replaced('"work_due"</timeDate>', "work_due</timeDate>"), "diagram.bad_timer", "execute_late"),
        (
            replaced('"work_due"</timeDate>', '"2026-01-01T00:00:00Z"</timeDate>'),
            "diagram.bad_timer",
            "execute_late",
        ),
        (replaced('"work_due"</timeDate>', '"a" + "b"</timeDate>'), "diagram.bad_timer", "execute_late"),
        (replaced('messageRef="message_recall"', 'messageRef="message_x"'), "diagram.no_message", "recalled"),
        (replaced(b.message("recall"), b.message("recall") + b.timer("x")), "diagram.one_event", "recalled"),
        (replaced(b.message("recall"), ""), "diagram.one_event", "recalled"),
        (
            replaced('attachedToRef="execute"', 'attachedToRef="open_review"'),
            "diagram.boundary_place",
            "execute_late",
        ),
        (
            replaced('attachedToRef="execute"', 'attachedToRef="nowhere"'),
            "diagram.boundary_place",
            "execute_late",
        ),
        (replaced('targetRef="explain"', 'targetRef="nowhere"'), "diagram.loose_flow", "mark_explain"),
        (b.diagram(*SIMPLE, b.start("begin2"), b.flow("begin2", "execute")), "diagram.one_start", "sample"),
        (b.diagram(*SIMPLE, b.flow("begin", "finish")), "diagram.outgoing", "begin"),
        (b.diagram(*SIMPLE, b.flow("execute", "begin")), "diagram.incoming", "begin"),
        (b.diagram(*SIMPLE, b.user("lost"), b.flow("lost", "finish")), "diagram.incoming", "lost"),
        (b.diagram(*SIMPLE, b.flow("execute", "execute")), "diagram.outgoing", "execute"),
        (b.diagram(*SIMPLE, b.user("x"), b.user("y"), b.line("x", "y", "x")), "diagram.unreachable", "x"),
        (
            b.diagram(
                *CHOICE,
                b.flow("which", "a"),
                b.flow("which", "finish", 'v == "b"'),
                b.user("x"),
                b.choice("y"),
                b.line("x", "y", "x"),
            ),
            "diagram.unreachable",
            "x",
        ),
        (
            b.diagram(
                *CHOICE,
                b.flow("which", "a"),
                b.flow("which", "x", 'v == "b"'),
                b.user("x"),
                b.choice("y"),
                b.line("x", "y", "x"),
            ),
            "diagram.dead_end",
            "x",
        ),
        (replaced('default="verdict_given_drawn"', ""), "diagram.no_default", "verdict_given"),
        (
            replaced('default="verdict_given_drawn"', 'default="begin_accept"'),
            "diagram.no_default",
            "verdict_given",
        ),
        (
            b.diagram(*CHOICE, b.flow("which", "a", "true"), b.flow("which", "finish", "true")),
            "diagram.condition",
            "which_a",
        ),
        (
            b.diagram(*CHOICE, b.flow("which", "a"), b.flow("which", "finish")),
            "diagram.condition",
            "which_finish",
        ),
        (
            replaced(b.flow("begin", "accept"), b.flow("begin", "accept", "true")),
            "diagram.needless_condition",
            "begin_accept",
        ),
        (
            replaced('name="merge">', 'name="merge" default="merge_execute">'),
            "diagram.needless_default",
            "merge",
        ),
        (replaced("verdict == ", "size(verdict) == "), "expression.call", "verdict_given_merge"),
        (
            replaced("verdict == ", "[1].all(x, x &gt; 0) &amp;&amp; verdict == "),
            "expression.mark",
            "verdict_given_merge",
        ),
        (
            replaced("verdict == ", "verdict == " + '"x' + "x" * 500 + '" || verdict == '),
            "expression.too_long",
            "verdict_given_merge",
        ),
        (
            replaced('id="unit" type="str" value="unit_id"', 'id="unit" type="str" value="open()"'),
            "expression.call",
            "urge",
        ),
        (replaced('id="unit" type="str"', 'id="a.b" type="str"'), "diagram.bad_property", "urge"),
    ],
)
def test_wrong_elements_are_named(xml: bytes, code: str, element: str) -> None:
    error = refused(xml)
    assert (error.code, error.element) == (code, element)


@pytest.mark.parametrize(
    ("elements", "code", "element"),
    [
        (  # a loop that no person and no event interrupts
            (
                b.start(),
                b.choice("merge"),
                b.service("mark", "notices.urge"),
                b.choice("which", "which_finish"),
                b.end(),
                b.line("begin", "merge", "mark", "which", "finish"),
                b.flow("which", "merge", "again"),
            ),
            "diagram.loop_without_person",
            "merge",
        ),
        (  # the same beside a user task: not all ways round pass it
            (
                b.start(),
                b.choice("merge"),
                b.user("u"),
                b.choice("which", "which_finish"),
                b.end(),
                b.line("begin", "merge", "u", "which", "finish"),
                b.flow("which", "merge", "again"),
                b.flow("which", "spin", "x"),
                b.service("spin", "notices.urge"),
                b.flow("spin", "which"),
            ),
            "diagram.loop_without_person",
            "which",
        ),
        (  # no way out of the loop but an event at the edge: the library would predict it for ever
            (
                b.start(),
                b.user("u"),
                b.user("v"),
                b.line("begin", "u", "v", "u"),
                b.end(),
                b.boundary("stop", "u", b.timer("x"), interrupting=True),
                b.line("stop", "finish"),
            ),
            "diagram.endless_loop",
            "u",
        ),
        (  # a fork inside a loop
            (
                b.start(),
                b.choice("merge"),
                b.parallel("fork"),
                b.user("u"),
                b.user("v"),
                b.parallel("join"),
                b.choice("which", "which_finish"),
                b.end(),
                b.line("begin", "merge", "fork", "u", "join", "which"),
                b.line("fork", "v", "join"),
                b.line("which", "finish"),
                b.flow("which", "merge", "again"),
            ),
            "diagram.fork_in_loop",
            "fork",
        ),
        (  # a loop that leaves a branch and comes back before the fork
            (
                b.start(),
                b.choice("merge"),
                b.parallel("fork"),
                b.user("u"),
                b.user("v"),
                b.parallel("join"),
                b.end(),
                b.line("begin", "merge", "fork", "u", "join", "finish"),
                b.line("fork", "v", "which"),
                b.choice("which", "which_join"),
                b.line("which", "join"),
                b.flow("which", "merge", "again"),
            ),
            "diagram.fork_in_loop",
            "fork",
        ),
        (  # a reminder branch that comes back doubles the case
            (
                b.start(),
                b.user("u"),
                b.choice("merge"),
                b.user("v"),
                b.end(),
                b.boundary("late", "u", b.timer("x")),
                b.line("begin", "u", "merge", "v", "finish"),
                b.line("late", "merge"),
            ),
            "diagram.side_branch",
            "late",
        ),
        (
            (
                b.start(),
                b.choice("merge"),
                b.user("u"),
                b.end(),
                b.boundary("late", "u", b.message("m")),
                b.line("begin", "merge", "u", "finish"),
                b.line("late", "merge"),
            ),
            "diagram.side_branch",
            "late",
        ),
    ],
)
def test_unsound_shapes_are_refused(elements: tuple[str, ...], code: str, element: str) -> None:
    error = refused(b.diagram(*elements, messages=("m",)))
    assert (error.code, error.element) == (code, element)


def test_shapes_that_are_sound() -> None:
    loop_with_event = (
        b.start(),
        b.choice("merge"),
        b.catch("window", b.timer("x")),
        b.choice("which", "which_finish"),
        b.end(),
        b.line("begin", "merge", "window", "which", "finish"),
        b.flow("which", "merge", "again"),
    )
    shared_end = (
        b.start(),
        b.user("u"),
        b.end(),
        b.boundary("late", "u", b.timer("x")),
        b.line("begin", "u", "finish"),
        b.line("late", "finish"),
    )
    interrupting_return = (
        b.start(),
        b.choice("merge"),
        b.user("u"),
        b.end(),
        b.boundary("back", "u", b.timer("x"), interrupting=True),
        b.line("begin", "merge", "u", "finish"),
        b.line("back", "merge"),
    )
    for elements in (SIMPLE, loop_with_event, shared_end, interrupting_return):
        Specs().register("x:1", read_diagram(b.diagram(*elements), OPERATORS).xml)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('"work_due"', "work_due"),
        (" 'work_due'\n", "work_due"),
        ("work_due", None),
        ('""', None),
        (None, None),
        ('"Work"', None),
        ('"a', None),
        ("'a\"", None),
    ],
)
def test_deadline_kind_is_a_quoted_name(text: str | None, kind: str | None) -> None:
    assert deadline_kind(text) == kind
