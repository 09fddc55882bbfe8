"""Families alone and with a program's sizes: good ones are clean, each mistake gets its code and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import EXAMPLES, REFUSED, ROOT, TESTS
from references.cases import all_cases

from fdc.compiler.base.diagnostic_bag import Bag
from fdc.compiler.base.source import Source, Span
from fdc.compiler.check.core.annotations import Annotations
from fdc.compiler.check.core.dim_expressions import dim_of
from fdc.compiler.check.core.family_model import FamilyModel
from fdc.compiler.check.families import family
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.modules.imports import Definition, read, resolve
from fdc.compiler.syntax import ast
from fdc.compiler.syntax.parser import parse, parse_expression
from fdc.compiler.types.dims import Dim, Facts
from fdc.compiler.types.quantity import CLEAN
from fdc.compiler.types.types import Latent, ListOf, Record, Scalar, Space, Tensor, TimeType, Tuple, Type

FILES = (
    EXAMPLES / "wan.fdl",
    EXAMPLES / "spaces.fdl",
    REFUSED / "conditions" / "short_text.fdl",
    *sorted((ROOT / "families").glob("*/*.fdl")),
)
TOY = TESTS / "check" / "toy.fdl"  # not there: the text is made
NUMBERS = {"F": 33, "H": 480, "W": 832, "N": 64000, "fps": 24}

GOOD = """family toy {
  sizes { F = 4*k + 1, H = 16*m, W = 16*n, D = 64 }
  component net = diffusers.Net { trainable, config = { layers = 4, heads = 2 } }
  component vae = diffusers.Vae { dtype = f32, subfolder = "codec" }
  space lat = bf16[b, 9, t = (F - 1)/4 + 1, h = H/8, w = W/8] from vae {normalize = (z - vae.m)/vae.config.s }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s, shift = 3.0 }
  record text { rows: bf16[b, 77, D] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_video : encode(video: pixels[b, 3, F, H, W]) -> clean[lat] by vae.encode(x = video)
  stage d : denoise(x: noisy[lat], t: time[b], c: text) -> predict[lat] by net(x = x, t = t.ticks, c = c.rows)
  stage decode_video : decode(x0: clean[lat]) -> pixels[b, 3, F, H, W] by vae.decode(z = x0)
  param negative: str = ""
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text(negative) }
  graph clean(batch) { return encode_video(batch.video) }
  graph sample(batch) { return decode_video(clean(batch)) }
  variant tiny {sizes.D = 8, net.config = {layers = 1}, net.subfolder = "s", process.shift = 5 negative = "n"}
}
"""
SIZES, NET, VAE, SPACE, PROCESS, RECORD, TEXT, VIDEO, DENOISE, DECODE, PARAM = range(2, 13)
COND, UNCOND, CLEAN_GRAPH, SAMPLE, TINY = range(13, 18)


def definitions(path: Path, text: str | None = None) -> list[Definition]:
    source = read(path, path.name) if text is None else Source(path.name, text)
    resolved = resolve(source, path)
    assert [str(d) for d in resolved.diagnostics] == []
    return [d for d in resolved.main.own() if isinstance(d.declaration, ast.FamilyDecl)]


def numbers(given: dict[str, int]) -> dict[str, tuple[int, Span]]:
    """Sizes as a program's text would give them."""
    text = "".join(f"{n} = {v}\n" for n, v in given.items())
    source = Source("program.fdl", text)
    found = {}
    for n, v in given.items():
        start = text.index(f"{n} =")
        found[n] = (v, Span(source, start, text.index("\n", start)))
    return found


def built(
    text: str = GOOD, variant: str | None = None, given: dict[str, int] | None = None
) -> tuple[FamilyModel | None, Bag]:
    bag = Bag()
    definition = definitions(TOY, text)[-1]
    chosen = numbers(given) if given is not None else None
    return family.build(definition, variant, chosen, bag, where=None), bag


def good(text: str = GOOD, variant: str | None = None, given: dict[str, int] | None = None) -> FamilyModel:
    model, bag = built(text, variant, given)
    assert bag.found == []
    assert model is not None
    return model


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_the_families_of_the_examples_are_clean(path: Path) -> None:
    for definition in definitions(path):
        variants = [m.name.id for m in definition.declaration.members if isinstance(m, ast.VariantDecl)]
        cases = all_cases().values() if path.is_relative_to(ROOT / "families") else ()
        sizes = {n: v for c in cases if c.family == path.stem for n, v in c.sizes.items()} or NUMBERS
        if path.parent.name == "mini":
            sizes = {**NUMBERS, "F": 32}  # even numbers of frames
        for variant in (None, *variants):
            for chosen in (None, numbers({**NUMBERS, **sizes})):
                bag = Bag()
                model = family.build(definition, variant, chosen, bag, where=None)
                assert bag.found == []
                assert model is not None
                typed = model.typed()
                assert not model.denoises or typed.space in typed.spaces
                assert not model.denoises or typed.denoise in typed.stages


