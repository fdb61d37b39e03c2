"""FastAPI with PyJWT, on uvicorn with uvloop and httptools; `DEPENDENCY` makes its check a `def` or an `async def`."""

import os

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

SECRET, AUDIENCE, ISSUER = os.environ["SECRET"], os.environ["AUDIENCE"], os.environ["ISSUER"]
EMAILS = ["mona@octocat.example", "old@octocat.example"]

app = FastAPI()
bearer = HTTPBearer()


class Emails(BaseModel):
    emails: list[str]


def verified(token: str, accepted: frozenset[str]) -> None:
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
    except jwt.InvalidTokenError:
        raise HTTPException(401, "invalid_token", {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
    if accepted.isdisjoint(claims["scopes"]):
        raise HTTPException(403, "insufficient_scope")


def allowed(*accepted: str):
    scopes = frozenset(accepted)

    def check(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> None:  # noqa: B008
        verified(credentials.credentials, scopes)

    async def check_async(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> None:  # noqa: B008
        verified(credentials.credentials, scopes)

    return Depends(check if os.environ["DEPENDENCY"] == "def" else check_async)


@app.get("/user/emails", dependencies=[allowed("user:email", "user")])
async def list_emails() -> list[str]:
    return EMAILS


@app.post("/user/emails", status_code=201, dependencies=[allowed("user")])
async def add_emails(body: Emails) -> list[str]:
    EMAILS.extend(each for each in dict.fromkeys(body.emails) if each not in EMAILS)
    return EMAILS


@app.get("/open/user/emails")
async def list_emails_to_anyone() -> list[str]:
    return EMAILS


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    port = int(os.environ["PORT"])
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="error", access_log=False)
