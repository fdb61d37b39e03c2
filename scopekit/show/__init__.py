"""How the plain objects look: as text, and as static HTML that needs neither a script nor a kernel.

One file for each object, and `pieces` for what they share.
"""

from scopekit.show.attacks import attack_html, attack_text, attacks_html, attacks_text
from scopekit.show.contents import contents_html, contents_text
from scopekit.show.decisions import decision_html, decision_text
from scopekit.show.deck import deck_html, deck_text, slide_text
from scopekit.show.denials import denial_html, denial_text
from scopekit.show.diffs import diff_html, diff_text
from scopekit.show.documents import SHOWN, document_html, document_text
from scopekit.show.editor import editor_html, editor_rows, editor_text, verification
from scopekit.show.exchanges import exchange_html, exchange_text, request_text, response_text
from scopekit.show.exercises import (
    checked_html,
    checked_text,
    exercise_html,
    exercise_text,
    progress_html,
    progress_text,
)
from scopekit.show.ladders import ladder_html, ladder_text
from scopekit.show.matrices import matrix_html, matrix_text
from scopekit.show.minting import (
    lifetime_text,
    mint_claims_html,
    mint_compared_html,
    mint_html,
    mint_status,
    mint_text,
    rewriting_html,
    rewriting_text,
)
from scopekit.show.picker import picker_html, picker_text
from scopekit.show.pieces import LEFT, MARKS, STYLE
from scopekit.show.playground import playground_html, playground_text
from scopekit.show.quiz import hints_html, hints_text, quiz_html, quiz_text
from scopekit.show.revocations import revocations_html, revocations_text
from scopekit.show.run_sheets import run_sheet_markdown
from scopekit.show.snippets import snippets_of
from scopekit.show.switches import switches_html, switches_text
from scopekit.show.table import open_cell_html, open_cell_text, table_html, table_summary, table_text
from scopekit.show.timelines import timeline_html, timeline_text
from scopekit.show.tokens import MEANINGS, claim_value, token_html, token_text
from scopekit.show.vocabularies import vocabulary_text

__all__ = [
    "LEFT", "MARKS", "MEANINGS", "SHOWN", "STYLE", "attack_html", "attack_text", "attacks_html", "attacks_text",
    "checked_html", "checked_text", "claim_value", "contents_html", "contents_text", "decision_html",
    "decision_text", "deck_html", "deck_text", "denial_html", "denial_text", "diff_html", "diff_text",
    "document_html", "document_text", "editor_html", "editor_rows", "editor_text", "exchange_html", "exchange_text",
    "exercise_html", "exercise_text", "hints_html", "hints_text", "ladder_html", "ladder_text", "lifetime_text",
    "matrix_html", "matrix_text", "mint_claims_html", "mint_compared_html", "mint_html", "mint_status", "mint_text",
    "open_cell_html", "open_cell_text", "picker_html", "picker_text", "playground_html", "playground_text",
    "progress_html", "progress_text", "quiz_html", "quiz_text", "request_text", "response_text", "revocations_html",
    "revocations_text", "rewriting_html", "rewriting_text", "run_sheet_markdown", "slide_text", "snippets_of",
    "switches_html", "switches_text", "table_html", "table_summary", "table_text", "timeline_html", "timeline_text",
    "token_html", "token_text", "verification", "vocabulary_text",
]  # fmt: skip
