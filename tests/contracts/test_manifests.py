"""Data sets at check time: what a manifest says against what a program declares, and what stands for a role's graphs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

from fdc.compiler.base import limits
from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.base.frozen import replace
from fdc.compiler.base.source import Source
from fdc.compiler.check.programs.sources.stored_datasets import promised
from fdc.compiler.contracts.data_sets import dataset_manifest, manifest_file, manifest_io
from fdc.compiler.contracts.data_sets.dataset_manifest import Shard
from fdc.compiler.contracts.data_sets.manifest_io import NoDataSet
from fdc.compiler.driver.pipeline import Checked, check_source, compile
from fdc.compiler.graph.document import Card
from fdc.compiler.graph.drawings import drawings
from fdc.compiler.program.typed_program import TypedProgram

WRITER = """
program writer {
  sizes { F = 4, H = 16, W = 16 }
  role teacher = mini(tiny(seed = 0))
  data clips = folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }
  graph made(batch) {
    x ~ noise[teacher]
    level = mean(abs(teacher.clean(batch)), per = sample)
    return (teacher.clean(batch), teacher.cond(batch), x, level, batch.video)
  }
  produce pairs = made(batch) to shards("pairs") { fields = [clean, text, start, level, seen], count = 64 }
}
"""
READER = """
program reader {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full }
  data pairs = shards("pairs") { clean: clean[student], text: student.text, prompt: str }
  use finetune(student)
  optimize student = adamw(lr = 1e-4)
  train { steps = 10, batch = 8 }
}
"""
REFUSED = ROOT / "tests" / "programs" / "refused"
IMPORTS = "import mini\nimport wan\nimport finetune\nimport dmd2\n"


def checked(text: str) -> Checked:
    return check_source(Source("p.fdl", IMPORTS + text), Path("p.fdl"))


def program(text: str, name: str) -> TypedProgram:
    found = checked(text)
    assert found.clean, [(d.code, d.message) for d in found.diagnostics]
    return next(p for p in found.programs if p.name == name)


def written() -> dict[str, Any]:
    """The manifest of `writer`, as a run would leave it."""
    p = program(WRITER, "writer")
    m = promised(p, p.produce[0])
    shards = (Shard("shard-00000.safetensors", m.count, 10, "0" * 64),)
    whole = dataset_manifest.Manifest(m.program, m.fields, m.sizes, m.count, {"fdc": "0"}, shards)
    return json.loads(json.dumps(manifest_file.written(whole)))


@pytest.fixture
def pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pairs"
    folder.mkdir()
    (folder / manifest_io.FILE).write_text(json.dumps(written()))
    return folder


def errors(text: str) -> list[Diagnostic]:
    return [d for d in checked(text).diagnostics if d.severity == "error"]


def only(text: str) -> Diagnostic:
    found = errors(text)
    assert len(found) == 1, [(d.code, d.message) for d in found]
    return found[0]


def test_a_manifest_reads_back_as_it_was_written() -> None:
    whole = written()
    m = manifest_file.parsed(json.dumps(whole).encode())
    assert manifest_file.written(m) == whole
    assert list(m.fields) == ["prompt", "clean", "text", "start", "level", "seen"]
    assert [f.kind for f in m.fields.values()] == ["text", "latent", "record", "latent", "float", "tensor"]
    clean, start = m.fields["clean"], m.fields["start"]
    assert (clean.quantity, start.quantity) == ("clean", "noise")
    assert clean.parts[""].dims == (12, 4, 8, 8)
    assert clean.space is not None and clean.space.declaration == "mini.fdl::mini.blocks"
    assert clean.space.constants == {
        "codec.config.latents_mean": -0.75,
        "codec.config.latents_std": 0.45,
    }
    assert m.fields["text"].parts["embeds"].pad == "zero"
    assert m.fields["seen"].parts[""].dims == (3, 4, 16, 16)


def test_a_written_rate_is_read_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder that another file wrote."""
    monkeypatch.chdir(tmp_path)
    text = (REFUSED / "data" / "stored_rates.fdl").read_text("utf-8")
    first, last = text.index("program make"), text.index("## The same clips")
    made = check_source(Source("p.fdl", text[:last]), Path("p.fdl")).programs[0]
    found = replace(promised(made, made.produce[0]), shards=(Shard("s", 8, 1, ""),))
    assert found.fields["video"].rate == 24
    assert manifest_file.parsed(json.dumps(manifest_file.written(found)).encode()) == found
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / manifest_io.FILE).write_text(json.dumps(manifest_file.written(found)))
    told = check_source(Source("q.fdl", text[:first] + text[last:]), Path("q.fdl")).diagnostics
    assert [(d.code, d.message) for d in told if d.severity == "error"] == [
        ("data-mismatch", "`video` is taken at 12 a second, and `clips` has 24 a second")
    ]


