"""One work item from the plan to its closing, with a return on the way, and what closes after it."""

from engine.campaigns import key_tasks
from engine.campaigns.models import Campaign, KeyTask, Obligation, WorkItem
from engine.evidence import service as evidence
from engine.reviews import service as reviews
from tests.engine.campaigns.city import City


def test_a_work_item_travels_from_assignment_to_closed_and_closes_its_campaign(any_city: City) -> None:
    city = any_city
    obligation = city.obligation()
    item = city.get(WorkItem, obligation.work_item_id)
    review = city.in_review(obligation)
    city.act(city.lead.head, reviews.decide, review.id, approved=False, reasons="缺少统计表")
    assert city.get(Obligation, obligation.id).state == "open"

    city.act(city.bureau.reporter, evidence.submit, obligation.id, text="已补统计表", expected_round=1)
    city.act(city.bureau.head, evidence.sign_off, obligation.id, signed=True)
    again = city.read(lambda s: s.query(reviews.Review).order_by(reviews.Review.id.desc()).first())
    assert again is not None
    city.act(city.lead.head, reviews.decide, again.id, approved=True)
    city.drain()
    assert city.get(WorkItem, item.id).state == "sampling"

    city.at(2026, 3, 17, 9)  # ten working days after 2 March
    assert city.get(WorkItem, item.id).state == "closed"
    city.act(city.lead.head, key_tasks.summarise, item.key_task_id, text="全部完成")
    city.act(city.officer, key_tasks.accept_summary, item.key_task_id, accepted=True)
    city.drain()
    assert city.get(KeyTask, item.key_task_id).state == "closed"
    assert city.get(Campaign, item.campaign_id).state == "closed"
    assert city.actions(f"work_item:{item.id}") == [
        "work_item.assigned",
        "work_item.acknowledged",
        "work_item.plan_filed",
        "work_item.obligations_opened",
        "obligation.submitted",
        "obligation.signed_off",
        "review.returned",
        "obligation.submitted",
        "obligation.signed_off",
        "review.approved",
        "work_item.settled",
        "work_item.entered_sampling",
        "deadline.passed",
        "work_item.sampling_decided",
        "work_item.closed",
    ]
