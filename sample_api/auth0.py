"""The Auth0-like calls: what happens once the guard has let a request of one tenant through.

The tenant is the audience of the token that was let through, and a handler reaches no records but that tenant's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sample_api.conditions import Owner
from sample_api.operations import AUTH0_OPERATIONS, CLIENT_KEYS, OWNER, USER_TOKENS
from sample_api.schemas import Json
from sample_api.serving.limits import JsonAnswer, no_such
from sample_api.visibility import without_private
from scopekit.asgi import Handler, respond
from scopekit.errors import StoreError, TokenError
from scopekit.http import RETRY_AFTER_SECONDS, problem
from scopekit.profiles import AUTH0_V2
from scopekit.revocation import FOREVER
from scopekit.tokens import Token

_NAMED_BY = {
    "users": ("user_id", "user"), "clients": ("client_id", "application"),
    "connections": ("connection_id", "connection"), "roles": ("role_id", "role"),
}  # fmt: skip
"""The path parameter that names a record, and what one is called."""


def owner(request: Request) -> Owner | None:
    """The user that the path names, of the tenant that the token names.

    Nobody has verified that token yet: a guard compares both with what it did verify.
    """
    _, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        tenant = Token.parse(text.strip()).claims.get("aud")
    except TokenError:
        return None
    return (tenant, request.path_params[OWNER]) if isinstance(tenant, str) else None


async def list_users(request: Request) -> Response:
    """GET /users."""
    return _users(request, _tenant(request)["users"].values())


async def list_users_by_email(request: Request) -> Response:
    """GET /users-by-email?email=."""
    wanted = request.query_params["email"].lower()
    users = _tenant(request)["users"].values()
    return _users(request, (user for user in users if user["email"].lower() == wanted))


async def create_user(request: Request) -> Response:
    """POST /users."""
    users, body = _tenant(request)["users"], request.state.body
    if refused := _taken_address(request, body["email"]):
        return refused
    user_id = f"auth0|{_new_id(request)}"
    empty = {"name": body["email"], "blocked": False, "identities": [], "user_metadata": {}, "app_metadata": {}}
    users[user_id] = {"user_id": user_id, **empty, **body}
    return _user(request, users[user_id], 201)


async def read_user(request: Request) -> Response:
    """GET /users/{user_id}."""
    return _user(request, _found(request, "users"))


async def update_user(request: Request) -> Response:
    """PATCH /users/{user_id}: what is kept about a user is added to, all else is replaced."""
    user, body = _found(request, "users"), request.state.body
    if "email" in body and (refused := _taken_address(request, body["email"], user)):
        return refused
    kept = {name: {**user[name], **body[name]} for name in ("user_metadata", "app_metadata") if name in body}
    user.update({**body, **kept})
    return _user(request, user)


async def delete_user(request: Request) -> Response:
    """DELETE /users/{user_id}."""
    return _delete(request, "users")


async def list_user_logs(request: Request) -> Response:
    """GET /users/{user_id}/logs."""
    user_id = _found(request, "users")["user_id"]
    return JsonAnswer([log for log in _tenant(request)["logs"] if log["user_id"] == user_id])


async def link_identity(request: Request) -> Response:
    """POST /users/{user_id}/identities; Auth0 wants proof of who owns the other account, this toy takes one's word."""
    user, body = _found(request, "users"), request.state.body
    if any(body.items() <= identity.items() for identity in user["identities"]):
        return respond(problem(409, "This account is linked to the user already."))
    user["identities"].append({**body, "access_token": f"token {_new_id(request)}"})
    return _user(request, user, 201)


async def list_role_users(request: Request) -> Response:
    """GET /roles/{role_id}/users."""
    known, members = _tenant(request)["users"], _found(request, "roles")
    users = [known[member] for member in members if member in known]
    return JsonAnswer([{name: user[name] for name in ("user_id", "name", "email")} for user in users])


async def create_password_ticket(request: Request) -> Response:
    """POST /tickets/password-change."""
    if request.state.body["user_id"] not in _tenant(request)["users"]:
        return _not_found("user")
    return JsonAnswer({"ticket": f"/password-change?ticket={_new_id(request)}"}, 201)


async def list_clients(request: Request) -> Response:
    """GET /clients."""
    clients = _tenant(request)["clients"].values()
    return JsonAnswer([without_private(client, CLIENT_KEYS, request) for client in clients])


async def create_client(request: Request) -> Response:
    """POST /clients."""
    client_id, keys = _new_id(request), {name: _new_id(request) for name in ("client_secret", "encryption_key")}
    client = {"client_id": client_id, "app_type": "regular_web", **request.state.body, **keys}
    _tenant(request)["clients"][client_id] = client
    return _client(request, client, 201)


async def read_client(request: Request) -> Response:
    """GET /clients/{client_id}."""
    return _client(request, _found(request, "clients"))


async def update_client(request: Request) -> Response:
    """PATCH /clients/{client_id}."""
    client = _found(request, "clients")
    client.update(request.state.body)
    return _client(request, client)


async def delete_client(request: Request) -> Response:
    """DELETE /clients/{client_id}; what it was granted goes with it."""
    _tenant(request)["grants"].pop(request.path_params["client_id"], None)
    return _delete(request, "clients")


async def rotate_client_secret(request: Request) -> Response:
    """POST /clients/{client_id}/rotate-secret; the new secret is shown to whom secrets are shown."""
    client = _found(request, "clients")
    client["client_secret"] = _new_id(request)
    return _client(request, client)


