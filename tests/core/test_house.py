import ast
import functools
import inspect
import os
import re
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import sample_api
import scopekit
from scopekit import errors

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "pyproject.toml"
PACKAGES = (Path(scopekit.__file__).parent, Path(sample_api.__file__).parent)
ORDER = [
    "errors", "log", "wording", "arguments", "claim_paths", "display", "scopes", "requirements", "clock",
    "material", "algorithms", "keys", "tokens", "profile", "issuer", "revocation", "stores", "decision", "checks",
    "unsafe", "token_cache", "workers", "guard", "http", "profiles", "endpoints", "protected_resource", "asgi",
    "fastapi", "testing", "audit", "lessons", "render", "sample_api", "lab.world", "lab.grid", "lab",
    "lab.exercises", "lab.lab", "cli", "__main__", "pytest_plugin",
]  # fmt: skip
FACES = ["model", "look", "view", "__init__"]
BESIDE_THE_CORE = {
    "log", "wording", "arguments", "claim_paths", "display", "algorithms", "material", "stores", "token_cache",
    "workers", "profiles", "endpoints", "protected_resource",
}  # fmt: skip

# What breaks a rule today. These only ever shrink.
MOST_MODULES = 187
"""Besides the exercises, which have a module for each lesson."""


def modules(*packages):
    """Every module of these packages, as its dotted name and its file."""
    for package in packages:
        for file in sorted(package.rglob("*.py")):
            path = file.relative_to(package.parent).with_suffix("")
            yield ".".join(path.parts).removesuffix(".__init__"), file


ALL = dict(modules(*PACKAGES))
CORE = [part for part in ORDER[: ORDER.index("asgi") + 1] if part not in BESIDE_THE_CORE]
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in ALL.items()}


def statements(body):
    """The statements that run when a module is imported: not those in functions, nor what is for type checkers."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            continue
        yield statement
        for inner in ("body", "orelse", "finalbody"):
            yield from statements(getattr(statement, inner, []))


def named_in(statement):
    """The modules that a statement imports, by `import`, by `from` or by `import_module("...")`."""
    match statement:
        case ast.Import():
            yield from (alias.name for alias in statement.names)
        case ast.ImportFrom():
            assert statement.level == 0, "imports name their module in full"
            inner = [f"{statement.module}.{alias.name}" for alias in statement.names]
            yield from (name if name in ALL else statement.module for name in inner)
        case ast.Call(func=ast.Name("import_module" | "__import__"), args=[ast.Constant(str(name)), *_]):
            yield name


@functools.cache
def imported(name, everywhere=False):
    """The modules that a module imports: when it is imported itself, or `everywhere` in it."""
    tree = TREES[name]
    walked = ast.walk(tree) if everywhere else statements(tree.body)
    return {target for statement in walked for target in named_in(statement)} - {name}


def arrows(name):
    """The modules of the two packages that a module imports, in a function or for type checkers too."""
    return {target for target in imported(name, everywhere=True) if target in ALL}


def part_of(name):
    """The part of scopekit that a module belongs to: `audit` for `scopekit.audit.calls`."""
    return name.split(".")[1] if name.startswith("scopekit.") else None


def height(name):
    """How high a module stands in the order; a package stands above what is in it."""
    path = name.split(".")[1:] if part_of(name) else [name.split(".")[0]]
    known = [part for part in (".".join(path[:2]), path[0]) if part in ORDER]
    return {"scopekit": len(ORDER), "scopekit.lab": ORDER.index("lab.lab")}.get(name) or ORDER.index(known[0])


def face(name):
    """The folder of a live object that a module is in, and which of its faces it is; None elsewhere."""
    folder, _, file = (f"{name}.__init__" if f"{name}.model" in ALL else name).rpartition(".")
    return (folder, FACES.index(file)) if f"{folder}.model" in ALL and file in FACES else None


def points_up(name, target):
    """Whether this import breaks the order."""
    if face(name) and face(target) and face(name)[0] == face(target)[0]:
        return face(target) > face(name)
    return height(target) > height(name)


def importers(package):
    """The modules that import a package, anywhere in their text."""
    return {name for name in ALL if any(each.split(".")[0] == package for each in imported(name, everywhere=True))}


def circles(graph):
    """The groups of modules each of which imports, over some way, all the others of its group."""
    below = {name: {name} for name in graph}
    grown = True
    while grown:
        grown = False
        for name, targets in graph.items():
            reach = below[name].union(*(below[target] for target in targets))
            grown = grown or reach != below[name]
            below[name] = reach
    groups = {frozenset(other for other in below[name] if name in below[other]) for name in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def none(offenders):
    """Fails with a line for each of them."""
    lines = sorted(map(str, offenders))
    assert not lines, "\n".join(["", *lines])


# Arrows


def test_every_part_of_the_package_has_its_place_in_the_order():
    assert {part_of(name) for name in ALL if part_of(name)} <= set(ORDER)


def test_imports_point_down():
    up = [(name, target) for name in ALL for target in arrows(name) if points_up(name, target)]
    none(f"{name} imports {target}" for name, target in up)


def test_no_modules_import_each_other_in_a_circle():
    found = circles({name: arrows(name) for name in ALL})
    none(", ".join(circle) for circle in found)


def test_errors_knows_nothing_of_the_rest():
    assert not [target for target in imported("scopekit.errors", everywhere=True) if part_of(target)]


def test_in_the_core_only_asgi_knows_a_web_framework():
    assert {part_of(name) for name in importers("starlette")} - BESIDE_THE_CORE <= {"asgi", "fastapi", "lab", None}
    assert "scopekit.asgi" in importers("starlette")


def test_fastapi_is_known_in_one_file_and_the_lesson_about_it():
    assert importers("fastapi") == {"scopekit.fastapi", "scopekit.lab.exercises.lesson_12"}


def test_only_audit_and_lab_know_an_http_client():
    assert {part_of(name) for name in importers("requests")} <= {"audit", "lab"}


def test_only_widgets_know_widgets():
    for package in ("ipywidgets", "anywidget"):
        assert {part_of(name) for name in importers(package)} <= {"lab"}
    assert importers("IPython") == {"scopekit.lab.exercises.course"}


def test_the_sample_api_stands_on_the_core_alone():
    allowed = {*ORDER[: ORDER.index("audit")], None}
    ours = [name for name in ALL if name.startswith("sample_api")]
    none(name for name in ours if not {part_of(target) for target in arrows(name)} <= allowed)


def test_only_the_lab_and_the_command_line_start_the_sample_api():
    assert {part_of(name) for name in importers("sample_api")} <= {"lab", "cli", None}


def test_the_core_needs_nothing_that_a_browser_lacks():
    lacking = {"cryptography", "sqlite3", "threading", "socket", "ssl", "multiprocessing"}
    none(f"{part}: {each}" for part in CORE for each in imported(f"scopekit.{part}") if each.split(".")[0] in lacking)


def test_the_core_is_as_large_as_the_readme_says():
    """Counted as `wc -l` counts: every line, blank ones and docstrings too."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    files, lines = re.search(r"is (\d+) files of ([\d,]+) lines", readme).groups()
    measured = sum(len(ALL[f"scopekit.{part}"].read_text(encoding="utf-8").splitlines()) for part in CORE)
    assert (int(files), int(lines.replace(",", ""))) == (len(CORE), measured)
    assert len(CORE) == 15
    assert measured <= 2800


