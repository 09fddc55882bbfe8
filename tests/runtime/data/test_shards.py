"""Data sets that `produce` wrote, read back: training on them, what is damaged, and what other weights made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from paths import ROOT
from safetensors.torch import load_file
from torch import nn

from fdc.compiler.cli.main import main
from fdc.compiler.contracts.data_sets import dataset_manifest, manifest_io
from fdc.compiler.runtime.base.code_hash import computation_hash
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.data.provenance import Weights
from fdc.compiler.runtime.data.samples import collate
from fdc.compiler.runtime.data.shards import Shards
from fdc.compiler.runtime.session import write_dataset

HEAD = """
import mini
import finetune
"""
PRODUCE = """
program latents {
  sizes { F = 2, H = 8, W = 8 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  data clips = shapes("clips", count = 10) { prompt: str, video: pixels[b, 3, F, H, W] }
  graph encoded(batch) { return (teacher.clean(batch), teacher.cond(batch)) }
  produce latents = encoded(batch) to shards("out") { fields = [clean, text], count = 10, batch = 5 }
}
"""
TRAIN = """
program NAME {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data pairs = SOURCE
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-3, warmup = 2)
  train { steps = 5, batch = 5, clip = 1.0, seed = 3, deterministic = true }
  validate every 5 { sample = student.sample(steps = 2), count = 2 }
}
"""
STORED = 'shards("out") { clean: clean[student], text: student.text, prompt: str }'
CACHED = TRAIN.replace("NAME", "cached").replace("SOURCE", STORED)
RAW = TRAIN.replace("NAME", "raw").replace(
    "SOURCE", 'folder("clips") { prompt: str, video: pixels[b, 3, F, H, W] }'
)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


Say = Callable[[], str]


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Say:
    """What was said on the error stream since the last call, on one line."""
    return lambda: " ".join(capfd.readouterr().err.split())


def run(text: str, *args: str, name: str = "p.fdl") -> int:
    Path(name).write_text(HEAD + text)
    return main(["run", name, *args])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data set `out` in four shards of three, and its clips."""
    folder = tmp_path_factory.mktemp("made")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(write_dataset, "SHARD", 3)
        assert run(PRODUCE) == 0
    return folder


@pytest.fixture
def out(made: Path, here: Path) -> Path:
    """A copy of the data set in the working folder."""
    for source in (made / "out", made / "clips"):
        (here / source.name).mkdir()
        for file in source.iterdir():
            (here / source.name / file.name).write_bytes(file.read_bytes())
    return here / "out"


def opened(out: Path, seed: int | None = 0, *names: str) -> Shards:
    fields = manifest_io.read(str(out)).fields
    return Shards(out, {n: fields[n] for n in names or fields}, {}, seed, None)


def weights(program: str, step: int = 5) -> dict[str, torch.Tensor]:
    (found,) = Path("runs", program).iterdir()
    return load_file(found / "checkpoints" / f"step-{step}" / "student.weights.safetensors")


# training


def test_training_on_latents_is_bitwise_training_on_the_clips(out: Path) -> None:
    assert run(CACHED) == 0
    assert run(RAW, name="raw.fdl") == 0
    cached, raw = weights("cached"), weights("raw")
    assert cached.keys() == raw.keys()
    for name, tensor in raw.items():
        assert torch.equal(tensor, cached[name]), name
    (plan,) = Path("runs/cached").glob("*/plan.py")
    update = plan.read_text().partition("def update_student")[2].partition("\n\n\n")[0]
    assert 'batch["clean"]' in update and 'batch["text"]' in update and "encode" not in update


def test_one_run_writes_the_data_and_trains_on_it(here: Path, said: Say) -> None:
    text = CACHED + PRODUCE
    assert run(text) == 0
    words = said()
    assert words.index("10 samples written") < words.index("cached: begins")
    assert run(text) == 0
    words = said()
    assert "latents: done and unchanged" in words and "cached: done and unchanged" in words
    for file in (here / "out").iterdir():
        file.unlink()
    assert run(text) == 0
    assert "10 samples written" in said()


def test_a_run_is_not_continued_on_other_data(out: Path, said: Say) -> None:
    assert run(CACHED) == 0
    (folder,) = Path("runs/cached").iterdir()
    (folder / "finished.json").unlink()
    whole = json.loads((out / manifest_io.FILE).read_text())
    shard = out / "shard-00003.safetensors"
    whole["shards"].pop()
    whole["count"] = 9
    (out / manifest_io.FILE).write_text(json.dumps(whole))
    shard.unlink()
    assert run(CACHED) == 1
    assert "data changed since this run began" in said()


