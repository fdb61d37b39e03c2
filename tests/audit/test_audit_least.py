"""Least privilege: the smallest scopes that open all of these calls, exactly."""

import random
import time
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopekit import all_of, any_of
from scopekit.audit.least import least_scopes
from scopekit.requirements import NO_SCOPE, Requirement
from scopekit.scopes import ANY_SCOPE, Vocabulary

REPOS = Vocabulary(
    {name: name for name in ("repo", "public_repo", "repo:status", "gist", "workflow")},
    {"repo": ["public_repo", "repo:status"]},
)


# What is smallest


def test_the_smallest_scope_is_the_one_that_implies_the_fewest():
    assert least_scopes([any_of("repo", "public_repo")], REPOS).sets == (("public_repo",),)


def test_what_one_call_needs_anyway_opens_the_others_too():
    found = least_scopes([any_of("gist", "public_repo"), any_of("gist"), any_of("gist", "workflow")], REPOS)
    assert (found.sets, found.capabilities) == ((("gist",),), 1)


def test_all_of_is_taken_whole():
    assert least_scopes([all_of("repo", "workflow")], REPOS).sets == (("repo", "workflow"),)


def test_of_equals_the_one_that_is_written_shorter_is_smaller():
    vocabulary = Vocabulary(dict.fromkeys("abcd", ""), {"a": ["b"]})
    found = least_scopes([any_of("a", all_of("c", "d"))], vocabulary)
    assert (found.sets, found.capabilities) == ((("a",),), 2)


def test_all_equals_are_returned_in_order():
    assert least_scopes([any_of("workflow", "gist")], REPOS).sets == (("gist",), ("workflow",))


def test_where_there_are_more_equals_than_wanted_it_says_so():
    pairs = [any_of(f"a{n}", f"b{n}") for n in range(5)]
    found = least_scopes(pairs, max_sets=3)
    assert (len(found.sets), found.proven, found.complete) == (3, True, False)
    assert least_scopes(pairs, max_sets=32).complete
    assert "there may be more of that size" in repr(found)


def test_calls_that_need_no_scope_take_none():
    assert least_scopes([NO_SCOPE, NO_SCOPE], REPOS).sets == least_scopes([], REPOS).sets == ((),)


def test_an_unknown_scope_stands_for_itself():
    assert least_scopes([any_of("nonsense")], REPOS).sets == (("nonsense",),)


def test_within_what_may_be_used_the_rest_is_named_as_not_opened():
    found = least_scopes([any_of("gist"), any_of("repo", "public_repo"), any_of("repo")], REPOS, within=["public_repo"])
    assert (found.sets, found.requirements) == ((("public_repo",),), (any_of("repo", "public_repo"),))
    assert found.unopened == (any_of("gist"), any_of("repo"))


def test_it_prints_the_sets_and_whether_there_is_anything_smaller():
    assert repr(least_scopes([any_of("repo", "public_repo"), any_of("gist")], REPOS)) == (
        "2 capabilities open 2 requirements; there is nothing smaller\n  gist public_repo"
    )


def test_it_is_escaped_on_a_page():
    assert "<script>" not in least_scopes([any_of("<script>")])._repr_html_()


# Against brute force


def by_brute_force(requirements, vocabulary):
    """The cost of the best of all sets of scopes, and those that have it, each as it is written shortest."""
    implied = {name: vocabulary.expand([name]) for name in vocabulary}
    found = {}
    for size in range(len(implied) + 1):
        for chosen in combinations(sorted(implied), size):
            expanded = frozenset().union(*(implied[name] for name in chosen))
            if expanded not in found and all(each.satisfied_by(expanded) for each in requirements):
                found[expanded] = (len(expanded), size, chosen)
    best = min(found.values())[:2]
    return best, tuple(sorted(chosen for *cost, chosen in found.values() if tuple(cost) == best))


