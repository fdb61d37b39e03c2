"""An application of one's own, served beside the Lab's API: called, its document read, and all of it tried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scopekit.issuer import Issuer
from scopekit.lab.client import Client
from scopekit.survey import Document, read_document

if TYPE_CHECKING:
    from scopekit.survey.audit import Audit


class Served(Client):
    """An application that answers on loopback, until the Lab is closed or serves another."""

    @property
    def document(self) -> Document:
        """What its OpenAPI document says, as it is now."""
        return replace(read_document(f"{self.url}/openapi.json"), base_url="$API")

    def audit(self, issuer: Issuer) -> Audit:
        """Every documented call, those that change something too, with the tokens that an issuer can mint for it."""
        from scopekit.survey.audit import audit, plan  # several at a time, by threads, which are not everywhere

        document, now = self.document, issuer.clock.now()
        found = audit(document, plan(document, issuer), base_url=self.url, unsafe=True, now=now)
        return replace(found, base_url="$API")