@pytest.mark.slow
def test_a_finished_run_is_not_unchanged_when_its_data_is_another(out: Path, said: Say) -> None:
    assert run(CACHED) == 0
    assert run(CACHED) == 0
    assert "done and unchanged" in said()
    whole = json.loads((out / manifest_io.FILE).read_text())
    whole["shards"] = whole["shards"][1:]
    whole["count"] = 7
    (out / manifest_io.FILE).write_text(json.dumps(whole))
    assert run(CACHED) == 1
    assert "data changed since this run began" in said()
    (out / manifest_io.FILE).unlink()
    assert run(CACHED.replace('shards("out")', 'shards("elsewhere")')) == 2
    assert "there is no data set `elsewhere`" in said()


def test_training_without_data_says_what_is_missing(here: Path, said: Say) -> None:
    assert run(CACHED) == 2
    words = said()
    assert "missing-file" in words and "there is no data set `out`" in words and "p.fdl:8" in words


# the source


def test_every_sample_comes_once_an_epoch_with_its_texts_and_records(out: Path, made: Path) -> None:
    source = opened(out, 7)
    assert len(source) == 10
    captions = sorted(p.read_text().strip() for p in (made / "clips").glob("*.txt"))
    for epoch in range(2):
        samples = [source.sample(10 * epoch + i) for i in range(10)]
        assert sorted(str(s.fields["prompt"]) for s in samples) == captions
        assert sorted(s.index for s in samples) == list(range(10))
    batch = collate([source.sample(p) for p in range(4)])
    assert batch["clean"].shape == (4, 12, 2, 4, 4) and batch["clean"].dtype == torch.float32
    assert batch["text"]["embeds"].shape == (4, 40, 64)
    assert len(batch["prompt"]) == 4


def test_samples_stand_in_the_order_of_the_data(out: Path, made: Path) -> None:
    source = opened(out, None)
    captions = [p.read_text().strip() for p in sorted((made / "clips").glob("*.txt"))]
    assert [source.sample(i).fields["prompt"] for i in range(10)] == captions
    assert source.sample(4).source == "shard-00001.safetensors:1"


def test_only_what_is_declared_is_read(out: Path) -> None:
    source = opened(out, 0, "text")
    assert set(source.sample(3).fields) == {"text"}
    assert source.fingerprint() != opened(out, 0, "clean").fingerprint()
    assert source.fingerprint() == opened(out, 0, "text").fingerprint()


def test_equal_rows_have_equal_keys_whatever_the_shard(out: Path) -> None:
    source = opened(out, None)
    keys = [source.sample(i).keys["clean"] for i in range(10)]
    assert len(set(keys)) == 10
    assert keys[0] == opened(out, None).sample(0).keys["clean"]


def test_few_shards_are_open_at_a_time(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fdc.compiler.runtime.data.shards.OPEN", 1)
    source = opened(out, None)
    texts = [source.sample(i).fields["prompt"] for i in (0, 9, 0, 5)]
    assert texts == [opened(out, None).sample(i).fields["prompt"] for i in (0, 9, 0, 5)]
    assert len(source._opened) == 1


# damage


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_a_changed_byte_is_told_for_the_sample_that_it_is_in(out: Path) -> None:
    shard = out / "shard-00001.safetensors"
    flipped(shard, -1)  # the last row of the last tensor
    source = opened(out, None)
    for i in (0, 3, 4, 6):
        source.sample(i)
    with pytest.raises(RunError) as error:
        source.sample(5)
    assert error.value.code == "data-mismatch"
    assert "shard-00001.safetensors is damaged" in error.value.message and "sample 2" in error.value.message
    assert "remove that file and run program `latents`" in (error.value.help or "")


def test_a_changed_text_is_told(out: Path) -> None:
    shard = out / "shard-00000.safetensors"
    flipped(shard, shard.read_bytes().index(b"moving") + 2)
    with pytest.raises(RunError, match="not the one that the manifest lists"):
        opened(out, None).sample(0)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-4]), "data-mismatch", "was written with"),
        (lambda p: p.write_bytes(b""), "data-mismatch", "has 0 bytes"),
        (lambda p: p.unlink(), "missing-file", "lacks shard-00002.safetensors"),
    ],
)
def test_a_torn_or_missing_shard_is_told_before_the_first_step(
    out: Path, change: Callable[[Path], object], code: str, words: str
) -> None:
    change(out / "shard-00002.safetensors")
    with pytest.raises(RunError) as error:
        opened(out)
    assert error.value.code == code and words in error.value.message


def test_another_file_of_the_same_size_is_not_taken_for_the_shard(out: Path) -> None:
    first, second = out / "shard-00000.safetensors", out / "shard-00001.safetensors"
    if first.stat().st_size != second.stat().st_size:
        second.write_bytes(second.read_bytes().ljust(first.stat().st_size, b"\0"))
    second.rename(first)
    (out / "shard-00001.safetensors").write_bytes(first.read_bytes())
    with pytest.raises(RunError) as error:
        source = opened(out, None)
        source.sample(0)
    assert error.value.code == "data-mismatch" and "is damaged" in error.value.message