def test_a_data_set_as_declared_is_no_error(pairs: Path) -> None:
    assert errors(READER) == []


FIELDS = "{ clean: clean[student], text: student.text, prompt: str }"
IN_PLACE = """update student {
    t ~ uniform(0, 1)
    xt = student.noisy(batch.clean, batch.start, t)
    loss a = mse(student.predict(xt, t, batch.text), batch.start - batch.clean, weight = batch.level)
  }"""


def test_fields_may_be_noise_numbers_pixels_and_spaces_by_name(pairs: Path) -> None:
    declared = (
        "{ clean: clean[mini.blocks], start: noise[student], text: student.text, level: float, "
        "seen: pixels[b, 3, F, H, W] }"
    )
    text = READER.replace(FIELDS, declared).replace("use finetune(student)", IN_PLACE)
    assert errors(text) == []
    assert errors(text.replace("level: float", "level: float[b]")) == []
    wrong = only(text.replace("batch.start, t)", "batch.clean, t)"))
    assert wrong.code == "quantity-mismatch"


@pytest.mark.parametrize(
    ("edits", "place", "words", "help"),
    [
        ([("prompt: str", "caption: str")], "caption: str", "has no field `caption`", "`clean`, `text`"),
        ([("prompt: str", "promt: str")], "promt: str", "has no field `promt`", "did you mean `prompt`?"),
        ([("clean: clean[", "start: clean[")], "start: clean[student]", "holds noise", "`noise[...]`"),
        (
            [("clean: clean[", "clean: noise[")],
            "clean: noise[student]",
            "holds clean latents",
            "`clean[...]`",
        ),
        ([("text: student.text", "text: str")], "text: str", "is a record", "as the data set has it"),
        ([("prompt: str", "prompt: float")], "prompt: float", "is text, and float[b] is declared", ""),
        ([("prompt: str", "seen: f32[b, 3, F, H, W]")], "seen: f32", "pixels[b, 3, 4, 16, 16], and f32", ""),
        ([("prompt: str", "level: int")], "level: int", "is float[b], and int[b] is declared", ""),
        ([("F = 4", "F = 8")], "clean: clean[student]", "f32[b, 12, 4, 8, 8], and here", "sizes of the data"),
        ([("batch = 8", "batch = 65")], 'shards("pairs")', "64 samples, fewer than a batch of 65", "smaller"),
        ([('"pairs"', '"."')], 'shards(".")', "there is no manifest.json", "produce NAME"),
        ([('"pairs"', '"pairs/manifest.json"')], "shards(", "is not a folder", ""),
    ],
)
def test_what_a_program_declares_otherwise(
    pairs: Path, edits: list[tuple[str, str]], place: str, words: str, help: str
) -> None:
    text = READER
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    d = only(text)
    assert d.code == ("missing-file" if "manifest.json" in words + place + text else "data-mismatch")
    assert d.span.text.startswith(place)
    assert words in d.message and help in d.help


def changed(folder: Path, *path: str, to: Any) -> None:
    file = folder / manifest_io.FILE
    whole = json.loads(file.read_text())
    at = whole
    for step in path[:-1]:
        at = at[step]
    if to is None:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    file.write_text(json.dumps(whole))


SPACE = ("fields", "clean", "space")
EMBEDS = ("fields", "text", "parts", "embeds")