async def list_client_grants(request: Request) -> Response:
    """GET /client-grants."""
    grants = _tenant(request)["grants"]
    return JsonAnswer([{"client_id": client, "scope": scope} for client, scope in grants.items()])


async def create_client_grant(request: Request) -> Response:
    """POST /client-grants: adds scopes to those that an application was granted."""
    tenant, client = _tenant(request), request.state.body["client_id"]
    if client not in tenant["clients"]:
        return _not_found("application")
    granted = tenant["grants"].setdefault(client, [])
    granted.extend(scope for scope in request.state.body["scope"] if scope not in granted)
    return JsonAnswer({"client_id": client, "scope": granted}, 201)


async def list_connections(request: Request) -> Response:
    """GET /connections."""
    return JsonAnswer(list(_tenant(request)["connections"].values()))


async def create_connection(request: Request) -> Response:
    """POST /connections."""
    connections, body = _tenant(request)["connections"], request.state.body
    if any(connection["name"] == body["name"] for connection in connections.values()):
        return respond(problem(409, "There is a connection of this name already."))
    new = f"con_{_new_id(request)}"
    connections[new] = {"id": new, "enabled_clients": [], **body}
    return JsonAnswer(connections[new], 201)


async def read_connection(request: Request) -> Response:
    """GET /connections/{connection_id}."""
    return JsonAnswer(_found(request, "connections"))


async def update_connection(request: Request) -> Response:
    """PATCH /connections/{connection_id}."""
    connection = _found(request, "connections")
    connection.update(request.state.body)
    return JsonAnswer(connection)


async def delete_connection(request: Request) -> Response:
    """DELETE /connections/{connection_id}."""
    return _delete(request, "connections")


async def list_logs(request: Request) -> Response:
    """GET /logs."""
    return JsonAnswer(_tenant(request)["logs"])


async def read_daily_stats(request: Request) -> Response:
    """GET /stats/daily."""
    return JsonAnswer(_tenant(request)["stats"])


async def read_tenant_settings(request: Request) -> Response:
    """GET /tenants/settings."""
    return JsonAnswer(_tenant(request)["settings"])


async def update_tenant_settings(request: Request) -> Response:
    """PATCH /tenants/settings."""
    settings = _tenant(request)["settings"]
    settings.update(request.state.body)
    return JsonAnswer(settings)


async def list_revoked_tokens(request: Request) -> Response:
    """GET /blacklists/tokens, those of one audience with ?aud=; what could no longer be valid is listed no more."""
    tenant = _tenant_name(request)
    if request.query_params.get("aud", tenant) != tenant:
        return JsonAnswer([])
    try:
        ids = await request.app.state.kept.taken_back(tenant)
    except StoreError:
        return _unavailable("The list cannot be read just now.")
    return JsonAnswer([{"aud": tenant, "jti": jti} for jti in ids])


async def revoke_token(request: Request) -> Response:
    """POST /blacklists/tokens: the audience is the tenant, and so the issuer on the denylist."""
    tenant, jti, kept = _tenant_name(request), request.state.body["jti"], request.app.state.kept
    if request.state.body.get("aud", tenant) != tenant:
        return respond(problem(403, "A tenant takes back its own tokens and no others."))
    longest = AUTH0_V2.max_ttl_seconds
    until = FOREVER if longest is None else kept.clock.now() + longest
    try:
        await kept.take_back(tenant, jti, until)
    except StoreError:
        return _unavailable("The token was not taken back: the list cannot be written just now.")
    return Response(status_code=204)


HANDLERS: dict[str, Handler] = {operation.id: globals()[operation.id] for operation in AUTH0_OPERATIONS}
"""The handler of each operation, which bears its id."""


def _tenant_name(request: Request) -> str:
    # One name, and the one whose key signed: a guard of profile AUTH0_V2 looks for the key's owner in `aud`.
    return str(request.state.decision.token.claims["aud"])


def _tenant(request: Request) -> Any:
    return request.app.state.data.tenant(_tenant_name(request))


def _found(request: Request, kind: str) -> Any:
    """The record that the path names; 404 where the tenant has none."""
    records, (parameter, name) = _tenant(request)[kind], _NAMED_BY[kind]
    if request.path_params[parameter] not in records:
        raise HTTPException(404, no_such(name))
    return records[request.path_params[parameter]]


def _delete(request: Request, kind: str) -> Response:
    _found(request, kind)
    del _tenant(request)[kind][request.path_params[_NAMED_BY[kind][0]]]
    return Response(status_code=204)


def _taken_address(request: Request, email: str, whose: Json | None = None) -> Response | None:
    """The refusal of an e-mail address that another user has."""
    others = (user for user in _tenant(request)["users"].values() if user is not whose)
    if any(other["email"].lower() == email.lower() for other in others):
        return respond(problem(409, "There is a user of this e-mail address already."))
    return None


def _user(request: Request, user: Json, status: int = 200) -> Response:
    return JsonAnswer(without_private(user, USER_TOKENS, request), status)


def _users(request: Request, users: Iterable[Json]) -> Response:
    return JsonAnswer([without_private(user, USER_TOKENS, request) for user in users])


def _client(request: Request, client: Json, status: int = 200) -> Response:
    return JsonAnswer(without_private(client, CLIENT_KEYS, request), status)


def _new_id(request: Request) -> str:
    return str(request.app.state.kept.new_id())


def _unavailable(detail: str) -> Response:
    return respond(problem(503, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)}))


def _not_found(name: str) -> Response:
    return respond(problem(404, no_such(name)))
