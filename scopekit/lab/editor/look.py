"""How the token editor looks without a running kernel, and the sentences that state the result of a verification."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from scopekit.decision import MARKS, Decision
from scopekit.lab.editor.model import TokenEditor
from scopekit.render.core import ClaimRow, claim_rows, claims_table, from_now, verification
from scopekit.render.markup import BREAK, Block, Blocks, join, tag, verdict, view_of
from scopekit.wording import human_time

NOT_VERIFIED = "not verified: anyone may have written this"


class Verification(NamedTuple):
    """What a guard found, in words: whether the signature was verified, and whether the guard accepts the token.

    `verdict` is empty until the token is verified; `refusals` holds a sentence for each check that failed.
    """

    verdict: str
    words: str
    refusals: tuple[str, ...] = ()
    refused: str = ""


def verified_in_words(decision: Decision | None) -> Verification:
    """Says in words what a guard decided about a token. If `decision` is None, no guard has decided yet."""
    if decision is None:
        return Verification("", NOT_VERIFIED)
    failed = tuple(
        f"Check {number}, {step.check}: {step.found}. {step.fix} ({step.rule})"
        for number, step in enumerate(decision.steps, 1)
        if step.verdict == "failed"
    )
    passed = decision.step("signature").verdict == "passed"
    refused = "" if decision.allowed or not passed else f"refused all the same, by the check {decision.check}"
    return Verification("passed" if passed else "failed", verification(decision), failed, refused)


def editor_rows(editor: TokenEditor) -> list[ClaimRow]:
    """A row for each name in the editor's header and claims, with times relative to the lab's clock."""
    return list(claim_rows(editor.header, editor.claims, partial(from_now, now=editor.lab.clock.now())))


@view_of(TokenEditor)
def editor_view(editor: TokenEditor) -> Blocks:
    """Shows the decoded token, the guard's verdict, and the signature's origin. Hides a foreign or redacted token."""
    if editor.hidden:
        what = "a token that is not from this lesson" if editor.foreign else "a redacted token"
        words = f"{what}, {len(editor.text)} characters. A saved notebook shows nothing of it."
        yield Block(f"token editor: {words}", tag.p(tag.b("Token editor."), f" {words}"))
        return
    rows = editor_rows(editor)
    width = max((len(each.name) for each in rows), default=0) + 2
    lines = [f"token editor at {moment(editor)}"]
    for part in ("header", "claims"):
        own = [each for each in rows if each.part == part]
        lines += [part, *(f"  {each.name:{width}}{each.value}{f'  ({each.when})' * bool(each.when)}" for each in own)]
    problem = tag.p(f"✗ {editor.problem}", class_="verdict failed") if editor.problem else None
    table = claims_table(f"The token editor, at {moment(editor)}", rows, sections=True)
    yield Block("\n".join(lines), join(problem, table))
    outcome = verified_in_words(editor.verified)
    words = f"{MARKS[outcome.verdict or 'undetermined']} {outcome.words}"
    reasons = [each for each in (outcome.refused, *outcome.refusals) if each]
    lines = [
        f"decode  {editor.problem or editor.decoded}",
        f"verify  {words}",
        *(f"        {each}" for each in reasons),
    ]
    items = [
        tag.li(tag.b("decode"), ": ", tag.span(editor.decoded, class_="soft")),
        tag.li(tag.b("verify"), ": ", verdict(outcome.verdict or "failed", words), [[BREAK, each] for each in reasons]),
        tag.li(tag.b("sign"), f": signature: {editor.signature}"),
    ]
    yield Block("\n".join([*lines, f"sign    signature: {editor.signature}"]), tag.ul(items))


def moment(editor: TokenEditor) -> str:
    """The current time of the lab's clock, in words."""
    return human_time(editor.lab.clock.now())
