"""Who can be tried out on the sign-in page of a demo: everybody with an account, one of each role first."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from engine.clock import local_date
from engine.context import Context, Role
from engine.organisation.credentials import Account
from engine.organisation.models import Person, Post, Unit
from engine.texts import N_

ROLE_NAMES = {
    Role.REPORTER: N_("经办人"),
    Role.HEAD: N_("单位负责人"),
    Role.INSPECTOR: N_("检查员"),
    Role.OFFICER: N_("督办专员"),
    Role.LEADER: N_("分管领导"),
    Role.SYSTEM_ADMIN: N_("系统管理员"),
    Role.SECURITY_ADMIN: N_("安全管理员"),
    Role.AUDIT_ADMIN: N_("审计管理员"),
}


@dataclass(frozen=True)
class Persona:
    login: str
    name: str
    unit: str
    roles: tuple[str, ...]  #: msgids, each once
    #: The first in the directory to hold a role that nobody before held.
    is_first: bool = False


def personas(ctx: Context) -> list[Persona]:
    """Everyone with an account and a post today, in the order of the accounts."""
    today = local_date(ctx.clock.now())
    rows = ctx.session.execute(
        select(Account.login, Person.name, Unit.short_name, Post.role)
        .join(Person, Person.id == Account.person_id)
        .join(Post, Post.person_id == Person.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Account.disabled_at.is_(None), Post.effective_from <= today, Post.effective_to.is_(None))
        .order_by(Account.id, Post.id)
    )
    found: dict[str, Persona] = {}
    for login, name, unit, role in rows:
        before = found.get(login)
        roles = tuple(dict.fromkeys((*(before.roles if before else ()), ROLE_NAMES[Role(role)])))
        found[login] = Persona(login, name, before.unit if before else unit, roles)
    seen: set[str] = set()
    for login, persona in found.items():
        if not seen.issuperset(persona.roles):
            found[login] = replace(persona, is_first=True)
        seen.update(persona.roles)
    return list(found.values())
