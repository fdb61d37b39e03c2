// The same stack, tuned. The secret is a key object, made once instead of once for each token. A missing scope is
// a 403. The error handler is our own, because Express's prints a stack trace for every refusal.
const { createSecretKey } = require("node:crypto");
const express = require("express");
const { expressjwt } = require("express-jwt");

const key = createSecretKey(Buffer.from(process.env.SECRET));
const emails = ["mona@octocat.example", "old@octocat.example"];
const app = express();

function checkScopes(scopes) {
  const accepted = new Set(scopes);
  return function (req, res, next) {
    if (req.auth.scopes.some((scope) => accepted.has(scope))) return next();
    res.status(403).json({ title: "Forbidden", status: 403, error: "insufficient_scope", scope: scopes[0] });
  };
}

const authenticated = expressjwt({ secret: key, algorithms: ["HS256"] });

app.get("/user/emails", authenticated, checkScopes(["user:email", "user"]), (req, res) => {
  res.json(emails);
});

app.post("/user/emails", authenticated, checkScopes(["user"]), express.json(), (req, res) => {
  if (!Array.isArray(req.body.emails)) return res.status(400).json({ title: "Bad Request", status: 400 });
  for (const each of req.body.emails) if (!emails.includes(each)) emails.push(each);
  res.status(201).json(emails);
});

app.get("/open/user/emails", (req, res) => {
  res.json(emails);
});

app.get("/health", (req, res) => {
  res.json({ status: "ok" });
});

app.use((error, req, res, next) => {
  const status = error.status || 500;
  if (status === 401) res.set("WWW-Authenticate", 'Bearer realm="api", error="invalid_token"');
  res.status(status).json({ title: "Refused", status, error: error.code });
});

app.listen(Number(process.env.PORT), "127.0.0.1");
