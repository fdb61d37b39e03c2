"""The Auth0-like calls: what happens after the guard lets a tenant's request through.

The audience of the request's token names the tenant. A handler reaches only the records of that tenant.
"""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sample_api.conditions import Owner
from sample_api.data import JsonAnswer
from sample_api.operations import AUTH0_OPERATIONS, CLIENT_KEYS, OWNER, USER_TOKENS
from sample_api.schemas import Json
from sample_api.visibility import without_private
from scopekit.asgi import Handler
from scopekit.errors import StoreError, TokenError
from scopekit.http import RETRY_AFTER_SECONDS
from scopekit.profiles import AUTH0_V2
from scopekit.revocation import FOREVER
from scopekit.tokens import Token

_NAMED_BY = {
    "users": ("user_id", "user"), "clients": ("client_id", "application"),
    "connections": ("connection_id", "connection"), "roles": ("role_id", "role"),
}  # fmt: skip
"""Maps each kind of record to its path parameter, and to its name in a 404's sentence."""
_RETRY = {"Retry-After": str(RETRY_AFTER_SECONDS)}


def owner(request: Request) -> Owner | None:
    """Returns the tenant in the token's `aud` and the user in the path, or None if the token names no single tenant.

    The token is not verified yet. The guard verifies it later, and compares both names with the token's `iss` and
    `sub`.
    """
    _, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        tenant = Token.parse(text.strip()).claims.get("aud")
    except TokenError:
        return None
    return (tenant, request.path_params[OWNER]) if isinstance(tenant, str) else None


def _tenant_name(request: Request) -> str:
    # The guard (profile AUTH0_V2) has checked that `aud` is a single name: the owner of the signing key.
    return str(request.state.decision.token.claims["aud"])


def _tenant(request: Request) -> Any:
    return request.app.state.data.tenant(_tenant_name(request))


def _record(request: Request, kind: str) -> Any:
    """Returns the record that the path names. Raises HTTPException 404 if the tenant has no such record."""
    records, (parameter, name) = _tenant(request)[kind], _NAMED_BY[kind]
    if request.path_params[parameter] not in records:
        raise HTTPException(404, f"There is no such {name}.")
    return records[request.path_params[parameter]]


def _delete(request: Request, kind: str) -> Response:
    _record(request, kind)
    del _tenant(request)[kind][request.path_params[_NAMED_BY[kind][0]]]
    return Response(status_code=204)


# users


async def list_users(request: Request) -> Response:
    """GET /users."""
    users = _tenant(request)["users"].values()
    return JsonAnswer([without_private(user, USER_TOKENS, request) for user in users])


async def list_users_by_email(request: Request) -> Response:
    """GET /users-by-email?email=ADDRESS."""
    email = request.query_params["email"].lower()
    users = (user for user in _tenant(request)["users"].values() if user["email"].lower() == email)
    return JsonAnswer([without_private(user, USER_TOKENS, request) for user in users])


async def create_user(request: Request) -> Response:
    """POST /users."""
    users, body = _tenant(request)["users"], request.state.body
    _refuse_taken_address(request, body["email"])
    user_id = f"auth0|{request.app.state.store.new_id()}"
    empty = {"name": body["email"], "blocked": False, "identities": [], "user_metadata": {}, "app_metadata": {}}
    users[user_id] = {"user_id": user_id, **empty, **body}
    return JsonAnswer(without_private(users[user_id], USER_TOKENS, request), 201)


async def read_user(request: Request) -> Response:
    """GET /users/{user_id}."""
    return JsonAnswer(without_private(_record(request, "users"), USER_TOKENS, request))


async def update_user(request: Request) -> Response:
    """PATCH /users/{user_id}: adds to the metadata, and replaces every other field in the body."""
    user, body = _record(request, "users"), request.state.body
    if "email" in body:
        _refuse_taken_address(request, body["email"], user)
    metadata = {name: {**user[name], **body[name]} for name in ("user_metadata", "app_metadata") if name in body}
    user.update({**body, **metadata})
    return JsonAnswer(without_private(user, USER_TOKENS, request))


def _refuse_taken_address(request: Request, email: str, user: Json | None = None) -> None:
    """Raises 409 if another user has the e-mail address."""
    others = (other for other in _tenant(request)["users"].values() if other is not user)
    if any(other["email"].lower() == email.lower() for other in others):
        raise HTTPException(409, "Another user already has this e-mail address.")


async def delete_user(request: Request) -> Response:
    """DELETE /users/{user_id}."""
    return _delete(request, "users")


async def list_user_logs(request: Request) -> Response:
    """GET /users/{user_id}/logs."""
    user_id = _record(request, "users")["user_id"]
    return JsonAnswer([log for log in _tenant(request)["logs"] if log["user_id"] == user_id])


async def link_identity(request: Request) -> Response:
    """POST /users/{user_id}/identities: links an account to a user. Unlike Auth0, asks for no proof of ownership."""
    user, body = _record(request, "users"), request.state.body
    if any(body.items() <= identity.items() for identity in user["identities"]):
        raise HTTPException(409, "This account is already linked to the user.")
    user["identities"].append({**body, "access_token": f"token {request.app.state.store.new_id()}"})
    return JsonAnswer(without_private(user, USER_TOKENS, request), 201)


