"""How the demo's people deal with notices: the office sends what the ladders have drawn up, the units answer or do not."""

from datetime import date

from engine.campaigns.models import WorkItem
from engine.context import Role
from engine.notices import service
from engine.notices.drafting import Content
from engine.notices.models import Notice, NoticeGrade
from engine.process.models import UserTask
from webapp.demo import words
from webapp.demo.city import LEADER
from webapp.demo.story import Story

#: Working days for which the office holds back a graver sheet, so that the milder one can work.
_PATIENCE = 7
_REPLY_DAYS = 5


def submit_on(story: Story, due: UserTask) -> date | None:
    notice = story.get(Notice, due.subject_id)
    return story.after(due, 1 if notice.grade == NoticeGrade.REMINDER_LETTER else _PATIENCE)


def submit(story: Story, due: UserTask) -> object:
    notice = story.get(Notice, due.subject_id)
    content = Content(
        matter=notice.matter, grounds=notice.grounds, requirement=notice.requirement,
        reply_on=story.edge.calendar.shift(story.edge.on, _REPLY_DAYS), reply_form=notice.reply_form,
        contact=words.NOTICE_CONTACT,
    )  # fmt: skip
    officer = story.city.holder(due.unit_id, Role.OFFICER)
    return story.edge.act(officer, service.submit, notice.id, content=content)


def approve_on(story: Story, due: UserTask) -> date | None:
    return story.after(due, 1)


def approve(story: Story, due: UserTask) -> object:
    by_leader = due.role == Role.LEADER
    issuer = story.city.people[LEADER[0]] if by_leader else story.city.holder(due.unit_id, Role.HEAD)
    return story.edge.act(issuer, service.approve, due.subject_id, agreed=True)


def sign_for_on(story: Story, due: UserTask) -> date | None:
    return story.after(due, 1)


def sign_for(story: Story, due: UserTask) -> object:
    reporter = story.city.holder(due.unit_id, Role.REPORTER)
    return story.edge.act(reporter, service.confirm_receipt, due.subject_id)


def reply_on(story: Story, due: UserTask) -> date | None:
    """Units that hand in nothing do not answer either."""
    _, way = story.case(due)
    return story.after(due, 2) if way.reports else None


def reply(story: Story, due: UserTask) -> object:
    item = story.get(WorkItem, due.work_item_id or 0)
    reporter = story.city.holder(due.unit_id, Role.REPORTER)
    text = words.NOTICE_REPLIES[item.id % len(words.NOTICE_REPLIES)]
    return story.edge.act(reporter, service.reply, due.subject_id, text=text)


def verify_on(story: Story, due: UserTask) -> date | None:
    return story.after(due, 1)


def verify(story: Story, due: UserTask) -> object:
    officer = story.city.holder(due.unit_id, Role.OFFICER)
    return story.edge.act(officer, service.verify, due.subject_id, satisfied=True)
