"""One running process in memory: the library's workflow, advanced without walking its whole tree at every
step.

The library re-examines all waiting steps after each completion and looks for ready steps by iterating over
everything, predicted futures included. Both are answered here from the flat table of steps. What may differ
from the library is only how much work it is, never what comes out: the differential test holds the two
against each other.
"""

from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.errors import ProcessRunaway

#: engine steps that one verb may cause
STEP_BUDGET = 200
#: states of a step that holds a token while the instance rests
LIVE = TaskState.READY | TaskState.WAITING


class Instance(BpmnWorkflow):
    """A workflow of a published diagram. Give it a ScriptEngine: the library's own would run Python."""

    def update_waiting_tasks(self) -> None:
        """Let waiting joins look again. Events are left alone: what they wait for comes from outside."""
        catching = self.spec.published.catching
        for step in list(self.tasks.values()):
            if step._state == TaskState.WAITING and step.task_spec.name not in catching:
                step.task_spec._update(step)

    def advance(self) -> None:
        """Run what needs no person until the instance rests. Raises ProcessRunaway past the budget."""
        budget = STEP_BUDGET
        while steps := self._runnable():
            for step in steps:
                if step._state != TaskState.READY:
                    continue
                budget -= 1
                if budget < 0:
                    raise ProcessRunaway(
                        "process.runaway", "流程在“{element}”处连续自动运行超过 {budget} 步，已停止",
                        element=step.task_spec.bpmn_name or step.task_spec.name, budget=STEP_BUDGET,
                    )  # fmt: skip
                predict(step)
                step.run()

    def _runnable(self) -> list[Any]:
        found = [
            step
            for step in self.tasks.values()
            if step._state == TaskState.READY and not step.task_spec.manual
        ]
        if len(found) > 1:  # parallel branches run in the order of the tree
            return [step for step in self.get_tasks(state=TaskState.READY) if not step.task_spec.manual]
        return found


def predict(step: Any) -> None:
    """Give a step its followers, which are not stored, before it runs."""
    if not step._children:
        step.task_spec._predict(step, mask=TaskState.NOT_FINISHED_MASK)
