"""`fdc graph --why` tells what each pass changed, and why arithmetic stands in different kernels."""

from __future__ import annotations

import pytest
from paths import ROOT

from fdc.compiler.cli.main import main
from fdc.compiler.passes import liveness
from fdc.compiler.passes.pass_list import PASSES

PROGRAM = str(ROOT / "programs" / "wan_dmd2.fdl")


def why(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, list[str]]:
    """The lines of each pass."""
    assert main(["graph", PROGRAM, "--why", *options]) == 0
    found: dict[str, list[str]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("  "):
            list(found.values())[-1].append(line.strip())
        else:
            found[line.partition(":")[0]] = []
    return found


def test_every_pass_tells_what_it_changed(capsys: pytest.CaptureFixture[str]) -> None:
    told = why(capsys)
    assert list(told) == ["program wan_dmd2", *PASSES]
    assert "update_student: batched teacher_denoise 0 → 1 (dmd2.fdl:48)" in told["batch"]
    assert "update_student: stage teacher_denoise 2 → 0 (dmd2.fdl:48)" in told["batch"]
    assert any("cached teacher_encode_text 0 → 2" in line for line in told["hoist"])
    assert "update_student: values recorded for the backward pass 70 → 5" in told["freeze"]
    assert not any("recorded" in line for name in ("slice", "share", "hoist", "batch") for line in told[name])
    assert "functions that nothing calls any more: critic_encode_text" in told["share"]
    assert "sample: values 36 → 30" in told["slice"]
    assert told["early-exit"] == told["liveness"] == ["nothing to do"]


def test_what_is_let_go_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(liveness, "LARGE", 8)
    told = why(capsys)["liveness"]
    assert "update_student: values that are let go early 0 → 7 (dmd2.fdl:14-48)" in told


def test_groups_and_what_was_not_merged(capsys: pytest.CaptureFixture[str]) -> None:
    told = why(capsys)["fuse"]
    assert (
        "fused_mse: 17 ops; forward 215.9 + 128.0 → 72.0 + 8.0, backward 16.0 + 16.0 → 8.0 + 8.0 MiB loaded + stored "
        "a sample; 8.0 MiB kept for the backward"
    ) in told
    assert (
        "fused_xt_and_target: 6 ops; forward 72.0 + 48.0 → 16.0 + 16.0 MiB loaded + stored a sample" in told
    )
    at = told.index("not in one kernel:")
    assert all("dmd2.fdl:" in line or "wan.fdl:" in line for line in told[at + 1 :])
    assert "dmd2.fdl:38 and dmd2.fdl:39: `critic_denoise` is a call, whose inside is not seen" in told[at:]


def test_a_pass_that_is_left_out_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = why(capsys, "--no-fuse", "--no-batch")
    assert "fuse" not in told and "batch" not in told and "share" in told
