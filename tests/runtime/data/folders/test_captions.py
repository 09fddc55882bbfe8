"""Where captions stand, which one is taken, several wordings of one, and metadata as a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_png
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import FileField, Number

PROMPT: dict[str, FileField] = {"prompt": "str"}


def pictures(root: Path, *names: str) -> Path:
    for name in names:
        write_png(root / f"{name}.png", torch.zeros(4, 4, 3, dtype=torch.uint8))
    return root


def opened(root: Path, fields: dict[str, FileField] = PROMPT) -> tuple[ClipFolder, list[str]]:
    said: list[str] = []
    return ClipFolder(root, fields, 0, None, said.append), said


def prompts(root: Path) -> dict[str, object]:
    source, _ = opened(root)
    return {s.source: s.fields["prompt"] for s in map(source.sample, range(len(source)))}


def refused(root: Path, fields: dict[str, FileField] = PROMPT) -> RunError:
    with pytest.raises(RunError) as caught:
        opened(root, fields)
    return caught.value


def test_every_place_of_a_caption(tmp_path: Path) -> None:
    pictures(tmp_path, "a", "b", "c", "d", "e")
    (tmp_path / "a.txt").write_text("txt\n")
    (tmp_path / "b.caption").write_text("caption")
    (tmp_path / "c.json").write_text('{"caption": " json ", "width": 4}')
    (tmp_path / "d.json").write_text('"a text"')
    (tmp_path / "metadata.csv").write_text('file_name,text\ne.png,"of a table, with\ntwo lines"\n')
    assert prompts(tmp_path) == {
        "a.png": "txt",
        "b.png": "caption",
        "c.png": "json",
        "d.png": "a text",
        "e.png": "of a table, with\ntwo lines",
    }
    assert opened(tmp_path)[1] == []


def test_the_caption_that_wins_is_told_where_they_disagree(tmp_path: Path) -> None:
    pictures(tmp_path, "a", "b", "c")
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").write_text(f"txt {name}")
        (tmp_path / f"{name}.caption").write_text(f"txt {name}")
    (tmp_path / "c.json").write_text('{"text": "json c"}')
    entries = [{"file_name": "a.png", "text": "meta a"}, {"file_name": "b.png", "text": "txt b "}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, entries)))
    assert prompts(tmp_path) == {"a.png": "meta a", "b.png": "txt b", "c.png": "txt c"}
    told = f"1 of 3 captions in {tmp_path} are one in {{0}} and another in {{1}}; {{0}} is taken: {{2}}"
    assert opened(tmp_path)[1] == [
        told.format("`text` of the metadata", "NAME.txt", "a.png"),
        told.format("`text` of the metadata", "NAME.caption", "a.png"),
        told.format("NAME.txt", "`text` of NAME.json", "c.png"),
    ]


def test_other_keys_of_an_entry_are_told_unless_the_field_names_one(tmp_path: Path) -> None:
    pictures(tmp_path, "a")
    line = {"file_name": "a.png", "caption": "one", "text": "two"}
    (tmp_path / "metadata.jsonl").write_text(json.dumps(line))
    _, said = opened(tmp_path)
    assert len(said) == 1
    assert "are one in `caption` of the metadata and another in `text` of the metadata" in said[0]
    source, said = opened(tmp_path, {"text": "str"})
    assert (source.sample(0).fields, said) == ({"text": "two"}, [])


def test_one_wording_is_drawn_an_epoch(tmp_path: Path) -> None:
    pictures(tmp_path, "a", "b")
    lists = {"a.png": ["a0", "a1", "a2"], "b.png": ["b0"]}
    entries = [{"file_name": name, "text": texts} for name, texts in lists.items()]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, entries)))
    source, said = opened(tmp_path)
    seen = [source.sample(p) for p in range(60)]
    drawn = [str(s.fields["prompt"]) for s in seen if s.source == "a.png"]
    assert said == []
    assert set(drawn) == {"a0", "a1", "a2"} and max(map(drawn.count, drawn)) < 20
    assert {s.fields["prompt"] for s in seen if s.source == "b.png"} == {"b0"}
    later, _ = opened(tmp_path)
    for p in (41, 7, 20):
        assert (later.sample(p).fields, later.sample(p).keys) == (seen[p].fields, seen[p].keys)
    assert len({s.keys["prompt"] for s in seen}) == 4
    before = source.fingerprint()
    entries[0]["text"] = ["a0", "a1", "other"]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, entries)))
    assert opened(tmp_path)[0].fingerprint() != before


def test_one_wording_is_as_one_text(tmp_path: Path) -> None:
    """A list of one, and a text, are the same data set."""
    pictures(tmp_path, "a")
    prints = []
    for text in ("x", ["x"]):
        (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": "a.png", "text": text}))
        prints.append(opened(tmp_path)[0].fingerprint())
    assert prints[0] == prints[1]


@pytest.mark.parametrize("value", [[], ["a", 3], None, {"en": "a"}])
def test_what_is_no_caption_is_missed(tmp_path: Path, value: object) -> None:
    pictures(tmp_path, "a")
    (tmp_path / "metadata.jsonl").write_text(json.dumps({"file_name": "a.png", "text": value}))
    assert "1 of 1 files" in refused(tmp_path).message


def test_an_empty_wording_is_pointed_out(tmp_path: Path) -> None:
    pictures(tmp_path, "a")
    (tmp_path / "a.json").write_text('["x", " "]')
    assert "1 of 1 captions" in opened(tmp_path)[1][0]


def test_json_that_is_none(tmp_path: Path) -> None:
    pictures(tmp_path, "a")
    (tmp_path / "a.json").write_text("{")
    assert "a.json is not JSON" in refused(tmp_path).message
    (tmp_path / "a.txt").write_text("x")
    assert prompts(tmp_path) == {"a.png": "x"}


def test_several_texts_and_numbers_of_a_table(tmp_path: Path) -> None:
    pictures(tmp_path, "a", "b")
    rows = [
        "\ufefffile_name,style,words,score,label,seen",
        'a.png,flat,"x, y",0.5,3,true',
        "b.png,round,z,-1,4,False",
    ]
    (tmp_path / "metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    fields: dict[str, FileField] = {
        "style": "str",
        "words": "str",
        "score": Number("float"),
        "label": Number("int"),
        "seen": Number("bool"),
    }
    source, _ = opened(tmp_path, fields)
    found = {s.source: s.fields for s in map(source.sample, range(2))}
    assert {n: (f["style"], f["words"]) for n, f in found.items()} == {
        "a.png": ("flat", "x, y"),
        "b.png": ("round", "z"),
    }
    numbers = [(float(f["score"]), int(f["label"]), bool(f["seen"])) for _, f in sorted(found.items())]  # type: ignore[arg-type]
    assert numbers == [(0.5, 3, True), (-1.0, 4, False)]
    error = refused(tmp_path, {"words": Number("int")})
    assert "2 of 2 files" in error.message
    assert f"a column `words` to {tmp_path / 'metadata.csv'}" in str(error.help)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,text\na.png,x\n", ":1: its columns need names of their own, one of them `file_name`"),
        ("file_name,text,text\na.png,x,y\n", ":1: its columns need"),
        ("file_name,text\na.png,x,y\n", ":2: 3 cells in 2 columns"),
        ('file_name,text\na.png,"x\n', "not CSV"),
        ("file_name,text\na.png,x\na.png,y\n", ":3: a.png is described twice"),
        ("file_name,text\nb.png,x\n", "1 of 1 entries of "),
        ("", ":1: its columns need"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    pictures(tmp_path, "a")
    (tmp_path / "metadata.csv").write_text(content)
    assert message in refused(tmp_path).message


def test_both_kinds_of_metadata(tmp_path: Path) -> None:
    pictures(tmp_path, "a", "b")
    (tmp_path / "metadata.csv").write_text("file_name,text\na.png,x\n")
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "b.png", "text": "y"}')
    assert prompts(tmp_path) == {"a.png": "x", "b.png": "y"}
    (tmp_path / "metadata.jsonl").write_text('{"file_name": "a.png", "text": "y"}')
    assert "a.png is described twice" in refused(tmp_path).message


def test_metadata_below_the_folder_are_told(tmp_path: Path) -> None:
    pictures(tmp_path / "sub", "a")
    (tmp_path / "sub" / "a.txt").write_text("x")
    (tmp_path / "sub" / "metadata.jsonl").write_text('{"file_name": "a.png", "text": "y"}')
    assert opened(tmp_path)[1] == [
        f"only the metadata in {tmp_path} itself is read, and not sub/metadata.jsonl"
    ]
