"""What the language server answers: hovers, definitions, references, renames, completions, edits, hints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT
from processes.editor import CAPABILITIES, METHOD, PROGRAM, Editor, Refused, edited, place, quiet

from fdc.compiler.base.source import Source
from fdc.compiler.syntax.formatter import format

WAN = ROOT / "families" / "wan" / "wan.fdl"
DMD2 = ROOT / "programs" / "dmd2.fdl"

FAMILY = """\
## Latents of images.
family tiles {
  sizes { H = 4*m, W = 4*n }
  component unet = diffusers.UNet2DConditionModel { trainable }
  component codec = python.Patches { dtype = f32 }
  space patches = f32[b, 48, h = H/4, w = W/4] from codec { normalize = z / codec.config.std }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }
  record text { embeds: f32[b, 16, 64] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[patches] by codec.encode(x = image)
  stage denoise : denoise(x: noisy[patches], t: time[b], c: text) -> predict[patches]
    by unet(sample = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_image : decode(x0: clean[patches]) -> pixels[b, 3, H, W] by codec.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch, steps: int = 20) {
    c = cond(batch)
    x ~ noise[patches]
    for (t, next) in grid(steps) {
      x = x + (next.sigma - t.sigma)*denoise(x, t, c)
    }
    return decode_image(x)
  }
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    editor = Editor(tmp_path_factory.mktemp("work").resolve(), CAPABILITIES)
    yield editor
    assert editor.stop() == 0
    assert not editor.errors, editor.errors.decode()


@pytest.fixture
def editor(server: Editor) -> Iterator[Editor]:
    yield from quiet(server)


def with_method(file: str) -> str:
    """A program that uses the method `tune` of a file."""
    uses = PROGRAM[PROGRAM.index("use dmd2") : PROGRAM.index("\n\n  optimize")]
    text = PROGRAM.replace(uses, "use tune(student, teacher)").replace(
        "import dmd2", f'import "./{file}" {{ tune }}'
    )
    critic = 'role critic = wan.t2v_1_3b("small") { train = full }\n'
    return text.replace(f"  {critic}", "").replace("  optimize critic = adamw(lr = 8e-6)\n", "")


def hover(editor: Editor, name: str, text: str, what: str, inside: int = 0, nth: int = 0) -> str:
    found = editor.at("hover", name, *place(text, what, inside, nth))
    return "" if found is None else str(found["contents"]["value"])


def targets(editor: Editor, name: str, text: str, what: str, inside: int = 0, nth: int = 0) -> list[str]:
    """Where a definition leads: `file:line:character`, from 1."""
    found = editor.at("definition", name, *place(text, what, inside, nth))
    return [_told(x) for x in found]


def _told(location: dict[str, Any]) -> str:
    start = location["range"]["start"]
    return f"{location['uri'].rsplit('/', 1)[-1]}:{start['line'] + 1}:{start['character'] + 1}"


def at(text: str, what: str, inside: int = 0, nth: int = 0) -> str:
    line, character = place(text, what, inside, nth)
    return f"{line + 1}:{character + 1}"


# hover


def test_a_hover_on_a_name_says_its_quantity_space_time_and_dims(editor: Editor) -> None:
    editor.open("h.fdl", with_method("m.fdl"))
    editor.open("m.fdl", METHOD)
    xt = hover(editor, "m.fdl", METHOD, "xt =")
    assert xt.startswith("```fdl\nxt: noisy[student] at t\n```")
    assert "`noisy[wan21] at t` `[b, 16, t = 21, h = 60, w = 104]` in program `p`" in xt
    again = hover(editor, "m.fdl", METHOD, "x = x")
    assert again.startswith("```fdl\nx: noisy[student] at next\n```")
    drawn = hover(editor, "m.fdl", METHOD, "t ~")
    assert "t: a noise level from 0 to 1, one for each sample" in drawn
    loss = hover(editor, "m.fdl", METHOD, "mse(student.predict")
    assert "both sides are eps - x0 in student" in loss
    difference = hover(editor, "m.fdl", METHOD, "- t.sigma")
    assert difference.startswith("```fdl\nnext.sigma - t.sigma: float")


def test_a_hover_on_a_parameter_says_its_value_and_who_chose_it(editor: Editor) -> None:
    editor.open("p.fdl", PROGRAM)
    steps = hover(editor, "p.fdl", PROGRAM, "steps = ticks")
    assert steps.startswith("```fdl\nparam steps: [time] = ticks([1000, 750, 500, 250])\n```")
    assert "noise levels 1, 0.757, 0.522, chosen at p.fdl:15" in steps
    scale = hover(editor, "p.fdl", PROGRAM, "scale")
    assert "teacher guidance, u + scale*(c - u)" in scale and "float = 4.5, chosen at p.fdl:15" in scale
    count = hover(editor, "p.fdl", PROGRAM, "count)")
    assert "param count: int = 3" in count and "how many steps a sample takes" in count
    assert "int = 3, its default" in count


def test_a_hover_on_a_role_says_how_it_is_bound(editor: Editor) -> None:
    editor.open("r.fdl", PROGRAM)
    assert (
        "wan.t2v_1_3b, trained, latents wan21[b, 16, t = 21, h = 60, w = 104], flow process, "
        "predicts eps - x0, shift 3"
    ) in hover(editor, "r.fdl", PROGRAM, "student", nth=1)
    broken = PROGRAM.replace("batch = 64", "batch = 64.5")
    assert editor.write("r.fdl", broken)
    assert "wan.t2v_14b, frozen" in hover(editor, "r.fdl", broken, "teacher")


def test_a_hover_on_a_declaration_says_its_documentation(editor: Editor) -> None:
    editor.open("d.fdl", PROGRAM)
    method = hover(editor, "d.fdl", PROGRAM, "dmd2(")
    assert "method dmd2(student, teacher, critic)" in method
    assert "a critic that tracks the student's own distribution" in method
    assert "param ratio: int = 5 ## critic updates for each student update" in method
    family = hover(editor, "d.fdl", PROGRAM, "wan\n")
    assert "Wan 2.1 text-to-video" in family and "variants t2v_1_3b, t2v_14b" in family
    assert "num_layers = 40" in hover(editor, "d.fdl", PROGRAM, "t2v_14b")
    sample = hover(editor, "d.fdl", PROGRAM, "sample(")
    assert "graph sample(batch, steps: int = 50, scale: float = 5.0)" in sample
    assert "gives `pixels[b, 3, 81, 480, 832]`" in sample
    assert "`wan` accepts `F = 4*k + 1`" in hover(editor, "d.fdl", PROGRAM, "F = 81")
    own = hover(editor, "d.fdl", PROGRAM, "p {")
    assert own == "```fdl\nprogram p\n```\n\nThree roles of one family."


def test_a_hover_on_a_setting_says_what_it_must_be(editor: Editor) -> None:
    editor.open("s.fdl", PROGRAM)
    precision = hover(editor, "s.fdl", PROGRAM, "precision")
    assert (
        "`f32`, `bf16` or `pure_bf16`. Default: `bf16`." in precision
        and "float32 master weights" in precision
    )
    assert hover(editor, "s.fdl", PROGRAM, "bf16").startswith("```fdl\nprecision = bf16\n```")
    rate = hover(editor, "s.fdl", PROGRAM, "lr")
    assert "A number above 0. Required." in rate
    assert "all ranks" in hover(editor, "s.fdl", PROGRAM, "batch = 64")
    assert "A role's `train` trains it." in _family_hover(editor, "trainable")
    assert "What stands in rows that hold no token." in _family_hover(editor, "pad")


def test_a_hover_on_a_file_of_weights_says_what_it_is_laid_over(editor: Editor) -> None:
    text = PROGRAM.replace('("large")', '("large", weights = "tuned.safetensors", vae = "vae.safetensors")')
    editor.open("laid.fdl", text)
    assert "laid over the network that is trained" in hover(editor, "laid.fdl", text, "weights = ")
    assert "laid over `vae`" in hover(editor, "laid.fdl", text, "vae = ")


def _family_hover(editor: Editor, what: str, inside: int = 0, nth: int = 0) -> str:
    if editor.uri("f.fdl") not in editor.versions:
        editor.open("f.fdl", FAMILY)
    return hover(editor, "f.fdl", FAMILY, what, inside, nth)


def test_a_hover_on_a_word_of_the_language_says_what_it_does(editor: Editor) -> None:
    editor.open("w.fdl", METHOD)
    assert "mse(a, b, weight = 1, per = sample)" in hover(editor, "w.fdl", METHOD, "mse")
    assert "through which no gradient flows" in hover(editor, "w.fdl", METHOD, "stop")
    assert "the family's process does" in hover(editor, "w.fdl", METHOD, "noisy(")
    assert "update ROLE every N except every N" in hover(editor, "w.fdl", METHOD, "update")
    assert "The noise's coefficient at this time." in hover(editor, "w.fdl", METHOD, "sigma")
    assert "A whole number." in hover(editor, "w.fdl", METHOD, "int")
    assert "to the process's prediction" in _family_hover(editor, ": denoise", 2)
    assert hover(editor, "w.fdl", METHOD, "## when", 4) == ""
    assert hover(editor, "w.fdl", METHOD, "}\n", 1) == ""


# definitions, references, highlights


def test_definitions_of_names_in_a_method(editor: Editor) -> None:
    editor.open("m1.fdl", METHOD)
    for what, leads in (
        ("times\n    eps", "times ="),
        ("made(batch, depth", "made(batch"),
        ("depth = 3", "depth:"),
        ("depth) {", "depth:"),
        ("student.noisy", "student, "),
        ("teacher.x0", "teacher)"),
        ("t, student.cond", "t ~"),
        ("sigma - t.sigma", "(t, next)"),
        ("xt, t, teacher", "xt ="),
    ):
        if what == "sigma - t.sigma":
            assert targets(editor, "m1.fdl", METHOD, what, 8) == [f"m1.fdl:{at(METHOD, '(t, next)', 1)}"]
        else:
            assert targets(editor, "m1.fdl", METHOD, what) == [f"m1.fdl:{at(METHOD, leads)}"], what
    assert targets(editor, "m1.fdl", METHOD, "x = x", 4) == [f"m1.fdl:{at(METHOD, 'x ~')}"]
    assert targets(editor, "m1.fdl", METHOD, "return x", 7) == [f"m1.fdl:{at(METHOD, 'x ~')}"]
    assert targets(editor, "m1.fdl", METHOD, "mse") == []


def test_definitions_lead_from_a_program_into_the_library(editor: Editor) -> None:
    wan, dmd2 = WAN.read_text("utf-8"), DMD2.read_text("utf-8")
    editor.open("p1.fdl", PROGRAM)
    for what, inside, leads in (
        ("import wan", 7, f"wan.fdl:{at(wan, 'wan {')}"),
        ("import dmd2", 7, f"dmd2.fdl:{at(dmd2, 'dmd2(')}"),
        ("dmd2(student", 0, f"dmd2.fdl:{at(dmd2, 'dmd2(')}"),
        ("wan.t2v_14b", 0, f"wan.fdl:{at(wan, 'wan {')}"),
        ("t2v_14b", 0, f"wan.fdl:{at(wan, 't2v_14b')}"),
        ("steps = ticks", 0, f"dmd2.fdl:{at(dmd2, 'steps:')}"),
        ("scale = 4.5", 0, f"dmd2.fdl:{at(dmd2, 'scale:')}"),
        ("student.sample", 9, f"wan.fdl:{at(wan, 'sample(')}"),
        ("steps = count", 0, f"wan.fdl:{at(wan, 'steps: int')}"),
        ("count)", 0, f"p1.fdl:{at(PROGRAM, 'count')}"),
        ("F = 81", 0, f"wan.fdl:{at(wan, 'F = 4')}"),
        ("F, H, W]", 0, f"p1.fdl:{at(PROGRAM, 'F = 81')}"),
        ("(student, teacher", 1, f"p1.fdl:{at(PROGRAM, 'student = wan')}"),
        ("optimize critic", 9, f"p1.fdl:{at(PROGRAM, 'critic = wan')}"),
    ):
        assert targets(editor, "p1.fdl", PROGRAM, what, inside) == [leads], what


def test_definitions_inside_a_family(editor: Editor) -> None:
    folder = editor.root / "fam"
    folder.mkdir()
    (folder / "binding.py").write_text("import torch\n\n\ndef encode_text(role, prompt):\n    return None\n")
    editor.open("fam/f1.fdl", FAMILY)
    for what, inside, nth, leads in (
        ("patches]", 0, 0, "patches ="),
        ("noise[patches]", 6, 0, "patches ="),
        ("text by", 0, 0, "text {"),
        ("c: text)", 3, 0, "text {"),
        ("codec.encode", 0, 0, "codec ="),
        ("from codec", 5, 0, "codec ="),
        ("codec.config", 0, 0, "codec ="),
        ("unet(sample", 0, 0, "unet ="),
        ("t.ticks", 0, 0, "t: time"),
        ("c.embeds", 2, 0, "embeds:"),
        ("= image)", 2, 0, "image: pixels"),
        ("encode_text(batch", 0, 0, "encode_text :"),
        ("denoise(x, t, c)", 0, 0, "denoise :"),
        ("cond(batch)\n    x", 0, 0, "cond(batch)"),
        ("H/4", 0, 0, "H = 4"),
    ):
        found = targets(editor, "fam/f1.fdl", FAMILY, what, inside, nth)
        assert found == [f"f1.fdl:{at(FAMILY, leads)}"], what
    assert targets(editor, "fam/f1.fdl", FAMILY, "python(encode_text", 7) == ["binding.py:4:5"]


def test_definitions_of_stages_that_others_begin_with(editor: Editor) -> None:
    end = FAMILY.rindex("}")
    text = (
        FAMILY[:end]
        + """  stage alone : denoise(x: noisy[patches], t: time[b], c: text) -> predict[patches]
    by denoise with { class_labels = 1*t.sigma }
  stage mixed : denoise(x: noisy[patches], t: time[b], c: text) -> predict[patches] by select(t.sigma > 0.5, x, alone)
  variant other { denoise = mixed, cond = uncond }
}
"""
    )
    editor.open("f2.fdl", text)
    for what, inside, leads in (
        ("by denoise with", 3, "denoise :"),
        ("1*t.sigma", 2, "t: time[b], c: text) -> predict[patches]\n    by denoise"),
        ("x, alone)", 3, "alone :"),
        ("denoise = mixed", 0, "denoise :"),
        ("denoise = mixed", 10, "mixed :"),
        ("cond = uncond", 7, "uncond(batch)"),
    ):
        assert targets(editor, "f2.fdl", text, what, inside) == [f"f2.fdl:{at(text, leads)}"], what


def test_definitions_in_imports_by_path(editor: Editor) -> None:
    editor.open("lib.fdl", FAMILY + "\n" + METHOD)
    text = 'import "./lib.fdl" as mine\nimport "./lib.fdl" { patches }\nmethod m(student, teacher) from mine.tune {}\n'
    editor.open("uses.fdl", text)
    lib = FAMILY + "\n" + METHOD
    assert targets(editor, "uses.fdl", text, '"./lib', 3) == ["lib.fdl:1:1"]
    assert targets(editor, "uses.fdl", text, "patches") == [f"lib.fdl:{at(lib, 'patches =')}"]
    assert targets(editor, "uses.fdl", text, "tune") == [f"lib.fdl:{at(lib, 'tune(')}"]
    assert targets(editor, "uses.fdl", text, "mine.") == [f"uses.fdl:{at(text, 'mine')}"]


def test_what_only_a_program_tells_is_known_in_the_method(editor: Editor) -> None:
    editor.open("m2.fdl", METHOD)
    assert targets(editor, "m2.fdl", METHOD, "cond(batch)") == []
    editor.open("p2.fdl", with_method("m2.fdl"))
    assert targets(editor, "m2.fdl", METHOD, "cond(batch)") == [
        f"wan.fdl:{at(WAN.read_text(), 'cond(batch)')}"
    ]


def test_references_over_files(editor: Editor) -> None:
    editor.open("m3.fdl", METHOD)
    user = 'import "./m3.fdl"\nmethod more(student, teacher) from m3.tune {\n  param times = uniform(0.5, 1)\n}\n'
    (editor.root / "more.fdl").write_text(user)
    found = editor.at("references", "m3.fdl", *place(METHOD, "times ="), context={"includeDeclaration": True})
    assert [_told(x) for x in found] == [
        f"m3.fdl:{at(METHOD, 'times =')}",
        f"m3.fdl:{at(METHOD, 'times', nth=1)}",
        f"more.fdl:{at(user, 'times')}",
    ]
    found = editor.at("references", "m3.fdl", *place(METHOD, "tune("), context={"includeDeclaration": False})
    assert [_told(x) for x in found] == [
        f"more.fdl:{at(user, leads)}" for leads in ('"./m3.fdl"', "m3.tune", "tune")
    ]
    (editor.root / "more.fdl").unlink()


def test_highlights_tell_reading_from_writing(editor: Editor) -> None:
    editor.open("l.fdl", METHOD)
    found = editor.at("documentHighlight", "l.fdl", *place(METHOD, "x ~"))
    kinds = [(h["range"]["start"]["line"], h["kind"]) for h in found]
    line = place(METHOD, "x ~")[0]
    assert kinds == [(line, 3), (line + 2, 3), (line + 2, 2), (line + 2, 2), (line + 4, 2)]


# renaming


def renamed(editor: Editor, name: str, text: str, what: str, new: str, inside: int = 0) -> dict[str, str]:
    """The texts after a rename, by file."""
    answer = editor.at("rename", name, *place(text, what, inside), newName=new)
    found = {}
    for change in answer["documentChanges"]:
        path = Path(change["textDocument"]["uri"].removeprefix("file://"))
        before = text if path.name == name else path.read_text()
        found[path.name] = edited(before, change["edits"])
    return found


def test_a_rename_reaches_every_place_and_no_other(editor: Editor) -> None:
    editor.open("n.fdl", METHOD)
    found = renamed(editor, "n.fdl", METHOD, "depth)", "rounds")
    assert found == {"n.fdl": METHOD.replace("depth", "rounds")}
    found = renamed(editor, "n.fdl", METHOD, "times\n", "levels")
    assert found == {"n.fdl": METHOD.replace("times", "levels")}
    found = renamed(editor, "n.fdl", METHOD, "x ~", "y")
    assert found["n.fdl"] == METHOD.replace("x ~", "y ~").replace("x = x", "y = y").replace(
        "predict(x, t, c)", "predict(y, t, c)"
    ).replace("return x", "return y")
    place_of = editor.at("prepareRename", "n.fdl", *place(METHOD, "depth)", 2))
    assert place_of["placeholder"] == "depth"


def test_a_rename_reaches_files_that_import_the_name(editor: Editor) -> None:
    editor.open("base.fdl", METHOD)
    user = (
        'import "./base.fdl"\n'
        "method more(student, teacher) from base.tune {\n  param times = uniform(0.5, 1)\n}\n"
    )
    (editor.root / "heir.fdl").write_text(user)
    found = renamed(editor, "base.fdl", METHOD, "times", "levels")
    assert found == {
        "base.fdl": METHOD.replace("times", "levels"),
        "heir.fdl": user.replace("times", "levels"),
    }
    found = renamed(editor, "base.fdl", METHOD, "tune", "tuned")
    assert found["heir.fdl"] == user.replace("base.tune", "base.tuned")
    (editor.root / "heir.fdl").unlink()


def test_a_rename_that_another_file_would_not_survive_is_refused(editor: Editor) -> None:
    """The bare name of a file means the family of that name, where the file holds several."""
    text = FAMILY + FAMILY.replace("family tiles", "family others")
    editor.open("tiles.fdl", text)
    program = 'import "./tiles.fdl"\nprogram p { sizes { H = 8, W = 8 }, role r = tiles(tiny(seed = 0)) }\n'
    (editor.root / "bound.fdl").write_text(program)
    with pytest.raises(Refused, match=r"no family is called `tiles`"):
        editor.at("rename", "tiles.fdl", *place(text, "tiles {"), newName="mosaics")
    (editor.root / "bound.fdl").unlink()
    assert renamed(editor, "tiles.fdl", text, "tiles {", "mosaics")


def test_a_rename_that_could_miss_a_place_is_refused(editor: Editor) -> None:
    text = METHOD + "\nprogram p {\n  use tune(a, b { times = uniform(0, 1) }\n}\n"
    assert editor.open("half.fdl", text)
    with pytest.raises(Refused, match="has a syntax error"):
        editor.at("rename", "half.fdl", *place(text, "times"), newName="levels")


@pytest.mark.parametrize(
    ("what", "new", "why"),
    [
        ("times", "student", "is taken"),
        ("x ~", "c", "is taken"),
        ("times", "1st", "is not a name"),
        ("times", "größe", "is not a name"),
        ("times", "update", "is a word of the language"),
        ("made", "mse", "is a word of the language"),
        ("mse", "loss2", "no declared name"),
        ("update", "other", "no declared name"),
        ("batch, depth", "b2", "is what a graph's batch is called"),
    ],
)
def test_a_rename_that_cannot_be_is_refused(editor: Editor, what: str, new: str, why: str) -> None:
    editor.open("no.fdl", METHOD)
    with pytest.raises(Refused, match=why):
        editor.at("rename", "no.fdl", *place(METHOD, what), newName=new)


@pytest.mark.parametrize(
    ("what", "inside", "why"),
    [
        ("t2v_14b", 0, "declared in a library: `wan.fdl`"),
        ("steps = ticks", 0, "declared in a library: `dmd2.fdl`"),
        ("import wan", 7, "named by its file"),
        ("F = 81", 0, "share by its name"),
        ("prompt: str", 0, "share by its name"),
    ],
)
def test_names_that_others_know_are_not_renamed(editor: Editor, what: str, inside: int, why: str) -> None:
    editor.open("fixed.fdl", PROGRAM)
    with pytest.raises(Refused, match=why):
        editor.at("prepareRename", "fixed.fdl", *place(PROGRAM, what, inside))


# completion


def offered(editor: Editor, name: str, text: str) -> dict[str, dict[str, Any]]:
    """The items at the `|` of a text, by label, in the order of the list."""
    line, character = place(text, "|")
    text = text.replace("|", "", 1)
    if editor.uri(name) in editor.versions:
        editor.change(name, {"text": text})
    else:
        editor.open(name, text)
    items = editor.at("completion", name, line, character)["items"]
    return {
        i["label"]: i for i in sorted(items, key=lambda i: i["sortText"] if "sortText" in i else i["label"])
    }


def in_program(written: str) -> str:
    return PROGRAM.replace("  use dmd2", f"  {written}\n\n  use dmd2")


def in_update(written: str) -> str:
    return METHOD.replace("    loss same", f"    {written}\n    loss same")


def in_family(written: str) -> str:
    return FAMILY.replace("  graph cond", f"  {written}\n  graph cond")


PLACES: list[tuple[str, str, set[str], set[str]]] = [
    ("top", "|", {"import", "family", "method", "program"}, {"role", "student"}),
    ("word", "imp|", {"import"}, {"role"}),
    ("library", "import |", {"wan", "mini", "dmd2"}, {"import"}),
    ("names", "import wan { | }\n", {"wan21", "text", "flow"}, {"t2v_14b"}),
    ("member", in_program("|"), {"role", "use", "optimize", "train"}, {"loss", "stage", "student"}),
    ("family", in_program("role r = |"), {"wan"}, {"dmd2", "student"}),
    ("variant", in_program("role r = wan.|"), {"t2v_14b", "t2v_1_3b", "tiny"}, {"x0", "cond"}),
    ("source", in_program("role r = wan.t2v_14b(|"), {"tiny", "negative"}, {"student"}),
    ("files", in_program('role r = wan.t2v_14b("x", |'), {"weights", "vae", "negative"}, {"student"}),
    ("other files", in_program('role r = wan.t2v_14b("x", weights = "y", |'), {"vae"}, {"weights"}),
    ("setting", in_program('role r = wan("x") { | }'), {"precision", "train", "init"}, {"steps", "student"}),
    ("given", in_program('role r = wan("x") { train = full, | }'), {"precision"}, {"train"}),
    ("enum", in_program('role r = wan("x") { precision = | }'), {"f32", "bf16", "pure_bf16"}, {"student"}),
    ("lora", in_program('role r = wan("x") { train = lora(|) }'), {"rank", "alpha"}, {"student", "mse"}),
    ("init", in_program('role r = wan("x") { init = | }'), {"student", "teacher"}, {"mse", "full"}),
    ("method", in_program("use |"), {"dmd2"}, {"wan", "student"}),
    ("roles", in_program("use dmd2(|"), {"student", "teacher", "critic"}, {"mse"}),
    ("params", in_program("use dmd2(student) { | }"), {"steps", "scale", "ratio", "times"}, {"batch"}),
    ("optimizer", in_program("optimize student = |"), {"adamw", "muon"}, {"student"}),
    ("rate", in_program("optimize student = adamw(|"), {"lr", "betas"}, {"student", "mse"}),
    ("schedule", in_program("optimize student = adamw(lr = 1, schedule = |"), {"cosine"}, {"lr"}),
    ("tracker", in_program("track |"), {"tensorboard", "wandb"}, {"student"}),
    ("data", in_program("data d = |"), {"folder", "lines", "shapes"}, {"student"}),
    ("stored type", in_program('data d = shards("x") { c: student.| }'), {"text"}, {"x0", "cond"}),
    ("stored space", in_program('data d = shards("x") { c: clean[|'), {"student"}, {"text"}),
    ("target", in_program("produce d = x to |"), {"shards", "sheet"}, {"student"}),
    ("validate", in_program("validate every 3 { | }"), {"sample", "prompts", "weights"}, {"steps"}),
    ("stages", in_program("graph g(batch) { return student.| }"), {"cond", "x0", "decode_video"}, {"mse"}),
    ("batch", in_program("graph g(batch) { return batch.| }"), {"prompt", "video"}, {"cond"}),
    ("updated", in_program("update |"), {"student", "critic"}, {"mse"}),
    ("statement", in_update("|"), {"loss", "for", "assert", "allow"}, {"role", "student"}),
    ("expression", in_update("y = |"), {"student", "made", "times", "x0", "xt", "mse", "batch"}, {"depth"}),
    (
        "role function",
        in_update("y = student.|"),
        {"predict", "x0", "target", "cond"},
        {"mse", "decode_video"},
    ),
    ("averaged", in_update("y = average(student, 0.9).|"), {"predict", "cond"}, {"mse"}),
    ("time", in_update("y = t.|"), {"sigma", "alpha", "ticks"}, {"mse"}),
    ("open call", in_update("y = mse(t.|"), {"sigma"}, {"mse"}),
    ("draw", in_update("y ~ |"), {"noise", "uniform", "pick", "times"}, {"role"}),
    ("space of a role", in_update("y ~ noise[|]"), {"student", "teacher"}, {"mse", "times"}),
    ("scope", in_update("y ~ times per |"), {"sample", "frame", "step"}, {"mse"}),
    ("argument", in_update("y = made(batch, |)"), {"depth"}, {"role"}),
    ("any order", in_update("y = huber(x0, xt, per = sample, |)"), {"weight", "delta"}, {"a", "per"}),
    ("carried", METHOD.replace("      x = x", "      |\n      x = x"), {"x", "for"}, {"mse"}),
    ("trained role", PROGRAM + "program q { role r = wan(p.| }", {"student", "critic"}, {"teacher"}),
    ("weight", in_update("y = mse(x0, xt, |)"), {"weight", "per", "student"}, {"role"}),
    ("per", in_update("y = mean(x0, per = |)"), {"sample", "frame", "channel"}, {"student"}),
    ("over", in_update("y = max(x0, over = |)"), {"batch", "prompt"}, {"student"}),
    ("of guidance", in_update("y = guide(x0, xt, |)"), {"scale", "zero", "rescale"}, {"role"}),
    ("type", METHOD.replace("param times", "param n: |\n  param times"), {"int", "time", "float"}, {"mse"}),
    ("parent", "import dmd2\nmethod m(student) from |", {"dmd2"}, {"student"}),
    ("family member", in_family("|"), {"component", "stage", "graph"}, {"role", "loss"}),
    ("kind", in_family("stage s : |"), {"encode", "denoise"}, {"text"}),
    ("stage type", in_family("stage s : encode(x: |"), {"pixels", "text", "clean"}, {"mse"}),
    ("space", in_family("stage s : encode(x: clean[|"), {"patches"}, {"H", "text"}),
    ("size", in_family("stage s : encode(x: pixels[b, 3, |"), {"H", "W"}, {"patches"}),
    ("size in a dim", in_family("space o = f32[b, h = (|"), {"H", "W"}, {"patches", "mse"}),
    ("codec's method", in_family("stage s : encode(x: str[b]) -> text by codec.|"), {"encode"}, {"x"}),
    ("module's names", in_family("stage s : encode(x: str[b]) -> text by unet(|"), set(), {"x", "mse"}),
    ("component", in_family("stage s : encode(x: str[b]) -> text by |"), {"unet", "codec", "python"}, {"x"}),
    ("stage value", in_family("stage s : encode(x: str[b]) -> text by unet(a = |"), {"x"}, {"codec"}),
    ("class", in_family("component c = |"), {"diffusers", "python"}, {"unet"}),
    ("component setting", in_family("component c = python.X { | }"), {"trainable", "config"}, {"unet"}),
    ("codec", in_family("space o = f32[b] from |"), {"codec"}, {"patches"}),
    ("formula", in_family("space o = f32[b] from codec { normalize = | }"), {"z", "codec"}, {"mse"}),
    ("changes", in_family("variant v { | }"), {"unet", "sizes", "process"}, {"text"}),
    ("pad", in_family("record r { a: f32[b] { pad = | } }"), {"zero", "attend"}, {"mse"}),
    ("own stages", in_family("graph g(batch) { return | }"), {"encode_text", "cond", "batch"}, {"codec"}),
    ("warning", in_update("allow(|"), {"constant-loss", "unused-binding"}, {"mse", "student"}),
    ("another warning", in_update("allow(constant-loss, |"), {"unused-binding"}, {"mse", "student"}),
    ("comment", "# |", set(), {"import"}),
    ("string", in_update('assert true, "|"'), set(), {"student"}),
    ("number", in_update("y = 12|"), set(), {"student"}),
]


@pytest.mark.parametrize(("text", "wanted", "never"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_completion(editor: Editor, text: str, wanted: set[str], never: set[str]) -> None:
    found = offered(editor, "c.fdl", text)
    assert wanted <= found.keys(), wanted - found.keys()
    assert not never & found.keys(), never & found.keys()


def test_completion_replaces_the_word_that_is_there(editor: Editor) -> None:
    text = PROGRAM.replace("scale = 4.5", "rat|sc = 4.5")
    found = offered(editor, "word.fdl", text)
    line, character = place(text, "rat|sc")
    edit = found["ratio"]["textEdit"]
    assert edit["newText"] == "ratio = "
    assert edit["range"]["start"] == {"line": line, "character": character}
    assert edit["range"]["end"] == {"line": line, "character": character + 5}
    assert found["ratio"]["detail"] == "ratio: int = 5"
    assert found["ratio"]["documentation"]["value"] == "critic updates for each student update"


def test_completion_knows_types_by_the_text_before_it_broke(editor: Editor) -> None:
    offered(editor, "b.fdl", METHOD.replace("param times", "|param times"))
    found = offered(editor, "b.fdl", in_update("y = ) + xt.|\n    z = t.sigma").replace("xt.|", "t.|"))
    assert {"sigma", "alpha", "ticks"} <= found.keys()


def test_completion_of_paths(editor: Editor) -> None:
    (editor.root / "deep").mkdir()
    (editor.root / "deep" / "inner.fdl").write_text(METHOD)
    (editor.root / "deep" / "notes.txt").write_text("")
    editor.open("top.fdl", "\n")
    assert offered(editor, "top.fdl", 'import "|').keys() == {"./", "../"}
    assert "deep" in offered(editor, "top.fdl", 'import "./|"\n')
    assert offered(editor, "top.fdl", 'import "./deep/|"\n').keys() == {"inner.fdl"}


def test_completion_of_paths_of_weights_data_and_prompts(editor: Editor) -> None:
    (editor.root / "clips" / "more").mkdir(parents=True)
    (editor.root / "clips" / ".hidden").mkdir()
    (editor.root / "prompts.txt").write_text("a cat\n")
    weights = PROGRAM.replace('wan.t2v_14b("large")', 'wan.t2v_14b("|")')
    assert {"clips", "prompts.txt"} <= offered(editor, "paths.fdl", weights).keys()
    found = offered(editor, "paths.fdl", weights.replace('("|")', '("clips/|")'))
    assert found.keys() == {"more"} and found["more"]["textEdit"]["newText"] == "more/"
    tuned = weights.replace('("|")', '("large", weights = "clips/|")')
    assert offered(editor, "paths.fdl", tuned).keys() == {"more"}
    assert not offered(editor, "paths.fdl", weights.replace('("|")', '("large", negative = "clips/|")'))
    data = re.sub(r'folder\("[^"]*"', 'folder("|"', PROGRAM)
    assert "clips" in offered(editor, "paths.fdl", data)
    prompts = PROGRAM.replace("steps = count) }", 'steps = count), prompts = "|" }')
    assert "prompts.txt" in offered(editor, "paths.fdl", prompts)
    assert not offered(editor, "paths.fdl", weights.replace('("|")', '("clips") { precision = "|" }'))


def test_completion_writes_the_import(editor: Editor) -> None:
    for before, name, after in (
        (
            "import wan\nprogram p {\n  use |\n}\n",
            "dmd2",
            "import wan\nimport dmd2\nprogram p {\n  use dmd2\n}\n",
        ),
        (
            "## One.\nprogram p {\n  role r = |\n}\n",
            "mini",
            "import mini\n\n## One.\nprogram p {\n  role r = mini\n}\n",
        ),
    ):
        found = offered(editor, "unimported.fdl", before)[name]
        assert edited(before.replace("|", ""), [found["textEdit"], *found["additionalTextEdits"]]) == after
    assert (
        "additionalTextEdits"
        not in offered(editor, "unimported.fdl", "import dmd2\nprogram p {\n  use |\n}\n")["dmd2"]
    )


# signatures


def signature(editor: Editor, text: str) -> tuple[str, str]:
    """The label, and the parameter that is written at the `|`."""
    line, character = place(text, "|")
    text = text.replace("|", "", 1)
    if editor.uri("g.fdl") in editor.versions:
        editor.change("g.fdl", {"text": text})
    else:
        editor.open("g.fdl", text)
    answer = editor.at("signatureHelp", "g.fdl", line, character)
    if answer is None:
        return "", ""
    (found,) = answer["signatures"]
    active = answer.get("activeParameter")
    start, end = found["parameters"][active]["label"] if active is not None else (0, 0)
    return found["label"], found["label"][start:end]


def test_signatures(editor: Editor) -> None:
    assert signature(editor, in_update("y = made(|)")) == ("made(batch, depth: int = 2)", "batch")
    assert signature(editor, in_update("y = made(batch, |")) == (
        "made(batch, depth: int = 2)",
        "depth: int = 2",
    )
    assert signature(editor, in_update("y = made(depth = 3|")) == (
        "made(batch, depth: int = 2)",
        "depth: int = 2",
    )
    assert signature(editor, in_update("y = stop(guide(x0, |")) == (
        "guide(c, u, scale, zero = false, rescale = 0, norm = [h, w])",
        "u",
    )
    assert signature(editor, in_update("y = student.x0(xt, |")) == ("x0(x, t, c)", "t")
    assert signature(editor, in_program("graph g(batch) { return student.decode_video(| }"))[0] == (
        "decode_video(x0: clean[wan21])"
    )
    label, active = signature(editor, in_program("use dmd2(student, teacher, critic) { scale = | }"))
    assert label.startswith("dmd2 { steps: [time] = ticks(") and active == "scale: float = 3.5"
    assert signature(editor, in_program("use dmd2(student, |")) == (
        "dmd2(student, teacher, critic)",
        "teacher",
    )
    assert signature(editor, in_program("optimize student = adamw(lr = |"))[1] == "lr"
    assert signature(editor, in_program("role r = wan(|")) == (
        'wan(source, negative: str = "", layers: [str] = ["blocks.-15", "blocks.-8", "blocks.-1"], '
        'weights = "FILE.safetensors", transformer = "FILE.safetensors", vae = "FILE.safetensors", '
        'text_encoder = "FILE.safetensors")',
        "source",
    )
    assert signature(editor, in_family("graph g(batch) { x = denoise(y, |"))[1] == "t: time[b]"
    assert signature(editor, in_update("y = (|1 + 2)")) == ("", "")


# edits


def actions(editor: Editor, name: str, line: int, only: list[str] | None = None) -> list[dict[str, Any]]:
    place_ = {"line": line, "character": 0}
    context: dict[str, Any] = {"diagnostics": []} | ({"only": only} if only else {})
    end = {"line": line + 1, "character": 0}
    found = editor.about("codeAction", name, range={"start": place_, "end": end}, context=context)
    assert isinstance(found, list)
    return found


def test_quick_fixes_make_the_edits_that_diagnostics_carry(editor: Editor) -> None:
    text = PROGRAM.replace("precision", "precison").replace("F = 81", "F = 80")
    editor.open("q.fdl", text)
    (fix, every) = actions(editor, "q.fdl", place(text, "precison")[0])
    assert fix["title"] == "Write `precision`" and fix["kind"] == "quickfix" and fix["isPreferred"]
    assert [d["code"] for d in fix["diagnostics"]] == ["unknown-setting"]
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == editor.versions[editor.uri("q.fdl")]
    assert edited(text, change["edits"]) == PROGRAM.replace("F = 81", "F = 80")
    assert every["kind"] == "source.fixAll.fdl" and "edit" not in every
    (change,) = editor.request("codeAction/resolve", every)["edit"]["documentChanges"]
    assert edited(text, change["edits"]) == PROGRAM.replace("F = 81", "F = 80")
    (sizes,) = actions(editor, "q.fdl", place(text, "F = 80")[0])
    assert "isPreferred" not in sizes
    assert edited(text, sizes["edit"]["documentChanges"][0]["edits"]) == text.replace("F = 80", "F = 81")
    assert actions(editor, "q.fdl", 0) == []


def test_fix_all_makes_the_safe_fixes_alone(editor: Editor) -> None:
    text = (
        PROGRAM.replace("precision", "precison")
        .replace("batch = 64", "bacth = 64")
        .replace("F = 81", "F = 80")
    )
    editor.open("a.fdl", text)
    (every,) = actions(editor, "a.fdl", 0, ["source.fixAll"])
    (change,) = editor.request("codeAction/resolve", every)["edit"]["documentChanges"]
    assert edited(text, change["edits"]) == PROGRAM.replace("F = 81", "F = 80")
    assert actions(editor, "a.fdl", 0, ["refactor"]) == []
    editor.write("a.fdl", PROGRAM)
    assert "edit" not in editor.request("codeAction/resolve", every)  # it was offered for another text


def test_formatting_is_that_of_fdc_fmt(editor: Editor) -> None:
    text = METHOD.replace("  param times = uniform(0, 1)", "param times=uniform( 0,1 )").replace(
        "    x0 = ", "  x0="
    )
    editor.open("fmt.fdl", text)
    options = {"tabSize": 2, "insertSpaces": True}
    edits = editor.about("formatting", "fmt.fdl", options=options)
    assert edited(text, edits) == format(Source("fmt.fdl", text)) == METHOD
    assert len(edits) == 2
    assert editor.write("fmt.fdl", METHOD) == []
    assert editor.about("formatting", "fmt.fdl", options=options) == []
    editor.write("fmt.fdl", METHOD.replace("update student {", "update student"))
    assert editor.about("formatting", "fmt.fdl", options=options) is None


def test_formatting_a_stretch_keeps_other_declarations(editor: Editor) -> None:
    first, second = (f"method {n}(student) {{\nparam x=1\n}}\n" for n in "ab")
    editor.open("two.fdl", first + "\n" + second)
    stretch = {"start": {"line": 5, "character": 0}, "end": {"line": 5, "character": 3}}
    options = {"tabSize": 2, "insertSpaces": True}
    edits = editor.about("rangeFormatting", "two.fdl", range=stretch, options=options)
    assert edited(first + "\n" + second, edits) == first + "\n" + second.replace("param x=1", "  param x = 1")


def test_line_ends_stay_as_they_are(editor: Editor) -> None:
    text = METHOD.replace("    x0 = ", "  x0=").replace("\n", "\r\n")
    editor.open("crlf.fdl", text)
    edits = editor.about("formatting", "crlf.fdl", options={"tabSize": 2, "insertSpaces": True})
    assert edited(text, edits) == METHOD.replace("\n", "\r\n")


# the shape of a file, hints


def test_the_outline_holds_declarations_and_stays_while_one_is_broken(editor: Editor) -> None:
    def tree(symbols: list[dict[str, Any]]) -> list[Any]:
        return [(s["name"], tree(s["children"])) if s["children"] else s["name"] for s in symbols]

    editor.open("o.fdl", METHOD)
    wanted = [("tune", ["times", "made", ("update student", ["same", "near"])])]
    symbols = editor.about("documentSymbol", "o.fdl")
    assert tree(symbols) == wanted
    (method,) = symbols
    assert method["range"]["end"]["line"] == METHOD.count("\n") - 1
    assert method["selectionRange"]["start"] == {"line": 0, "character": 7}
    assert method["detail"] == "student, teacher"
    broken = in_update("y = student.x0(")
    editor.write("o.fdl", broken)
    symbols = editor.about("documentSymbol", "o.fdl")
    assert tree(symbols) == wanted
    assert symbols[0]["range"]["end"]["line"] == broken.count("\n") - 1
    editor.open("op.fdl", PROGRAM)
    names = tree(editor.about("documentSymbol", "op.fdl"))[0][1]
    assert names[:5] == ["sizes", "count", "student", "teacher", "critic"]
    assert ("clips", ["prompt", "video"]) in names and "use dmd2" in names and "optimize critic" in names


def test_folds(editor: Editor) -> None:
    text = f"import wan\nimport dmd2\n\n# one\n# two\n{METHOD}"
    editor.open("fold.fdl", text)
    found = {(f["startLine"], f["endLine"], f.get("kind")) for f in editor.about("foldingRange", "fold.fdl")}
    head = place(text, "method")[0]
    assert (0, 1, "imports") in found and (3, 4, "comment") in found
    assert (head, text.count("\n") - 2, None) in found
    loop = place(text, "for (")[0]
    assert (loop, loop + 1, None) in found


def hints(editor: Editor, name: str, text: str) -> dict[str, str]:
    """Hints by the line that they stand behind."""
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": text.count("\n") + 1, "character": 0}}
    found = editor.about("inlayHint", name, range=whole)
    lines = text.split("\n")
    for h in found:
        assert h["position"]["character"] == len(lines[h["position"]["line"]])
    return {lines[h["position"]["line"]].strip(): h["label"] for h in found}


def test_hints_tell_dims_levels_and_latents(editor: Editor) -> None:
    editor.open("i.fdl", PROGRAM)
    found = hints(editor, "i.fdl", PROGRAM)
    assert found['role teacher = wan.t2v_14b("large")'] == "wan21[b, 16, t = 21, h = 60, w = 104]"
    used = "use dmd2(student, teacher, critic) { steps = ticks([1000, 757, 522]), scale = 4.5 }"
    assert found[used] == "noise levels 1, 0.757, 0.522"
    assert len(found) == 4
    editor.open("im.fdl", METHOD)
    assert hints(editor, "im.fdl", METHOD) == {
        "x0 = stop(made(batch, depth = 3))": "clean[student]",
        "xt = student.noisy(x0, eps, t)": "noisy[student] at t",
        "x = x + (next.sigma - t.sigma)*student.predict(x, t, c)": "noisy[student] at next",
    }
    broken = in_update("y = student.x0(")
    editor.write("im.fdl", broken)
    assert len(hints(editor, "im.fdl", broken)) == 3
    line = place(METHOD, "xt =")[0]
    part = {"start": {"line": line, "character": 0}, "end": {"line": line + 1, "character": 0}}
    editor.write("im.fdl", METHOD)
    assert [h["label"] for h in editor.about("inlayHint", "im.fdl", range=part)] == ["noisy[student] at t"]


def test_lenses_check_run_and_draw(editor: Editor) -> None:
    text = f"{PROGRAM}\n{METHOD}"
    editor.open("lens.fdl", text)
    found = [
        (
            text.split("\n")[x["range"]["start"]["line"]].split()[:2],
            x["command"]["title"],
            x["command"]["command"],
        )
        for x in editor.about("codeLens", "lens.fdl")
    ]
    program, method = [place(text, word)[0] for word in ("program ", "method ")]
    names = [text.split("\n")[line].split()[:2] for line in (program, method)]
    assert [(words, title) for words, title, _ in found] == [
        *((names[0], title) for title in ("check", "run", "graph")),
        *((names[1], title) for title in ("check", "graph")),
    ]
    assert all(command == f"fdl.{title}" for _, title, command in found)
    assert editor.about("codeLens", "lens.fdl")[0]["command"]["arguments"] == [
        editor.uri("lens.fdl"),
        names[0][1],
    ]
    editor.write("lens.fdl", f"# above\n{text}")
    assert editor.about("codeLens", "lens.fdl")[0]["range"]["start"]["line"] == program + 1


def test_a_hover_and_a_definition_work_while_the_text_is_broken_elsewhere(editor: Editor) -> None:
    editor.open("still.fdl", METHOD)
    broken = in_update("y = student.x0(")
    assert editor.write("still.fdl", broken)
    assert "xt: noisy[student] at t" in hover(editor, "still.fdl", broken, "xt =")
    editor.open("by.fdl", with_method("still.fdl"))  # positions in its check are those of the broken text
    assert hover(editor, "still.fdl", broken, "xt =") == "```fdl\nxt: noisy[student] at t\n```"
    assert targets(editor, "still.fdl", broken, "xt, t, student.cond(batch)), t") == [
        f"still.fdl:{at(broken, 'xt =')}"
    ]