def test_a_removed_shard_is_written_again_as_it_was(
    out: Path, said: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_dataset, "SHARD", 3)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    (out / "shard-00001.safetensors").unlink()
    flipped(out / "shard-00002.safetensors", 12)  # not JSON any more
    assert run(PRODUCE) == 0
    assert "6 samples written" in said()
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_an_interrupted_run_goes_on_and_ends_the_same(
    out: Path, said: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_dataset, "SHARD", 3)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    whole = json.loads((out / manifest_io.FILE).read_text())
    del whole["made"]["fdc"]
    (out / manifest_io.BEGUN).write_text(write_dataset._json({**whole, "shards": []}))
    (out / manifest_io.FILE).unlink()
    (out / "shard-00003.safetensors").unlink()
    assert run(CACHED) == 2
    assert "not written to the end" in said()
    assert run(PRODUCE) == 0
    assert "1 sample written" in said()
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


# another data set


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("batch = 5 }", "batch = 2 }", 0),
        ("program latents {", "## Says more.\nprogram latents {\n", 0),
        ("teacher.clean(batch), ", "0.5*teacher.clean(batch) + 0.5*teacher.clean(batch), ", 2),
        ("count = 10, batch", "count = 9, batch", 2),
        ("batch = 5 }", "batch = 5, seed = 1 }", 2),
        ("tiny(seed = 0)", "tiny(seed = 1)", 2),
        ('shapes("clips", count = 10)', 'shapes("clips", count = 10, may_fail = 0.1)', 0),
        ('shapes("clips", count = 10)', 'shapes("others", count = 10, seed = 5)', 2),
    ],
)
def test_what_makes_it_another_data_set(out: Path, said: Say, old: str, new: str, status: int) -> None:
    text = PRODUCE
    assert old in text
    assert run(text.replace(old, new)) == status
    assert ("complete and unchanged" if status == 0 else "holds another data set") in said()


def test_a_recipe_is_the_code_without_its_comments() -> None:
    text = 'def help():\n    """Doc."""\n    return 1\n\ndef produce_a():\n    return help()\n\ndef other():\n    pass\n'
    same = (
        text.replace("Doc", "Other words").replace("return 1", "return 1  # a comment").replace("pass", "...")
    )
    assert computation_hash(text, "produce_a") == computation_hash(same, "produce_a")
    assert computation_hash(text, "produce_a") != computation_hash(
        text.replace("return 1", "return 2"), "produce_a"
    )


def test_a_data_set_of_an_older_fdc_is_not_overwritten(out: Path, said: Say) -> None:
    (out / manifest_io.FILE).write_text('{"described": {}, "count": 10, "shards": []}')
    assert run(PRODUCE) == 2
    assert "older fdc" in said()


def test_what_is_not_finite_is_refused_with_the_clip_that_it_came_from(here: Path, said: Say) -> None:
    bad = PRODUCE.replace(
        "(teacher.clean(batch), ", "(exp(1000 + mean(teacher.clean(batch))) * teacher.clean(batch), "
    )
    assert run(bad) == 1
    words = said()
    assert "non-finite" in words and "`clean` is not finite for" in words and ".mp4" in words
    assert not list((here / "out").glob("shard*"))


# which weights made it


@pytest.mark.slow
def test_latents_and_records_of_other_weights_are_refused(out: Path, said: Say) -> None:
    assert run(CACHED.replace("tiny(seed = 0)", "tiny(seed = 1)")) == 1
    words = said()
    assert "data-mismatch" in words and "`text_encoder` of other weights than `student.text_encoder`" in words
    # without its record the latents are anybody's: this codec has no weights
    assert run(CACHED.replace("tiny(seed = 0)", "tiny(seed = 1)").replace("text: student.text, ", "")) == 0


def test_precision_does_not_make_other_weights(out: Path) -> None:
    assert run(CACHED.replace("precision = f32", "precision = bf16")) == 0
    wide, narrow = nn.Linear(4, 4), nn.Linear(4, 4)
    narrow.load_state_dict(wide.state_dict())
    assert Weights()(wide) == Weights()(narrow.to(torch.bfloat16))
    assert Weights()(wide) != Weights()(nn.Linear(4, 4))


def test_constants_of_a_loaded_codec_are_compared(out: Path, said: Say) -> None:
    family = ROOT / "families" / "mini"
    text = (family / "mini.fdl").read_text()
    assert "latents_mean = -0.75, " in text
    Path("binding.py").write_text((family / "binding.py").read_text())
    Path("mini.fdl").write_text(text.replace("latents_mean = -0.75, ", ""))
    use = CACHED.replace("import mini", "")
    Path("p.fdl").write_text('import "./mini.fdl"\nimport finetune\n' + use)
    assert main(["check", "p.fdl"]) == 0  # the family says nothing of the mean: only the codec knows
    assert main(["run", "p.fdl", "--allow-python"]) == 1
    words = said()
    assert "`codec.config.latents_mean` = -0.75" in words and "has 0" in words


