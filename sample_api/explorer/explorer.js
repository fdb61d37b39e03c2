// What each operation's padlock says. Swagger UI's own closes on every operation as soon as one scope is there; here the
// token's scopes, and all that they imply, are held against what each case of the operation needs.
window.scopes = function (system) {
  const h = system.React.createElement;
  const list = (found) => (found ? found.toJS() : []);

  // A part of the document as it was written.
  const written = (path) => system.specSelectors.specJson().getIn(path);

  // The scopes held under a scheme's name; null where nobody has authorised.
  function held(name) {
    const found = system.authSelectors.authorized().get(name);
    if (!found) return null;
    const implies = written(["components", "securitySchemes", name, "x-scope-implies"]);
    const scopes = new Set((found.getIn(["token", "scope"]) || "").split(" ").filter(Boolean));
    for (const scope of scopes) list(implies && implies.get(scope)).forEach((child) => scopes.add(child));
    return scopes;
  }

  // Whether a requirement as OpenAPI has it, a list of alternatives, is met.
  function met(security) {
    return security.some((one) =>
      Object.entries(one).every(([name, needed]) => {
        const scopes = held(name);
        return scopes && needed.every((scope) => scopes.has(scope));
      }),
    );
  }

  function inWords(security) {
    const alternatives = security.map((one) => Object.values(one).flat().join(" and ") || "no scope");
    return [...new Set(alternatives)].join(" or ");
  }

  // The verdict over an operation: over each of its cases, or over its `security` where it has none.
  function verdict(operation) {
    const security = list(operation.get("security"));
    const cases = list(operation.get("x-scope-conditions"));
    const open = (cases.length ? cases : [{ security }]).map((one) => met(one.security));
    const own = cases.some((one) => one.owner && met(one.owner.security));
    const name = security.length ? Object.keys(security[0])[0] : "";
    const hasScopes = written(["components", "securitySchemes", name, "type"]) === "oauth2";
    const scopes = hasScopes ? inWords(security) : null; // a key opens all
    if (held(name) === null) return { mark: "○", word: `needs a ${hasScopes ? "token" : "key"}`, scopes };
    if (open.every(Boolean)) return { mark: "✓", word: "opens", scopes };
    if (open.some(Boolean) || own) return { mark: "◐", word: "opens in part", scopes };
    return { mark: "✗", word: "lacks a scope", scopes };
  }

  function Padlock({ isAuthorized: { mark, word, scopes }, onClick }) {
    const press = (event) => (event.stopPropagation(), onClick());
    const label = scopes === null ? `${word}. Enter a key` : `${word}: ${scopes}. Choose scopes`;
    return h(
      "button",
      { className: "scopes", "data-verdict": word, "aria-label": label, onClick: press },
      h("span", { className: "verdict" }, `${mark} ${word}`),
      scopes === null ? null : h("code", null, scopes),
    );
  }

  function Summary(Original) {
    return (props) => {
      const shown = props.operationProps;
      const operation = written(["paths", shown.get("path"), shown.get("method")]);
      return h(Original, { ...props, operationProps: shown.set("isAuthorized", verdict(operation)) });
    };
  }

  // A token that has ended is dropped, and the padlocks say so. The timer of the token before it is stopped, or that one
  // would drop this one; and it is set again where the end is further off than a timer can wait, 2^31 - 1 ms.
  const timers = {};

  function authorize(original, { authActions }) {
    return (payload) => {
      const name = payload.auth.name;
      const ends = Date.now() + payload.token.expires_in * 1000;
      const look = () => {
        const left = ends - Date.now();
        if (left <= 0) authActions.logout([name]);
        else if (left > 0) timers[name] = setTimeout(look, Math.min(left, 2 ** 31 - 1));
      };
      clearTimeout(timers[name]);
      look();
      return original(payload);
    };
  }

  return {
    components: { authorizeOperationBtn: Padlock },
    wrapComponents: { OperationSummary: Summary },
    statePlugins: { auth: { wrapActions: { authorizeOauth2: authorize } } },
  };
};

// Swagger UI has a dark look, and waits to be told of it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
