"""Somebody else's text in Markdown, read by another reader of Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scopekit.audit import lint
from scopekit.render.markdown import markdown_code
from scopekit.render.reports import findings_markdown, findings_page

READER = MarkdownIt("gfm-like", {"linkify": False})
NASTY = ["`", "``a`", " `a` ", "a|b", "<script>", "[x](http://x.example)", "# x", "\n# x", "\u202e", "*a*", "@a", "\\`"]


@given(st.text("`a <\n|*_\\[]()#\u202e\t", min_size=1) | st.sampled_from(NASTY))
def test_what_is_quoted_is_read_as_one_span_of_code_with_the_same_text(text):
    (block,) = [token for token in READER.parse(f"- {markdown_code(text)}") if token.type == "inline"]
    (span,) = block.children
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    assert (span.type, span.content) == ("code_inline", shown)


@pytest.mark.parametrize("name", [name for name in NASTY if name.isascii() and "\n" not in name and " " not in name])
def test_a_report_quotes_what_comes_from_a_document(name):
    api = {"paths": {f"/{name}": {"delete": {"security": [{"a": []}]}}}}
    html = READER.render(findings_markdown(lint(api), name))
    assert "<script" not in html
    assert "<a " not in html
    assert "<em>" not in html
    assert html.count("<h1>") == 1


def test_a_page_stands_alone_and_quotes_what_comes_from_a_document():
    page = findings_page(lint({"paths": {"/<script>": {"delete": {"security": [{"a": []}]}}}}), "<b>")
    assert "<script" not in page
    assert "<b>" not in page
    assert "src=" not in page
    assert "href=" not in page
    assert "default-src 'none'" in page
