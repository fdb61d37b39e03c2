"""The attacks: each made over HTTP, kept out by the whole guard, and let in where what stops it is off."""

from __future__ import annotations

import inspect
import re
import socket
from itertools import combinations

import pytest
from IPython.core.oinspect import getsource

from sample_api.oauth import token_exchange as exchange
from scopekit import Lab
from scopekit.checks import CHECK_NAMES
from scopekit.errors import KeyRefused, LabError
from scopekit.lab.grid import ATTACKS, KINDS, Arena, Attack, attack_named, attacks_here
from scopekit.lab.grid.forging import public_key_of
from scopekit.lab.world.transports import InProcess

# Every attack that the list of attacks has, by its name there, and the names it has here
LISTED = {
    "A1 cross-tenant replay": ["cross-tenant replay"],
    "A2 jti collision between tenants": ["jti collision between tenants", "revoked token in another's name"],
    "A3 key looked up by an unverified aud or iss": ["key looked up by an unverified aud"],
    "A4 scope injection through a delimiter": ["two scopes in one", "a comma between scopes"],
    "A5 prefix match": ["prefix match"],
    "A6 substring match": ["substring match"],
    "A7 case variants": ["case variant"],
    "A8 permissions taken for scope": ["permissions taken for scope"],
    "A9 ID token as access token": ["ID token", "ID token of a client"],
    "A10 an exchange that widens scope, time or audience": [
        "exchange that widens the scope", "exchange that widens the time", "exchange that widens the audience",
    ],
    "A11 the revocation cache's window": ["window of the revocation cache"],
    "A12 a revoker revoking across tenants": ["revoker across tenants", "revoker names another tenant"],
    "A13 the 403's text as an oracle": ["oracle of scopes"],
    "A14 a self-granting scope": ["self-granting scope"],
    "A15 a token without jti": ["token without jti"],
    "A16 a revoked token in another spelling": ["revoked token, padded", "revoked token, second signature"],
    "A17 a narrowed child outliving its parent": ["child that outlives its parent"],
    "A18 wildcard scopes": ["wildcard scope"],
    "unverified signature": ["unverified signature", "one flipped bit"],
    "alg none and its spellings": ["alg none", "alg nOnE"],
    "weak key from a word list": ["weak key"],
    "embedded jwk": ["embedded jwk"],
    "jku and x5u": ["jku", "x5u"],
    "kid": ["kid: path traversal", "kid: /dev/null", "kid: SQL", "kid: command"],
    "key confusion": ["key confusion, exposed key", "key confusion, derived key"],
    "null, blank, truncated signature": ["null signature", "blank signature", "truncated signature"],
    "psychic signature": ["psychic signature"],
    "DER signature": ["DER signature"],
    "blank password": ["blank password"],
    "crit unknown, b64=false": ["crit unknown", "b64=false"],
    "nested and deep JSON": ["nested token", "deep JSON"],
    "huge token": ["huge token"],
    "duplicate names": ["duplicate names"],
    "times": [
        "exp as text", "exp NaN", "exp infinite", "iat negative", "exp in milliseconds", "exp of 4,000 digits",
        "expired token", "no exp",
    ],
    "UTF-16 payload": ["UTF-16 claims"],
    "JWE and JSON serialisations": ["JWE", "JSON serialisation"],
    "zip": ["zip"],
    "two Authorization headers": ["two Authorization headers"],
    "token in query or body": ["token in the address", "token in the body"],
    "header injection through kid and jti": ["header injection through kid", "header injection through jti"],
    # what the guard's own switches show beside these
    "plain": [
        "padding", "token for another API", "another issuer's name", "revoked token", "token without the scope",
    ],
}  # fmt: skip

ALONE = [each.name for each in ATTACKS.values() if len(each.checks) == 1]
TWICE = [each.name for each in ATTACKS.values() if len(each.checks) > 1]
RULED = [each.name for each in ATTACKS.values() if each.rule]
BROKEN = [
    "weak key", "kid: path traversal", "kid: SQL", "jti collision between tenants", "window of the revocation cache",
]  # fmt: skip
AT_THE_GUARD = [
    "token in the body", "zip", "nested token", "JWE", "JSON serialisation", "header injection through kid",
    "header injection through jti", "kid: path traversal", "kid: /dev/null", "kid: SQL", "kid: command",
]  # fmt: skip