def small_api(seed):
    """A vocabulary of up to 7 scopes, in which any scope may imply later ones, and up to 7 requirements."""
    draw = random.Random(seed)
    names = [f"s{number}" for number in range(draw.randint(1, 7))]
    likely = draw.choice([0, 0.15, 0.4])
    implies = {one: [other for other in names[i + 1 :] if draw.random() < likely] for i, one in enumerate(names)}
    least = 0 if draw.random() < 0.1 else 1

    def alternative():
        return frozenset(draw.sample(names, draw.randint(least, min(3, len(names)))))

    asked = [Requirement(tuple(alternative() for _ in range(draw.randint(1, 4)))) for _ in range(draw.randint(0, 7))]
    return [*asked, *draw.sample(asked, len(asked) // 3)], Vocabulary(dict.fromkeys(names, ""), implies)


@pytest.mark.parametrize("thousand", range(4))
def test_it_finds_what_brute_force_over_all_sets_finds(thousand):
    for seed in range(thousand * 1000, thousand * 1000 + 1000):
        requirements, vocabulary = small_api(seed)
        found = least_scopes(requirements, vocabulary, max_sets=500)
        best, sets = by_brute_force(requirements, vocabulary)
        assert (found.capabilities, len(found.scopes)) == best, seed
        assert (found.sets, found.proven, found.complete) == (sets, True, True), seed


@given(st.integers(0, 2**32), st.data())
def test_within_is_what_the_alternatives_inside_it_would_give(seed, data):
    requirements, vocabulary = small_api(seed)
    within = data.draw(st.lists(st.sampled_from(sorted(vocabulary)), unique=True))
    found, held = least_scopes(requirements, vocabulary, within=within), vocabulary.expand(within)
    assert vocabulary.expand(found.scopes) <= held
    assert set(found.requirements) == {each for each in requirements if each.satisfied_by(held)}
    assert set(found.unopened) == {each for each in requirements if not each.satisfied_by(held)}


@given(st.integers(0, 2**32), st.integers(0, 4))
def test_a_search_that_stops_early_still_opens_everything_and_says_that_it_stopped(seed, max_unions):
    requirements, vocabulary = small_api(seed)
    found = least_scopes(requirements, vocabulary, max_unions=max_unions)
    exact = least_scopes(requirements, vocabulary)
    for names in found.sets:
        assert all(each.satisfied_by(vocabulary.expand(names)) for each in requirements)
    assert found.capabilities >= exact.capabilities
    assert found.capabilities == exact.capabilities or not found.proven


# Fast: counted in steps, which are the same on every machine; the time is printed


def like_github(draw):
    """60 resources with three levels each, a scope above some of them, and calls that take one or the other."""
    implies = {f"admin:{n}": [f"write:{n}"] for n in range(60)} | {f"write:{n}": [f"read:{n}"] for n in range(60)}
    implies |= {f"all:{n}": [f"status:{n}", *([f"admin:{n}"] if n % 2 else [])] for n in range(60)}
    names = {*implies, *(name for children in implies.values() for name in children)}

    def needed():
        one, other, level = draw.randrange(60), draw.randrange(60), draw.choice(["admin", "write", "read", "read"])
        return draw.choice([
            any_of(f"{level}:{one}"), any_of(f"{level}:{one}"), any_of(f"{level}:{one}", f"all:{other}"),
            any_of(all_of(f"{level}:{one}", f"status:{other}"), f"all:{one}"),
        ])  # fmt: skip

    return [needed() for _ in range(1000)], Vocabulary(dict.fromkeys(sorted(names), ""), implies)


def at_random(draw, *, hierarchy, fewest=1):
    names = [f"s{number}" for number in range(300)]
    implies = {}
    for number in range(1, 300) if hierarchy else ():
        implies.setdefault(names[draw.randrange(number)], []).append(names[number])

    def needed():
        count = draw.randint(fewest, 3)
        return Requirement(tuple(frozenset(draw.sample(names, draw.randint(1, 2))) for _ in range(count)))

    return [needed() for _ in range(1000)], Vocabulary(dict.fromkeys(names, ""), implies)


def measured(name, requirements, vocabulary, capsys):
    begun = time.perf_counter()
    found = least_scopes(requirements, vocabulary)
    with capsys.disabled():
        took = time.perf_counter() - begun
        print(f"\n{name}: {len(requirements)} calls, {len(vocabulary)} scopes, {found.steps} steps, {took:.2f} s")
    assert all(each.satisfied_by(vocabulary.expand(found.scopes)) for each in requirements)
    return found


@pytest.mark.parametrize(("seed", "least"), [(0, 238), (1, 238), (2, 236)])
def test_a_thousand_calls_over_sixty_entangled_resources_have_a_small_answer_in_few_steps(seed, least, capsys):
    found = measured("like GitHub's", *like_github(random.Random(seed)), capsys)
    assert least <= found.capabilities <= 1.05 * least
    assert found.proven == (found.capabilities == least)
    assert found.steps < 5_000


@pytest.mark.parametrize("hierarchy", [True, False], ids=["with a hierarchy", "flat"])
@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_calls_of_a_random_api_are_solved_in_few_steps(seed, hierarchy, capsys):
    found = measured("at random", *at_random(random.Random(seed), hierarchy=hierarchy), capsys)
    assert found.proven
    assert found.steps < 20_000


def test_where_no_call_has_one_way_alone_the_search_stops_at_its_bound_and_says_so(capsys):
    requirements, vocabulary = at_random(random.Random(1), hierarchy=False, fewest=2)
    found = measured("at random, two ways or more for each", requirements, vocabulary, capsys)
    assert not found.proven
    assert found.steps < 5_000
    assert "not proven to be the smallest" in repr(found)


def test_the_same_question_has_the_same_answer():
    requirements, vocabulary = at_random(random.Random(2), hierarchy=True, fewest=2)
    assert least_scopes(requirements, vocabulary) == least_scopes(requirements, vocabulary)


def test_a_long_chain_of_choices_neither_ends_python_s_stack_nor_takes_long():
    chain = [any_of(f"s{number:04}", f"s{number + 1:04}") for number in range(1200)]
    found = least_scopes(chain, ANY_SCOPE)
    assert (found.capabilities, found.proven) == (600, True)
    assert found.steps < 5_000