@pytest.mark.parametrize(
    ("path", "to", "words"),
    [
        ((*SPACE, "declaration"), "wan.fdl::wan.wan21", "holds latents of `blocks` (wan.fdl, wan.wan21)"),
        ((*SPACE, "normalize"), "z * 2", "was normalised by `z * 2`"),
        ((*SPACE, "constants", "codec.config.latents_mean"), -0.5, "`codec.config.latents_mean` = -0.5"),
        ((*SPACE, "constants", "codec.config.latents_std"), [0.45, 0.4], "`codec.config.latents_std`"),
        (("fields", "clean", "quantity"), "eps - x0", "holds eps - x0"),
        ((*EMBEDS, "pad"), "mask", "padded by `mask`, and `zero` is declared"),
        ((*EMBEDS, "dtype"), "bf16", "bf16[b, 40, 64] { pad = zero }, and f32"),
        ((*EMBEDS, "dims"), [77, 64], "f32[b, 77, 64] { pad = zero }, and here it would be f32[b, 40, 64]"),
        (("fields", "text", "parts", "mask"), {"dtype": "mask", "dims": [40]}, "has a field `mask`"),
        (("fields", "text", "parts"), {}, "lacks a field `embeds`"),
        (("version",), None, "there is no data set that `produce` wrote"),
        (("version",), 2, "the version is not 1"),
        (("fields", "clean", "kind"), None, "`fields.clean.kind` is missing"),
        (("fields", "text", "parts", "embeds", "dims"), 3, "`fields.text.parts.embeds.dims` is not a list"),
        (
            ("fields", "text", "parts", "embeds", "dims"),
            [-1],
            "`fields.text.parts.embeds.dims.0` is not a whole",
        ),
        ((*SPACE, "codec"), 3, "`fields.clean.space.codec` is not a text"),
        (("sizes", "F"), 1.5, "`sizes.F` is not a whole number"),
        (("shards",), {}, "`shards` is not a list"),
        (("made",), [], "`made` is not a mapping"),
        (("count",), 63, "the shards do not hold as many samples"),
        (("shards",), [{"file": "../x", "samples": 64, "bytes": 1, "sha256": ""}], "outside of the folder"),
    ],
)
def test_what_a_manifest_says_otherwise(pairs: Path, path: tuple[str, ...], to: Any, words: str) -> None:
    changed(pairs, *path, to=to)
    d = only(READER)
    assert d.code == "data-mismatch" and words in d.message


def test_a_data_set_of_other_sizes_is_told_once_with_the_sizes(pairs: Path) -> None:
    text = READER.replace("prompt: str", "seen: pixels[b, 3, F, H, W]").replace("H = 16", "H = 32")
    d = only(text)
    assert "H = 16 in the data set, H = 32 here" in d.facts
    assert any("written by program `writer`" in f for f in d.facts)


def test_a_constant_with_more_digits_is_the_same(pairs: Path) -> None:
    changed(pairs, *SPACE, "constants", "codec.config.latents_mean", to=-0.75000001)
    assert errors(READER) == []


def test_a_data_set_of_an_older_fdc_is_to_be_produced_again(pairs: Path) -> None:
    (pairs / manifest_io.FILE).write_text('{"described": {"fields": {}}, "count": 1, "shards": []}')
    d = only(READER)
    assert d.code == "data-mismatch" and "older fdc" in d.message and "run the program" in d.help


def test_a_data_set_that_is_being_written_is_missing(pairs: Path) -> None:
    (pairs / manifest_io.FILE).rename(pairs / manifest_io.BEGUN)
    d = only(READER)
    assert d.code == "missing-file" and "not written to the end" in d.message


def test_a_data_set_that_is_not_there_yet_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert errors(READER) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"' * 3,
        b"[" * 100_000,
        b'{"version": ' + b"9" * 10_000 + b"}",
        b'{"version": true, "fields": {}}',
        b'{"version": 1, "fields": {}}',
        b'{"version": 1, "fields": {"a": {"kind": "latent"}}, "shards": []}',
        b" " * (limits.MANIFEST_BYTES + 1),
    ],
    ids=range(11),
)
def test_a_manifest_that_is_none(pairs: Path, content: bytes) -> None:
    (pairs / manifest_io.FILE).write_bytes(content)
    d = only(READER)
    assert d.code == "data-mismatch" and "cannot be used" in d.message


