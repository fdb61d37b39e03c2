"""JSON Schemas for the body and the query of each call, and for the condition of each case."""

from __future__ import annotations

from typing import Any

from sample_api.vocabularies import AUTH0_SCOPES

Json = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Json) -> Json:
    """The schema of an object with only these `properties`. Without `required`, it needs at least one of them."""
    needed: Json = {"required": list(required)} if required else {"minProperties": 1}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


# The GitHub-like calls

PUBLIC_BODY: Json = {"properties": {"body": {"properties": {"private": {"const": False}}}}}
# A missing repository counts as private: a caller who may not read private ones must not learn which exist.
PUBLIC_REPOSITORY: Json = {
    "properties": {"resource": {"properties": {"private": {"const": False}}}},
    "required": ["resource"],
}
# A path with a `.`, a `..` or an empty segment may be a detour to a workflow file, so it counts as one.
WORKFLOW_FILE = r"^\.github/workflows/|(^|/)\.{0,2}(/|$)"
PLAIN_FILE: Json = {"properties": {"path": {"properties": {"path": {"not": {"pattern": WORKFLOW_FILE}}}}}}

REPOSITORY = _object(
    ("name",), name={"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 100},
    private={"type": "boolean", "default": False}, description={"type": "string", "maxLength": 350},
)  # fmt: skip
CONTENTS = _object(
    ("message", "content"), message={"type": "string", "minLength": 1, "maxLength": 1000},
    content={"type": "string", "maxLength": 4000, "description": "The file, in base64"},
)  # fmt: skip
EMAILS = _object(
    ("emails",),
    emails={"type": "array", "items": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"}, "minItems": 1, "maxItems": 10},
)  # fmt: skip
SSH_KEY = _object(("key",), title={"type": "string", "maxLength": 100}, key={"type": "string", "pattern": "^ssh-"})
GPG_KEY = _object(
    ("armored_public_key",), name={"type": "string", "maxLength": 100},
    armored_public_key={"type": "string", "minLength": 1},
)  # fmt: skip
HOOK_CONFIG = _object(
    url={"type": "string", "maxLength": 500}, content_type={"enum": ["json", "form"]}, insecure_ssl={"enum": ["0", "1"]}
)
DEPLOYMENT_STATUS = _object(
    ("state",), state={"enum": ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]},
    description={"type": "string", "maxLength": 140},
)  # fmt: skip

# The Auth0-like calls

TEXT: Json = {"type": "string", "minLength": 1, "maxLength": 100}
EMAIL: Json = {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$", "maxLength": 100}
ID: Json = {"type": "string", "pattern": "^[ -~]{1,255}$", "description": "1 to 255 characters of printable ASCII"}

ONLY_USER_METADATA: Json = {"properties": {"body": {"type": "object", "propertyNames": {"const": "user_metadata"}}}}
NO_APP_METADATA: Json = {"properties": {"body": {"type": "object", "not": {"required": ["app_metadata"]}}}}
NO_KEYS: Json = {
    "properties": {"body": {"type": "object", "propertyNames": {"not": {"enum": ["client_secret", "encryption_key"]}}}}
}

NEW_USER = _object(("email",), email=EMAIL, name=TEXT, user_metadata={"type": "object"})
USER_CHANGES = _object(
    email=EMAIL, name=TEXT, blocked={"type": "boolean"}, user_metadata={"type": "object"},
    app_metadata={"type": "object"},
)  # fmt: skip
IDENTITY = _object(("provider", "user_id"), provider=TEXT, user_id=ID)
NEW_CLIENT = _object(("name",), name=TEXT, app_type={"enum": ["native", "spa", "regular_web", "non_interactive"]})
CLIENT_CHANGES = _object(name=TEXT, client_secret=TEXT, encryption_key=TEXT)
NEW_CONNECTION = _object(("name", "strategy"), name=TEXT, strategy={"enum": ["auth0", "github", "email", "sms"]})
CONNECTION_CHANGES = _object(enabled_clients={"type": "array", "items": ID, "maxItems": 50})
NEW_TICKET = _object(("user_id",), user_id=ID)
TENANT_SETTINGS = _object(friendly_name=TEXT, support_email=EMAIL)
CLIENT_GRANT = _object(
    ("client_id", "scope"), client_id=ID,
    scope={"type": "array", "items": {"enum": list(AUTH0_SCOPES)}, "minItems": 1, "uniqueItems": True},
)  # fmt: skip
REVOCATION = _object(("jti",), aud=ID, jti=ID)
BY_EMAIL: Json = {"properties": {"email": TEXT}, "required": ["email"]}
BY_AUDIENCE: Json = {"properties": {"aud": TEXT}}