# What `import scopekit` costs

HEAVY = {
    "IPython", "ipywidgets", "traitlets", "starlette", "fastapi", "uvicorn", "requests", "httpx", "aiohttp", "urllib3",
    "typer", "rich", "sample_api", "sqlite3",
}  # fmt: skip


BASE = ", ".join(name for name in scopekit.__all__ if name != "Lab")
"""All that the base install has."""


def run(statement):
    """What a fresh Python prints after this statement."""
    return subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True).stdout


def test_import_scopekit_loads_neither_jupyter_nor_a_web_framework_nor_an_http_client():
    loaded = run(f"from scopekit import {BASE}; import sys; print(*sys.modules)").split()
    assert "scopekit.guard" in loaded
    assert not {name for name in loaded if name.split(".")[0] in HEAVY or name.startswith("jupyter")}
    assert not {"scopekit.asgi", "scopekit.lab", "scopekit.render", "scopekit.audit"} & set(loaded)


def test_without_cryptography_and_sqlite_a_token_is_still_minted_and_checked():
    told = run("""
import sys
sys.modules.update(dict.fromkeys(["cryptography", "sqlite3", "_sqlite3"]))
from scopekit import Guard, Issuer, Key, KeySet, MemoryDenylist, any_of
key = Key.generate("k1", issuer="https://issuer.example/")
token = Issuer(key, audience="repos").mint(["repo"])
guard = Guard(KeySet([key]), audience="repos", denylist=MemoryDenylist())
print(bool(guard.decide(f"Bearer {token}", any_of("repo"))))
""")
    assert told == "True\n"


def test_the_kit_without_cryptography_has_no_key_pairs_and_says_so():
    told = run("""
import sys
sys.modules["cryptography"] = None
from scopekit import Key, ScopeKitError
for make in (lambda: Key.generate("k", "ES256"), lambda: Key("k", b"", "RS256")):
    try: make()
    except ScopeKitError as error: print(error)
""")
    assert told.splitlines() == [
        "A key for ES256 needs the package cryptography; it is not installed.",
        "A key for RS256 needs the package cryptography; it is not installed.",
    ]


def test_what_the_base_install_makes_is_shown_where_nothing_else_is_installed():
    told = run("""
import sys
sys.modules.update(dict.fromkeys(["requests", "yaml", "referencing", "starlette", "IPython", "typer", "rich"]))
from scopekit import Guard, Issuer, Key, KeySet, Vocabulary, any_of
key = Key.generate("k1", issuer="https://issuer.example/")
token = Issuer(key, audience="repos").mint(["repo"])
decision = Guard(KeySet([key]), audience="repos").explain(f"Bearer {token}", any_of("repo"))
vocabulary = Vocabulary({"repo": "All of it"})
print([bool(repr(each)) for each in (token, decision, vocabulary)], bool(decision._repr_html_()))
""")
    assert told == "[True, True, True] True\n"