@pytest.fixture(scope="module")
def lab():
    with Lab("attacks") as lab:
        yield lab


@pytest.fixture(scope="module")
def grid(lab):
    return lab.attacks()


@pytest.fixture(scope="module")
def arena(lab):
    with Arena(lab.state, b"pair") as arena:
        yield arena


def test_every_attack_of_the_list_is_there_and_no_other():
    listed = [name for names in LISTED.values() for name in names]
    assert sorted(listed) == sorted(ATTACKS)


def test_an_attack_by_its_id_says_so():
    for told, names in LISTED.items():
        if found := re.match(r"A\d+ ", told):
            assert {ATTACKS[name].source for name in names} == {found[0].strip()}


def test_no_attack_has_the_name_of_another_and_each_says_what_it_does():
    made = [each for kind in KINDS for each in vars(kind).values() if isinstance(each, Attack)]
    assert len({id(each) for each in made}) == len(ATTACKS)
    for each in made:
        assert each.sentence
        assert bool(each.checks) != bool(each.rule)
        assert set(each.checks) <= set(CHECK_NAMES)


# What gets in


@pytest.mark.parametrize("name", ATTACKS)
def test_with_the_whole_guard_no_attack_gets_in(grid, name):
    row = grid[name]
    assert not row.whole.gets_in, row.whole
    assert row.whole.refused_by
    assert row.attack.rule or row.whole.exchange.status in (400, 401, 403), row.whole


@pytest.mark.parametrize("check", CHECK_NAMES)
def test_without_a_check_exactly_the_attacks_that_name_it_alone_get_in(grid, check):
    getting_in = {row.attack.name for row in grid.checked if row.without_each[check].gets_in}
    assert getting_in == {name for name in ALONE if ATTACKS[name].checks == (check,)}
    assert getting_in


@pytest.mark.parametrize("name", TWICE)
def test_what_is_stopped_twice_gets_in_where_all_of_it_is_off_and_with_any_one_on_does_not(grid, arena, name):
    attack = ATTACKS[name]
    assert grid[name].alone == ()
    assert grid[name].without_all.gets_in, grid[name].without_all
    for fewer in combinations(attack.checks, len(attack.checks) - 1):
        assert not arena.make(attack, fewer).gets_in, fewer


@pytest.mark.parametrize("name", RULED)
def test_what_a_rule_stops_gets_in_where_an_api_with_the_rule_broken_is_kept(grid, name):
    row = grid[name]
    assert row.without_each == {}
    assert (row.without_all is not None) == (name in BROKEN)
    assert row.without_all is None or row.without_all.gets_in, row.without_all


@pytest.mark.parametrize("name", AT_THE_GUARD)
def test_what_a_rule_stops_at_the_guard_gets_in_by_no_check_s_absence(arena, name):
    assert not [check for check in CHECK_NAMES if arena.make(ATTACKS[name], [check]).gets_in]


def wide_open(server, form, parent):
    """What the exchange's rules become where nobody compares what is asked for with the first token."""
    return tuple(form["scope"].split()) if "scope" in form else parent.scopes


@pytest.mark.parametrize(
    ("name", "rule", "careless"),
    [
        ("exchange that widens the scope", "_narrower_scopes", wide_open),
        ("exchange that widens the audience", "_narrower_audience", lambda server, form, parent: form["audience"]),
    ],
)
def test_without_the_exchange_s_own_rule_a_token_grows(arena, monkeypatch, name, rule, careless):
    assert not arena.make(ATTACKS[name]).gets_in
    monkeypatch.setattr(exchange, rule, careless)
    assert arena.make(ATTACKS[name]).gets_in


