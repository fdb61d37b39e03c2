"""Reads any OpenAPI document, version 3.0 or 3.1, into calls and a vocabulary of scopes."""

from scopekit.audit.openapi.document import Document, LeftOut, read_calls, read_document, read_vocabulary

__all__ = ["Document", "LeftOut", "read_calls", "read_document", "read_vocabulary"]
