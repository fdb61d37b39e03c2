// The buttons and keys of a deck. The slides are separate widgets, beside this one in the deck's element.

const ZOOMS = [0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4];
const WIDTH = 600;  // of a slide at 100 %; a slide fills the width of its place until a person chooses a size
const CODE = "code, pre, kbd, samp, textarea, input[type=text], input[type=password]";
const TAKES_KEYS = "input:not([type=checkbox], [type=button]), select, textarea, [contenteditable], [role=textbox]";

// A token, a PEM block, or a long run of letters and digits; a path has slashes, so it does not count.
function looksSecret(text) {
  if (/eyJ[\w-]{5,}|-----BEGIN/.test(text)) return true;
  const runs = text.match(/[\w-]{24,}/g) || [];
  const base64 = text.match(/[\w+\/=]{24,}/g) || [];
  return runs.some(run => /\d/.test(run) && /[a-z]/i.test(run))
    || base64.some(run => /\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run));
}

function hideSecrets(root, hiding) {
  for (const each of root.querySelectorAll(CODE)) {
    if (each.parentElement.closest("code, pre, .scopekit-hidden")) continue;
    const field = each.matches("textarea, input");
    const secret = field ? each.matches("textarea") || looksSecret(each.value) : looksSecret(each.textContent);
    each.classList.toggle("scopekit-hidden", hiding && secret);
  }
}

function button(label, keys, onclick) {
  return h("button", {type: "button", "aria-keyshortcuts": keys, onclick}, label);
}

export default {
  render({model, el}) {
    const chosen = {};  // the sizes that a person has chosen, in the page and on the full screen
    let root, frame, hiding = false;
    const titles = () => model.get("state").titles;
    const isFull = () => root && document.fullscreenElement === root;
    const said = h("p", {role: "status", "aria-live": "polite"});

    function place() {
      const number = model.get("number");
      root.querySelectorAll(".scopekit-deck-slide").forEach((slide, index) => {
        slide.toggleAttribute("data-shown", index === number - 1);
      });
      if (hiding) hideSecrets(root, true);
    }
    function show() {
      if (!root) return;
      place();
      const number = model.get("number");
      said.textContent = `Slide ${number} of ${titles().length}: ${titles()[number - 1]}`;
    }
    function go(number) {
      const inside = root.contains(document.activeElement) && !el.contains(document.activeElement);
      model.set("number", Math.max(1, Math.min(number, titles().length)));
      model.save_changes();
      show();
      if (inside) root.focus({preventScroll: true});
      root.scrollTop = 0;
    }
    const move = step => go(model.get("number") + step);
    function toggleFull() {
      const done = isFull() ? document.exitFullscreen() : root.requestFullscreen?.();
      if (!done) said.textContent = "This browser has no full screen for a part of a page.";
      else done.then(() => root.focus({preventScroll: true}), () => { said.textContent = "The browser refused the full screen."; });
    }
    function toggleSecrets() {
      hiding = !hiding;
      secrets.setAttribute("aria-pressed", hiding);
      hideSecrets(root, hiding);
      said.textContent = hiding ? "Tokens and keys are hidden." : "Tokens and keys are shown again.";
    }
    function size() {
      const fitting = ZOOMS.filter(zoom => zoom === 1 || (zoom > 1 && zoom <= root.clientWidth / WIDTH));
      return chosen[isFull() ? "full" : "page"] ?? fitting.at(-1);
    }
    function resize(step) {
      const index = ZOOMS.indexOf(size()) + step;
      chosen[isFull() ? "full" : "page"] = ZOOMS[Math.max(0, Math.min(index, ZOOMS.length - 1))];
      applySize();
      said.textContent = `Type at ${100 * size()} %.`;
    }
    function applySize() {
      root.style.setProperty("--sk-zoom", size());
      full.textContent = isFull() ? "Leave full screen" : "Full screen";
    }

    const full = button("Full screen", "F", () => toggleFull());
    const secrets = button("Hide secrets", "S", () => toggleSecrets());
    secrets.setAttribute("aria-pressed", "false");
    const bar = h("div", {class: "scopekit-deck-bar"},
      button("Back", "ArrowLeft PageUp", () => move(-1)),
      button("Next", "ArrowRight PageDown", () => move(1)),
      said,
      button("Smaller", "-", () => resize(-1)),
      button("Larger", "+", () => resize(1)),
      full, secrets,
      h("small", {}, "Keys: ← → or Page Up and Page Down move, Home and End; F full screen, S hide secrets, + and − size"));
    el.append(h("div", {class: "scopekit"}, bar));

    const KEYS = {
      ArrowLeft: () => move(-1), PageUp: () => move(-1), ArrowRight: () => move(1), PageDown: () => move(1),
      Home: () => go(1), End: () => go(titles().length), f: toggleFull, s: toggleSecrets,
      "+": () => resize(1), "=": () => resize(1), "-": () => resize(-1),
    };
    function pressed(event) {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (!Object.hasOwn(KEYS, key) || event.target.closest(TAKES_KEYS)) return;
      event.preventDefault();
      event.stopPropagation();
      KEYS[key]();
    }
    // JupyterLab would handle plain keys itself (x cuts a cell). Keys with Control and the like are left to it.
    function guard(event) {
      root?.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey || event.altKey));
    }
    const sized = new ResizeObserver(() => applySize());
    const watcher = new MutationObserver(place);
    function attach() {
      root = el.closest(".scopekit-deck");
      if (!root) { frame = requestAnimationFrame(attach); return; }
      root.classList.add("scopekit");
      for (const [name, value] of Object.entries({
        tabindex: 0, role: "group", "aria-roledescription": "deck", "aria-label": "Slides",
      })) root.setAttribute(name, value);
      window.addEventListener("keydown", guard, true);
      root.addEventListener("keydown", pressed);
      root.addEventListener("input", place);
      document.addEventListener("fullscreenchange", applySize);
      watcher.observe(root, {childList: true, subtree: true, characterData: true});
      sized.observe(root);
      show();
    }
    attach();
    model.on("change:number change:state", show);
    return () => {
      cancelAnimationFrame(frame);
      model.off("change:number change:state", show);
      watcher.disconnect();
      sized.disconnect();
      document.removeEventListener("fullscreenchange", applySize);
      window.removeEventListener("keydown", guard, true);
      root?.removeEventListener("keydown", pressed);
      root?.removeEventListener("input", place);
    };
  },
};