def test_each_sentence_on_the_wire_comes_from_the_one_check_that_is_named(grid):
    told = {}
    for row in grid.checked:
        told.setdefault(row.whole.exchange.json["detail"], set()).add(row.whole.refused_by)
    assert {len(checks) for checks in told.values()} == {1}
    assert set.union(*told.values()) == set(CHECK_NAMES)


def test_an_answer_of_a_weakened_guard_says_which_check_is_off(grid):
    for row in grid.checked:
        for check, result in row.without_each.items():
            assert result.exchange.headers["scopekit-checks-off"] == check, result


# Where it may go


@pytest.mark.parametrize(
    "url",
    ["https://api.example", "http://10.0.0.1:8000", "http://127.0.0.1@api.example/", "http://localhost.example", "api"],
)
def test_host_that_is_not_this_machine_is_refused_before_anything_is_sent(lab, monkeypatch, url):
    reached = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: reached.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *told, **more: reached.append(told))
    with pytest.raises(LabError, match=r"only on this machine.*Nothing was sent"):
        lab.attack("alg none", url=url)
    assert reached == []


class Elsewhere(InProcess):
    """A transport that brings an API within reach that is not on this machine."""

    base_url = "http://api.example"


def test_transport_that_leads_elsewhere_is_refused_too(lab):
    with Arena(lab.state, b"pair", transport=Elsewhere()) as arena, pytest.raises(LabError, match=r"'api\.example'"):
        arena.make(ATTACKS["alg none"])


def test_an_api_of_one_s_own_on_this_machine_is_attacked_as_it_is(lab):
    result = lab.attack("alg none", url=lab.url)
    assert (result.gets_in, result.exchange.status) == (False, 401)
    with pytest.raises(LabError, match="cannot switch off checks in an API that is given by its URL"):
        lab.attack("alg none", "algorithm", url=lab.url)
    with pytest.raises(LabError, match="the Lab cannot revoke one in an API given by its URL"):
        lab.attack("revoked token", url=lab.url)


def test_address_in_a_header_is_never_asked(lab, monkeypatch):
    asked = []
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **told: asked.append(host) or resolve(host, *more, **told)
    )
    for name in ("jku", "x5u"):
        assert not lab.attack(name).gets_in
        assert lab.attack(name, "signature").gets_in
    assert set(asked) <= {"127.0.0.1"}


# One attack at a time


def test_attack_is_made_with_the_whole_guard_without_one_check_and_without_several(lab):
    assert lab.attack("alg none").refused_by == "algorithm"
    assert lab.attack("alg none", "algorithm").gets_in
    assert lab.attack("alg none", without=["algorithm", "time"]).without == ("algorithm", "time")
    assert lab.attack("kid: SQL", without="rule").gets_in


