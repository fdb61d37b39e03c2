"""The live view of the token editor. Messages carry the token to the page and back, so no widget state holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scopekit.errors import ScopeKitError
from scopekit.lab.editor.look import editor_rows, moment, verified_in_words
from scopekit.lab.editor.model import FOREIGN, TokenEditor
from scopekit.lab.views import Drawn


class TokenEditorView(Drawn):
    """A TokenEditor to type in; `view.receive({"do": "verify"})` acts like a click on the button that verifies."""

    SCRIPT, STYLES = "editor.js", "editor.css"

    def __init__(self, editor: TokenEditor) -> None:
        self.editor = editor
        self._received: tuple[str, int] = "", 0
        self._problem = ""
        self._actions: Mapping[str, Callable[[str], object]] = {
            "write": editor.write,
            "paste": lambda text: editor.write(text, pasted=True),
            "header": editor.write_header,
            "claims": editor.write_claims,
            "verify": lambda _: editor.verify(),
            "sign": lambda _: editor.sign(),
            "flip": editor.flip,
            "strip": lambda _: editor.strip(),
            "undo": lambda _: editor.undo(),
            "redact": lambda _: editor.redact(),
            "show": lambda _: self.show(),
        }
        super().__init__(editor)

    def receive(self, message: dict[str, Any]) -> None:
        """Does what the page asks in `message`: `do` names the action, and `text` is typed text or the part to flip.

        In it, `page` identifies the page, and `turn` counts the edits there. The page ignores replies to earlier edits.
        """
        action, text = self._actions.get(str(message.get("do"))), message.get("text", "")
        if action is None or not isinstance(text, str):
            return
        self._received, self._problem = (str(message.get("page", "")), message.get("turn", 0)), ""
        try:
            action(text)
        except ScopeKitError as error:
            self._problem = str(error)
            self.show()

    def show(self) -> None:
        """Sends the editor's whole state to the page."""
        editor = self.editor
        self.send({
            "received": self._received,
            "text": editor.text,
            "problem": editor.problem,
            "warning": FOREIGN if editor.foreign else "",
            "decoded": editor.decoded,
            "verified": verified_in_words(editor.verified)._asdict(),
            "signature": editor.signature,
            "key": f"{editor.key.kid}, {editor.key.alg}",
            "header": {"json": editor.header_json, "problem": editor.header_problem},
            "claims": {"json": editor.claims_json, "problem": editor.claims_problem},
            "rows": [row._asdict() for row in editor_rows(editor)],
            "now": moment(editor),
            "can_undo": editor.can_undo,
            "forgotten": editor.forgotten,
            "said": self._problem or editor.said,
            "failed": bool(self._problem),
        })  # fmt: skip
