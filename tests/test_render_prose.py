"""Prose of a lesson's author as HTML: a little Markdown, and never a tag of its own."""

import time

import pytest

from scopekit.render.markdown import plain, prose_html, prose_text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one two</p><p>three</p>"),
        ("a `b < c` **d**", "<p>a <code>b &lt; c</code> <b>d</b></p>"),
        ("- one\n- `two`", "<ul><li>one</li><li><code>two</code></li></ul>"),
        ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        (
            "see\n\n```python\na = 1\n\nb\n```\nend",
            "<p>see</p><pre tabindex='0'><code>a = 1\n\nb</code></pre><p>end</p>",
        ),
        ("<b>x</b> & `<i>`", "<p>&lt;b&gt;x&lt;/b&gt; &amp; <code>&lt;i&gt;</code></p>"),
        ("a ` b ** c", "<p>a ` b ** c</p>"),
        ("", ""),
    ],
    ids=["paragraphs", "inline", "list", "numbered", "fence", "markup", "unclosed", "nothing"],
)
def test_prose_as_html(text, html):
    assert prose_html(text) == html


def test_what_is_not_to_be_seen_is_written_out():
    assert plain("abc\u202etxt\x00") == "abc\\u202etxt\\x00"
    assert plain("👩\u200d👧 tab\there") == "👩\u200d👧 tab here"
    assert prose_text(" one\n\u200btwo ") == "one\n\\u200btwo"


def test_long_line_is_cut_with_an_ellipsis():
    assert plain("abcdef", 4) == "abc…"


@pytest.mark.parametrize("text", ["`" * 20_000, "**a" * 7_000, "```\n" * 5_000, "- " * 10_000])
def test_hostile_prose_takes_no_long_time(text):
    start = time.perf_counter()
    prose_html(text)
    assert time.perf_counter() - start < 2
