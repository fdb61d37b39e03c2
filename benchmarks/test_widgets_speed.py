"""How fast the widgets are in JupyterLab in a real browser: from a click to the repainted page.

`python -m pytest -m slow -s benchmarks/test_widgets_speed.py` prints the figures; no figure makes it fail.
"""

from __future__ import annotations

import statistics
import time

import pytest
from looking import run_all

pytestmark = pytest.mark.slow

START = "from scopekit import Lab\nlab = Lab()"
TICKS = 50

TICKED = """async (ticks) => {
  const place = document.querySelector("[data-call] [data-verdict]").closest(".jp-OutputArea-output");
  const row = () => place.querySelector("[data-call='create a public repository'] [data-verdict]");
  const box = [...place.querySelectorAll("input[type=checkbox]")]
    .find(each => each.closest("label, div").textContent.trim() === "public_repo");
  const changed = before => new Promise(done => {
    const watch = new MutationObserver(() => {
      if (![before, undefined].includes(row()?.dataset.verdict)) done(watch.disconnect());
    });
    watch.observe(place, {subtree: true, childList: true, attributes: true, characterData: true});
  });
  const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const times = [];
  for (let tick = 0; tick < ticks; tick++) {
    const flipped = changed(row().dataset.verdict), start = performance.now();
    box.click();
    await flipped.then(painted);
    times.push(performance.now() - start);
    await new Promise(done => setTimeout(done, 200));
  }
  return times;
}"""


FILTERED = """async (texts) => {
  const input = document.querySelector(".sk-matrix input[type=search]");
  const body = document.querySelector(".sk-matrix tbody"), times = [];
  for (const text of texts) {
    const start = performance.now();
    const changed = new Promise(done => new MutationObserver((_, watch) => done(watch.disconnect()))
      .observe(body, {subtree: true, attributeFilter: ["hidden"]}));
    input.value = text;
    input.dispatchEvent(new Event("input"));
    await changed;
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - start);
    await new Promise(done => setTimeout(done, 100));
  }
  return times;
}"""
WATCH = """() => { window.watched = new Promise(done => {
  let start, seen = [];
  const look = () => {
    const progress = document.querySelector(".sk-matrix progress");
    if (progress && !progress.hidden && !start) start = performance.now();
    if (start && progress && seen.at(-1) !== progress.value) seen.push(progress.value);
    if (start && progress?.hidden) done([performance.now() - start, seen]); else requestAnimationFrame(look);
  };
  look();
}); }"""
THOUSAND = """from dataclasses import replace
lab.__dict__["calls"] = tuple(replace(lab.calls[n % 28], name=f"call {n}") for n in range(100))
tokens = [lab.mint([name]) for name in list(lab.vocabulary)[:10]]
"""


def told(name, times):
    """Prints one line of figures, in milliseconds."""
    cuts = statistics.quantiles(times, n=20)
    print(f"\n{name}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, longest {max(times):.0f} ms, of {len(times)}")


def test_tick_in_the_playground(open_cells):
    page = open_cells(START, "lab.playground()", until=lambda page: page.get_by_label("repo", exact=True))
    page.evaluate(TICKED, 3)
    told("a tick in the playground", page.evaluate(TICKED, TICKS))


def test_thousand_cells():
    world = {}
    exec(f"{START}\n{THOUSAND}", world)
    with world["lab"] as lab:
        table = lab.table(*world["tokens"])
        start = time.perf_counter()
        table.fill()
        print(f"\na table of {table.total} cells is filled without a page: {time.perf_counter() - start:.2f} s")


def test_thousand_cells_in_the_page(open_cells):
    def full(page):
        return page.get_by_role("status").filter(has_text="of 100 allowed; all as documented")

    page = open_cells(START, f"{THOUSAND}lab.table(*tokens)", until=full)
    page.evaluate(WATCH)
    run_all(page, full)
    took, seen = page.evaluate("window.watched")
    print(f"\na table of 1,000 cells is filled in the page: {took / 1000:.2f} s, by way of {seen}")
    told("a filter of 1,000 cells", page.evaluate(FILTERED, ["call 7", "", "gpg", "call 1", "", "post"] * 5))