def test_sizes_become_numbers_in_a_program_and_stay_symbols_alone() -> None:
    model = good(given=NUMBERS)
    assert [d.constant for d in model.space.dims] == [None, 9, 9, 60, 104]
    assert model.space.axes == ("b", None, "t", "h", "w")
    alone = good()
    assert [alone.facts.show(d) for d in alone.space.dims] == ["b", "9", "(F - 1)/4 + 1", "H/8", "W/8"]
    assert alone.sizes["D"] == Dim.of(64)


def test_a_variant_changes_sizes_components_shift_and_parameters() -> None:
    base, tiny = good(), good(variant="tiny")
    assert base.components["net"].config == {"layers": 4, "heads": 2}
    assert tiny.components["net"].config == {"layers": 1, "heads": 2}
    assert (base.components["net"].subfolder, tiny.components["net"].subfolder) == ("net", "s")
    assert tiny.components["vae"].subfolder == "codec"
    assert tiny.sizes["D"] == Dim.of(8)
    assert tiny.records["text"].fields[0].type.dims[2] == Dim.of(8)
    assert base.process is not None
    assert tiny.process is not None
    assert (base.process.shift, tiny.process.shift) == (3.0, 5.0)
    default = tiny.params["negative"].default
    assert isinstance(default, ast.String)
    assert default.value == "n"


def test_an_imported_space_is_the_same_space_with_this_familys_sizes() -> None:
    wan = definitions(EXAMPLES / "wan.fdl")[0]
    short = definitions(REFUSED / "conditions" / "short_text.fdl")[0]
    bag = Bag()
    a = family.build(wan, None, numbers(NUMBERS), bag, where=None)
    b = family.build(short, None, numbers(NUMBERS), bag, where=None)
    assert a is not None
    assert b is not None
    assert a.space == b.space


def test_a_product_space_has_its_parts() -> None:
    av = definitions(EXAMPLES / "spaces.fdl")[1]
    model = family.build(av, None, numbers(NUMBERS), Bag(), where=None)
    assert model is not None
    assert [n for n, _ in model.space.factors] == ["video", "audio"]
    assert {"video", "audio", "joint"} <= set(model.spaces)
    assert model.has_binding


DENOISES = "c: text) -> predict[lat] by net("


def test_what_is_missing_is_said_at_once() -> None:
    text = "\n".join(
        line for line in GOOD.split("\n") if "process flow" not in line and "graph sample" not in line
    )
    model, bag = built(text.replace("kind ", "").replace("process.shift = 5 ", ""))
    assert model is None
    assert [d.code for d in bag.found] == ["missing-argument"]
    assert "`sample(batch)`" in bag.found[0].message
    assert "a process" in bag.found[0].message


def test_errors_in_one_member_do_not_hide_or_repeat_those_in_others() -> None:
    text = GOOD.replace("h = H/8", "h = Q/8").replace("pad = zero", "pad = zeros").replace("net(x", "nett(x")
    text = text.replace("16*n", "n*n")
    _, bag = built(text)
    assert sorted(d.span.line for d in bag.found) == [SIZES, SPACE, RECORD, DENOISE]


def test_a_process_and_a_record_of_the_file_serve_a_family_that_has_none() -> None:
    process = next(line for line in GOOD.split("\n") if "process flow" in line)
    record = next(line for line in GOOD.split("\n") if "record text" in line)
    rest = GOOD.replace(process + "\n", "").replace(record + "\n", "").replace("77, D", "77, 64")
    model = good(f"{process}\n{record.replace('D]', '64]')}\n{rest}")
    assert model.process is not None
    assert model.process.kind == "flow"
    assert [f.name for f in model.records["text"].fields] == ["rows"]
    _, bag = built(f"{process}\n{process.replace('flow', 'other')}\n{record}\n{rest}")
    assert [d.code for d in bag.found] == ["missing-argument"]
    assert len(bag.found[0].labels) == 2


WAN = (EXAMPLES / "wan.fdl").read_text()


