"""How the plain objects look: as text, and as static HTML that needs neither a script nor a kernel.

Every text that comes from a token, an answer or a person is escaped. Nothing is told by colour alone: a verdict is a
word with a mark before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from scopekit.clock import human_span, human_time
from scopekit.tokens import is_numeric_date

if TYPE_CHECKING:
    from scopekit.decision import Decision
    from scopekit.lab.playground import Playground, ScopePicker
    from scopekit.scopes import Vocabulary
    from scopekit.survey import Call, Cell, Denial, Document, Exchange, Matrix
    from scopekit.tokens import Token

MARKS = {
    "allowed": "✓", "passed": "✓", "denied": "✗", "hidden": "✗", "failed": "✗", "off": "!", "skipped": "-",
    "undetermined": "?", "unseen": "?",
}  # fmt: skip

LEFT = "style='text-align:left'"
"""Said again in every cell, for a page that strips the style sheet from a notebook it does not trust."""

MEANINGS = {
    "iss": "issuer: who signed it",
    "sub": "subject: for whom it acts",
    "client_id": "the client it was given to",
    "aud": "audience: the API it is for",
    "iat": "issued at",
    "nbf": "not before",
    "exp": "expires",
    "jti": "its own id, to revoke it by",
    "scope": "what it may do",
    "scopes": "what it may do",
    "alg": "how it is signed",
    "typ": "what kind of token",
    "kid": "which key signed it",
}
"""What the registered names say (RFC 7519 section 4.1, RFC 7515 section 4.1, RFC 9068 section 2.2)."""

STYLE = """<style>
.scopekit { --sk-yes: #116329; --sk-no: #a40e26; --sk-soft: #4d555d; --sk-line: #c8ced5; --sk-back: #eef1f4;
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: 14px; line-height: 1.5;
  color: var(--jp-content-font-color1, inherit); }
[data-jp-theme-light="false"] .scopekit, .vscode-dark .scopekit {
  --sk-yes: #6fdd8b; --sk-no: #ffa198; --sk-soft: #b6bec7; --sk-line: #4a525b; --sk-back: #23282e; }
.scopekit table { border-collapse: collapse; margin: 0 0 1em; width: 100%; table-layout: auto; font-size: inherit; }
.scopekit caption { text-align: left; font-weight: 600; padding: 4px 0; color: inherit; }
.scopekit th, .scopekit td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border: 0;
  border-bottom: 1px solid var(--sk-line); background: none; white-space: normal; max-width: none;
  line-height: 1.4; }
.scopekit td { overflow-wrap: anywhere; }
.scopekit td.part, .scopekit th { overflow-wrap: normal; }
.scopekit tbody tr, .scopekit thead tr { background: none; }
.scopekit thead th { color: var(--sk-soft); font-weight: 600; }
.scopekit tbody th { font-weight: 400; }
.scopekit code, .scopekit pre { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 13px;
  color: inherit; background: none; padding: 0; }
