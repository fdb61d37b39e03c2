"""How the token editor looks without a kernel, and the words that its page has for what was done."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from scopekit.clock import human_time
from scopekit.decision import MARKS, Decision, Step
from scopekit.display import register
from scopekit.lab.editor.model import TokenEditor
from scopekit.render.decoded import Row, rows
from scopekit.render.markup import LEFT, header_row, page, soft

NOT_VERIFIED = "not verified: anyone may have written this"


class Verification(NamedTuple):
    """What a guard found, in words: whether the signature was verified, and whether the guard takes the token.

    `verdict` is empty where nobody asked yet; `refusals` holds a sentence for each check that says no.
    """

    verdict: str
    words: str
    refusals: tuple[str, ...] = ()
    refused: str = ""


def verification(decision: Decision | None) -> Verification:
    """The decision over a token in words, the first check that says no before all others."""
    if decision is None:
        return Verification("", NOT_VERIFIED)
    failed = tuple(_refusal(number, step) for number, step in enumerate(decision.steps, 1) if step.verdict == "failed")
    if decision.step("signature").verdict != "passed":
        return Verification("failed", "does not verify", failed)
    refused = "" if decision.allowed else f"refused all the same, by the check {decision.check}"
    return Verification("passed", f"verified with {decision.step('key').found}", failed, refused)


def editor_rows(editor: TokenEditor) -> list[Row]:
    """The header and the claims in the editor, by the lab's clock."""
    now = editor.lab.clock.now()
    return [*rows("header", editor.header, now), *rows("claims", editor.claims, now)]


def editor_text(editor: TokenEditor) -> str:
    """What stands in the editor, decoded, and what was found and done; of a stranger's token nothing."""
    if editor.hidden:
        return f"token editor: {_withheld(editor)}"
    shown = editor_rows(editor)
    width = max((len(row.name) for row in shown), default=0) + 2
    lines = [f"token editor at {moment(editor)}"]
    for part in ("header", "claims"):
        lines += [part, *(_line(row, width) for row in shown if row.part == part)]
    found = verification(editor.verified)
    return "\n".join([
        *lines,
        f"decode  {editor.problem or editor.decoded}",
        f"verify  {_marked(found)}",
        *(f"        {each}" for each in (found.refused, *found.refusals) if each),
        f"sign    signature: {editor.signature}",
    ])  # fmt: skip


def editor_html(editor: TokenEditor) -> str:
    """The same, as a table and a list."""
    if editor.hidden:
        return page(f"<p><b>Token editor.</b> {escape(_withheld(editor))}</p>")
    body = "".join(_html_row(row) for row in editor_rows(editor))
    head = header_row("part", "name", "value", "meaning", "where it is written")
    told = f"<p class='verdict failed'>✗ {escape(editor.problem)}</p>" if editor.problem else ""
    table = f"<table><caption>The token editor, at {moment(editor)}</caption>{head}<tbody>{body}</tbody></table>"
    found = verification(editor.verified)
    refusals = "".join(f"<br>{escape(each)}" for each in (found.refused, *found.refusals) if each)
    done = (
        ("decode", f"<span class='soft'>{escape(editor.decoded)}</span>"),
        ("verify", f"<span class='verdict {found.verdict or 'failed'}'>{escape(_marked(found))}</span>{refusals}"),
        ("sign", f"signature: {escape(editor.signature)}"),
    )
    items = "".join(f"<li><b>{name}</b>: {what}</li>" for name, what in done)
    return page(f"{told}{table}<ul>{items}</ul>")


def _refusal(number: int, step: Step) -> str:
    return f"Check {number}, {step.check}: {step.found}. {step.fix} ({step.rule})"


def _marked(found: Verification) -> str:
    mark = MARKS[found.verdict] if found.verdict else MARKS["undetermined"]
    return f"{mark} {found.words}"


def _withheld(editor: TokenEditor) -> str:
    what = "a redacted token" if not editor.foreign else "a token that is not of this lesson"
    return f"{what}, {len(editor.text)} characters. Nothing of it is shown in what a notebook keeps."


def moment(editor: TokenEditor) -> str:
    """The time on the lab's clock."""
    return human_time(editor.lab.clock.now())


def _line(row: Row, width: int) -> str:
    return f"  {row.name:{width}}{row.value}{f'  ({row.when})' if row.when else ''}"


def _html_row(row: Row) -> str:
    link = f"<a href='{row.href}' rel='noreferrer' target='_blank'>{row.section}</a>" if row.href else ""
    return (
        f"<tr><td {LEFT} class='soft part'>{row.part}</td><th {LEFT} scope='row'><code>{escape(row.name)}</code></th>"
        f"<td {LEFT}><code>{escape(row.value)}</code>{soft(row.when)}</td>"
        f"<td {LEFT} class='soft'>{escape(row.meaning)}</td><td {LEFT}>{link}</td></tr>"
    )


register(TokenEditor, editor_text, editor_html)
