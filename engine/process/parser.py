"""From checked BPMN to the library's task specs, with our timer and service task, heedless of layout."""

from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffIntermediateCatchEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import ServiceTaskParser
from SpiffWorkflow.spiff.specs.defaults import ServiceTask

from engine.process import safe_xml
from engine.process.expressions import evaluate
from engine.process.timers import DeadlineTimer


class OperatorTask(ServiceTask):
    """A service task whose handler returns variables; the library's takes JSON and adds a result."""

    def _execute(self, my_task: Any) -> bool:
        parameters = {
            name: evaluate(parameter["value"], my_task.data)
            for name, parameter in self.operation_params.items()
        }
        my_task.workflow.script_engine.call_service(
            my_task, operation_name=self.operation_name, operation_params=parameters
        )
        return True


class _DeadlineParser:
    """Mixin: every timer definition becomes a DeadlineTimer."""

    node: Any

    def parse_timer_event(self, event: Any) -> DeadlineTimer:
        expression = event.findtext(full_tag("timeDate")) or ""
        return DeadlineTimer(self.node.get("name"), expression)


class _BoundaryEventParser(_DeadlineParser, SpiffBoundaryEventParser):
    pass


class _CatchEventParser(_DeadlineParser, SpiffIntermediateCatchEventParser):
    pass


class _ProcessParser(SpiffProcessParser):
    def get_position(self, _node_id: str) -> dict[str, float]:
        """The library tries conditions from top to bottom of the drawing, we in the order of the file."""
        return {"x": 0.0, "y": 0.0}


class Parser(SpiffBpmnParser):
    PROCESS_PARSER_CLASS = _ProcessParser
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("boundaryEvent"): (_BoundaryEventParser, BoundaryEvent),
        full_tag("intermediateCatchEvent"): (_CatchEventParser, IntermediateCatchEvent),
        full_tag("serviceTask"): (ServiceTaskParser, OperatorTask),
    }


def parse_spec(xml: bytes) -> Any:
    """The task specs of a diagram's one process. Raises InvalidDiagram unless safe_xml lets it pass."""
    root = safe_xml.parse(xml)
    for parameter in root.iter(safe_xml.extension("parameter")):
        parameter.set("type", "cel")  # the library insists on one
    parser = Parser()
    parser.add_bpmn_xml(root)
    (process,) = parser.get_process_ids()
    return parser.get_spec(process)
