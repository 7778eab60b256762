"""Every route and who may use it, written by hand: a route without a row fails, and a row without a route.

PUBLIC: anyone. SIGNED_IN: everyone with an account; rows are guarded by permissions of their own. A set of
roles: only people in one of these posts.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from sqlalchemy import Engine

from engine.clock import FixedClock
from engine.context import Actor, Context, Role
from engine.organisation import accounts
from engine.organisation.models import Unit
from engine.settings import Settings
from tests import factories
from tests.webapp.conftest import Browser
from webapp.app import Duban, create_app


class Who(Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed in"


PUBLIC, SIGNED_IN = Who.PUBLIC, Who.SIGNED_IN

ROUTES: dict[str, Who | set[Role]] = {
    "GET /": SIGNED_IN,
    "GET /static/<path:filename>": PUBLIC,
    "GET /healthz": PUBLIC,
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "POST /sign-in/persona": PUBLIC,
    "POST /sign-out": SIGNED_IN,
    "GET /password": SIGNED_IN,
    "POST /password": SIGNED_IN,
    "GET /inbox": SIGNED_IN,
    "GET /inbox/done": SIGNED_IN,
    "GET /campaigns": SIGNED_IN,
    "GET /campaigns/<int:id>": SIGNED_IN,
    "GET /key-tasks/<int:id>": SIGNED_IN,
    "GET /key-tasks/<int:id>/progress": SIGNED_IN,
    "GET /work-items/<int:id>": SIGNED_IN,
    "POST /work-items/<int:id>/urge": SIGNED_IN,
    "GET /urgings": SIGNED_IN,
    "POST /urgings": SIGNED_IN,
    "GET /urgings/new": SIGNED_IN,
    "GET /work-items/<int:id>/plan-files/<int:file_id>": SIGNED_IN,
    "GET /work-items/<int:id>/records/new": SIGNED_IN,
    "POST /work-items/<int:id>/records/new": SIGNED_IN,
    "GET /work-items/files/<int:id>": SIGNED_IN,
    "POST /user-tasks/<int:id>": SIGNED_IN,
    "POST /files": SIGNED_IN,
    "GET /deadlines/<int:id>/why": SIGNED_IN,
    "GET /policies": SIGNED_IN,
    "GET /policies/<key>": SIGNED_IN,
    "GET /policies/<key>/progress": SIGNED_IN,
    "GET /policies/<key>/edit": {Role.SYSTEM_ADMIN},
    "POST /policies/<key>/edit": {Role.SYSTEM_ADMIN},
    "GET /light-meanings": SIGNED_IN,
    "POST /light-meanings": {Role.SYSTEM_ADMIN},
    "GET /due-calendar": SIGNED_IN,
    "GET /due-calendar/<on>": SIGNED_IN,
    "GET /my-deadlines": SIGNED_IN,
    "GET /lights": SIGNED_IN,
    "GET /lights/tiles": SIGNED_IN,
    "GET /working-days": SIGNED_IN,
    "GET /working-days/day": {Role.SYSTEM_ADMIN},
    "POST /working-days/day": {Role.SYSTEM_ADMIN},
    "GET /working-days/import": {Role.SYSTEM_ADMIN},
    "POST /working-days/import": {Role.SYSTEM_ADMIN},
    "POST /working-days/apply": {Role.SYSTEM_ADMIN},
    "GET /working-days/template.csv": SIGNED_IN,
    "GET /working-days/template.json": SIGNED_IN,
    "GET /working-days/editions": SIGNED_IN,
    "GET /working-days/editions/<int:id>": SIGNED_IN,
    "GET /working-days/editions/<int:id>/progress": SIGNED_IN,
    "GET /diagrams/<spec_key>.bpmn": SIGNED_IN,
    "GET /notices": SIGNED_IN,
    "GET /notices/counts": SIGNED_IN,
    "GET /notices/export.xlsx": SIGNED_IN,
    "GET /notices/new/<int:work_item_id>": SIGNED_IN,
    "POST /notices/new/<int:work_item_id>": SIGNED_IN,
    "GET /notices/<int:id>": SIGNED_IN,
    "GET /notices/<int:id>/paper.docx": SIGNED_IN,
    "GET /notices/<int:id>/paper.pdf": SIGNED_IN,
    "POST /notices/<int:id>/edit": SIGNED_IN,
    "POST /notices/<int:id>/cancel": SIGNED_IN,
    "GET /change-requests": SIGNED_IN,
    "GET /change-requests/ledger": SIGNED_IN,
    "GET /change-requests/<int:id>": SIGNED_IN,
    "POST /change-requests/<int:id>/withdraw": SIGNED_IN,
    "GET /change-requests/new/<int:work_item_id>": SIGNED_IN,
    "POST /change-requests/new/<int:work_item_id>": SIGNED_IN,
    "GET /extensions/<int:id>": SIGNED_IN,
    "POST /extensions/<int:id>/withdraw": SIGNED_IN,
    "GET /extensions/new/<int:obligation_id>": SIGNED_IN,
    "POST /extensions/new/<int:obligation_id>": SIGNED_IN,
    "GET /checks": SIGNED_IN,
    "GET /checks/<int:id>": SIGNED_IN,
    "POST /checks/<int:id>/redraw": SIGNED_IN,
    "POST /checks/<int:id>/rows": SIGNED_IN,
    "GET /plans": SIGNED_IN,
    "POST /plans": {Role.OFFICER},
    "GET /plans/<int:id>": SIGNED_IN,
    "GET /plans/<int:id>/amendment": SIGNED_IN,
    "GET /plans/<int:id>/amendment/progress": SIGNED_IN,
    "POST /plans/<int:id>/amendment/apply": SIGNED_IN,
    "POST /plans/<int:id>/amendment/summary": SIGNED_IN,
    "POST /plans/<int:id>/amends": SIGNED_IN,
    "GET /plans/<int:id>/breakdown.docx": SIGNED_IN,
    "GET /plans/<int:id>/breakdown.xlsx": SIGNED_IN,
    "POST /plans/<int:id>/confirm": SIGNED_IN,
    "GET /plans/<int:id>/confirm": SIGNED_IN,
    "POST /plans/<int:id>/discard": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks": SIGNED_IN,
    "GET /plans/<int:id>/key-tasks/<int:entry_id>": SIGNED_IN,
    "GET /plans/<int:id>/key-tasks/<int:entry_id>/reshape": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/merge": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/split": SIGNED_IN,
    "POST /plans/<int:id>/proposals": SIGNED_IN,
    "POST /plans/<int:id>/remembered": SIGNED_IN,
    "POST /plans/<int:id>/leads-responsible": SIGNED_IN,
    "POST /plans/<int:id>/undo": SIGNED_IN,
    "POST /plans/<int:id>/units/<int:part_id>/role": SIGNED_IN,
    "POST /plans/<int:id>/limits": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/checked": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/drop": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/limits": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>/remove": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/restore": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/reviewer": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/units": SIGNED_IN,
    "POST /plans/<int:id>/key-tasks/<int:entry_id>/wording": SIGNED_IN,
    "GET /plans/<int:id>/units/<int:part_id>/choice": SIGNED_IN,
    "POST /plans/<int:id>/units/<int:part_id>/drop": SIGNED_IN,
    "POST /plans/<int:id>/units/<int:part_id>/expand": SIGNED_IN,
    "POST /plans/<int:id>/units/<int:part_id>/match": SIGNED_IN,
    "POST /plans/<int:id>/units/<int:part_id>/restore": SIGNED_IN,
    "GET /plans/new": {Role.OFFICER},
    "GET /plans/readings/<int:id>": {Role.OFFICER},
    "POST /plans/upload": {Role.OFFICER},
    "GET /rectifications/<int:id>": SIGNED_IN,
    "GET /rectifications/files/<int:id>": SIGNED_IN,
    "GET /rounds": SIGNED_IN,
    "GET /rounds/<int:id>": SIGNED_IN,
    "GET /rounds/<int:id>/certificate.csv": SIGNED_IN,
    "GET /rounds/<int:id>/certificate.json": SIGNED_IN,
    "POST /rounds/<int:id>/close": SIGNED_IN,
    "POST /rounds/<int:id>/draw": SIGNED_IN,
    "GET /rounds/<int:id>/progress": SIGNED_IN,
    "POST /rounds/<int:id>/withdraw": SIGNED_IN,
    "GET /rounds/new": SIGNED_IN,
    "POST /rounds/new": SIGNED_IN,
    "GET /messages": SIGNED_IN,
    "POST /messages/<int:id>/open": SIGNED_IN,
    "POST /messages/read": SIGNED_IN,
    "GET /messages/failures": {Role.SYSTEM_ADMIN},
    "GET /messages/failures/<int:id>/attempts": {Role.SYSTEM_ADMIN},
    "POST /messages/failures/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "POST /messages/failures/dispatches/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "GET /calendar/<token>.ics": PUBLIC,
    "POST /messages/settings/calendar": SIGNED_IN,
    "POST /messages/settings/calendar/stop": SIGNED_IN,
    "GET /messages/settings": SIGNED_IN,
    "POST /messages/settings": SIGNED_IN,
    "GET /messages/arrivals/work-items/<int:id>": SIGNED_IN,
    "GET /messages/health": {Role.SYSTEM_ADMIN},
    "GET /messages/health/deliveries": {Role.SYSTEM_ADMIN},
    "GET /messages/health/attempts": {Role.SYSTEM_ADMIN},
    "GET /messages/templates": {Role.SYSTEM_ADMIN},
    "GET /messages/templates/<kind>": {Role.SYSTEM_ADMIN},
    "POST /messages/templates/<kind>": {Role.SYSTEM_ADMIN},
    "POST /messages/templates/<kind>/reset": {Role.SYSTEM_ADMIN},
    "GET /messages/endpoints": {Role.SYSTEM_ADMIN},
    "GET /messages/endpoints/new": {Role.SYSTEM_ADMIN},
    "POST /messages/endpoints/new": {Role.SYSTEM_ADMIN},
    "POST /messages/endpoints/<int:id>/resume": {Role.SYSTEM_ADMIN},
    "POST /messages/endpoints/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "POST /messages/endpoints/<int:id>/stop": {Role.SYSTEM_ADMIN},
    "POST /messages/endpoints/<int:id>/trial": {Role.SYSTEM_ADMIN},
    "GET /queue": {Role.SYSTEM_ADMIN},
    "POST /queue/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "GET /audit": {Role.AUDIT_ADMIN},
    "GET /audit/export.csv": {Role.AUDIT_ADMIN},
    "POST /audit/verify": {Role.AUDIT_ADMIN},
    "GET /permissions": SIGNED_IN,
    "GET /organisation": set(Role),
    "GET /organisation/units/<int:id>": set(Role),
    "GET /organisation/units/new": {Role.SYSTEM_ADMIN},
    "POST /organisation/units/new": {Role.SYSTEM_ADMIN},
    "POST /organisation/units/<int:id>/rename": {Role.SYSTEM_ADMIN},
    "POST /organisation/units/<int:id>/aliases": {Role.SYSTEM_ADMIN},
    "GET /organisation/groups": set(Role),
    "GET /organisation/groups/<int:id>": set(Role),
    "GET /organisation/groups/new": {Role.SYSTEM_ADMIN},
    "POST /organisation/groups/new": {Role.SYSTEM_ADMIN},
    "POST /organisation/groups/<int:id>/members": {Role.SYSTEM_ADMIN},
    "GET /organisation/people": set(Role),
    "GET /organisation/people/<int:id>": set(Role),
    "GET /organisation/people/new": {Role.SYSTEM_ADMIN},
    "POST /organisation/people/new": {Role.SYSTEM_ADMIN},
    "POST /organisation/people/<int:id>/account": {Role.SYSTEM_ADMIN},
    "POST /organisation/people/<int:id>/account/password": {Role.SYSTEM_ADMIN},
    "POST /organisation/people/<int:id>/account/disable": {Role.SYSTEM_ADMIN},
    "POST /organisation/people/<int:id>/posts": {Role.SECURITY_ADMIN},
    "POST /organisation/posts/<int:id>/dismiss": {Role.SECURITY_ADMIN},
    "GET /api/docs": PUBLIC,
    "GET /api/openapi.json": PUBLIC,
    "GET /api/v1/audit": {Role.AUDIT_ADMIN},
    "POST /api/v1/audit/verify": {Role.AUDIT_ADMIN},
    "GET /api/v1/campaigns": SIGNED_IN,
    "GET /api/v1/campaigns/<int:id>": SIGNED_IN,
    "GET /api/v1/campaigns/<int:id>/key-tasks": SIGNED_IN,
    "GET /api/v1/campaigns/<int:id>/lights": SIGNED_IN,
    "GET /api/v1/campaigns/<int:id>/matrix": SIGNED_IN,
    "GET /api/v1/deadlines": SIGNED_IN,
    "GET /api/v1/due-days": SIGNED_IN,
    "GET /api/v1/checks": SIGNED_IN,
    "GET /api/v1/checks/<int:id>": SIGNED_IN,
    "POST /api/v1/checks/<int:id>/record": SIGNED_IN,
    "POST /api/v1/checks/<int:id>/redraw": SIGNED_IN,
    "GET /api/v1/deadlines/<int:id>/why": SIGNED_IN,
    "GET /api/v1/policies": SIGNED_IN,
    "GET /api/v1/policies/<key>/versions": SIGNED_IN,
    "POST /api/v1/policies/<key>/versions": {Role.SYSTEM_ADMIN},
    "POST /api/v1/policies/<key>/preview": {Role.SYSTEM_ADMIN},
    "GET /api/v1/light-scheme": SIGNED_IN,
    "POST /api/v1/light-scheme/versions": {Role.SYSTEM_ADMIN},
    "GET /api/v1/calendar/years/<int:number>": SIGNED_IN,
    "POST /api/v1/calendar/preview": {Role.SYSTEM_ADMIN},
    "POST /api/v1/calendar/changes": {Role.SYSTEM_ADMIN},
    "GET /api/v1/calendar/editions": SIGNED_IN,
    "GET /api/v1/calendar/editions/<int:id>": SIGNED_IN,
    "GET /api/v1/diagrams/<key>": SIGNED_IN,
    "GET /api/v1/deliveries": {Role.SYSTEM_ADMIN},
    "GET /api/v1/delivery-attempts": {Role.SYSTEM_ADMIN},
    "GET /api/v1/delivery-health": {Role.SYSTEM_ADMIN},
    "GET /api/v1/endpoints": {Role.SYSTEM_ADMIN},
    "POST /api/v1/endpoints": {Role.SYSTEM_ADMIN},
    "POST /api/v1/endpoints/<int:id>/resume": {Role.SYSTEM_ADMIN},
    "POST /api/v1/endpoints/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "POST /api/v1/endpoints/<int:id>/stop": {Role.SYSTEM_ADMIN},
    "POST /api/v1/endpoints/<int:id>/trial": {Role.SYSTEM_ADMIN},
    "GET /api/v1/evidence-files/<int:id>": SIGNED_IN,
    "GET /api/v1/notices": SIGNED_IN,
    "GET /api/v1/notices/counts": SIGNED_IN,
    "GET /api/v1/notices/<int:id>": SIGNED_IN,
    "PUT /api/v1/notices/<int:id>": SIGNED_IN,
    "GET /api/v1/notices/<int:id>/paper.docx": SIGNED_IN,
    "GET /api/v1/notices/<int:id>/paper.pdf": SIGNED_IN,
    "POST /api/v1/notices/<int:id>/approve": SIGNED_IN,
    "POST /api/v1/notices/<int:id>/cancel": SIGNED_IN,
    "POST /api/v1/notices/<int:id>/receipt": SIGNED_IN,
    "POST /api/v1/notices/<int:id>/reply": SIGNED_IN,
    "POST /api/v1/notices/<int:id>/submit": SIGNED_IN,
    "POST /api/v1/notices/<int:id>/verify": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/arrivals": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/notices": SIGNED_IN,
    "POST /api/v1/work-items/<int:id>/notices": SIGNED_IN,
    "GET /api/v1/change-requests": SIGNED_IN,
    "GET /api/v1/change-requests/<int:id>": SIGNED_IN,
    "POST /api/v1/change-requests/<int:id>/approve": SIGNED_IN,
    "POST /api/v1/change-requests/<int:id>/decide": SIGNED_IN,
    "POST /api/v1/change-requests/<int:id>/revise": SIGNED_IN,
    "POST /api/v1/change-requests/<int:id>/sign-off": SIGNED_IN,
    "POST /api/v1/change-requests/<int:id>/withdraw": SIGNED_IN,
    "GET /api/v1/suspended-items": SIGNED_IN,
    "POST /api/v1/work-items/<int:id>/change-requests": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/change-requests": SIGNED_IN,
    "GET /api/v1/extensions/<int:id>": SIGNED_IN,
    "POST /api/v1/extensions/<int:id>/approve": SIGNED_IN,
    "POST /api/v1/extensions/<int:id>/decide": SIGNED_IN,
    "POST /api/v1/extensions/<int:id>/revise": SIGNED_IN,
    "POST /api/v1/extensions/<int:id>/sign-off": SIGNED_IN,
    "POST /api/v1/extensions/<int:id>/withdraw": SIGNED_IN,
    "POST /api/v1/obligations/<int:id>/extensions": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/extensions": SIGNED_IN,
    "GET /api/v1/failed-deliveries": {Role.SYSTEM_ADMIN},
    "GET /api/v1/failed-deliveries/<int:id>/attempts": {Role.SYSTEM_ADMIN},
    "POST /api/v1/failed-deliveries/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "GET /api/v1/failed-dispatches": {Role.SYSTEM_ADMIN},
    "POST /api/v1/failed-dispatches/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "POST /api/v1/files": SIGNED_IN,
    "GET /api/v1/key-tasks/<int:id>": SIGNED_IN,
    "POST /api/v1/key-tasks/<int:id>/accept": SIGNED_IN,
    "POST /api/v1/key-tasks/<int:id>/confirm": SIGNED_IN,
    "GET /api/v1/key-tasks/<int:id>/dispatch": SIGNED_IN,
    "GET /api/v1/key-tasks/<int:id>/history": SIGNED_IN,
    "POST /api/v1/key-tasks/<int:id>/summarise": SIGNED_IN,
    "GET /api/v1/me": SIGNED_IN,
    "POST /api/v1/me/password": SIGNED_IN,
    "GET /api/v1/me/calendar-feed": SIGNED_IN,
    "POST /api/v1/me/calendar-feed": SIGNED_IN,
    "DELETE /api/v1/me/calendar-feed": SIGNED_IN,
    "GET /api/v1/me/notification-settings": SIGNED_IN,
    "PUT /api/v1/me/notification-settings": SIGNED_IN,
    "GET /api/v1/message-templates": {Role.SYSTEM_ADMIN},
    "PUT /api/v1/message-templates/<kind>": {Role.SYSTEM_ADMIN},
    "POST /api/v1/message-templates/<kind>/preview": {Role.SYSTEM_ADMIN},
    "POST /api/v1/message-templates/<kind>/reset": {Role.SYSTEM_ADMIN},
    "GET /api/v1/messages": SIGNED_IN,
    "POST /api/v1/messages/read": SIGNED_IN,
    "GET /api/v1/messages/unread": SIGNED_IN,
    "POST /api/v1/obligations/<int:id>/sign-off": SIGNED_IN,
    "POST /api/v1/obligations/<int:id>/submit": SIGNED_IN,
    "GET /api/v1/people": SIGNED_IN,
    "POST /api/v1/people": {Role.SYSTEM_ADMIN},
    "GET /api/v1/people/<int:id>": SIGNED_IN,
    "POST /api/v1/people/<int:id>/account": {Role.SYSTEM_ADMIN},
    "POST /api/v1/people/<int:id>/account/disable": {Role.SYSTEM_ADMIN},
    "POST /api/v1/people/<int:id>/account/password": {Role.SYSTEM_ADMIN},
    "POST /api/v1/people/<int:id>/posts": {Role.SECURITY_ADMIN},
    "GET /api/v1/permissions": SIGNED_IN,
    "GET /api/v1/plans": SIGNED_IN,
    "POST /api/v1/plans": {Role.OFFICER},
    "GET /api/v1/plans/<int:id>": SIGNED_IN,
    "GET /api/v1/plans/<int:id>/amendment": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/amendment/apply": SIGNED_IN,
    "PUT /api/v1/plans/<int:id>/amends": SIGNED_IN,
    "GET /api/v1/plans/<int:id>/breakdown.docx": SIGNED_IN,
    "GET /api/v1/plans/<int:id>/breakdown.xlsx": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/confirm": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/default-limits": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/discard": SIGNED_IN,
    "GET /api/v1/plans/<int:id>/changes": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/undo": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/remembered": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/leads-responsible": SIGNED_IN,
    "GET /api/v1/plans/<int:id>/proposals": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/proposals/adopt": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/proposals/set-aside": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/proposals/reopen": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/key-tasks": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/key-tasks/merge": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/split": SIGNED_IN,
    "PATCH /api/v1/plans/<int:id>/units/<int:part_id>": SIGNED_IN,
    "PATCH /api/v1/plans/<int:id>/key-tasks/<int:entry_id>": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/limits": SIGNED_IN,
    "DELETE /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>": SIGNED_IN,
    "PUT /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/limits/<int:limit_id>": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/key-tasks/<int:entry_id>/units": SIGNED_IN,
    "PUT /api/v1/plans/<int:id>/units/<int:part_id>": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/units/<int:part_id>/drop": SIGNED_IN,
    "POST /api/v1/plans/<int:id>/units/<int:part_id>/restore": SIGNED_IN,
    "POST /api/v1/posts/<int:id>/dismiss": {Role.SECURITY_ADMIN},
    "GET /api/v1/queue": {Role.SYSTEM_ADMIN},
    "POST /api/v1/queue/<int:id>/retry": {Role.SYSTEM_ADMIN},
    "GET /api/v1/rectification-files/<int:id>": SIGNED_IN,
    "GET /api/v1/rectifications/<int:id>": SIGNED_IN,
    "POST /api/v1/rectifications/<int:id>/submit": SIGNED_IN,
    "POST /api/v1/rectifications/<int:id>/verify": SIGNED_IN,
    "POST /api/v1/reviews/<int:id>/decide": SIGNED_IN,
    "GET /api/v1/rounds": SIGNED_IN,
    "POST /api/v1/rounds": SIGNED_IN,
    "GET /api/v1/rounds/<int:id>": SIGNED_IN,
    "GET /api/v1/rounds/<int:id>/certificate": SIGNED_IN,
    "POST /api/v1/rounds/<int:id>/close": SIGNED_IN,
    "POST /api/v1/rounds/<int:id>/draw": SIGNED_IN,
    "GET /api/v1/rounds/<int:id>/population": SIGNED_IN,
    "GET /api/v1/rounds/<int:id>/selected": SIGNED_IN,
    "POST /api/v1/rounds/<int:id>/withdraw": SIGNED_IN,
    "POST /api/v1/tokens": PUBLIC,
    "DELETE /api/v1/tokens/current": SIGNED_IN,
    "GET /api/v1/unit-groups": SIGNED_IN,
    "POST /api/v1/unit-groups": {Role.SYSTEM_ADMIN},
    "GET /api/v1/unit-groups/<int:id>": SIGNED_IN,
    "PUT /api/v1/unit-groups/<int:id>/members": {Role.SYSTEM_ADMIN},
    "GET /api/v1/units": SIGNED_IN,
    "POST /api/v1/units": {Role.SYSTEM_ADMIN},
    "GET /api/v1/units/<int:id>": SIGNED_IN,
    "POST /api/v1/units/<int:id>/aliases": {Role.SYSTEM_ADMIN},
    "GET /api/v1/units/<int:id>/people": SIGNED_IN,
    "POST /api/v1/units/<int:id>/rename": {Role.SYSTEM_ADMIN},
    "GET /api/v1/user-tasks": SIGNED_IN,
    "GET /api/v1/user-tasks/done": SIGNED_IN,
    "GET /api/v1/work-items": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>": SIGNED_IN,
    "POST /api/v1/work-items/<int:id>/acknowledge": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/checks": SIGNED_IN,
    "POST /api/v1/work-items/<int:id>/events": SIGNED_IN,
    "POST /api/v1/work-items/<int:id>/file-plan": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/history": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/plan-files/<int:file_id>": SIGNED_IN,
    "POST /api/v1/work-items/<int:id>/urge": SIGNED_IN,
    "GET /api/v1/work-items/<int:id>/urgings": SIGNED_IN,
    "GET /api/v1/urgings": SIGNED_IN,
    "POST /api/v1/urgings": SIGNED_IN,
}
GUARDED = sorted(route for route, who in ROUTES.items() if who is not PUBLIC)


@pytest.fixture
def app(db: Engine, clock: FixedClock, settings: Settings) -> Duban:
    app = create_app(settings, clock, db=db)
    app.testing = True
    app.test_client_class = Browser
    return app


def routes(app: Duban) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def call(client: Any, route: str, **other: Any) -> Any:
    method, rule = route.split(" ")
    # An id that nobody has: a call that is let through must not dismiss or disable the caller.
    path = re.sub(r"<(?:path:|string:)?\w+>", "x", re.sub(r"<int:\w+>", "999999", rule))
    if path.startswith("/api/") or method == "GET":
        return client.open(path, method=method, **other)
    return client.submit(path, **other)


def test_every_route_has_a_row_and_every_row_a_route(app: Duban) -> None:
    assert routes(app) == set(ROUTES)


def test_nobody_comes_in_without_signing_in(app: Duban) -> None:
    for route in GUARDED:
        answer = call(app.test_client(), route)
        if "/api/" in route:
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), route
        else:
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in"), route


def test_the_api_takes_no_cookie(app: Duban, reporter: Actor) -> None:
    client: Any = app.test_client()
    client.sign_in("li.na")
    for route in GUARDED:
        if "/api/" in route:
            assert call(client, route).status_code == 401, route


@pytest.mark.parametrize("role", list(Role))
def test_only_the_named_roles(app: Duban, act: Callable[..., Any], unit: Unit, role: Role) -> None:
    """Others get nowhere; the named ones are never denied, whatever else their empty request lacks."""

    def make(ctx: Context) -> str:
        actor = factories.make_person(ctx, unit, role)
        account = factories.make_account(ctx, actor, "somebody")
        return accounts.issue_token(ctx, account.id, name="test")[1]

    token = act(make)
    client: Any = app.test_client()
    client.sign_in("somebody")
    for route, allowed in ROUTES.items():
        if isinstance(allowed, set):
            headers = {"Authorization": f"Bearer {token}"} if "/api/" in route else {}
            status = call(client, route, headers=headers).status_code
            assert status != 403 if role in allowed else 400 <= status < 500, route
