"""Lesson 12, how do I guard my own API: a requirement, a guarded call, and the guard for one's own certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scopekit.clock import LessonClock
from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.issuer import GITHUB, RFC9068, Issuer
from scopekit.keys import Key, KeySet
from scopekit.lab.exercises import exercise as answers
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.world.client import Served
from scopekit.lab.world.transports import own_transport
from scopekit.lab.world.world import CERTIFICATE_SECONDS, World
from scopekit.requirements import Requirement, all_of, any_of
from scopekit.scopes import Vocabulary

if TYPE_CHECKING:
    from scopekit.audit.run import Audit
    from scopekit.lab.world.world import World

NOTES = "https://notes.example/"
SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})
WHY = {400: "More than one token", 401: "No valid token", 403: "Scope missing"}
REFUSALS: Any = {code: {"description": why, "content": {"application/problem+json": {}}} for code, why in WHY.items()}


def judge_deleting(lab: World, answer: object) -> Verdict:
    """The requirement takes both scopes together, and neither alone."""
    if not isinstance(answer, Requirement):
        raise LabError('An answer here is a requirement, such as any_of("notes").')
    opens = [
        held
        for held in (["notes:delete"], ["notes"], ["notes", "notes:delete"], [])
        if answer.satisfied_by(frozenset(held))
    ]
    if ["notes"] in opens and ["notes:delete"] in opens:
        return mistaken("any of them will do", "A token with either of the two alone is let through. Both are needed.")
    if alone := [held for held in opens if len(held) == 1]:
        return mistaken("one of the two is enough", f"A token with {alone[0]} alone is let through. Both are needed.")
    if opens != [["notes", "notes:delete"]]:
        return not_yet("A token with `notes` and `notes:delete` is not let through.")
    return passed("Both scopes together open the call, and neither alone.")


def judge_build(lab: World, answer: object) -> Verdict:
    """An application with the router has one call that needs `notes`, and no drift."""
    from fastapi import FastAPI

    guard, issuer = _notes(lab)
    app = FastAPI(title="Secret")
    app.include_router(answers.function(answer)(guard), responses=REFUSALS)
    with Served(own_transport(), app) as served:
        calls = served.document.calls
        found = [(str(call), call.requirement) for call in calls]
        audit = served.audit(issuer) if calls else None
    if [name for name, _ in found] != ["GET /secret"] or audit is None:
        return not_yet(
            f"The document has to list GET /secret and nothing else; it lists {[name for name, _ in found]}."
        )
    if audit.drifts:
        return _why_drifting(audit)
    if found[0][1] != any_of("notes"):
        return mistaken("guarded is enough", "The call is guarded, and needs another scope than `notes`.")
    return passed("One call, guarded and documented: the audit finds no drift.")


def _why_drifting(audit: Audit) -> Verdict:
    kinds = {drift.kind: drift.sentence for drift in audit.drifts}
    told = f"The audit says: {next(iter(kinds.values()))}"
    if not audit.matrix.allowed(audit.matrix.labels.index("every scope")):
        return mistaken(
            "any guard will do",
            f"{told} No token opens the call: is its guard the one that `build` is given, or the lesson's?",
        )
    name = "the article's 401" if "status" in kinds else "documented is not guarded" if "opens" in kinds else ""
    return mistaken(name, told) if name else not_yet(told)


def judge_certificates(lab: World, answer: object) -> Verdict:
    """The guard takes the school's certificate, and refuses what is changed, late, or somebody else's."""
    if not isinstance(answer, Guard):
        raise LabError("An answer here is a Guard.")
    genuine = lab.certificates.mint((), subject="Ada", ttl_seconds=CERTIFICATE_SECONDS)
    forged = f"{str(genuine).rpartition('.')[0]}.{'A' * 86}"
    if answer.off:
        return mistaken("switch off what is in the way", f"A check is off: {', '.join(sorted(answer.off))}.")
    if refused := answer.decide(f"Bearer {genuine}").check:
        told = {
            "key": "It does not know the school's key: `lab.certificate_keys`.",
            "type": "It expects another profile: look at the `typ` of a certificate.",
            "audience": "It is for another audience: the certificate's `aud` says for which.",
            "time": "For its clock the certificate is not of today: a Lab has a clock of its own, `lab.clock`.",
        }.get(refused, "What do a certificate's header and claims say?")
        return mistaken(f"the default will do for {refused}", f"It refuses a genuine certificate. {told}")
    lab.clock.advance(100 * 86400)
    if answer.decide(f"Bearer {genuine}"):
        return mistaken("time stands still", "A hundred days later it still takes it: its clock is not `lab.clock`.")
    lab.clock.advance(-100 * 86400)
    if answer.decide(f"Bearer {forged}") or answer.decide(f"Bearer {lab.mint(['repo'])}"):
        return not_yet("It takes a token that is no certificate of the school.")
    return passed("It takes the school's certificates for as long as they last, and nothing else.")


def _notes(lab: World) -> tuple[Guard, Issuer]:
    key = Key("notes-exercise", lab.secret("notes exercise"), issuer="https://issuer.example/")
    guard = Guard(KeySet([key]), audience=NOTES, vocabulary=SCOPES, clock=lab.clock)
    return guard, Issuer(key, RFC9068, NOTES, lab.clock, lab.state.new_id)


def _built(**options: Any) -> Any:
    """A router with one call, guarded by a guard, with these options."""
    from fastapi import APIRouter

    from scopekit.fastapi import Scoped, ScopedRoute

    def build(guard: Guard) -> Any:
        router = APIRouter(route_class=ScopedRoute)
        needed = options.get("needed", any_of("notes"))
        scoped = [Scoped(guard, needed, token_url="https://issuer.example/token")]

        async def read_secret() -> str:
            return "42"

        guarded = scoped if options.get("guarded", True) else []
        router.get("/secret", dependencies=guarded, openapi_extra=options.get("extra"))(read_secret)
        return router

    return build


def _by_hand(guard: Guard) -> Any:
    """The article's check in a handler, which answers 401 to whoever lacks the scope."""
    from fastapi import APIRouter, HTTPException
    from starlette.requests import Request

    router = APIRouter()

    async def read_secret(request: Request) -> str:
        decision = guard.decide(request.headers.get("authorization", ""))
        if decision.token is None or "notes" not in decision.token.scopes:
            raise HTTPException(401)
        return "42"

    read_secret.__annotations__["request"] = Request  # a name of this function, which FastAPI could not find
    router.get("/secret", openapi_extra={"security": [{"token": ["notes"]}]})(read_secret)
    return router