.scopekit pre { white-space: pre-wrap; margin: 0 0 1em; padding: 8px 12px; border-left: 3px solid var(--sk-line); }
.scopekit .path { overflow-wrap: anywhere; }
.scopekit .soft { color: var(--sk-soft); }
.scopekit .verdict { font-weight: 600; }
.scopekit .mark { white-space: nowrap; }
.scopekit .allowed, .scopekit .passed { color: var(--sk-yes); }
.scopekit .denied, .scopekit .failed, .scopekit .off { color: var(--sk-no); }
.scopekit p { margin: 0 0 .5em; }
.scopekit ul { margin: 0 0 1em; }
.scopekit li { break-inside: avoid; }
</style>"""


# Tokens


def token_text(token: Token, verified: Decision | None = None) -> str:
    """The decoded structure of a token: header, claims with times, and where the signature sits."""
    names = [
        "header",
        *(f"  {name}" for name in token.header),
        "claims",
        *(f"  {name}" for name in token.claims),
    ]
    width = max(len(name) for name in (*names, "signature")) + 2
    lines = ["header"] + [_claim_line(f"  {name}", value, width, token) for name, value in token.header.items()]
    lines += ["claims"] + [_claim_line(f"  {name}", value, width, token) for name, value in token.claims.items()]
    return "\n".join([*lines, f"{'signature':{width}}{len(token.signature)} bytes, {_verified(verified)}"])


def token_html(token: Token, verified: Decision | None = None) -> str:
    """The decoded structure of a token, as tables."""
    return _page(_token(token, verified))


def _token(token: Token, verified: Decision | None) -> str:
    header, claims, _ = token.text.split(".")
    signature = f"{len(token.signature)} bytes"
    rows = [
        *(("header", name, value) for name, value in token.header.items()),
        *(("claims", name, value) for name, value in token.claims.items()),
    ]
    body = "".join(
        f"<tr><td {LEFT} class='soft part'>{part}</td><th {LEFT} scope='row'><code>{escape(name)}</code></th>"
        f"<td {LEFT}><code>{escape(_value(value))}</code>{_soft(_human(name, value, token))}</td>"
        f"<td {LEFT} class='soft'>{escape(MEANINGS.get(name, ''))}</td></tr>"
        for part, name, value in rows
    )
    kind = "passed" if _is_verified(verified) else "failed"
    sits = (
        f"<tr><td {LEFT} class='soft part'>signature</td><th {LEFT} scope='row'>third part</th>"
        f"<td {LEFT}>{signature}, "
        f"<span class='verdict {kind}'>{escape(_verified(verified))}</span></td>"
        f"<td {LEFT} class='soft'>made with a key, over the two parts before it</td></tr>"
    )
    compact = f"<code>{escape(header[:12])}… <b>.</b> {escape(claims[:12])}… <b>.</b> ({signature} of signature)</code>"
    head = _head("part", "name", "value", "meaning")
    return f"<table><caption>The token, decoded: {compact}</caption>{head}<tbody>{body}{sits}</tbody></table>"


def _is_verified(verified: Decision | None) -> bool:
    return verified is not None and verified.step("signature").verdict == "passed"


def _verified(verified: Decision | None) -> str:
    if verified is None:
        return "not verified"
    return f"verified with {verified.step('key').found}" if _is_verified(verified) else "does not verify"


def _claim_line(name: str, value: object, width: int, token: Token) -> str:
    return f"{name:{width}}{claim_value(name.strip(), value, token)}"


def claim_value(name: str, value: object, token: Token) -> str:
    """A claim's value on one line, a time also as people write it."""
    human = _human(name, value, token)
    return _value(value) + (f"  ({human})" if human else "")


def _human(name: str, value: object, token: Token) -> str:
    if name not in ("iat", "exp", "nbf") or not is_numeric_date(value):
        return ""
    issued = token.claims.get("iat")
    after = f", {human_span(value - issued)} after issue" if name == "exp" and is_numeric_date(issued) else ""
    return human_time(value) + after


def _value(value: object) -> str:
    """A claim on one line: text as it is where all of it can be printed, anything else as JSON."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, default=dict)


# Decisions


def decision_text(decision: Decision) -> str:
    """The verdict of a decision, and its steps if it has them."""
    width = max((len(step.check) for step in decision.steps), default=0)
    lines = [_verdict_line(decision)]
    for number, step in enumerate(decision.steps, 1):
        lines.append(f"{number:>3} {MARKS[step.verdict]} {step.check:{width}}  {step.verdict:7}  {step.found}")
        if step.verdict == "failed":
            lines.append(f"{'':{width + 8}}{step.rule}. {step.fix}")
    return "\n".join(lines)


def decision_html(decision: Decision) -> str:
    """A decision as a table of its steps."""
    body = "".join(
        f"<tr><td {LEFT} class='part'>{number}</td><th {LEFT} scope='row'>{step.check}</th>"
        f"<td {LEFT}>{_mark(step.verdict)}</td><td {LEFT}>{escape(step.found)}{_soft(step.fix)}</td>"
        f"<td {LEFT} class='soft'>{escape(step.looked_at)}</td><td {LEFT} class='soft'>{escape(step.rule)}</td></tr>"
        for number, step in enumerate(decision.steps, 1)
    )
    table = f"<table>{_head('', 'check', 'verdict', 'what it found', 'looked at', 'rule')}<tbody>{body}</tbody></table>"
    return _page(f"<p><b>{escape(_verdict_line(decision))}</b></p>" + (table if decision.steps else ""))


def _verdict_line(decision: Decision) -> str:
    off = f" (CHECKS OFF: {', '.join(decision.off)})" if decision.off else ""
    if decision.allowed:
        return f"{MARKS['allowed']} allowed{off}"
    code = f" {decision.error}" if decision.error else ""
    by = f" by the check {decision.check}" if decision.check else ""  # an answer from outside may not show which
    return f"{MARKS['denied']} denied{by}: {decision.status}{code}. {decision.description}{off}"


def denial_text(denial: Denial) -> str:
    """A denial's steps, then the well-known complaints that fit, and that nothing of it is verified."""
    lines = [decision_text(denial.decision)]
    for each in denial.diagnoses:
        lines += [f"  {each.id}: {each.sentence}", f"      {each.fix} ({each.source})"]
    return "\n".join([*lines, _UNVERIFIED])