@pytest.mark.parametrize(
    ("name", "without", "told"),
    [
        ("alg nine", (), "did you mean 'alg none'"), ("alg none", "algoritm", "did you mean 'algorithm'"),
        ("alg none", "rule", "no API in which only this"), ("JWE", "rule", "no API in which only this"),
        ("kid: SQL", ["rule", "key"], "no API in which only this"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_in_a_sentence(lab, name, without, told):
    with pytest.raises(LabError, match=told):
        lab.attack(name, without)


def test_attacks_leave_the_lab_as_it_was():
    names = "revoked token", "child that outlives its parent", "self-granting scope", "revoker across tenants"
    with Lab("untouched") as lab:
        expected, records = str(lab.mint(["repo"])), lab.state.data.snapshot()
    with Lab("untouched") as lab:
        lab.attacks(*names)
        assert (str(lab.mint(["repo"])), lab.state.data.snapshot(), len(lab.denylist)) == (expected, records, 0)


def test_nothing_listens_once_an_attack_is_over(lab):
    with Arena(lab.state, b"pair") as arena:
        assert arena.make(ATTACKS["alg none"]).exchange.status == 401
        port = int(arena.url.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_key_that_is_derived_from_two_signatures_is_the_one_that_is_exposed(arena):
    arena.make(ATTACKS["key confusion, derived key"])
    scene = arena._scenes["pairs/pairs"]
    assert public_key_of(scene.good, scene.minted("repo")) == scene.key.public().material


def test_attacks_are_made_where_there_are_no_sockets(lab):
    with Arena(lab.state, b"pair", transport=InProcess()) as arena:
        for name in ("alg none", "two Authorization headers", "token in the address", "child that outlives its parent"):
            attack = ATTACKS[name]
            assert [arena.make(attack).gets_in, arena.make(attack, attack.checks).gets_in] == [False, True]


def test_without_cryptography_the_attacks_on_a_key_pair_are_left_out_and_say_why(lab, monkeypatch):
    import jwt

    def missing(name):
        raise NotImplementedError

    monkeypatch.setattr(jwt, "get_algorithm_by_name", missing)
    assert {each.name for each in ATTACKS.values()} - {each.name for each in attacks_here()} == {
        each.name for each in ATTACKS.values() if each.call.name == "pairs"
    }
    with pytest.raises(KeyRefused, match="needs the package cryptography"):
        lab.attack("psychic signature")


# How it reads


def test_forger_itself_is_what_a_notebook_shows_of_an_attack():
    shown = getsource(ATTACKS["alg none"])
    assert "def alg_none(scene: Scene) -> str:" in shown
    assert 'return unsigned(scene.header | {"alg": "none"}, scene.forged)' in shown
    assert "class Attack" not in shown


def test_forgers_are_short(lab):
    for each in ATTACKS.values():
        assert len(inspect.getsource(each.forge).splitlines()) <= 12, each.name


def test_attack_says_its_name_what_it_does_and_what_stops_it():
    assert repr(attack_named("cross-tenant replay")) == (
        "<attack 'cross-tenant replay': A tenant signs a token with its own key, but names another tenant in the "
        "token, to read that tenant's users; stopped by issuer (A1)>"
    )


def test_grid_and_every_result_is_the_same_text_each_time_whatever_the_keys(grid):
    with Lab("attacks, again") as again:
        one, other = grid, again.attacks()
    assert (repr(one), one._repr_html_()) == (repr(other), other._repr_html_())
    for row, same in zip(one.rows, other.rows, strict=True):
        assert repr(row.whole) == repr(same.whole)


def test_no_text_and_no_page_holds_a_token_or_a_secret(grid, lab):
    shown = [repr(grid), grid._repr_html_(), repr(grid.rows)]
    for row in grid.rows:
        for result in (row.whole, row.without_all, *row.without_each.values()):
            if result:
                shown += [repr(result), result._repr_html_()]
    text = "\n".join(shown)
    assert "eyJ" not in text
    for secret in (*lab.state.clients.values(), "made up", "BEGIN", "Basic Z"):
        assert secret not in text


def test_text_says_without_what_an_attack_gets_in(lab):
    grid = lab.attacks("alg none", "exp NaN", "kid: SQL")
    lines = repr(grid).splitlines()
    assert lines[0] == (
        "3 attacks: none gets in with the whole guard; 1 without one check, 1 without several, 1 stopped by a rule."
    )
    assert lines[1] == "alg none  ✗ denied by algorithm    ! gets in without algorithm"
    assert lines[2] == "exp NaN   ✗ denied by form         ! gets in without form and time, all off: stopped twice"
    assert lines[4].startswith("kid: SQL  ✗ comes to nothing       ! gets in where it is broken")


def test_page_has_a_row_for_each_attack_and_a_cell_for_each_check(lab):
    page = lab.attacks("alg none", "kid: SQL")._repr_html_()
    row = page.partition("data-attack='alg none'")[2].partition("</tr>")[0]
    assert row.count("<td") == 2 + len(CHECK_NAMES)
    assert row.count("aria-label='gets in'>! in<") == 1
    assert row.count("aria-label='denied'") == len(CHECK_NAMES) - 1
    assert "data-attack='kid: SQL'" in page


def test_filling_tells_how_far_it_is(lab):
    told = []
    lab.attacks("alg none", "jku", progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