async def list_role_users(request: Request) -> Response:
    """GET /roles/{role_id}/users."""
    known, members = _tenant(request)["users"], _record(request, "roles")
    users = [known[member] for member in members if member in known]
    return JsonAnswer([{name: user[name] for name in ("user_id", "name", "email")} for user in users])


async def create_password_ticket(request: Request) -> Response:
    """POST /tickets/password-change."""
    if request.state.body["user_id"] not in _tenant(request)["users"]:
        raise HTTPException(404, "There is no such user.")
    return JsonAnswer({"ticket": f"/password-change?ticket={request.app.state.store.new_id()}"}, 201)


# applications


async def list_clients(request: Request) -> Response:
    """GET /clients."""
    clients = _tenant(request)["clients"].values()
    return JsonAnswer([without_private(client, CLIENT_KEYS, request) for client in clients])


async def create_client(request: Request) -> Response:
    """POST /clients."""
    new_id = request.app.state.store.new_id
    client_id, keys = str(new_id()), {name: str(new_id()) for name in ("client_secret", "encryption_key")}
    client = {"client_id": client_id, "app_type": "regular_web", **request.state.body, **keys}
    _tenant(request)["clients"][client_id] = client
    return JsonAnswer(without_private(client, CLIENT_KEYS, request), 201)


async def read_client(request: Request) -> Response:
    """GET /clients/{client_id}."""
    return JsonAnswer(without_private(_record(request, "clients"), CLIENT_KEYS, request))


async def update_client(request: Request) -> Response:
    """PATCH /clients/{client_id}."""
    client = _record(request, "clients")
    client.update(request.state.body)
    return JsonAnswer(without_private(client, CLIENT_KEYS, request))


async def delete_client(request: Request) -> Response:
    """DELETE /clients/{client_id}: also deletes the client's grants."""
    _tenant(request)["grants"].pop(request.path_params["client_id"], None)
    return _delete(request, "clients")


async def rotate_client_secret(request: Request) -> Response:
    """POST /clients/{client_id}/rotate-secret: shows the new secret only to a token that may read secrets."""
    client = _record(request, "clients")
    client["client_secret"] = str(request.app.state.store.new_id())
    return JsonAnswer(without_private(client, CLIENT_KEYS, request))


async def list_client_grants(request: Request) -> Response:
    """GET /client-grants."""
    grants = _tenant(request)["grants"]
    return JsonAnswer([{"client_id": client, "scope": scope} for client, scope in grants.items()])


async def create_client_grant(request: Request) -> Response:
    """POST /client-grants: grants an application more scopes."""
    tenant, client = _tenant(request), request.state.body["client_id"]
    if client not in tenant["clients"]:
        raise HTTPException(404, "There is no such application.")
    granted = tenant["grants"].setdefault(client, [])
    granted.extend(scope for scope in request.state.body["scope"] if scope not in granted)
    return JsonAnswer({"client_id": client, "scope": granted}, 201)


# connections


async def list_connections(request: Request) -> Response:
    """GET /connections."""
    return JsonAnswer(list(_tenant(request)["connections"].values()))


async def create_connection(request: Request) -> Response:
    """POST /connections."""
    connections, body = _tenant(request)["connections"], request.state.body
    if any(connection["name"] == body["name"] for connection in connections.values()):
        raise HTTPException(409, "A connection with this name already exists.")
    connection_id = f"con_{request.app.state.store.new_id()}"
    connections[connection_id] = {"id": connection_id, "enabled_clients": [], **body}
    return JsonAnswer(connections[connection_id], 201)


async def read_connection(request: Request) -> Response:
    """GET /connections/{connection_id}."""
    return JsonAnswer(_record(request, "connections"))


async def update_connection(request: Request) -> Response:
    """PATCH /connections/{connection_id}."""
    connection = _record(request, "connections")
    connection.update(request.state.body)
    return JsonAnswer(connection)


async def delete_connection(request: Request) -> Response:
    """DELETE /connections/{connection_id}."""
    return _delete(request, "connections")


# the tenant


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
    """GET /blacklists/tokens: the tenant's revoked tokens, without the expired ones; none for another `aud`."""
    tenant = _tenant_name(request)
    if request.query_params.get("aud", tenant) != tenant:
        return JsonAnswer([])
    try:
        ids = await request.app.state.store.revoked(tenant)
    except StoreError:
        raise HTTPException(503, "The denylist does not answer.", _RETRY) from None
    return JsonAnswer([{"aud": tenant, "jti": jti} for jti in ids])


async def revoke_token(request: Request) -> Response:
    """POST /blacklists/tokens: revokes a token whose issuer and audience are both this tenant."""
    tenant, body, store = _tenant_name(request), request.state.body, request.app.state.store
    if body.get("aud", tenant) != tenant:
        raise HTTPException(403, "A tenant can revoke only its own tokens.")
    longest = AUTH0_V2.max_ttl_seconds
    until = FOREVER if longest is None else store.clock.now() + longest
    try:
        await store.revoke(tenant, body["jti"], until)
    except StoreError:
        raise HTTPException(503, "The token was not revoked: the denylist does not answer.", _RETRY) from None
    return Response(status_code=204)


HANDLERS: dict[str, Handler] = {operation.id: globals()[operation.id] for operation in AUTH0_OPERATIONS}
"""Maps each operation's id to its handler: the function of that name in this module."""