def denial_html(denial: Denial) -> str:
    """A denial as the table of its steps and a list of the complaints that fit."""
    items = "".join(
        f"<li><code>{escape(each.id)}</code>: {escape(each.sentence)}{_soft(f'{each.fix} ({each.source})')}</li>"
        for each in denial.diagnoses
    )
    return decision_html(denial.decision) + f"<div class='scopekit'><ul>{items}</ul><p>{_UNVERIFIED}</p></div>"


_UNVERIFIED = "What the token says of itself is NOT VERIFIED: anyone may have written it."


# Exchanges


def exchange_text(exchange: Exchange) -> str:
    """The request and the response as they went over the wire, with `$API` and `$TOKEN` in place of what varies."""
    asked = [f"{exchange.method} $API{exchange.path}", *_header_lines(exchange.request_headers)]
    told = [f"{exchange.status} {exchange.phrase}", *_header_lines(exchange.headers)]
    bodies = ["", exchange.request_body] if exchange.request_body else []
    return "\n".join([*asked, *bodies, "", *told, *(["", _pretty(exchange.text)] if exchange.text else [])])


def exchange_html(exchange: Exchange) -> str:
    """The request and the response, one below the other."""
    asked, _, told = exchange_text(exchange).partition(f"\n\n{exchange.status} ")
    parts = (("request", asked), ("response", f"{exchange.status} {told}"))
    return _page("".join(f"<p class='soft'>{name}</p><pre>{escape(text)}</pre>" for name, text in parts))


def _header_lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


# Matrices


def matrix_text(matrix: Matrix) -> str:
    """One line for each call: a verdict for each token, the call, and the reason where there is one token."""
    lines = [f"{'  '.join(matrix.labels)}"] if len(matrix.labels) > 1 else []
    width = max(len(row[0].call.name) for row in matrix.rows)
    for row in matrix.rows:
        verdicts = "  ".join(f"{MARKS[cell.observed]} {_observed(cell):8}" for cell in row)
        reason = f"  {row[0].reason}" if len(row) == 1 else f"  {row[0].call}"
        lines.append(f"{verdicts}  {row[0].call.name:{width}}{reason}".rstrip())
    return "\n".join([*lines, _summary(matrix)])


def matrix_html(matrix: Matrix) -> str:
    """The matrix as a table."""
    return _page(_matrix(matrix))


def _matrix(matrix: Matrix) -> str:
    body = "".join(
        f"<tr data-call='{escape(row[0].call.name)}'><th scope='row' {LEFT}>{escape(row[0].call.name)}<br>"
        f"<code class='soft path'>{escape(str(row[0].call))}</code></th>{''.join(_cell(cell) for cell in row)}</tr>"
        for row in matrix.rows
    )
    head = _head("call", *(f"with {label}" for label in matrix.labels))
    caption = "Every documented call, made for real: " + _summary(matrix)
    return f"<table><caption>{escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"


def _cell(cell: Cell) -> str:
    differs = f" <b>(the document says {cell.predicted})</b>" if cell.differs else ""
    return f"<td {LEFT} data-verdict='{cell.observed}'>{_mark(cell.observed)} {escape(cell.reason)}{differs}</td>"


def _observed(cell: Cell) -> str:
    return cell.observed + ("!" if cell.differs else "")


def _summary(matrix: Matrix) -> str:
    counts = [f"{len(matrix.allowed(index))} of {len(matrix.rows)} allowed" for index in range(len(matrix.labels))]
    if len(counts) > 1:
        counts = [f"{label}: {count}" for label, count in zip(matrix.labels, counts, strict=True)]
    drift = len(matrix.differences())
    return "; ".join(counts) + (f"; {drift} not as documented" if drift else "; all as documented")


# Documents


SHOWN = 20
"""How many calls of a document are shown, and how many of the operations left out."""


def document_text(document: Document) -> str:
    """A line on the whole document, then its calls with what each needs, and what was left out, the first of each."""
    calls = document.calls[:SHOWN]
    width = max((len(str(call)) for call in calls), default=0)
    lines = [f"  {call!s:{width}}  {_needs(call)}" for call in calls] + _rest("  ", document.calls)
    left = [f"  {one}" for one in document.left_out[:SHOWN]] + _rest("  ", document.left_out)
    return "\n".join([_overview(document), *lines, *(["left out", *left] if left else [])])


