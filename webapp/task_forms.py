"""The form of each user task: what it shows, what it takes, which verb it calls.

A diagram names a form by its `formKey`; the page of the subject shows it in the panel 现在. The conformance test
holds that every form named by a released diagram stands here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from sqlalchemy import select

from engine.campaigns import key_tasks, work_items
from engine.change_requests import service as changes
from engine.context import Context
from engine.errors import TaskNotOpen
from engine.evidence import service as evidence
from engine.extensions import service as extensions
from engine.inspections import checks, rectifications
from engine.inspections.rules import FindingDraft
from engine.notices import service as notices
from engine.process.models import UserTask
from engine.reviews import service as reviews
from engine.reviews.models import Review, ReviewState
from engine.texts import N_
from webapp.keyset import number
from webapp.language import gettext
from webapp.schemas import change_requests, inspections, verbs
from webapp.schemas import notices as notice_schemas

Act = Callable[[Context, int, dict[str, Any]], object]


@dataclass(frozen=True)
class TaskForm:
    """``template`` lies under templates/forms; ``done`` is told when the verb has succeeded."""

    template: str
    schema: type[Schema]
    act: Act
    done: str


def _open_review(ctx: Context, obligation_id: int) -> int:
    found = ctx.session.scalar(
        select(Review.id).where(Review.obligation_id == obligation_id, Review.state == ReviewState.OPEN)
    )
    if found is None:
        raise TaskNotOpen()
    return found


def _judged(given: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": given["verdict"], "reasons": given["reasons"], "expected_version": given["version"]}


def _approve_notice(ctx: Context, id: int, given: dict[str, Any]) -> object:
    return notices.approve(
        ctx, id, agreed=given["agreed"], reasons=given["reasons"], expected_version=given["version"]
    )


FORMS: dict[str, TaskForm] = {
    "work_item.acknowledge": TaskForm(
        "acknowledge.html", verbs.NothingSchema,
        lambda ctx, id, given: work_items.acknowledge(ctx, id),
        N_("已签收，请在时限内报备实施方案。"),
    ),
    "work_item.file_plan": TaskForm(
        "file_plan.html", verbs.FilePlanSchema,
        lambda ctx, id, given: work_items.file_plan(
            ctx, id, text=given["text"], staged_file_ids=given["files"]
        ),
        N_("实施方案已报备，应报事项已生效。"),
    ),
    "obligation.submit": TaskForm(
        "submit.html", verbs.SubmitSchema,
        lambda ctx, id, given: evidence.submit(
            ctx, id, text=given["text"], staged_file_ids=given["files"], expected_round=given["round"]
        ),
        N_("已提交，等待本单位负责人签批。"),
    ),
    "obligation.sign_off": TaskForm(
        "sign_off.html", verbs.SignOffSchema,
        lambda ctx, id, given: evidence.sign_off(
            ctx, id, signed=given["signed"], reasons=given["reasons"], expected_round=given["round"]
        ),
        N_("签批意见已保存。"),
    ),
    "review.decide": TaskForm(
        "decide.html", verbs.DecideSchema,
        lambda ctx, id, given: reviews.decide(
            ctx, _open_review(ctx, id), approved=given["approved"], reasons=given["reasons"]
        ),
        N_("审核意见已保存。"),
    ),
    "extension.sign_off": TaskForm(
        "judge_extension.html", verbs.JudgeExtensionSchema,
        lambda ctx, id, given: extensions.sign_off(ctx, id, **_judged(given)),
        N_("审签意见已保存。"),
    ),
    "extension.decide": TaskForm(
        "judge_extension.html", verbs.JudgeExtensionSchema,
        lambda ctx, id, given: extensions.decide(ctx, id, **_judged(given)),
        N_("审批意见已保存。"),
    ),
    "extension.approve": TaskForm(
        "judge_extension.html", verbs.JudgeExtensionSchema,
        lambda ctx, id, given: extensions.approve(ctx, id, **_judged(given)),
        N_("审定意见已保存。"),
    ),
    "extension.revise": TaskForm(
        "revise_extension.html", verbs.ReviseExtensionSchema,
        lambda ctx, id, given: extensions.revise(
            ctx, id, new_on=given["new_on"], reason=given["reason"], progress=given["progress"],
            expected_version=given["version"],
        ),
        N_("已重新提交，等待本单位负责人审签。"),
    ),
    "change_request.sign_off": TaskForm(
        "judge_change.html", change_requests.JudgeChangeSchema,
        lambda ctx, id, given: changes.sign_off(ctx, id, **_judged(given)),
        N_("审签意见已保存。"),
    ),
    "change_request.decide": TaskForm(
        "judge_change.html", change_requests.DecideChangeSchema,
        lambda ctx, id, given: changes.decide(ctx, id, to_unit_id=given["to_unit_id"], **_judged(given)),
        N_("审批意见已保存。"),
    ),
    "change_request.approve": TaskForm(
        "judge_change.html", change_requests.JudgeChangeSchema,
        lambda ctx, id, given: changes.approve(ctx, id, **_judged(given)),
        N_("审定意见已保存。"),
    ),
    "change_request.revise": TaskForm(
        "revise_change.html", change_requests.ReviseChangeSchema,
        lambda ctx, id, given: changes.revise(
            ctx, id, reason=given["reason"], to_unit_id=given["to_unit_id"], review_on=given["review_on"],
            expected_version=given["version"],
        ),
        N_("已重新提交。"),
    ),
    "notice.submit": TaskForm(
        "submit_notice.html", notice_schemas.SubmitNoticeSchema,
        lambda ctx, id, given: notices.submit(
            ctx, id, content=notice_schemas.content_of(given), expected_version=given["version"]
        ),
        N_("督办单已送审，等待签发。"),
    ),
    "notice.approve_by_head": TaskForm(
        "approve_notice.html", notice_schemas.ApproveNoticeSchema, _approve_notice, N_("签发意见已保存。"),
    ),
    "notice.approve_by_leader": TaskForm(
        "approve_notice.html", notice_schemas.ApproveNoticeSchema, _approve_notice, N_("签发意见已保存。"),
    ),
    "notice.sign_for": TaskForm(
        "sign_for_notice.html", verbs.NothingSchema,
        lambda ctx, id, given: notices.confirm_receipt(ctx, id),
        N_("已签收，请在反馈期限前反馈办理情况。"),
    ),
    "notice.reply": TaskForm(
        "reply_notice.html", notice_schemas.ReplyNoticeSchema,
        lambda ctx, id, given: notices.reply(ctx, id, text=given["text"]),
        N_("已反馈，等待督办机构核查。"),
    ),
    "notice.verify": TaskForm(
        "verify_notice.html", notice_schemas.VerifyNoticeSchema,
        lambda ctx, id, given: notices.verify(
            ctx, id, satisfied=given["satisfied"], reasons=given["reasons"]
        ),
        N_("核查意见已保存。"),
    ),
    "key_task.confirm": TaskForm(
        "confirm_assignment.html", verbs.ConfirmAssignmentSchema,
        lambda ctx, id, given: key_tasks.confirm_assignment(
            ctx, id, final_on=given["final_on"], progress=given["progress"], expected_version=given["version"]
        ),
        N_("分工已确认，正在交办各责任单位。"),
    ),
    "key_task.summarise": TaskForm(
        "summarise.html", verbs.SummariseSchema,
        lambda ctx, id, given: key_tasks.summarise(
            ctx, id, text=given["text"], expected_version=given["version"]
        ),
        N_("总结已报送督办机构。"),
    ),
    "key_task.accept": TaskForm(
        "accept_summary.html", verbs.AcceptSummarySchema,
        lambda ctx, id, given: key_tasks.accept_summary(
            ctx, id, accepted=given["accepted"], reasons=given["reasons"]
        ),
        N_("验收意见已保存。"),
    ),
    "check.record": TaskForm(
        "record_check.html", inspections.RecordCheckSchema,
        lambda ctx, id, given: checks.record_check(
            ctx, id, visited_on=given["visited_on"], conclusion=given["conclusion"],
            findings=[FindingDraft(**finding) for finding in given["findings"]],
        ),
        N_("检查记录已提交。"),
    ),
    "rectification.submit": TaskForm(
        "rectify.html", inspections.SubmitRectificationSchema,
        lambda ctx, id, given: rectifications.submit_rectification(
            ctx, id, text=given["text"], staged_file_ids=given["files"]
        ),
        N_("整改情况已报送，等待检查员复查。"),
    ),
    "rectification.verify": TaskForm(
        "verify_rectification.html", inspections.VerifyRectificationSchema,
        lambda ctx, id, given: rectifications.verify_rectification(ctx, id, **given),
        N_("复查意见已保存。"),
    ),
}  # fmt: skip


def read_form(schema: type[Schema]) -> dict[str, Any]:
    """What the posted form says, through the schema. Raises ValidationError with messages in the page's language."""
    loaded: dict[str, Any] = schema(unknown=EXCLUDE).load(posted(schema))
    return loaded


