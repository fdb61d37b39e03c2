"""Any OpenAPI document, 3.0 or 3.1, read into calls and a vocabulary."""

from scopekit.audit.openapi.document import Document, LeftOut, read_calls, read_document, read_vocabulary

__all__ = ["Document", "LeftOut", "read_calls", "read_document", "read_vocabulary"]
