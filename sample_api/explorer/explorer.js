// The text of each operation's padlock. Swagger UI's own padlock closes on every operation once there is any token;
// this one compares the token's scopes, and the scopes that they imply, with the needs of each case of the operation.
window.scopes = function (system) {
  const h = system.React.createElement;
  const list = (found) => (found ? found.toJS() : []);

  // A part of the OpenAPI document, without Swagger UI's changes.
  const written = (path) => system.specSelectors.specJson().getIn(path);

  // The scopes of the token that was entered for a security scheme; null if there is no token.
  function held(name) {
    const found = system.authSelectors.authorized().get(name);
    if (!found) return null;
    const implies = written(["components", "securitySchemes", name, "x-scope-implies"]);
    const scopes = new Set((found.getIn(["token", "scope"]) || "").split(" ").filter(Boolean));
    for (const scope of scopes) list(implies && implies.get(scope)).forEach((child) => scopes.add(child));
    return scopes;
  }

  // Whether the entered token satisfies one of the alternatives in an OpenAPI `security` list.
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

  // Says how much of an operation the token opens: judged by its cases, or by its `security` if it has none.
  function verdict(operation) {
    const security = list(operation.get("security"));
    const cases = list(operation.get("x-scope-conditions"));
    const open = (cases.length ? cases : [{ security }]).map((one) => met(one.security));
    const own = cases.some((one) => one.owner && met(one.owner.security));
    const name = security.length ? Object.keys(security[0])[0] : "";
    const hasScopes = written(["components", "securitySchemes", name, "type"]) === "oauth2";
    const scopes = hasScopes ? inWords(security) : null; // a key opens every call
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

  // Drops a token once it expires, so that the padlocks change. Stops the previous token's timer, which would drop the
  // new token. If the expiry is further off than a timer can wait (2^31 - 1 ms), sets the timer again.
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

// Swagger UI has a dark look, but only uses it if the page has the class "dark-mode".
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
