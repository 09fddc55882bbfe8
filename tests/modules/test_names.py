"""The binder: what the names of a file mean, by its syntax alone, against what the checker found them to mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ACCEPTED, EXAMPLES, LIBRARY, TESTS

from fdc.compiler.base.source import Source, Span
from fdc.compiler.check.core.family_model import PUBLISHED
from fdc.compiler.driver.pipeline import check
from fdc.compiler.modules.imports import Module, read, resolve
from fdc.compiler.modules.names.bind_file import bind
from fdc.compiler.modules.names.declared import rebound
from fdc.compiler.modules.names.lineage import lineage
from fdc.compiler.modules.names.lookup import PathMeaning, from_elsewhere, meaning
from fdc.compiler.modules.names.members import method_members
from fdc.compiler.modules.names.symbol import FileNames, Use
from fdc.compiler.syntax import ast
from fdc.compiler.syntax.parser import parse

RIGHT = (*LIBRARY, *EXAMPLES.rglob("*.fdl"), *ACCEPTED.rglob("*.fdl"))
WRONG = sorted(set(TESTS.rglob("*.fdl")) - set(RIGHT))


def agree(path: Path) -> int:
    """Compares every name that the checker resolved in a file and in what it imports; gives how many there are."""
    checked = check(path, noting=True)
    names = {m.source: bind(m) for m in checked.modules}
    compared = 0
    for section in checked.sections:
        for name, target in section.notes.uses.items():
            use = names[name.source].at(name.start)
            if use is None:  # what every family offers is known only where a program binds the role
                of_a_role = name.source.text[name.start - 1] == "."
                assert of_a_role, f"{name}: `{name.text}` leads nowhere"
                continue
            assert use.span == name
            assert same(use, target, names), (
                f"{name}: `{name.text}` leads to {use.symbol.span}, not to {target}"
            )
            compared += 1
    return compared


def same(use: Use, target: Span, names: dict[Source, FileNames]) -> bool:
    """Whether the checker's place is one of the declarations that must keep one name with the binder's."""
    found = names[target.source].at(target.start)
    if found is None:
        return False
    if isinstance(use.symbol.node, ast.MethodDecl) and use.symbol.kind == "role":  # as the program binds it
        return found.symbol.kind == "role"
    if use.symbol.name in PUBLISHED and found.symbol.kind == "field":  # the data holds what the graph makes
        return True
    return found.symbol.root == use.symbol.root


@pytest.mark.slow
def test_the_binder_and_the_checker_agree() -> None:
    assert all(agree(path) for path in RIGHT if "graph " in path.read_text("utf-8"))


@pytest.mark.slow
def test_they_agree_on_programs_with_mistakes() -> None:
    assert sum(agree(path) for path in WRONG) > 5000


# paths of words

FILE = """\
import wan

method m(student) { update student { loss a = 1.0 } }
program p {
  sizes { F = 17, H = 128, W = 128 }
  role student = wan.t2v_1_3b("w") { train = full }
}
"""
MAIN = """\
import wan
import "./other.fdl" as other
import dmd2 { dmd2 }

method mine(student, teacher, critic) from dmd2 { param scale = 2.0 }
program q {
  sizes { F = 17, H = 128, W = 128 }
  role student = wan.t2v_1_3b(other.p.student)
}
"""


@pytest.fixture
def main(tmp_path: Path) -> Module:
    (tmp_path / "other.fdl").write_text(FILE)
    (tmp_path / "main.fdl").write_text(MAIN)
    found = resolve(read(tmp_path / "main.fdl", "main.fdl"), tmp_path / "main.fdl")
    assert found.diagnostics == ()
    return found.main


def test_a_path_means_what_its_first_words_do(main: Module) -> None:
    def meant(*path: str) -> PathMeaning:
        return meaning(main.names, path)

    family, variant = meant("wan", "t2v_1_3b").family or (None, None)
    assert family is not None and family.name == "wan" and variant == "t2v_1_3b"
    assert meant("wan").family == (family, None) and meant("wan", "a", "b").family is None
    method, program = meant("other", "m").method, meant("other", "p").program
    assert method is not None and method.name == "m" and program is not None and program.name == "p"
    assert meant("other").method == method, "the only family or method of a file goes by the file's name"
    assert meant("other", "m", "x").method is None and meant("other").program is None
    assert meant("nothing").found is None and meant("other", "nothing").left == ("nothing",)
    assert meant().found is None
    assert {"wan21", "wan.wan21"} & set(from_elsewhere(main, ast.SpaceDecl)) == {"wan.wan21"}


def test_a_method_replaces_what_it_comes_from(main: Module) -> None:
    mine = meaning(main.names, ["mine"]).method
    assert mine is not None
    assert [d.name for d in lineage(mine).methods] == ["dmd2", "mine"]
    members, roles = method_members(mine)
    scale = members["scale"]
    assert scale.owner == "mine" and scale.origin is not None and scale.origin.owner == "dmd2"
    assert members["steps"].owner == "dmd2" and set(roles) == {"student", "teacher", "critic"}


def test_a_role_of_a_program_in_another_file_leads_there(main: Module) -> None:
    names = bind(main)
    use = names.at(MAIN.index("p.student") + 2)
    assert use is not None and use.symbol.span.source.text == FILE
    assert use.symbol.span.start == FILE.index("student = wan")
    program = names.at(MAIN.index("p.student"))
    assert program is not None and program.symbol.kind == "program"


@pytest.mark.parametrize(("parent", "stops"), [("from nothing", "missing"), ("from b", "circle"), ("", "")])
def test_why_a_chain_of_methods_stops(parent: str, stops: str, tmp_path: Path) -> None:
    text = f"method a(s) {parent} {{ }}\nmethod b(s) from a {{ }}\n"
    module = resolve(Source("c.fdl", text), tmp_path / "c.fdl").main
    heir = meaning(module.names, ["b"]).method
    assert heir is not None and lineage(heir).stops == stops


def test_a_loop_binds_names_from_outside() -> None:
    text = (
        "method m(s) { graph g(x) { for (i, j) in x { a = 1\n for k in x { b = a\n i = 2 } (c, d) = x } } }"
    )
    (method,) = parse(Source("a.fdl", text))[0].declarations
    assert isinstance(method, ast.MethodDecl) and isinstance(method.members[0], ast.GraphDecl)
    (loop,) = method.members[0].body
    assert isinstance(loop, ast.For)
    assert list(rebound(loop, {"a": 1, "b": 2, "d": 3, "i": 4}.get)) == ["a", "b", "d"]
