"""Tokens: login and password give one, it can be given up; and who one is."""

from typing import Any

from flask.typing import ResponseReturnValue

from engine.errors import InvalidInput, NotFound, SignInRefused
from engine.organisation import accounts
from webapp import auth, idempotency
from webapp.api import ApiBlueprint
from webapp.requests import actor, context, in_transaction, own_transactions
from webapp.schemas.tokens import ChangePasswordSchema, MeSchema, NewTokenSchema, TokenSchema

blueprint = ApiBlueprint("access", "", "Tokens, and who one is.")


@blueprint.post("/tokens")
@blueprint.arguments(NewTokenSchema)
@blueprint.response(201, TokenSchema)
@auth.public
@own_transactions
def create_token(asked: dict[str, Any]) -> dict[str, Any]:
    """Exchange login and password for a bearer token.

    Five failures within fifteen minutes lock the login for fifteen minutes, as on the page.
    """
    account_id = auth.prove(asked["login"], asked["password"])
    token, secret = in_transaction(
        lambda ctx: accounts.issue_token(
            ctx, account_id, name=asked["name"], may_write=not asked["read_only"]
        )
    )
    return {"id": token.id, "token": secret, "name": token.name, "expires_at": token.expires_at}


@blueprint.delete("/tokens/current")
@blueprint.response(204)
def revoke_token() -> ResponseReturnValue:
    """Give up the token that this call is made with."""
    visitor = auth.visitor()
    if visitor is None or visitor.token_id is None:
        raise NotFound()
    accounts.revoke_token(context(), visitor.account_id, visitor.token_id)
    return ""


@blueprint.get("/me")
@blueprint.response(200, MeSchema)
def me() -> dict[str, Any]:
    """The person behind the token, with the posts held today."""
    who = actor()
    posts = [{"unit_id": unit, "role": str(role)} for unit, role in sorted(who.posts)]
    return {"person_id": who.person_id, "name": who.name, "posts": posts}


@blueprint.post("/me/password")
@blueprint.arguments(ChangePasswordSchema)
@blueprint.response(204)
@idempotency.keyless
@own_transactions
def change_password(asked: dict[str, Any]) -> ResponseReturnValue:
    """Change one's own password; sessions in the browser end, tokens stay."""
    visitor = auth.visitor()
    assert visitor is not None
    try:
        auth.change_password(visitor, asked["old"], asked["password"])
    except SignInRefused as error:
        raise InvalidInput(error.code, error.text, field="old") from error
    return ""