def test_a_space_from_another_family_needs_this_familys_sizes_and_codec(tmp_path: Path) -> None:
    (tmp_path / "wan.fdl").write_text(WAN)
    head = 'import "./wan.fdl" { wan21 } '
    space = next(line for line in GOOD.split("\n") if "space lat" in line)
    text = head + GOOD.replace(space, "").replace("[lat]", "[wan21]")

    def found(text: str) -> list[tuple[str, int, str]]:
        bag = Bag()
        definition = definitions(tmp_path / "toy.fdl", text)[0]
        family.build(definition, None, None, bag, where=None)
        return [(d.code, d.span.line, d.labels[0].span.source.path) for d in bag.found]

    assert found(text) == []
    assert found(text.replace("F = 4*k", "G = 4*k").replace("3, F, H", "3, G, H")) == [
        ("unknown-name", VIDEO, "wan.fdl")
    ]
    assert found(text.replace("H = 16*m", "H = 4*m")) == [("not-divisible", VIDEO, "wan.fdl")]
    assert found(text.replace("component vae", "component codec").replace("by vae", "by codec")) == [
        ("unknown-name", VIDEO, "wan.fdl")
    ]


def test_a_dotted_name_reaches_an_imported_familys_declarations(tmp_path: Path) -> None:
    (tmp_path / "wan.fdl").write_text(WAN)
    text = 'import "./wan.fdl" as w ' + GOOD.replace("[lat]", "[w.wan21]").replace("c.rows", "c.embeds")
    text = text.replace("-> text", "-> w.text").replace("c: text", "c: w.text")
    bag = Bag()
    model = family.build(definitions(tmp_path / "toy.fdl", text)[0], None, None, bag, where=None)
    assert bag.found == []
    assert model is not None
    assert model.space.name == "w.wan21"
    assert model.typed().space in model.codings


def test_what_uses_a_broken_import_stays_silent() -> None:
    text = "import nowhere { far }\n" + GOOD.replace("[lat]", "[far]")
    resolved = resolve(Source("toy.fdl", text), TOY)
    bag = Bag()
    family.build(next(resolved.main.own()), None, None, bag, where=None)
    assert [d.code for d in resolved.diagnostics] == ["unknown-import"]
    assert bag.found == []


def test_products_are_made_of_known_tensor_spaces() -> None:
    line = next(x for x in GOOD.split("\n") if "space lat" in x)

    def codes(*more: str) -> list[str]:
        return [d.code for d in built(GOOD.replace(line, "\n".join((line, *more))))[1].found]

    other = line.replace("lat", "other")
    assert codes(other, "  space both = lat * other") == []
    assert codes(other, "  space both = lat * othr") == ["unknown-name"]
    assert codes("  space both = lat * lat") == ["duplicate-name"]
    assert codes(other, "  space both = lat * other", "  space more = both * lat") == ["type-mismatch"]
    assert codes("  space a = lat * c", "  space c = lat * a") == ["type-mismatch"]


def test_select_may_choose_between_components() -> None:
    call = "net(x = x, t = t.ticks, c = c.rows)"
    good(GOOD.replace(call, f"select(t.sigma >= 0.875, {call}, {call.replace('net', 'vae.net')})"))
    _, bag = built(GOOD.replace(call, f"select(t.sigma >= 0.875, {call}, {call.replace('net', 'nett')})"))
    assert [d.code for d in bag.found] == ["unknown-name"]
    _, bag = built(GOOD.replace(call, f"select(t.sigma >= 0.875, {call})"))
    assert [d.code for d in bag.found] == ["type-mismatch"]


def test_maps_lists_and_concat_may_be_handed_over() -> None:
    value = '{ a = [concat(x, x, axis = c), 1.5, "s", true], b = select(t.sigma > 0.5, -x, x) }'
    good(GOOD.replace("(x = x,", f"(x = {value},"))


# sizes in a program


def test_sizes_that_do_not_fit_or_are_missing_give_no_model() -> None:
    """A program reports them once for all its families: `tests/programs/refused/sizes`."""
    full = {"F": 81, "H": 480, "W": 832}
    assert good(given={**full, "D": 64}).sizes["D"] == Dim.of(64)
    assert good(given={**full, "D": 32}).sizes["D"] == Dim.of(64)  # one of another family
    for given in ({**full, "F": 80}, {"F": 81}):
        model, bag = built(given=given)
        assert model is None and bag.found == []


def test_sizes_may_depend_on_each_other() -> None:
    text = GOOD.replace("W = 16*n", "W = 16*m")
    good(text, given={"F": 81, "H": 480, "W": 480})
    _, bag = built(text, given={"F": 81, "H": 480, "W": 832})
    assert [(d.code, d.span.text) for d in bag.found] == [("size-not-accepted", "W = 832")]