def _certificate_guard(lab: World, **changes: Any) -> Guard:
    certificate = lab.certificates.mint((), subject="Ada", ttl_seconds=CERTIFICATE_SECONDS)
    asked: Any = {"audience": str(certificate.claims["aud"]), "profile": GITHUB, "clock": lab.clock, **changes}
    return Guard(asked.pop("keys", lab.certificate_keys), **asked)


EXERCISES = (
    Exercise(
        "12.1",
        "write the requirement of a call",
        "`DELETE /notes/{text}` needs a scope of its own, `notes:delete`, **and** the right to write, `notes`. Write "
        "the requirement.",
        None,
        judge_deleting,
        (
            "`any_of` is for one scope out of several. Here two have to be there together.",
            "Its sibling is imported from `scopekit` as well, and says `all` where it says `any`.",
            "Two scopes, as two strings, go into the sibling: `all_of(..., ...)`.",
        ),
        lambda lab: all_of("notes", "notes:delete"),
        {
            "any of them will do": lambda lab: any_of("notes", "notes:delete"),
            "one of the two is enough": lambda lab: any_of("notes:delete"),
        },
    ),
    Exercise(
        "12.2",
        "guard a call so that its documentation is true",
        "Write `build(guard)`: it returns the router of an API with one call, `GET /secret`, that is documented to "
        "need `notes`, and where the audit finds no drift.",
        None,
        judge_build,
        (
            "The lesson's `count_all_notes` and its router are nearly it: another path, another scope, in `build`.",
            "The router is an `APIRouter` with the lesson's `route_class`; the call has `Scoped` in `dependencies`.",
            "`Scoped(guard, any_of(...), token_url=...)` in `build`: the guard is the one that `build` is given.",
        ),
        lambda lab: _built(),
        {
            "the article's 401": lambda lab: _by_hand,
            "documented is not guarded": lambda lab: _built(
                guarded=False, extra={"security": [{"token": ["notes"]}]}
            ),
            "guarded is enough": lambda lab: _built(needed=any_of("notes:read")),
            "any guard will do": lambda lab: lambda guard: _built()(Guard(lab.state.keys, audience=NOTES)),
        },
    ),
    Exercise(
        "12.3",
        "make a guard that takes the right tokens and no other",
        "Make the guard that certificates need: it takes those of this Lab's school for as long as they last, and "
        "nothing else.",
        None,
        judge_certificates,
        (
            "Begin with `Guard(lab.certificate_keys, audience=...)`, and let `decide` say what is in its way.",
            "A certificate's header and claims tell its audience and its profile: show `lab.certificate(\"you\")`.",
            "Four things: the keys, the `aud` of a certificate, `profile=GITHUB`, and a `clock=` of this world.",
        ),
        lambda lab: _certificate_guard(lab),
        {
            "switch off what is in the way": lambda lab: _certificate_guard(lab, profile=RFC9068).without("type"),
            "the default will do for type": lambda lab: _certificate_guard(lab, profile=RFC9068),
            "the default will do for audience": lambda lab: _certificate_guard(lab, audience="https://api.example/"),
            "the default will do for key": lambda lab: _certificate_guard(lab, keys=lab.state.keys),
            "time stands still": lambda lab: _certificate_guard(lab, clock=LessonClock(lab.clock.now())),
        },
    ),
)  # fmt: skip