def document_html(document: Document) -> str:
    """The same, as a table of calls and one of what was left out."""
    calls = "".join(
        f"<tr><th {LEFT} scope='row'>{escape(call.name)}</th>"
        f"<td {LEFT}><code class='path'>{escape(str(call))}</code></td><td {LEFT}>{escape(_needs(call))}</td></tr>"
        for call in document.calls[:SHOWN]
    )
    left = "".join(
        f"<tr><th {LEFT} scope='row'><code class='path'>{escape(one.operation)}</code></th>"
        f"<td {LEFT}>{escape(one.reason)}</td></tr>"
        for one in document.left_out[:SHOWN]
    )
    more = "".join(f"<p class='soft'>{line}</p>" for line in _rest("", document.calls))
    tables = f"<table>{_head('name', 'call', 'needs')}<tbody>{calls}</tbody></table>{more}"
    if left:
        more = "".join(f"<p class='soft'>{line}</p>" for line in _rest("", document.left_out))
        tables += f"<table>{_head('left out', 'why')}<tbody>{left}</tbody></table>{more}"
    return _page(f"<p><b>{escape(_overview(document))}</b></p>{tables}")


def _overview(document: Document) -> str:
    counts = (
        (document.operations, "operation"), (len(document.calls), "call"), (len(document.vocabulary), "scope"),
    )  # fmt: skip
    told = ", ".join(f"{count} {word}" + ("s" if count != 1 else "") for count, word in counts)
    where = document.base_url or "an address that it does not tell"
    return f"{document.title} at {where}: {told}, {len(document.left_out)} left out"


def _needs(call: Call) -> str:
    """What a call needs, in a few words."""
    needed = "no token" if call.public else "not told" if call.requirement is None else str(call.requirement)
    return f"{needed}, depending on the request" if call.conditional else needed


def _rest(indent: str, listed: Sequence[object]) -> list[str]:
    return [f"{indent}and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []


# Pickers and the playground


def picker_text(picker: ScopePicker) -> str:
    """The scopes, with those ticked and those implied marked."""
    return "\n".join(f"{'  ' * depth}[{_tick(picker, name)}] {name}" for depth, name in picker.vocabulary.tree())


def picker_html(picker: ScopePicker) -> str:
    """The scopes as a list, in columns."""
    return _page(_picker(picker))


def _picker(picker: ScopePicker) -> str:
    items = "".join(
        f"<li style='padding-left:{1.2 * depth}em'>{'☑' if picker[name] else '☐'} <code>{escape(name)}</code>"
        f"{_soft(f'through {way}' if (way := picker.through(name)) else '')}</li>"
        for depth, name in picker.vocabulary.tree()
    )
    return f"<ul aria-label='scopes' style='list-style-type:none; padding:0; columns:15em'>{items}</ul>"


def _tick(picker: ScopePicker, name: str) -> str:
    return "x" if picker[name] else "-" if name in picker.implied else " "


def vocabulary_text(vocabulary: Vocabulary) -> str:
    """The scopes with their descriptions, each below the scope that implies it."""
    lines = [(f"{'  ' * depth}{name}", vocabulary.descriptions[name]) for depth, name in vocabulary.tree()]
    width = max((len(name) for name, _ in lines), default=0)
    return "\n".join([f"Vocabulary of {len(vocabulary)} scopes", *(f"{name:{width}}  {text}" for name, text in lines)])


def playground_text(playground: Playground) -> str:
    """The scopes ticked, the token, and what it opens."""
    ticked = " ".join(playground.picker.selected) or "none"
    token = token_text(playground.token, playground.verified)
    return f"scopes     {ticked}\n\n{token}\n\n{matrix_text(playground.matrix)}"


def playground_html(playground: Playground) -> str:
    """The same, as a list and two tables."""
    token = _token(playground.token, playground.verified)
    return _page(_picker(playground.picker) + token + _matrix(playground.matrix))


# Pieces


def _page(content: str) -> str:
    return f"{STYLE}<div class='scopekit'>{content}</div>"


def _head(*names: str) -> str:
    return f"<thead><tr>{''.join(f'<th {LEFT} scope=col>{escape(name)}</th>' for name in names)}</tr></thead>"


def _mark(verdict: str) -> str:
    return f"<span class='verdict mark {verdict}'>{MARKS[verdict]} {verdict}</span>"


def _soft(text: str) -> str:
    return f" <span class='soft'>{escape(text)}</span>" if text else ""
