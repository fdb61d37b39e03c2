// Fastify with @fastify/jwt. Its cache of verified tokens is large enough for the run. Bodies and responses have
// schemas, which Fastify compiles.
const Fastify = require("fastify");

const strings = { type: "array", items: { type: "string" } };
const emails = ["mona@octocat.example", "old@octocat.example"];
const app = Fastify({ logger: false });

app.register(require("@fastify/jwt"), { secret: process.env.SECRET, verify: { algorithms: ["HS256"], cache: 4000 } });

function allowed(...accepted) {
  return async function (request, reply) {
    await request.jwtVerify();
    if (request.user.scopes.some((scope) => accepted.includes(scope))) return;
    return reply.code(403).send({ title: "Forbidden", status: 403, error: "insufficient_scope", scope: accepted[0] });
  };
}

app.route({
  method: "GET",
  url: "/user/emails",
  schema: { response: { 200: strings } },
  onRequest: allowed("user:email", "user"),
  handler: async () => emails,
});

app.route({
  method: "POST",
  url: "/user/emails",
  schema: {
    body: { type: "object", required: ["emails"], properties: { emails: strings }, additionalProperties: false },
    response: { 201: strings },
  },
  onRequest: allowed("user"),
  handler: async (request, reply) => {
    for (const each of request.body.emails) if (!emails.includes(each)) emails.push(each);
    return reply.code(201).send(emails);
  },
});

app.get("/open/user/emails", { schema: { response: { 200: strings } } }, async () => emails);

app.get(
  "/health",
  { schema: { response: { 200: { type: "object", properties: { status: { type: "string" } } } } } },
  async () => ({ status: "ok" }),
);

app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
