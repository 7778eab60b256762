"""Whether the elements of a diagram hang together: pure graph rules, no XML, no process library.

What is refused here would otherwise surface months later in a running case: a token without a way on, a
loop that nobody can stop, a join that the library fires too early because it stands in a loop, a reminder
branch that comes back and doubles the case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidDiagram

if TYPE_CHECKING:
    from engine.process.diagrams import Diagram, Flow, Node

Graph = dict[str, set[str]]


def check(diagram: Diagram) -> None:
    """Raise InvalidDiagram for the first rule that is broken."""
    for flow in diagram.flows:
        if flow.source not in diagram.nodes or flow.target not in diagram.nodes:
            raise InvalidDiagram(
                "diagram.loose_flow", "第 {line} 行的连线“{element}”没有连到两个元素",
                element=flow.id, line=flow.line,
            )  # fmt: skip
    incoming: dict[str, list[Flow]] = {name: [] for name in diagram.nodes}
    outgoing: dict[str, list[Flow]] = {name: [] for name in diagram.nodes}
    for flow in diagram.flows:
        outgoing[flow.source].append(flow)
        incoming[flow.target].append(flow)
    for node in diagram.nodes.values():
        _check_flows(node, incoming[node.id], outgoing[node.id], diagram)
    graph = _graph(diagram)
    _check_ends(diagram, graph)
    _check_cycles(diagram, graph)
    _check_side_branches(diagram, graph)


def _graph(diagram: Diagram, without: Collection[str] = ()) -> Graph:
    """Successors of each node; an event at a user task's edge counts as a successor of that task."""
    graph: Graph = {name: set() for name in diagram.nodes if name not in without}
    for flow in diagram.flows:
        if flow.source not in without and flow.target not in without:
            graph[flow.source].add(flow.target)
    for node in diagram.nodes.values():
        if node.attached_to and node.id not in without:
            graph[node.attached_to].add(node.id)
    return graph


def _where(node: Node) -> dict[str, Any]:
    return {"element": node.id, "line": node.line}


def _check_flows(node: Node, incoming: list[Flow], outgoing: list[Flow], diagram: Diagram) -> None:
    if node.kind == "boundaryEvent" and (
        node.attached_to not in diagram.nodes or diagram.nodes[node.attached_to].kind != "userTask"
    ):
        raise InvalidDiagram(
            "diagram.boundary_place", "第 {line} 行的边界事件“{element}”必须附在用户任务上", **_where(node)
        )
    if (node.kind in ("startEvent", "boundaryEvent")) == bool(incoming):
        raise InvalidDiagram("diagram.incoming", "第 {line} 行的“{element}”：进入的连线不对", **_where(node))
    if node.kind == "endEvent":
        expected = not outgoing
    elif node.kind.endswith("Gateway"):
        expected = bool(outgoing)
    else:
        expected = len(outgoing) == 1
    if not expected:
        raise InvalidDiagram("diagram.outgoing", "第 {line} 行的“{element}”：引出的连线不对", **_where(node))
    if node.kind == "exclusiveGateway" and len(outgoing) > 1:
        _check_choice(node, outgoing)
        return
    if node.default:
        raise InvalidDiagram(
            "diagram.needless_default", "第 {line} 行的“{element}”不分支，不得设默认连线", **_where(node)
        )
    for flow in outgoing:
        if flow.condition is not None:
            raise InvalidDiagram(
                "diagram.needless_condition", "第 {line} 行的连线“{element}”不在排他网关的分支上，不得带条件",
                element=flow.id, line=flow.line,
            )  # fmt: skip


def _check_choice(node: Node, outgoing: list[Flow]) -> None:
    if node.default not in {flow.id for flow in outgoing}:
        raise InvalidDiagram(
            "diagram.no_default", "第 {line} 行的排他网关“{element}”没有默认连线", **_where(node)
        )
    for flow in outgoing:
        if (flow.condition is None) != (flow.id == node.default):
            raise InvalidDiagram(
                "diagram.condition", "第 {line} 行的连线“{element}”：默认连线不带条件，其余都须带条件",
                element=flow.id, line=flow.line,
            )  # fmt: skip


def _check_ends(diagram: Diagram, graph: Graph) -> None:
    starts = [node for node in diagram.nodes.values() if node.kind == "startEvent"]
    if len(starts) != 1:
        raise InvalidDiagram(
            "diagram.one_start", "流程“{element}”必须恰好有一个开始事件", element=diagram.key, line=1
        )
    reached = _reachable(graph, [starts[0].id])
    backwards: Graph = {name: set() for name in graph}
    for source, targets in graph.items():
        for target in targets:
            backwards[target].add(source)
    ending = _reachable(backwards, [n.id for n in diagram.nodes.values() if n.kind == "endEvent"])
    for node in diagram.nodes.values():
        if node.id not in reached:
            raise InvalidDiagram(
                "diagram.unreachable", "第 {line} 行的“{element}”永远不会到达", **_where(node)
            )
        if node.id not in ending:
            raise InvalidDiagram(
                "diagram.dead_end", "第 {line} 行的“{element}”无法到达结束事件", **_where(node)
            )


def _check_cycles(diagram: Diagram, graph: Graph) -> None:
    def first_on_cycle(keep: Callable[[Node], bool]) -> Node | None:
        kept = {name for name, node in diagram.nodes.items() if keep(node)}
        part = {name: graph[name] & kept for name in kept}
        return next((diagram.nodes[name] for name in diagram.nodes if name in _on_cycle(part)), None)

    if node := first_on_cycle(lambda node: not node.waits):
        raise InvalidDiagram(
            "diagram.loop_without_person", "第 {line} 行的“{element}”处在没有人办理、也不等待事件的循环中",
            **_where(node),
        )  # fmt: skip
    if node := first_on_cycle(lambda node: node.kind not in ("exclusiveGateway", "boundaryEvent")):
        raise InvalidDiagram(
            "diagram.endless_loop", "第 {line} 行的“{element}”处在没有出口的循环中", **_where(node)
        )
    on_cycle = _on_cycle(graph)
    for node in diagram.nodes.values():
        if node.kind == "parallelGateway" and node.id in on_cycle:
            raise InvalidDiagram(
                "diagram.fork_in_loop", "第 {line} 行的并行网关“{element}”处在循环中，并行只能放在循环之外",
                **_where(node),
            )  # fmt: skip


def _check_side_branches(diagram: Diagram, graph: Graph) -> None:
    start = [node.id for node in diagram.nodes.values() if node.kind == "startEvent"]
    events = [n for n in diagram.nodes.values() if n.kind == "boundaryEvent" and not n.interrupting]
    main = _reachable(_graph(diagram, without={event.id for event in events}), start)
    for event in events:
        for name in _reachable(graph, [event.id]):
            if name in main and diagram.nodes[name].kind != "endEvent":
                raise InvalidDiagram(
                    "diagram.side_branch", "第 {line} 行的非中断事件“{element}”引出的支线不得并回主流程",
                    **_where(event),
                )  # fmt: skip


def _reachable(graph: Graph, sources: Iterable[str]) -> set[str]:
    seen, stack = set(sources), list(sources)
    while stack:
        for target in graph[stack.pop()] - seen:
            seen.add(target)
            stack.append(target)
    return seen


def _on_cycle(graph: Graph) -> set[str]:
    return {name for name, targets in graph.items() if name in _reachable(graph, targets)}
