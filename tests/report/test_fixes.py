"""`--fix`: only edits that help are made, and no file comes out worse than it went in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import ACCEPTED

from fdc.compiler.base.diagnostics import Diagnostic, Fix, is_slip, respelt
from fdc.compiler.base.source import Source, Span
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.report.apply_fixes import ROUNDS, TRIALS, Mended, Texts, diff, mend, offer, summed, told

FILE = ACCEPTED / "a.fdl"
PROGRAM = """\
import mini

program p {
  sizes { F = 4, H = 32, W = 32 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-4, schedule = cosine)
  train { steps = 10, batch = 2 }
}
"""
CORPUS = [PROGRAM, *((ACCEPTED / f"{name}.fdl").read_text() for name in ("draws", "loops", "heun"))]


def found_in(text: str, file: Path = FILE) -> tuple[Diagnostic, ...]:
    return check_source(Source(file.name, text, file), file).diagnostics


def mended(text: str, unsafe: bool = False) -> Mended:
    return mend({FILE: text}, lambda texts: found_in(texts[FILE]), unsafe)


def fixed(text: str, unsafe: bool = False) -> str:
    return mended(text, unsafe).texts[FILE]


def test_the_program_is_right() -> None:
    assert found_in(PROGRAM) == () and fixed(PROGRAM) == PROGRAM


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("program p {", "porgram p {"),
        ("  update student {", "  udpate student {"),
        ("steps = 10", "stepz = 10"),
        ("steps = 10", "steps: 10"),
        ("steps = 10", "steps == 10"),
        ("cosine)", "cosin)"),
        ("cosine)", '"cosine")'),
        ("train = full", "train = ful"),
        ("= shapes(", "= shapez("),
        ('"clips"', "'clips'"),
        ('"clips"', "“clips”"),
        ("(x0, eps, t)\n", "(x0, eps, t\n"),
        ("eps, t))", "eps, t)"),
        ("[b, 3, F, H, W] }", "[b, 3, F, H, W) }"),
        ("batch = 2 }", "batch = 2"),
        ("1e-4,", "1e-4,,"),
        ("uniform(0, 1)", "uniform(0., 1)"),
        ("  optimize", "  optimise"),
    ],
)
def test_slips_with_one_reading_are_mended(right: str, wrong: str) -> None:
    assert PROGRAM.count(right) == 1
    assert fixed(PROGRAM.replace(right, wrong)) == PROGRAM.replace(
        "0, 1)", "0.0, 1)" if "0.," in wrong else "0, 1)"
    )


def test_quotes_of_a_word_processor_are_straightened_in_pairs() -> None:
    text = PROGRAM.replace('"clips"', '„dogs’ "clips"“')
    assert fixed(text) == PROGRAM.replace('"clips"', '"dogs’ \\"clips\\""')
    assert fixed(PROGRAM.replace('"clips"', "‘clips’")) == PROGRAM


def test_several_slips_take_several_rounds() -> None:
    wrong = (
        PROGRAM.replace("program p", "porgram p")
        .replace("steps = 10", "setps: 10")
        .replace("eps, t))", "eps, t)")
    )
    after = mended(wrong)
    assert after.texts[FILE] == PROGRAM and after.found == () and after.refused == ()
    assert list(told(after.made)) == [
        "a.fdl:3:1: write `program` (syntax)",
        "a.fdl:12:92: close it with `)` (syntax)",
        "a.fdl:15:16: write `=` (syntax)",
        "a.fdl:15:11: write `steps` (unknown-setting)",
    ]
    assert summed(after) == "4 fixed"


@pytest.mark.parametrize(
    "wrong",
    [
        ("F = 4", "F = 5"),  # another size
        ("student.clean", "studnet.clean"),  # a name of the user's
        ("target(x0, eps, t))", "x0 - eps)"),  # other operands
        ("adamw(", "adan("),  # another optimizer, not a slip
        ("precision = f32", "precision = fp16"),  # another precision, not a slip
        ("steps = 10", "steps = 10, stepz = 20"),  # it would stand twice
        ("student.noisy(x0, eps, t)", "(1 - t.sigma)*x0 + (t.sigma*eps"),  # it may close after any operand
    ],
    ids=lambda w: w[1],
)
def test_what_has_another_reading_is_left(wrong: tuple[str, str]) -> None:
    text = PROGRAM.replace(*wrong)
    assert text != PROGRAM and found_in(text)
    assert fixed(text) == text


def test_unsafe_fixes_are_made_where_there_is_one() -> None:
    text = PROGRAM.replace("student.clean", "studnet.clean")
    assert offer(found_in(text), {FILE: text}) == "1 can be fixed with --fix --unsafe-fixes"
    assert summed(mended(text)) == "1 can be fixed with --unsafe-fixes"
    assert fixed(text, unsafe=True) == PROGRAM
    line = "  optimize student = adamw(lr = 1e-4, schedule = cosine)\n"
    assert fixed(PROGRAM.replace(line, ""), unsafe=True) == PROGRAM.replace(line, "").replace(
        "precision = f32 }\n", "precision = f32 }\n  optimize student = adamw(lr = 1e-5)\n"
    )


def test_warnings_are_mended_once_there_are_no_errors() -> None:
    text = PROGRAM.replace("    loss", "    spare = stop(x0 - eps)\n    loss").replace("steps =", "stepz =")
    text = text.replace("student.target(x0, eps, t)", "stop(student.target(x0, eps, t)) - stop(x0 - x0)")
    after = fixed(text)
    assert "_spare = (x0 - eps)\n" in after and ", student.target(x0, eps, t) - (x0 - x0))" in after
    assert found_in(after) == ()


def test_an_edit_that_brings_another_mistake_is_refused() -> None:
    text = PROGRAM.replace("steps = 10, batch = 2", "steps = 10, bacth = 3").replace(
        "  train {", "  mesh { shard = 2 }\n  train {"
    )
    after = mended(text.replace("program p", "porgram p"))
    assert after.texts[FILE] == text
    (left,) = after.refused
    assert left.fix.text == "batch" and left.diagnostic in after.found
    assert summed(after) == "1 fixed"


def test_the_others_are_made_all_the_same() -> None:
    text = PROGRAM.replace("steps = 10, batch = 2", "stepz = 10, bacth = 3").replace(
        "  train {", "  mesh { shard = 2 }\n  train {"
    )
    assert fixed(text) == text.replace("stepz", "steps")


def test_a_bracket_that_seems_to_end_elsewhere_is_left_open() -> None:
    text = PROGRAM.replace(
        "student.cond(batch))", "student.cond(batch)"
    )  # closed at the end, `predict` takes four
    assert found_in(text) and fixed(text) == text


def test_line_ends_are_kept() -> None:
    text = PROGRAM.replace("\n", "\r\n")
    wrong = text.replace("batch = 2 }\r\n", "batch = 2\r\n").replace("  mesh", "")
    assert fixed(wrong) == text
    cut = text.removesuffix("}\r\n").rstrip()
    assert fixed(cut) == cut + "\r\n}"


# edits among themselves, with a check that counts letters


def counted(
    wanted: Callable[[str], Sequence[tuple[int, int, str]]], safe: bool = True
) -> Callable[[Texts], list[Diagnostic]]:
    """A check that finds a mistake at each place that `wanted` gives, with its edit."""

    def check(texts: Texts) -> list[Diagnostic]:
        source = Source("a.fdl", texts[FILE], FILE)
        return [
            Diagnostic(
                "unknown-name",
                f"wrong {new}",
                Span(source, a, b),
                fixes=(Fix("t", Span(source, a, b), new, safe),),
            )
            for a, b, new in wanted(source.text)
        ]

    return check


def test_edits_that_touch_are_made_one_after_the_other() -> None:
    check = counted(
        lambda text: [(0, 2, "A"), (2, 4, "B")] if text == "xxyy" else [(1, 3, "B")] if text == "Ayy" else []
    )
    after = mend({FILE: "xxyy"}, check)
    assert after.texts[FILE] == "AB" and len(after.made) == 2


def test_it_ends() -> None:
    def grows(text: str) -> list[tuple[int, int, str]]:
        return [(len(text) - 1, len(text), "bc")]

    after = mend({FILE: "a"}, counted(grows))
    assert len(after.made) <= ROUNDS and len(after.texts[FILE]) == 1 + len(after.made)


def test_an_edit_that_leaves_its_mistake_is_refused() -> None:
    after = mend({FILE: "ab"}, counted(lambda text: [(0, 1, "z")]))
    assert after.texts[FILE] == "ab" and len(after.refused) == 1 and after.made == ()


def test_files_that_may_not_be_edited_are_not() -> None:
    other = FILE.with_name("b.fdl")
    check = counted(lambda text: [(0, 1, "z")] if text[0] == "a" else [])
    after = mend({other: "ab"}, lambda texts: check({FILE: "ab"}))
    assert after.texts == {other: "ab"} and not after.made
    assert offer(check({FILE: "ab"}), {other: ""}) == ""


# whatever is broken


def damage(text: str, choices: Sequence[tuple[int, int]]) -> str:
    """The text with a few letters lost, doubled, swapped or replaced by a mark."""
    for at, how in choices:
        i = at % max(len(text) - 1, 1)
        new = (text[i + 1 :], text[i] * 2 + text[i + 1 :], text[i + 1 : i + 2] + text[i] + text[i + 2 :])
        marks = "()[]{},:=.'#"
        tail = new[how] if how < len(new) else marks[how - len(new)] + text[i + 1 :]
        text = text[:i] + tail
    return text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CORPUS),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 14)), min_size=1, max_size=4),
    st.booleans(),
)
def test_no_file_comes_out_worse(text: str, choices: list[tuple[int, int]], unsafe: bool) -> None:
    broken = damage(text, choices)
    before = found_in(broken)
    after = mended(broken, unsafe)
    assert [d.message for d in after.found] == [d.message for d in found_in(after.texts[FILE])]
    unread = [sum(d.code == "syntax" for d in found) for found in (before, after.found)]
    assert unread[1] <= unread[0]
    if unread[0] == 0:
        errors = [
            {(d.code, d.message) for d in found if d.severity == "error"} for found in (before, after.found)
        ]
        assert errors[1] <= errors[0]
    if len({e.fix.span.source for e in after.made}) < ROUNDS:
        assert mended(after.texts[FILE], unsafe).texts == after.texts


# words


@pytest.mark.parametrize(
    ("word", "meant", "slip"),
    [
        ("stepz", "steps", True),
        ("setps", "steps", True),
        ("step", "steps", True),
        ("acumulat", "accumulate", True),
        ("ful", "full", True),
        ("fp16", "bf16", False),
        ("fp32", "f32", True),
        ("bf32", "bf16", False),
        ("float", "full", False),
        ("adam", "adamw", True),
        ("stats", "steps", False),
        ("x" * 10_000, "steps", False),
    ],
)
def test_slips(word: str, meant: str, slip: bool) -> None:
    assert is_slip(word, meant) is slip


def test_a_word_is_respelt_where_it_stands() -> None:
    source = Source("a.fdl", 'train = "ful" # ful')
    (fix,) = respelt('"ful"', "full", Span(source, 0, 13), closed=True)
    assert (fix.span.text, fix.text, fix.safe) == ('"ful"', "full", True)
    assert respelt("ful", "full", Span(source, 0, len(source.text))) == ()
    assert respelt("ful", None, Span(source, 0, 13)) == ()
    assert not respelt("train", "trian", Span(source, 0, 13))[0].safe


# diffs


def test_a_diff_is_one_that_patch_takes(tmp_path: Path) -> None:
    import subprocess

    before, after = "a\r\nb\x0cb\nc", "a\r\nB\x0cb\nc\n"
    (tmp_path / "f.fdl").write_bytes(before.encode())
    made = diff(before, after, "f.fdl")
    assert "\\ No newline at end of file\n" in made
    done = subprocess.run(["git", "apply", "-p0"], input=made.encode(), cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "f.fdl").read_bytes().decode() == after
    assert diff(before, before, "f.fdl") == ""


def test_edits_are_tried_so_many_times() -> None:
    """Of very many edits that do not help some are left for another time, and are not told as refused."""
    text = "wrong " * 300
    checks = 0

    def check(texts: Texts) -> tuple[Diagnostic, ...]:
        """Every word is told, whatever it is mended to."""
        nonlocal checks
        checks += 1
        source = Source("a.fdl", texts[FILE], FILE)
        spans = [Span(source, i, i + 5) for i in range(0, len(text), 6)]
        return tuple(Diagnostic("syntax", "wrong", s, fixes=(Fix("right", s, "right", True),)) for s in spans)

    mended = mend({FILE: text}, check)
    assert checks == TRIALS + 1 and not mended.made
    assert 0 < len(mended.refused) < TRIALS


def test_noise_made_larger_by_hand_is_mended_by_its_word() -> None:
    """Language, 1: what is inexact by intent has a typed word, and the sum of two draws is no noise."""
    by_hand = PROGRAM.replace(
        "    xt = student.noisy(x0, eps, t)",
        "    more ~ noise[student]\n    xt = student.noisy(x0, eps + 0.1*more, t)",
    )
    found = fixed(by_hand, unsafe=True)
    assert "student.noisy(x0, perturb(eps, 0.1), t)" in found
    assert all(d.severity != "error" for d in found_in(found))
    for other in ("0.5*eps + 0.5*more", "eps - 0.1*more"):
        assert "perturb" not in fixed(by_hand.replace("eps + 0.1*more", other), unsafe=True)