# fields of other kinds, and data sets made of data sets

PAIRS = """
program pairs {
  sizes { F = 2, H = 8, W = 8 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  data words = shards("out") { text: teacher.text, prompt: str }
  graph ode(batch) {
    start ~ noise[teacher]
    x = start
    c = teacher.cond(batch)
    for (t, next) in grid(3) {
      x = x + (next.sigma - t.sigma)*teacher.predict(x, t, c)
    }
    size = mean(abs(x), per = sample)
    seven ~ pick(7 .. 8)
    return (start, x, c, size, seven, batch.prompt, teacher.decode_video(x))
  }
  produce pairs = ode(batch) to shards("pairs") {
    fields = [start, end, text, size, seven, caption, video], count = 10, batch = 5
  }
}
"""
REGRESS = """
program regress {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data pairs = shards("pairs") {
    start: noise[student], end: clean[student], text: student.text, size: float, seven: int
    caption: str, video: pixels[b, 3, F, H, W]
  }
  update student {
    guess = student.x0(batch.start, ticks([1000])[0], batch.text)
    loss a = mse(guess, student.clean(batch), weight = batch.size / batch.seven)
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 3, batch = 5, seed = 0 }
}
"""


@pytest.mark.slow
def test_pairs_of_noise_and_samples_are_made_from_records_and_trained_on(out: Path, said: Say) -> None:
    assert run(PAIRS + REGRESS) == 0, said()
    (log,) = Path("runs/regress").glob("*/events.jsonl")
    losses = [
        json.loads(line)["losses"]["student.a"]
        for line in log.read_text().splitlines()
        if '"step"' in line and "losses" in line
    ]
    assert len(losses) == 3 and losses[-1] < losses[0]
    m = manifest_io.read("pairs")
    assert (m.fields["start"].quantity, m.fields["end"].quantity) == ("noise", "clean")
    assert not m.fields["start"].weights and set(m.fields["end"].weights) == {"codec"}
    # the record came out of `out`, and so did what is known of it
    assert m.fields["text"].weights == manifest_io.read("out").fields["text"].weights
    pairs, source = opened(Path("pairs"), None), opened(Path("out"), None)
    row = pairs.sample(2)
    assert row.fields["caption"] == row.fields["prompt"] == source.sample(2).fields["prompt"]
    end = row.fields["end"]
    assert isinstance(end, torch.Tensor)
    assert row.fields["size"] == end.abs().mean()
    assert row.fields["seven"] == torch.tensor(7) and row.fields["seven"].dtype == torch.int64
    record = row.fields["text"]
    assert isinstance(record, dict)
    assert torch.equal(record["embeds"], source.sample(2).fields["text"]["embeds"])  # type: ignore[index]
    start = torch.stack([pairs.sample(i).fields["start"] for i in range(10)])  # type: ignore[misc]
    assert 0.9 < start.std() < 1.1


def test_what_bf16_holds_exactly_is_stored_in_it() -> None:
    declared = dataset_manifest.Part("bf16", (3,))
    exact = torch.tensor([[1.0, 0.5, -2.0]])
    assert write_dataset._rows(exact, declared, 1).dtype == torch.bfloat16
    fine = torch.tensor([[1.0, 0.1, -2.0]])
    assert write_dataset._rows(fine, declared, 1).dtype == torch.float32
    both = write_dataset._alike(
        [write_dataset._rows(exact, declared, 1), write_dataset._rows(fine, declared, 1)]
    )
    assert torch.equal(torch.cat(both), torch.cat([exact, fine]))


def test_wan_embeddings_take_half_the_room_and_come_back_whole(out: Path) -> None:
    """A record declared bf16 whose encoder computes in bf16."""
    text = """
program wide {
  sizes { F = 5, H = 16, W = 16 }
  role teacher = wan.tiny(tiny(seed = 0))
  data words = lines("words.txt") { prompt: str }
  produce wide = teacher.cond(batch) to shards("wide") { fields = [text], count = 2, batch = 2 }
}
"""
    Path("words.txt").write_text("a red circle\na blue square\n")
    assert run("import wan\n" + text) == 0
    stored = load_file("wide/shard-00000.safetensors")["text.embeds"]
    assert stored.dtype == torch.bfloat16
    record = opened(Path("wide"), None).sample(1).fields["text"]
    assert isinstance(record, dict)
    assert record["embeds"].dtype == torch.float32 and torch.equal(record["embeds"], stored[1].float())
