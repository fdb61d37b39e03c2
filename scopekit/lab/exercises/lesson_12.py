"""The exercises of lesson 12: write a requirement, a guarded router, and a guard for certificates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scopekit.clock import LessonClock
from scopekit.errors import LabError
from scopekit.guard import Guard
from scopekit.issuer import Issuer
from scopekit.keys import Key, KeySet
from scopekit.lab.exercises.answers import as_function
from scopekit.lab.exercises.exercise import Exercise, Verdict, mistaken, not_yet, passed
from scopekit.lab.world.client import Served
from scopekit.lab.world.transports import own_transport
from scopekit.lab.world.world import CERTIFICATE_SECONDS, CERTIFICATES, World
from scopekit.profile import RFC9068
from scopekit.profiles import GITHUB
from scopekit.requirements import Requirement, all_of, any_of
from scopekit.scopes import Vocabulary

NOTES = "https://notes.example/"
SCOPES = Vocabulary({"notes": "all of the notes", "notes:read": "read notes"}, implies={"notes": ["notes:read"]})
WHY = {400: "More than one token", 401: "No valid token", 403: "Scope missing"}
REFUSALS: Any = {code: {"description": why, "content": {"application/problem+json": {}}} for code, why in WHY.items()}
LATER_SECONDS = 100 * 86400


def judge_deleting(lab: World, answer: object) -> Verdict:
    """Judges exercise 12.1: the learner's requirement must need both scopes together."""
    if not isinstance(answer, Requirement):
        raise LabError('The answer must be a requirement, such as any_of("notes").')
    subsets: tuple[list[str], ...] = (["notes:delete"], ["notes"], ["notes", "notes:delete"], [])
    opens = [scopes for scopes in subsets if answer.satisfied_by(frozenset(scopes))]
    if ["notes"] in opens and ["notes:delete"] in opens:
        return mistaken("any of them will do", "A token with only one of the two is allowed. The call needs both.")
    if singles := [scopes for scopes in opens if len(scopes) == 1]:
        return mistaken("one of the two is enough", f"A token with {singles[0]} alone is allowed. The call needs both.")
    if opens != [["notes", "notes:delete"]]:
        return not_yet("A token with `notes` and `notes:delete` is refused.")
    return passed("Both scopes together open the call, and neither does alone.")


def judge_build(lab: World, answer: object) -> Verdict:
    """Judges exercise 12.2: the learner's router must have one call, which needs `notes`, and pass an audit."""
    from fastapi import FastAPI

    from scopekit.fastapi import install

    key = Key("notes-exercise", lab.secret("notes exercise"), issuer="https://issuer.example/")
    guard = Guard(KeySet([key]), audience=NOTES, vocabulary=SCOPES, clock=lab.clock)
    app = FastAPI(title="Secret")
    app.include_router(as_function(answer)(guard), responses=REFUSALS)
    install(app)
    with Served(own_transport(), app) as served:
        calls = {str(call): call.requirement for call in served.document.calls}
        if [*calls] != ["GET /secret"]:
            return not_yet(f"The OpenAPI document should list GET /secret and nothing else; it lists {[*calls]}.")
        audit = served.audit(Issuer(key, RFC9068, NOTES, lab.clock, lab.state.new_id))
    if drifts := {drift.kind: drift.sentence for drift in audit.drifts}:
        message = f"The audit says: {next(iter(drifts.values()))}"
        if not audit.matrix.allowed(audit.matrix.labels.index("every scope")):
            hint = "No token opens the call: does it use the guard that `build` gets, or the lesson's?"
            return mistaken("any guard will do", f"{message} {hint}")
        if "status" in drifts:
            return mistaken("the article's 401", message)
        return mistaken("documented is not guarded" if "opens" in drifts else "", message)
    if calls["GET /secret"] != any_of("notes"):
        return mistaken("guarded is enough", "The call is guarded, but its requirement is not `notes`.")
    return passed("One call, guarded and documented: the audit finds no drift.")


def judge_certificates(lab: World, answer: object) -> Verdict:
    """Judges exercise 12.3: the learner's guard must accept the school's certificate, and refuse all other tokens."""
    if not isinstance(answer, Guard):
        raise LabError("The answer must be a Guard.")
    genuine = lab.certificates.mint((), subject="Ada", ttl_seconds=CERTIFICATE_SECONDS)
    forgery = f"{str(genuine).rpartition('.')[0]}.{'A' * 86}"
    if answer.policy.off:
        return mistaken("switch off what is in the way", f"A check is off: {', '.join(sorted(answer.policy.off))}.")
    if check := answer.decide(f"Bearer {genuine}").check:
        why = {
            "key": "It does not know the school's key: `lab.certificate_keys`.",
            "type": "It expects another profile: look at the `typ` of a certificate.",
            "audience": "It is for another audience: look at the `aud` of a certificate.",
            "time": "On its clock the certificate is not valid today: a Lab has its own clock, `lab.clock`.",
        }.get(check, "What do a certificate's header and claims say?")
        return mistaken(f"the default will do for {check}", f"Your guard refuses a genuine certificate. {why}")
    lab.clock.advance(LATER_SECONDS)
    if answer.decide(f"Bearer {genuine}"):
        return mistaken("time stands still", "It accepts a certificate after 100 days: its clock is not `lab.clock`.")
    lab.clock.advance(-LATER_SECONDS)
    if answer.decide(f"Bearer {forgery}") or answer.decide(f"Bearer {lab.mint(['repo'])}"):
        return not_yet("The guard accepts a token that is not a certificate of the school.")
    return passed("The guard accepts the school's certificates until they expire, and nothing else.")


