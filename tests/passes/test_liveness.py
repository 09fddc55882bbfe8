"""Large values are let go after they were read for the last time, and nothing changes by that."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch
from kernels.groups import ROLES
from lowering import DMD2, Net, batch, compiled, role, run, typed

from fdc.compiler.emit.lines import EmittedLine
from fdc.compiler.emit.releases import freed
from fdc.compiler.passes import liveness


def after(body: str, *names: str) -> list[str]:
    return [line.text for line in freed([EmittedLine(f"    {t}") for t in body.splitlines()], names)]


def test_after_the_last_statement_that_reads_it() -> None:
    body = "x = make()\ny = use(\n    x,\n)\nz = more(y)\nreturn z"
    assert after(body, "x", "y", "z") == [
        "    x = make()",
        "    y = use(",
        "        x,",
        "    )",
        "    del x",
        "    z = more(y)",
        "    del y",
        "    return z",
    ]


def test_inside_a_quiet_part_and_after_one() -> None:
    body = "with torch.no_grad():\n    x = make()\n    y = use(x)\n    z = more(y)\nreturn two(z)"
    assert [t.strip() for t in after(body, "x", "y") if "del" in t] == ["del x", "del y"]
    outside = "with torch.no_grad():\n    x = make()\ny = use(x)\nreturn y"
    assert after(outside, "x")[-2:] == ["    del x", "    return y"]


def test_not_in_the_round_of_a_loop_that_reads_it_again() -> None:
    body = "x = make()\nfor i in range(3):\n    y = use(x)\n    z = more(y)\nreturn two(z)"
    assert after(body, "x", "y")[4:] == ["    del x", "    return two(z)"]


def test_not_what_is_returned_or_read_nowhere() -> None:
    body = "x = make()\ny = 1\nreturn x"
    assert after(body, "x", "y", "z") == [f"    {t}" for t in body.splitlines()]


def test_results_stay_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = typed(tmp_path, "use dmd2(student, teacher, critic)", ROLES, methods=DMD2)
    _, plain, without = compiled(program)
    assert "del " not in without  # the latents of a toy are small
    monkeypatch.setattr(liveness, "LARGE", 8)
    plan, module, text = compiled(program)
    assert all(not f.freed for f in plan.functions if f.kind in ("stage", "fused"))
    student = text[text.index("def update_student") : text.index("UPDATES = ")]
    gone = [line.strip() for line in student.splitlines() if line.strip().startswith("del ")]
    assert gone == [
        "del student_velocity",
        "del x0, xt, fake_velocity, teacher_cond_velocity, teacher_uncond_velocity",
    ]
    for name in ("update_critic", "update_student"):
        found = []
        for m in (plain, module):
            roles = {r: role(r, Net(i)) for i, r in enumerate(("student", "teacher", "critic"))}
            found.append(getattr(m, name)(run(roles), batch()))
        assert found[0].keys() == found[1].keys()
        assert all(torch.equal(found[0][k], found[1][k]) for k in found[0])
    assert isinstance(ast.parse(text), ast.Module)