def test_an_unknown_variant_offers_the_nearest() -> None:
    model, bag = built(variant="tinny")
    assert model is None
    assert [(d.code, d.help) for d in bag.found] == [("unknown-name", "did you mean `tiny`?")]


# annotations

SPACE_S = Space("key", "S", "bf16", (Dim.of("b"), Dim.of(16)), ("b", None))
TEXT_R = Record((), "text")


def resolved(text: str) -> tuple[Type | None, str, list[str]]:
    file, problems = parse(Source("t.fdl", f"record r {{ x: {text} }}"))
    assert problems == ()
    (d,) = file.declarations
    assert isinstance(d, ast.RecordDecl)
    bag = Bag()
    names = {"F": Dim.of(9), "H": Dim.of(64), "W": None}
    declared = Annotations(names, Facts(), {"S": SPACE_S}, {"text": TEXT_R, "gone": None}, bag).resolve(
        d.fields[0].type
    )
    codes = [x.code for x in bag.found]
    return (declared.type, declared.kind, codes) if declared else (None, "", codes)


B, THREE, F, H = Dim.of("b"), Dim.of(3), Dim.of(9), Dim.of(64)
VIDEO_TYPE = Tensor("pixels", (B, THREE, F, H, H), ("b", None, None, None, None))


def test_annotations_become_types() -> None:
    cases: dict[str, tuple[Type, str]] = {
        "str": (Scalar("str"), "value"),
        "str[b]": (Scalar("str", ("b",), "sample"), "value"),
        "float[b, t]": (Scalar("float", ("b", "t"), "sample"), "value"),
        "pixels[b, 3, F, H, H]": (VIDEO_TYPE, "value"),
        "pixels[b, 3, H, H]": (Tensor("pixels", (B, THREE, H, H), ("b", None, None, None)), "value"),
        "wave[b, 2, 100]": (Tensor("wave", (B, Dim.of(2), Dim.of(100)), ("b", None, None)), "value"),
        "i64[b, n = F + 1]": (Tensor("i64", (B, Dim.of(10)), ("b", "n")), "value"),
        "clean[S]": (Latent(SPACE_S, CLEAN), "clean"),
        "noisy[S]": (Latent(SPACE_S, None), "noisy"),
        "text": (TEXT_R, "value"),
        "[str]": (ListOf(Scalar("str")), "value"),
        "(str, [int])": (Tuple((Scalar("str"), ListOf(Scalar("int")))), "value"),
    }
    for text, (type_, kind) in cases.items():
        assert resolved(text) == (type_, kind, []), text
    time = resolved("time[b, t]")[0]
    assert isinstance(time, TimeType)
    assert (time.axes, time.time.key) == (("b", "t"), "declared")


@pytest.mark.parametrize("text", ["gone", "bf16[b, W]", "[gone]", "pixels[b, 3, F, H, W]"])
def test_what_names_something_broken_is_silent(text: str) -> None:
    assert resolved(text) == (None, "", [])


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("(F - 1)/4", "`F - 1` leaves 3 when divided by 4", "a multiple of 4 fits"),
        ("F/0", "`80` is divided by 0", ""),
        ("Fr/2", "no size is called `Fr`", "did you mean `F`?"),
        ("H/8", "it is not known whether 8 divides `H`", "say so in `sizes`: `H = 8*k`"),
        ("(H - 3)/8", "it is not known whether 8 divides `H - 3`", "say so in `sizes`: `H = 8*k + 3`"),
        ("1.5", "this is not a dim", "a dim is made of sizes and whole numbers with + - * and exact /"),
    ],
)
def test_a_dim_that_makes_no_sense_says_why(text: str, message: str, help: str) -> None:
    bag = Bag()
    e = parse_expression(Source("t.fdl", text))
    assert not isinstance(e, tuple)
    assert dim_of(e, {"F": Dim.of(80), "H": Dim.of("H")}, Facts(), bag) is None
    assert [(d.message, d.help) for d in bag.found] == [(message, help)]


def test_one_mistake_in_a_family_is_one_error_of_the_whole_check() -> None:
    for old, new in (
        ("c.rows", "c.rowz"),
        ("by net(", "by nett("),
        ("from vae {", "from vea {"),
        ("bf16[b, 77", "bf61[b, 77"),
    ):
        found = check_source(Source("toy.fdl", GOOD.replace(old, new)), TOY).diagnostics
        assert len(found) == 1, (new, [(d.code, d.message) for d in found])
