// The article's own code, on today's Express 5 and express-jwt 8: the secret is a string, and a missing scope is a 401.
// Changed only if today's versions would throw: `algorithms` is required, `userProperty` is now `requestProperty`, and
// `res.send(status, text)` is now `res.status(status).send(text)`.
const express = require("express");
const { expressjwt: express_jwt } = require("express-jwt");

const SECRET = process.env.SECRET;
const emails = ["mona@octocat.example", "old@octocat.example"];
const app = express();

function check_scopes(scopes) {
  return function (req, res, next) {
    // check if any of the scopes defined in the token,
    // is one of the scopes declared on check_scopes
    var token = req.token_payload;
    for (var i = 0; i < token.scopes.length; i++) {
      for (var j = 0; j < scopes.length; j++) {
        if (scopes[j] === token.scopes[i]) return next();
      }
    }
    return res.status(401).send("insufficient scopes");
  };
}

app.use("/user", express_jwt({ secret: SECRET, algorithms: ["HS256"], requestProperty: "token_payload" }));

app.get("/user/emails", check_scopes(["user", "user:email"]), function (req, res) {
  res.json(emails);
});

app.post("/user/emails", check_scopes(["user"]), express.json(), function (req, res) {
  if (!Array.isArray(req.body.emails)) return res.status(400).send("emails is a list");
  for (const each of req.body.emails) if (!emails.includes(each)) emails.push(each);
  res.status(201).json(emails);
});

app.get("/open/user/emails", function (req, res) {
  res.json(emails);
});

app.get("/health", function (req, res) {
  res.json({ status: "ok" });
});

app.listen(Number(process.env.PORT), "127.0.0.1");
