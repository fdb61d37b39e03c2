"""JSON Schemas: what a call's body holds, and which request a case is about."""

from __future__ import annotations

from sample_api.operation import Json

PUBLIC_BODY: Json = {"properties": {"body": {"properties": {"private": {"const": False}}}}}
# A repository that does not exist counts as private: whoever may not read those must not learn which there are.
PUBLIC_REPOSITORY: Json = {
    "properties": {"resource": {"properties": {"private": {"const": False}}}},
    "required": ["resource"],
}
# A path with `.`, `..` or nothing between two slashes may lead to a workflow by a roundabout way, so it counts as one.
WORKFLOW_FILE = r"^\.github/workflows/|(^|/)\.{0,2}(/|$)"
PLAIN_FILE: Json = {"properties": {"path": {"properties": {"path": {"not": {"pattern": WORKFLOW_FILE}}}}}}

REPOSITORY: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 100},
        "private": {"type": "boolean", "default": False},
        "description": {"type": "string", "maxLength": 350},
    },
    "required": ["name"],
    "additionalProperties": False,
}
CONTENTS: Json = {
    "type": "object",
    "properties": {
        "message": {"type": "string", "minLength": 1, "maxLength": 1000},
        "content": {"type": "string", "maxLength": 50000, "description": "The file, in base64"},
    },
    "required": ["message", "content"],
    "additionalProperties": False,
}
EMAILS: Json = {
    "type": "object",
    "properties": {
        "emails": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
            "minItems": 1,
            "maxItems": 10,
        }
    },
    "required": ["emails"],
    "additionalProperties": False,
}
SSH_KEY: Json = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 100}, "key": {"type": "string", "pattern": "^ssh-"}},
    "required": ["key"],
    "additionalProperties": False,
}
GPG_KEY: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 100},
        "armored_public_key": {"type": "string", "minLength": 1},
    },
    "required": ["armored_public_key"],
    "additionalProperties": False,
}
HOOK_CONFIG: Json = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "maxLength": 500},
        "content_type": {"enum": ["json", "form"]},
        "insecure_ssl": {"enum": ["0", "1"]},
    },
    "minProperties": 1,
    "additionalProperties": False,
}
DEPLOYMENT_STATUS: Json = {
    "type": "object",
    "properties": {
        "state": {"enum": ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]},
        "description": {"type": "string", "maxLength": 140},
    },
    "required": ["state"],
    "additionalProperties": False,
}