def seconds_to(statement, compiled):
    """As an installed package is imported: compiled before, which the first import into `compiled` does."""
    code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(compiled)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


@pytest.mark.slow
def test_what_the_base_install_has_is_imported_in_less_than_one_and_a_half_times_the_time_of_jwt(capsys, tmp_path):
    statements = ("import jwt", f"from scopekit import {BASE}")
    pairs = [[seconds_to(each, tmp_path) for each in statements] for _ in range(16)][1:]
    theirs, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for other, mine in pairs)
    with capsys.disabled():
        print(f"\nimport jwt {theirs * 1000:.1f} ms, all of scopekit {ours * 1000:.1f} ms, ratio {ratio:.2f}")
    assert ratio < 1.5


# Surfaces that are kept by hand


def drawn_tree():
    """The error classes drawn in the docstring of `errors`, each with the one it hangs from."""
    tree, above = {}, {}
    for line in errors.__doc__.splitlines():
        if found := re.match(r"    ((?:[│ ]   )*(?:[├└]── )?)(\w+)", line):
            depth = len(found[1]) // 4
            above[depth] = found[2]
            tree[found[2]] = above.get(depth - 1)
    return tree


def test_the_tree_of_errors_is_drawn_as_it_is():
    classes = {name: each for name, each in vars(errors).items() if inspect.isclass(each) and name != "Iterable"}
    real = {name: each.__base__.__name__ for name, each in classes.items()}
    assert drawn_tree() == {**real, "ScopeKitError": None}


def test_every_error_is_raised_somewhere():
    text = "".join(file.read_text(encoding="utf-8") for name, file in ALL.items() if name != "scopekit.errors")
    leaves = set(drawn_tree()) - set(drawn_tree().values())
    assert {name for name in leaves if f"raise {name}(" not in text} == set()


def kind(name):
    """Constants first, then classes, then functions: the order that the linter keeps."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_all_is_sorted_and_every_name_in_it_is_there():
    assert scopekit.__all__ == sorted(scopekit.__all__, key=kind)
    for name in scopekit.__all__:
        assert getattr(scopekit, name) is not None


def test_all_names_what_the_package_imports_for_its_users():
    (for_type_checkers,) = (statement for statement in TREES["scopekit"].body if isinstance(statement, ast.If))
    named = {
        alias.asname or alias.name
        for statement in for_type_checkers.body
        if isinstance(statement, ast.ImportFrom) and statement.module.startswith("scopekit.")
        for alias in statement.names
    }
    assert set(scopekit.__all__) == named


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'scopekit' has no attribute 'Labb'"):
        scopekit.Labb  # noqa: B018


def public(name):
    """The module, its public classes and functions, and the public methods of those classes."""
    module = import_module(name)
    yield module
    for label, each in vars(module).items():
        if not label.startswith("_") and getattr(each, "__module__", None) == name and callable(each):
            yield each
            parts = vars(each).items() if inspect.isclass(each) else ()
            yield from (part for word, part in parts if not word.startswith("_") and inspect.isfunction(part))


def test_every_public_name_has_a_docstring():
    imports = [name for name in ALL if not name.endswith("__main__")]
    none(f"{name}: {each.__name__}" for name in imports for each in public(name) if not inspect.getdoc(each))


def test_a_docstring_in_the_core_opens_with_one_sentence():
    texts = [inspect.getdoc(each).split("\n\n")[0] for part in CORE for each in public(f"scopekit.{part}")]
    none(text for text in texts if not text.endswith((".", ":")))


# Sizes and names


def test_there_are_few_modules():
    assert len([name for name in ALL if ".exercises.lesson_" not in name]) <= MOST_MODULES


def test_no_function_is_longer_than_forty_lines():
    functions = [
        (f"{name}.{node.name}", node.end_lineno - node.lineno + 1)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    none(f"{name}: {lines} lines" for name, lines in functions if lines > 40)


def twice(names):
    return {name for name, count in Counter(names).items() if count > 1}


def test_no_file_name_stands_twice():
    none(twice(file.stem for file in ALL.values()) - {"__main__", *FACES})


def test_no_public_class_name_stands_twice():
    classes = [node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    none(twice(name for name in classes if not name.startswith("_")))


# The core in pyproject.toml


def test_coverage_is_asked_of_the_core_and_of_nothing_else():
    report = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["coverage"]["report"]
    assert report["include"] == [f"scopekit/{part}.py" for part in CORE]


def test_what_mutmut_changes_is_in_the_core():
    mutmut = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["mutmut"]
    assert set(mutmut["only_mutate"]) <= {f"scopekit/{part}.py" for part in CORE}
