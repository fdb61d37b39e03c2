"""The GitHub-like calls: what happens once the guard has let a request through.

A handler knows nothing of tokens. It finds the toy records in `request.app.state.data`, the checked body in
`request.state.body`, and, where an answer depends on scopes, the Decision in `request.state.decision`.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sample_api.operations import GITHUB_OPERATIONS, PROFILE_FIELDS
from sample_api.serving.limits import JsonAnswer, no_such
from sample_api.visibility import without_private
from scopekit.asgi import Handler, respond
from scopekit.http import problem


def resource(request: Request) -> dict[str, Any] | None:
    """The repository that the path names, if it names one that exists: conditions on scopes may look at it."""
    found: dict[str, Any] | None = _records(request)["repositories"].get(_repository(request))
    return found


async def create_repository(request: Request) -> Response:
    """POST /user/repos, and the article's /user/repo."""
    return _create_repository(request, "octocat")


async def create_organisation_repository(request: Request) -> Response:
    """POST /orgs/{org}/repos."""
    if request.path_params["org"] not in _records(request)["organisations"]:
        return _not_found("organisation")
    return _create_repository(request, request.path_params["org"])


async def delete_repository(request: Request) -> Response:
    """DELETE /repos/{owner}/{repo}; all that belongs to it goes with it, or a new one of its name would have it."""
    records, repository = _records(request), _repository(request)
    for kind in ("hooks", "deployments", "code alerts", "secret alerts"):
        for name in [name for name in records[kind] if f"{name}/".startswith(f"{repository}/")]:
            del records[kind][name]
    return _gone(records["repositories"].pop(repository, None), "repository")


async def put_contents(request: Request) -> Response:
    """PUT /repos/{owner}/{repo}/contents/{path}: answers as if the file were written, and keeps none."""
    if resource(request) is None:
        return _not_found("repository")
    content = {"path": request.path_params["path"], "size": len(request.state.body["content"])}
    return JsonAnswer({"content": content, "commit": {"message": request.state.body["message"]}})


async def read_hook_config(request: Request) -> Response:
    """GET /repos/{owner}/{repo}/hooks/{hook_id}/config."""
    config = _records(request)["hooks"].get(f"{_repository(request)}/{request.path_params['hook_id']}")
    return _not_found("hook") if config is None else JsonAnswer(config)


async def update_hook_config(request: Request) -> Response:
    """PATCH /repos/{owner}/{repo}/hooks/{hook_id}/config."""
    config = _records(request)["hooks"].get(f"{_repository(request)}/{request.path_params['hook_id']}")
    if config is None:
        return _not_found("hook")
    config.update(request.state.body)
    return JsonAnswer(config)


async def create_deployment_status(request: Request) -> Response:
    """POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses."""
    statuses = _records(request)["deployments"].get(f"{_repository(request)}/{request.path_params['deployment_id']}")
    if statuses is None:
        return _not_found("deployment")
    statuses.append(request.state.body)
    return JsonAnswer(request.state.body, 201)


async def list_code_scanning_alerts(request: Request) -> Response:
    """GET /repos/{owner}/{repo}/code-scanning/alerts."""
    return _alerts(request, "code alerts")


async def list_secret_scanning_alerts(request: Request) -> Response:
    """GET /repos/{owner}/{repo}/secret-scanning/alerts."""
    return _alerts(request, "secret alerts")


async def list_organisation_hooks(request: Request) -> Response:
    """GET /orgs/{org}/hooks."""
    organisation = _records(request)["organisations"].get(request.path_params["org"])
    return _not_found("organisation") if organisation is None else JsonAnswer(organisation["hooks"])


async def read_user(request: Request) -> Response:
    """GET /user: any token reads the profile, the private fields only where the scopes allow them."""
    return JsonAnswer(without_private(_records(request)["user"], PROFILE_FIELDS, request))


async def list_emails(request: Request) -> Response:
    """GET /user/emails."""
    return JsonAnswer(_records(request)["emails"])


async def add_emails(request: Request) -> Response:
    """POST /user/emails."""
    emails = _records(request)["emails"]
    emails.extend(each for each in dict.fromkeys(request.state.body["emails"]) if each not in emails)
    return JsonAnswer(emails, 201)


async def delete_emails(request: Request) -> Response:
    """DELETE /user/emails."""
    emails = _records(request)["emails"]
    emails[:] = [each for each in emails if each not in request.state.body["emails"]]
    return Response(status_code=204)


async def follow_user(request: Request) -> Response:
    """PUT /user/following/{username}."""
    following, username = _records(request)["following"], request.path_params["username"]
    following.extend([username] if username not in following else [])
    return Response(status_code=204)


async def list_keys(request: Request) -> Response:
    """GET /user/keys."""
    return JsonAnswer(_records(request)["keys"])


async def create_key(request: Request) -> Response:
    """POST /user/keys."""
    return _add(request, "keys")


async def delete_key(request: Request) -> Response:
    """DELETE /user/keys/{key_id}."""
    return _remove(request, "keys", "SSH key")


async def list_gpg_keys(request: Request) -> Response:
    """GET /user/gpg_keys."""
    return JsonAnswer(_records(request)["gpg_keys"])


async def create_gpg_key(request: Request) -> Response:
    """POST /user/gpg_keys."""
    return _add(request, "gpg_keys")


async def delete_gpg_key(request: Request) -> Response:
    """DELETE /user/gpg_keys/{key_id}."""
    return _remove(request, "gpg_keys", "GPG key")


async def list_packages(request: Request) -> Response:
    """GET /user/packages."""
    return JsonAnswer(_records(request)["packages"])


async def list_codespaces(request: Request) -> Response:
    """GET /user/codespaces."""
    return JsonAnswer(_records(request)["codespaces"])


HANDLERS: dict[str, Handler] = {operation.id: globals()[operation.id] for operation in GITHUB_OPERATIONS}
"""The handler of each operation, which bears its id."""


def _records(request: Request) -> Any:
    return request.app.state.data


def _repository(request: Request) -> str:
    return f"{request.path_params.get('owner')}/{request.path_params.get('repo')}"


def _create_repository(request: Request, owner: str) -> Response:
    body, repositories = request.state.body, _records(request)["repositories"]
    full_name = f"{owner}/{body['name']}"
    if full_name in repositories:
        return respond(problem(409, f"The repository {full_name} exists already."))
    repositories[full_name] = {"full_name": full_name, "private": False, **body}
    return JsonAnswer(repositories[full_name], 201)


def _alerts(request: Request, kind: str) -> Response:
    if resource(request) is None:
        return _not_found("repository")
    return JsonAnswer(_records(request)[kind].get(_repository(request), []))


def _add(request: Request, kind: str) -> Response:
    entries = _records(request)[kind]
    entries.append({"id": 1 + max((entry["id"] for entry in entries), default=0), **request.state.body})
    return JsonAnswer(entries[-1], 201)


def _remove(request: Request, kind: str, name: str) -> Response:
    entries, wanted = _records(request)[kind], request.path_params["key_id"]
    found = next((entry for entry in entries if str(entry["id"]) == wanted), None)
    if found:
        entries.remove(found)
    return _gone(found, name)


def _gone(found: object, name: str) -> Response:
    return _not_found(name) if found is None else Response(status_code=204)


def _not_found(name: str) -> Response:
    # Returned and not raised, for headers are put on it on its way out: those of courtesy, of a cookie, of a key.
    return respond(problem(404, no_such(name)))
