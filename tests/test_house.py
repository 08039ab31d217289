"""The rules of the house: who may import whom, what nothing is called, how long a module gets."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scannerd"
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(PACKAGE.rglob("*.py"))
}
TREES = {name: ast.parse(file.read_bytes(), str(file)) for name, file in MODULES.items()}

ARROWS = {
    "__main__": {"cli"},
    "cli": {"cli_words", "cli_verbs"},
    "cli_verbs": {
        *("cli_imports", "cli_exports", "cli_scans", "cli_database", "cli_settings", "cli_status", "cli_service"),
        *("cli_doctor", "daemon"),
    },
    "cli_imports": {"cli_output", "wiring"},
    "cli_scans": {"cli_output", "wiring"},
    "cli_exports": {"cli_output", "wiring"},
    "cli_database": {"cli_output", "wiring"},
    "cli_settings": {"cli_output", "config", "formats", "parsers"},
    "cli_command": {"config"},
    "cli_now": {"status"},
    "cli_status": {"cli_command", "cli_now", "cli_database", "status"},
    "cli_service": {"cli_output", "config", "service_files"},
    "cli_doctor": {"cli_command", "cli_output", "config", "doctor", "log"},
    "cli_output": {"model"},
    "cli_words": set(),
    "daemon": {"daemon_systemd", "daemon_work", "status"},
    "daemon_work": {"daemon_inbox", "daemon_libraries", "daemon_runs", "daemon_upkeep", "schedule"},
    "daemon_inbox": {"daemon_bell", "daemon_lanes", "mounts", "wiring"},
    "daemon_libraries": {"daemon_lanes", "daemon_runs", "wiring"},
    "daemon_upkeep": {"daemon_bell", "daemon_lanes", "daemon_runs", "schedule"},
    "daemon_runs": {"db"},
    "daemon_lanes": {"daemon_database", "status"},
    "daemon_database": {"db"},
    "daemon_systemd": set(),
    "daemon_bell": set(),
    "wiring": {"inbox", "library", "config", "log"},
    "schedule": {"inbox", "listens", "library", "catalogue", "enrich", "config"},
    "doctor": {"inbox", "library", "status", "db", "hearing", "mounts", "service_files"},
    "status": {"inbox", "listens", "library", "catalogue", "enrich"},
    "inbox": {"listens", "formats", "db", "hearing"},
    "library": {"listens", "parsers", "db", "hearing", "mounts", "child"},
    "listens": {"db"},
    "catalogue": {"db"},
    "enrich": {"db"},
    "db": {"model"},
    "hearing": {"model"},
    "formats": {"model", "child"},
    "parsers": {"model"},
    "model": set(),
    "config": {"config_files", "config_daemon", "config_library", "config_values", "config_problems"},
    "config_daemon": {"config_library", "config_values"},
    "config_library": {"config_cron", "config_values"},
    "config_files": set(),
    "config_cron": set(),
    "config_values": set(),
    "config_problems": set(),
    "log": {"log_repeats"},
    "log_repeats": set(),
    "service_files": set(),
    "mounts": set(),
    "child": set(),
    "errors": set(),
}
"""Each part of the house and those right below it. A part may import whatever its arrows lead to, and `errors`."""

SEE_SETTINGS = {"config", "wiring", "schedule", "cli"} | {
    part for part in ARROWS if part.startswith(("cli_", "daemon"))
}
NO_NAMES = {"utils", "util", "helpers", "helper", "manager", "handler", "handlers", "base", "common", "misc"}
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def below(part: str) -> set[str]:
    found, waiting = {"errors", part, ""}, set(ARROWS[part])
    while waiting:
        found.add(next_part := waiting.pop())
        waiting |= ARROWS[next_part] - found
    return found


def imports_in(module: str, nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The modules of ours that these nodes import, by full name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "scannerd")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import hides its arrow"
            if (node.module or "").split(".")[0] == "scannerd":
                names = (f"{node.module}.{alias.name}" for alias in node.names)
                yield from (name if name in MODULES else str(node.module) for name in names)


def run_on_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What Python executes when it imports the module: not the insides of functions, not what is for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from run_on_import(node)


def test_every_part_of_the_house_has_its_place_in_the_arrows() -> None:
    assert {part_of(module) for module in MODULES} - {""} <= set(ARROWS)


def test_no_import_goes_against_the_arrows() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, tree in TREES.items()
        if part_of(module)
        for imported in imports_in(module, ast.walk(tree))
        if part_of(imported) not in below(part_of(module))
    ]

    assert wrong == []


def test_only_the_doors_see_the_settings() -> None:
    seen_by = {
        part_of(module)
        for module, tree in TREES.items()
        for imported in imports_in(module, ast.walk(tree))
        if part_of(imported) == "config"
    }

    assert seen_by <= SEE_SETTINGS


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: set(imports_in(module, run_on_import(tree))) - {module} for module, tree in TREES.items()}
    left = dict(graph)
    while free := [module for module, needs in left.items() if not needs & set(left)]:
        for module in free:
            del left[module]

    assert left == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [module for module in MODULES if set(module.split(".")) & NO_NAMES] == []


def test_every_module_says_what_it_is() -> None:
    assert [module for module, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_no_module_holds_two_nouns() -> None:
    lengths = {module: len(file.read_bytes().splitlines()) for module, file in MODULES.items()}

    assert {module: length for module, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_needs_scrolling() -> None:
    lengths = {
        f"{module}.{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {function: length for function, length in lengths.items() if length > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("folder", ["sql/migrations", "sql/queries", "sql/views"])
def test_the_sql_has_its_place(folder: str) -> None:
    assert (ROOT / folder).is_dir()
