"""How fast the widgets are in JupyterLab in a real browser: from a click to the page painted anew.

`python -m pytest -m slow -s benchmarks/test_widgets_speed.py` prints the figures; it gates nothing.
"""

from __future__ import annotations

import statistics

import pytest

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


def told(name, times):
    """One line of figures, in milliseconds."""
    cuts = statistics.quantiles(times, n=20)
    print(f"\n{name}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, longest {max(times):.0f} ms, of {len(times)}")


def test_tick_in_the_playground(open_cells):
    page = open_cells(START, "lab.playground()", until=lambda page: page.get_by_label("repo", exact=True))
    page.evaluate(TICKED, 3)
    told("a tick in the playground", page.evaluate(TICKED, TICKS))
