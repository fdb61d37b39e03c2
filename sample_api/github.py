"""The GitHub-like calls: what happens after the guard lets a request through.

A handler knows nothing about tokens. The toy records are in `request.app.state.data`, and the checked body is in
`request.state.body`. If a response depends on scopes, the handler asks the Decision in `request.state.decision`. A
handler returns a 404 response and does not raise it, because the layers around the handler add headers to the response.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sample_api.data import JsonAnswer, not_found
from sample_api.operations import GITHUB_OPERATIONS, PROFILE_FIELDS
from sample_api.visibility import without_private
from scopekit.asgi import Handler, respond
from scopekit.http import problem


def resource(request: Request) -> dict[str, Any] | None:
    """Returns the repository that the path names, or None. A call may need other scopes for a private repository."""
    repository: dict[str, Any] | None = request.app.state.data["repositories"].get(_full_name(request))
    return repository


def _full_name(request: Request) -> str:
    return f"{request.path_params.get('owner')}/{request.path_params.get('repo')}"


async def create_repository(request: Request, owner: str = "octocat") -> Response:
    """POST /user/repos. The article that the lessons follow spells the path /user/repo, and that works too."""
    body, repositories = request.state.body, request.app.state.data["repositories"]
    full_name = f"{owner}/{body['name']}"
    if full_name in repositories:
        return respond(problem(409, f"The repository {full_name} already exists."))
    repositories[full_name] = {"full_name": full_name, "private": False, **body}
    return JsonAnswer(repositories[full_name], 201)


async def create_organisation_repository(request: Request) -> Response:
    """POST /orgs/{org}/repos."""
    if request.path_params["org"] not in request.app.state.data["organisations"]:
        return not_found("organisation")
    return await create_repository(request, request.path_params["org"])


async def delete_repository(request: Request) -> Response:
    """DELETE /repos/{owner}/{repo}: also deletes hooks and alerts, so a later repository of that name has none."""
    data, full_name = request.app.state.data, _full_name(request)
    for kind in ("hooks", "deployments", "code alerts", "secret alerts"):
        for name in [name for name in data[kind] if f"{name}/".startswith(f"{full_name}/")]:
            del data[kind][name]
    repository = data["repositories"].pop(full_name, None)
    return not_found("repository") if repository is None else Response(status_code=204)


async def put_contents(request: Request) -> Response:
    """PUT /repos/{owner}/{repo}/contents/{path}: answers as if it wrote the file, but stores nothing."""
    if resource(request) is None:
        return not_found("repository")
    content = {"path": request.path_params["path"], "size": len(request.state.body["content"])}
    return JsonAnswer({"content": content, "commit": {"message": request.state.body["message"]}})


async def read_hook_config(request: Request) -> Response:
    """GET /repos/{owner}/{repo}/hooks/{hook_id}/config."""
    config = request.app.state.data["hooks"].get(f"{_full_name(request)}/{request.path_params['hook_id']}")
    return not_found("hook") if config is None else JsonAnswer(config)


async def update_hook_config(request: Request) -> Response:
    """PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config."""
    config = request.app.state.data["hooks"].get(f"{_full_name(request)}/{request.path_params['hook_id']}")
    if config is None:
        return not_found("hook")
    config.update(request.state.body)
    return JsonAnswer(config)


async def create_deployment_status(request: Request) -> Response:
    """POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses."""
    deployment = f"{_full_name(request)}/{request.path_params['deployment_id']}"
    statuses = request.app.state.data["deployments"].get(deployment)
    if statuses is None:
        return not_found("deployment")
    statuses.append(request.state.body)
    return JsonAnswer(request.state.body, 201)


async def list_code_scanning_alerts(request: Request, kind: str = "code alerts") -> Response:
    """GET /repos/{owner}/{repo}/code-scanning/alerts."""
    if resource(request) is None:
        return not_found("repository")
    return JsonAnswer(request.app.state.data[kind].get(_full_name(request), []))


async def list_secret_scanning_alerts(request: Request) -> Response:
    """GET /repos/{owner}/{repo}/secret-scanning/alerts."""
    return await list_code_scanning_alerts(request, "secret alerts")


async def list_organisation_hooks(request: Request) -> Response:
    """GET /orgs/{org}/hooks."""
    organisation = request.app.state.data["organisations"].get(request.path_params["org"])
    return not_found("organisation") if organisation is None else JsonAnswer(organisation["hooks"])


async def read_user(request: Request) -> Response:
    """GET /user: any token reads the profile, but the private fields need a scope."""
    return JsonAnswer(without_private(request.app.state.data["user"], PROFILE_FIELDS, request))


async def list_emails(request: Request) -> Response:
    """GET /user/emails."""
    return JsonAnswer(request.app.state.data["emails"])


async def add_emails(request: Request) -> Response:
    """POST /user/emails."""
    emails = request.app.state.data["emails"]
    emails.extend(email for email in dict.fromkeys(request.state.body["emails"]) if email not in emails)
    return JsonAnswer(emails, 201)


async def delete_emails(request: Request) -> Response:
    """DELETE /user/emails."""
    emails = request.app.state.data["emails"]
    emails[:] = [email for email in emails if email not in request.state.body["emails"]]
    return Response(status_code=204)


async def follow_user(request: Request) -> Response:
    """PUT /user/following/{username}."""
    following, username = request.app.state.data["following"], request.path_params["username"]
    following.extend([username] if username not in following else [])
    return Response(status_code=204)


async def list_keys(request: Request) -> Response:
    """GET /user/keys."""
    return JsonAnswer(request.app.state.data["keys"])


async def create_key(request: Request, kind: str = "keys") -> Response:
    """POST /user/keys."""
    keys = request.app.state.data[kind]
    keys.append({"id": 1 + max((key["id"] for key in keys), default=0), **request.state.body})
    return JsonAnswer(keys[-1], 201)


async def delete_key(request: Request, kind: str = "keys", name: str = "SSH key") -> Response:
    """DELETE /user/keys/{key_id}."""
    keys, key_id = request.app.state.data[kind], request.path_params["key_id"]
    if (key := next((key for key in keys if str(key["id"]) == key_id), None)) is None:
        return not_found(name)
    keys.remove(key)
    return Response(status_code=204)


async def list_gpg_keys(request: Request) -> Response:
    """GET /user/gpg_keys."""
    return JsonAnswer(request.app.state.data["gpg_keys"])


async def create_gpg_key(request: Request) -> Response:
    """POST /user/gpg_keys."""
    return await create_key(request, "gpg_keys")


async def delete_gpg_key(request: Request) -> Response:
    """DELETE /user/gpg_keys/{key_id}."""
    return await delete_key(request, "gpg_keys", "GPG key")


async def list_packages(request: Request) -> Response:
    """GET /user/packages."""
    return JsonAnswer(request.app.state.data["packages"])


async def list_codespaces(request: Request) -> Response:
    """GET /user/codespaces."""
    return JsonAnswer(request.app.state.data["codespaces"])


HANDLERS: dict[str, Handler] = {operation.id: globals()[operation.id] for operation in GITHUB_OPERATIONS}
"""Maps each operation's id to its handler: the function of that name in this module."""
