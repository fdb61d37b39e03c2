"""The pages that a person sees: what an application asks for, and what went wrong. Plain HTML, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from sample_api.oauth.openid import MEANING, OPENID
from scopekit.scopes import Scopes, Vocabulary

_STYLE = """
  :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
  main { max-width: 36rem; margin: 2rem auto; padding: 0 1rem; }
  fieldset { border: 1px solid GrayText; border-radius: .5rem; margin: 1.5rem 0; }
  li { display: grid; grid-template-columns: 2rem 1fr; margin: .75rem 0; }
  ul { list-style: none; padding: 0; margin: 0; }
  input { width: 1.2rem; height: 1.2rem; margin: .2rem 0; }
  li p { grid-column: 2; margin: 0; }
  button { font: inherit; padding: .5rem 1rem; margin-right: .5rem; }
  :focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
"""


def consent(asked: Mapping[str, str], user: str, scopes: Scopes, vocabulary: Vocabulary, ticket: str) -> str:
    """The page that asks: a checkbox for each scope, with what it means and what else it opens."""
    client, audience = escape(asked["client_id"]), escape(asked["audience"])
    rows = "\n".join(_row(number, scope, vocabulary) for number, scope in enumerate(scopes))
    wanted = f"<ul>\n{rows}\n</ul>" if scopes else "<p>No scope: only what needs none.</p>"
    return _document(
        f"Allow {client} to act for you?",
        f"""<p><strong>{client}</strong> asks to act for <strong>{escape(user)}</strong> at <code>{audience}</code>.</p>
<p>You are {escape(user)}, the only user of this toy API, so there is no password here: a real server asks for one
first.</p>
<form method="post" action="authorize">
<input type="hidden" name="ticket" value="{escape(ticket)}">
<fieldset><legend>It asks for</legend>
{wanted}
</fieldset>
<p>Untick what it should not have. It gets no more than what is ticked.</p>
<button name="decision" value="allow">Allow what is ticked</button>
<button name="decision" value="deny">Deny</button>
</form>""",
    )


def mistake(sentence: str) -> str:
    """The page that says why it does not go on."""
    return _document("This cannot go on", f"<p>{escape(sentence)}</p>")


def _row(number: int, scope: str, vocabulary: Vocabulary) -> str:
    means = MEANING if scope == OPENID else vocabulary.descriptions[scope]
    implied = sorted(vocabulary.expand([scope]) - {scope})
    also = f" It opens what {', '.join(implied)} would, too." if implied else ""
    name = escape(scope)
    return f"""<li><input type="checkbox" id="scope-{number}" name="scope" value="{name}" checked
 aria-describedby="means-{number}"><label for="scope-{number}"><code>{name}</code></label>
<p id="means-{number}">{escape(means)}.{escape(also)}</p></li>"""


def _document(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