def test_manifests_are_read_once_and_up_to_a_size_in_all(pairs: Path) -> None:
    """A file may hold very many programs, and each may name a data set."""
    half = {**written(), "note": "x" * (limits.MANIFEST_BYTES // 2)}
    (pairs / manifest_io.FILE).write_text(json.dumps(half))
    several = "".join(READER.replace("program reader", f"program reader{i}") for i in range(10))
    assert errors(several) == []
    shutil.copytree(pairs, pairs.with_name("others"))
    d = only(several + READER.replace('shards("pairs")', 'shards("others")'))
    assert d.code == "data-mismatch" and "with the other manifests" in d.message


def test_a_folder_that_cannot_be_read_says_so(pairs: Path) -> None:
    (pairs / manifest_io.FILE).unlink()
    (pairs / manifest_io.FILE).mkdir()
    assert only(READER).code == "missing-file"
    (pairs / manifest_io.FILE).rmdir()
    os.mkfifo(pairs / manifest_io.FILE)
    assert "regular file" in only(READER).message
    with pytest.raises(NoDataSet):
        manifest_io.read("a\0b")


@pytest.mark.slow
def test_no_manifest_makes_the_checker_fail(pairs: Path) -> None:
    """Every value of a good manifest replaced by others: it is refused, or differs in words, or is as declared."""
    whole = written()
    declared = manifest_file.parsed(json.dumps(whole).encode()).fields
    others: list[Any] = [
        None,
        True,
        -1,
        1.5,
        float("nan"),
        1 << 80,
        "",
        "x",
        "\0",
        [],
        ["x"],
        {},
        {"x": {}},
        [[]],
    ]

    def places(at: Any) -> list[tuple[Any, Any]]:
        keys = at if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        return [(at, k) for k in keys] + [p for k in keys for p in places(at[k])]

    refused = 0
    for n in range(len(places(whole))):
        for other in others:
            copy = json.loads(json.dumps(whole))
            at, key = places(copy)[n]
            at[key] = other
            (pairs / manifest_io.FILE).write_text(json.dumps(copy))
            try:
                found = manifest_io.read(str(pairs))
            except NoDataSet as e:
                assert e.code == "data-mismatch"
                refused += 1
                continue
            for d in dataset_manifest.differences(declared, found, {"F": 4}, "pairs"):
                assert d.field in declared and d.message
    assert refused > 100


# what fields may name


@pytest.mark.parametrize(
    ("declared", "code", "words"),
    [
        ("x: clean[stdent]", "unknown-name", "no latent space is called `stdent`"),
        ("x: clean[wan.wan21]", "unknown-name", "no latent space is called `wan.wan21`"),
        ("x: mini.text", "unknown-name", "no type is called `mini.text`"),
        ("x: noisy[student]", "type-mismatch", "clean latents and noise"),
        ("x: eps[student]", "type-mismatch", "clean latents and noise"),
        ("x: time[b]", "type-mismatch", "a data set has no time[b]"),
        ("x: [float]", "type-mismatch", "a data set has no [float]"),
        ("x: f32[16]", "type-mismatch", "a data set has no f32[16]"),
    ],
)
def test_what_a_field_may_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: str, code: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    d = only(READER.replace("clean: clean[student]", declared))
    assert d.code == code and words in d.message


def test_only_shards_hold_latents_and_records() -> None:
    d = only(READER.replace('shards("pairs")', 'folder("pairs")').replace(", text: student.text", ""))
    assert d.code == "data-mismatch" and d.span.text == "clean[student]" and "shards" in d.help


def test_a_role_with_errors_makes_no_more_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert only(READER.replace("mini(tiny", "mimi(tiny")).code == "unknown-name"


# fields that stand for a graph


def fields_read(p: TypedProgram) -> dict[str, str]:
    """Fields of the batch that a program's picture shows, with the note under each."""
    return {n.title: n.note for n in cards(p) if n.kind == "data" and n.title.startswith("batch.")}


def cards(p: TypedProgram) -> list[Card]:
    return [n for g in drawings(p, compile(p, "test").records) for n in g.snapshots[0].nodes]


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_stored_latents_and_records_stand_for_clean_and_cond(nowhere: None) -> None:
    p = program(READER, "reader")
    assert fields_read(p) == {
        "batch.clean": "clean(batch)",
        "batch.text": "cond(batch)",
    }
    assert not any("encode" in n.title for n in cards(p))


def test_without_them_the_familys_graphs_are_read(nowhere: None) -> None:
    text = READER.replace("text: student.text, ", "")
    assert fields_read(program(text, "reader")) == {
        "batch.clean": "clean(batch)",
        "batch.prompt": "",
    }


def test_noise_and_latents_of_another_space_stand_for_nothing(nowhere: None) -> None:
    d = only(READER.replace("clean: clean[student]", "clean: noise[student]"))
    assert d.code == "missing-condition" and "`video`" in d.message and "clean[student]" in d.help
    d = only(READER.replace("text: student.text, prompt: str", "words: str"))
    assert d.code == "missing-condition" and "student.text" in d.help


def test_two_fields_that_fit_are_told_apart_by_the_author(nowhere: None) -> None:
    d = only(READER.replace("clean: clean[student]", "clean: clean[student], other: clean[student]"))
    assert d.code == "data-mismatch" and "may be `clean` or `other`" in d.message
    assert [label.span.text for label in d.labels] == ["clean: clean[student]", "student.clean(batch)"]


def test_every_role_of_the_same_space_and_record_takes_them(nowhere: None) -> None:
    text = """
program distil {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full }
  role teacher = mini(tiny(seed = 0))
  role critic = mini(tiny(seed = 0)) { train = full }
  data words = shards("words") { text: teacher.text }
  use dmd2(student, teacher, critic)
  optimize student = adamw(lr = 1e-4)
  optimize critic = adamw(lr = 1e-4)
  train { steps = 10, batch = 8 }
}
"""
    p = program(text, "distil")
    assert set(fields_read(p)) == {"batch.text"}


def test_validation_encodes_its_own_prompts(nowhere: None) -> None:
    shown = "validate every 5 { sample = student.sample(steps = 2), prompts = ['a'] }".replace("'", '"')
    p = program(READER.replace("train {", shown + "\n  train {"), "reader")
    assert fields_read(p)["batch.prompt"] == ""
    few = """graph few(batch) {
    x ~ noise[student]
    return student.decode_video(student.x0(x, ticks([1000])[0], student.cond(batch)))
  }
  """
    p = program(
        READER.replace("train {", few + shown.replace("student.sample(steps = 2)", "few()") + "\n  train {"),
        "reader",
    )
    assert "batch.prompt" in fields_read(p)
    text = READER.replace(
        "train {",
        few.replace("student.cond(batch)", "batch.text")
        + shown.replace("student.sample(steps = 2)", "few()")
        + "\n  train {",
    )
    d = only(text)
    assert d.code == "bad-setting" and "`batch.text`" in d.message and d.span.text.startswith("prompts")


# what another program of the file writes


def test_a_program_needs_the_one_that_writes_its_data(nowhere: None) -> None:
    for text in (WRITER + READER, READER + WRITER, WRITER + READER.replace('"pairs"', '"./pairs/"')):
        assert program(text, "reader").needs == ("writer",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("clean: clean[student]", "x: clean[student]", "has no field `x`"),
        ("clean: clean[student]", "start: clean[student]", "holds noise"),
        ("batch = 8", "batch = 100", "64 samples, fewer than a batch of 100"),
        (
            "F = 4, H = 16, W = 16 }\n  role student",
            "F = 8, H = 16, W = 16 }\n  role student",
            "here it would be",
        ),
    ],
)
def test_what_the_writer_will_not_write(nowhere: None, old: str, new: str, words: str) -> None:
    text = WRITER + READER
    assert old in text
    d = only(text.replace(old, new))
    assert d.code == "data-mismatch" and words in d.message
    assert any("writes it here" in label.text for label in d.labels)


def test_a_folder_that_this_file_writes_is_not_looked_at(pairs: Path) -> None:
    changed(pairs, "version", to=9)
    assert errors(WRITER + READER) == []


def test_programs_that_read_each_others_data(nowhere: None) -> None:
    one = """
program a {
  sizes { F = 4, H = 16, W = 16 }
  role r = mini(tiny(seed = 0))
  data d = shards("FROM") { clean: clean[r] }
  produce x = r.clean(batch) to shards("TO") { fields = [clean], count = 4 }
}
"""
    assert only(one.replace("FROM", "x").replace("TO", "x")).code == "import-cycle"
    both = one.replace("FROM", "x").replace("TO", "y") + one.replace("FROM", "y").replace("TO", "x").replace(
        "program a", "program b"
    )
    assert only(both).code == "import-cycle"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("[clean, text, clean, level, seen]", "two fields are called `clean`"),
        ("[prompt, a, c, d, e]", "text `prompt`"),
    ],
)
def test_names_of_produced_fields(fields: str, words: str) -> None:
    d = only(WRITER.replace("[clean, text, start, level, seen]", fields))
    assert d.code == "duplicate-name" and words in d.message
