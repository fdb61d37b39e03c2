"""An application of one's own beside the Lab's API."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from scopekit import Lab
from scopekit.errors import LabError


def application(answer):
    app = FastAPI(title="Mine")

    @app.get("/answer")
    async def read():
        return answer

    return app


@pytest.fixture
def lab():
    with Lab("serving") as lab:
        yield lab


def test_application_answers_over_http_beside_the_api_of_the_lab(lab):
    served = lab.serve(application(42))
    assert served.get("/answer").json == 42
    assert served.url != lab.url
    assert lab.get("/health").status == 200


def test_a_second_application_takes_the_place_of_the_first(lab):
    first, second = lab.serve(application(1)), lab.serve(application(2))
    assert second.get("/answer").json == 2
    with pytest.raises(LabError, match="The application was closed"):
        first.get("/answer")


def test_closing_the_lab_stops_it(lab):
    served = lab.serve(application(1))
    lab.close()
    with pytest.raises(LabError, match="was closed"):
        served.get("/answer")


def test_what_it_prints_holds_no_port(lab):
    served = lab.serve(application(1))
    port = served.url.rpartition(":")[2]
    for shown in (served, served.document, served.get("/answer")):
        assert port not in repr(shown)
        assert "$API" in repr(shown) or shown is served