def builder(scope: str = "notes", *, guarded: bool = True) -> Callable[[Guard], Any]:
    """Builds a solution to exercise 12.2. With another `scope` or with `guarded=False`, builds a wrong answer."""
    from fastapi import APIRouter

    from scopekit.fastapi import Scoped

    def build(guard: Guard) -> Any:
        router = APIRouter()
        scoped = [Scoped(guard, any_of(scope), token_url="https://issuer.example/token")]

        async def read_secret() -> str:
            return "42"

        options: Any = {"dependencies": scoped} if guarded else {"openapi_extra": {"security": [{"token": [scope]}]}}
        router.get("/secret", **options)(read_secret)
        return router

    return build


def build_by_hand(guard: Guard) -> Any:
    """A wrong answer to exercise 12.2: the handler itself checks the token, and answers 401 if the scope is missing."""
    from fastapi import APIRouter, HTTPException
    from starlette.requests import Request

    router = APIRouter()

    async def read_secret(request: Request) -> str:
        decision = guard.decide(request.headers.get("authorization", ""))
        if decision.token is None or "notes" not in decision.token.scopes:
            raise HTTPException(401)
        return "42"

    read_secret.__annotations__["request"] = Request  # FastAPI cannot find this function's local names
    router.get("/secret", openapi_extra={"security": [{"token": ["notes"]}]})(read_secret)
    return router


def certificate_guard(lab: World, **changes: Any) -> Guard:
    """Builds a solution to exercise 12.3. With `changes` to the guard's options, builds a wrong answer."""
    options: Any = {"audience": CERTIFICATES, "profile": GITHUB, "clock": lab.clock, **changes}
    return Guard(options.pop("keys", lab.certificate_keys), **options)


EXERCISES = (
    Exercise(
        "12.1",
        "write the requirement of a call",
        "`DELETE /notes/{text}` needs its own scope, `notes:delete`, **and** the right to write, `notes`. Write "
        "the requirement.",
        None,
        judge_deleting,
        (
            "`any_of` is for one scope out of several. Here a token needs two together.",
            "Its sibling is imported from `scopekit` as well, and says `all` instead of `any`.",
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
        "Write `build(guard)`: it returns the router of an API with one call, `GET /secret`. The call is "
        "documented to need `notes`, and the audit finds no drift.",
        None,
        judge_build,
        (
            "The lesson's `count_all_notes` and its router are nearly right: change the path and the scope.",
            "The router is an `APIRouter` with the lesson's `route_class`; the call has `Scoped` in `dependencies`.",
            "`Scoped(guard, any_of(...), token_url=...)` in `build`: use the guard that `build` gets.",
        ),
        lambda lab: builder(),
        {
            "the article's 401": lambda lab: build_by_hand,
            "documented is not guarded": lambda lab: builder(guarded=False),
            "guarded is enough": lambda lab: builder("notes:read"),
            "any guard will do": lambda lab: lambda guard: builder()(Guard(lab.state.keys, audience=NOTES)),
        },
    ),
    Exercise(
        "12.3",
        "make a guard that accepts the right tokens and no others",
        "Make a guard for certificates: it accepts the certificates of this Lab's school until they expire, and "
        "nothing else.",
        None,
        judge_certificates,
        (
            "Begin with `Guard(lab.certificate_keys, audience=...)`, and let `decide` say what is wrong.",
            "A certificate's header and claims show its audience and its profile: try `lab.certificate(\"you\")`.",
            "Four things: the keys, the `aud` of a certificate, `profile=GITHUB`, and the `clock=` of this Lab.",
        ),
        lambda lab: certificate_guard(lab),
        {
            "switch off what is in the way": lambda lab: certificate_guard(lab, profile=RFC9068).without("type"),
            "the default will do for type": lambda lab: certificate_guard(lab, profile=RFC9068),
            "the default will do for audience": lambda lab: certificate_guard(lab, audience="https://api.example/"),
            "the default will do for key": lambda lab: certificate_guard(lab, keys=lab.state.keys),
            "time stands still": lambda lab: certificate_guard(lab, clock=LessonClock(lab.clock.now())),
        },
    ),
)  # fmt: skip