def posted(schema: type[Schema]) -> dict[str, Any]:
    """The form's fields as the schema names them: lists as lists, an empty field as absent.

    Rows of a list stand in fields named `findings.2.text`; a row without any of its required fields is blank and
    not handed in.
    """
    given: dict[str, Any] = {}
    for name, field in schema().fields.items():
        if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            given[name] = rows_typed(name, schema)
        elif isinstance(field, fields.List):
            given[name] = [value for value in request.form.getlist(name) if value]
        elif request.form.get(name, "") != "":
            given[name] = request.form[name]
    return given


def rows_typed(name: str, schema: type[Schema], *, without: int | None = None) -> list[dict[str, str]]:
    """The rows of one of the form's lists in the order of their numbers; `without` the row of a number."""
    row = schema().fields[name].inner.schema  # type: ignore[attr-defined]
    marked = (field.split(".") for field in request.form if field.startswith(f"{name}."))
    written = {number(parts[1]) for parts in marked if len(parts) == 3}
    required = {key for key, field in row.fields.items() if field.required}
    found = []
    for n in sorted(n for n in written if n is not None and n != without):
        typed = {key: request.form.get(f"{name}.{n}.{key}", "") for key in row.fields}
        filled = {key: value for key, value in typed.items() if value != ""}
        if required & set(filled):
            found.append(filled)
    return found


#: What marshmallow says, in words for people. What is not here is simply wrong.
_MESSAGES = {
    "Missing data for required field.": N_("请填写此项"),
    "Field may not be null.": N_("请填写此项"),
    "Not a valid integer.": N_("请填写整数"),
    "Not a valid date.": N_("请填写正确的日期"),
}
_WRONG = N_("填写有误，请检查")


def messages(error: ValidationError) -> dict[str, str]:
    """{field: sentence} of what a schema refused; in rows `findings.1.text`, counted from one as on the page."""
    found: Mapping[Any, Any] = error.messages if isinstance(error.messages, dict) else {"": error.messages}
    return dict(_flat("", found))


def _flat(above: str, found: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, said in found.items():
        name = above + str(key + 1 if isinstance(key, int) else key)
        if isinstance(said, dict):
            yield from _flat(name + ".", said)
        else:
            first = said[0] if isinstance(said, list) and said else said
            yield name, gettext(_MESSAGES.get(str(first), _WRONG))


def form_of(user_task: UserTask) -> TaskForm:
    return FORMS[user_task.form_key]
