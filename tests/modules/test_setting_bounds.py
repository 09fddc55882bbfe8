"""Settings: any value for any of them gives one of the right type within its bounds, or one problem that names it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fdc.compiler.modules.given_settings import Opaque, SettingCall, Word
from fdc.compiler.modules.setting_checks import validate
from fdc.compiler.modules.setting_kinds import REQUIRED, Setting
from fdc.compiler.modules.settings import ARGUMENTS, BLOCKS, IN_PLACE_OF

STEP = Opaque("an expression of step")
NAN, INF = float("nan"), float("inf")
MOST = (1 << 63) - 1
LEAST_ABOVE_0 = 5e-324
MOST_BELOW_1 = 1 - 2.0**-53
NO_NUMBERS = ["", "1", [1], [], True, False, None, Word("one"), SettingCall("one")]
NO_WHOLES = [1.0, 2.5, NAN, INF, -1, 1 << 63, 1 << 2000, STEP, *NO_NUMBERS]
NO_FLOATS = [NAN, INF, -INF, 1 << 2000, -LEAST_ABOVE_0, -1, *NO_NUMBERS]
NO_TEXTS = ["", 0, 1.5, True, STEP, [], ["a"], SettingCall("a")]
NO_NAMES = ["a", Word("a"), 1, [], [1], ["a", 1], [["a"]], ["a", STEP], STEP]
NO_WORDS = ["x", 1, 0.5, True, STEP, [], Word("x"), SettingCall("x")]
Edges = tuple[list[object], list[object]]
ABOVE_0: Edges = ([1, 2, MOST], [0, *NO_WHOLES])
WHOLE_OR_NONE: Edges = ([*ABOVE_0[0], None], [x for x in ABOVE_0[1] if x is not None])
FROM_0: Edges = ([0, 1, MOST], NO_WHOLES)
POSITIVE: Edges = ([LEAST_ABOVE_0, 1, 1.7e308], [0, 0.0, -0.0, STEP, *NO_FLOATS])
POSITIVE_OR_NONE: Edges = ([*POSITIVE[0], None], [x for x in POSITIVE[1] if x is not None])
SHARE: Edges = ([0, -0.0, 0.5, 1], [1 + 2.0**-52, 2, STEP, *NO_FLOATS])
BELOW_1: Edges = ([0, 0.5, MOST_BELOW_1], [1, 1.0, STEP, *NO_FLOATS])
FLAG: Edges = ([True, False], [0, 1, 1.0, "true", Word("x"), STEP, None, [True]])
WORDING: Edges = (["a", Word("a"), None], ["", 1, ["a"], STEP, SettingCall("a")])
FOLDER = SettingCall("folder", ("a",))
SIZES = SettingCall("sizes", (), {"H": 8})
BUCKETS: Edges = (
    [Word("auto"), [SIZES], [SIZES] * 64, None],
    [SIZES, [], [SIZES] * 65, ["a"], [SIZES, 1], 8, STEP],
)
EXPORT: Edges = (
    [True, False, Word("comfy"), Word("merged")],
    [0, 1, 1.0, "true", Word("x"), STEP, None, [True], SettingCall("comfy")],
)
TEXT: Edges = (["a", "\u00e9\n", Word("a")], [*NO_TEXTS, None])
ROLE: Edges = (["a", Word("a"), None], NO_TEXTS)
NAMES: Edges = ([["a"], ["a", Word("b"), ""], None], NO_NAMES)
THREE: Edges = (
    [[1, 4, MOST]],
    [
        4,
        [4, 4],
        [4, 4, 4, 4],
        [4, 4, 0],
        [4, 4, 1 << 63],
        [4, 4, 4.0],
        [4, 4, True],
        [[4, 4, 4]],
        [4, STEP, 4],
    ],
)
UPSCALE: Edges = ([1, 1.7e308, None], [0, 0.99, STEP, *(x for x in NO_FLOATS if x is not None)])
STORE: dict[str, Edges] = {
    "may_fail": SHARE,
    "rate": WHOLE_OR_NONE,
    "fps": ([*POSITIVE[0], None], [x for x in POSITIVE[1] if x is not None]),
    "stride": ABOVE_0,
    "cut": ([Word("drawn"), Word("first"), Word("middle")], [None, Word("last"), *NO_WORDS]),
    "max_pixels": ABOVE_0,
    "max_upscale": UPSCALE,
    "repeat": ABOVE_0,
    "buckets": BUCKETS,
}
HANDED_ON: Edges = ([STEP, None], [1, "x", Word("x"), True])
"""What the checker hands on as it stands."""
EDGES: dict[str, dict[str, Edges]] = {
    "role": {
        "train": ([Word("frozen"), Word("full"), SettingCall("lora", (1,))], [None, Word("lora"), *NO_WORDS]),
        "precision": ([Word("f32"), Word("bf16"), Word("pure_bf16")], [None, Word("f16"), *NO_WORDS]),
        "attention": (
            [Word("dense"), Word("sla"), SettingCall("sla"), SettingCall("vmoba", ([1, 1, 1], 2))],
            [None, Word("vsa"), *NO_WORDS],
        ),
        "checkpointing": (
            [Word("none"), Word("full"), Word("selective"), None],
            [SettingCall("full"), *NO_WORDS],
        ),
        "offload": FLAG,
        "compile": (
            [Word("none"), Word("regional"), Word("chains")],
            [SettingCall("regional"), None, *NO_WORDS],
        ),
        "init": ROLE,
        "adapter": ROLE,
        "jvp": ([Word("forward")], [SettingCall("forward"), None, *NO_WORDS]),
    },
    "train": {
        "steps": ABOVE_0,
        "epochs": (ABOVE_0[0], [x for x in ABOVE_0[1] if x is not None]),
        "batch": ABOVE_0,
        "accumulate": ABOVE_0,
        "each": ABOVE_0,
        "clip": (
            [*POSITIVE_OR_NONE[0], SettingCall("value", (1,))],
            [*POSITIVE_OR_NONE[1], SettingCall("norm", (1,))],
        ),
        "seed": FROM_0,
        "deterministic": FLAG,
        "skip_nonfinite": FROM_0,
    },
    "validate": {
        "every": WHOLE_OR_NONE,
        "at": ([[0], [0, 100, MOST], None], [0, [], [1.5], [-1], [True], [1 << 63], ["a"], STEP, Word("a")]),
        **dict.fromkeys(("sample", "loss", "data"), HANDED_ON),
        "prompts": (
            ["a", ["a", ""], [Word("a")], None],
            ["", [], [1], ["a", None], ["a", STEP], STEP, 1, SettingCall("a")],
        ),
        "negative": (["", "a", Word("a"), None], [x for x in NO_TEXTS if x != ""]),
        "weights": ([Word("live"), Word("average"), SettingCall("average", ("a", 0.5))], [None, *NO_WORDS]),
        "seed": FROM_0,
        "count": WHOLE_OR_NONE,
        "batch": WHOLE_OR_NONE,
        "name": ROLE,
    },
    "checkpoint": {"every": ABOVE_0, "keep": ABOVE_0, "async": FLAG, "export": EXPORT},
    "mesh": dict.fromkeys(("replicate", "shard", "sequence", "tensor"), ABOVE_0),
    "produce": {"fields": NAMES, "count": ABOVE_0, "batch": ABOVE_0, "seed": FROM_0},
    "folder": {
        "path": TEXT,
        "may_fail": SHARE,
        "rate": WHOLE_OR_NONE,
        "fps": POSITIVE_OR_NONE,
        "stride": ABOVE_0,
        "cut": ([Word("drawn"), Word("first"), Word("middle")], [None, Word("last"), *NO_WORDS]),
        "max_pixels": ABOVE_0,
        "max_upscale": UPSCALE,
        "repeat": ABOVE_0,
        "prompt": WORDING,
        "prefix": WORDING,
        "buckets": BUCKETS,
    },
    "mix": {
        "folders": ([[FOLDER], [FOLDER, FOLDER]], [FOLDER, [], ["a"], [FOLDER, "a"], None, 1, STEP]),
        "buckets": BUCKETS,
    },
    "lines": {"path": TEXT},
    "shards": {"path": TEXT},
    "webdataset": {"path": TEXT, **STORE},
    "parquet": {"path": TEXT, **STORE},
    "hub": {"name": TEXT, "split": (["test"], [None, *NO_TEXTS]), "subset": ROLE, "revision": ROLE, **STORE},
    "shapes": {"path": TEXT, "count": ABOVE_0, "seed": FROM_0, "may_fail": SHARE},
    **{tracker: {} for tracker in ("tensorboard", "wandb", "trackio", "mlflow")},
}
STEPPER: dict[str, Edges] = {
    "lr": ([*POSITIVE[0], STEP], [x for x in POSITIVE[1] if x is not STEP]),
    "weight_decay": ([0, 1.7e308], [STEP, *NO_FLOATS]),
    "warmup": FROM_0,
    "schedule": (
        [
            *map(Word, ("constant", "linear", "rex", "cosine", "polynomial")),
            SettingCall("cosine", (3,)),
            SettingCall("polynomial", (0.5,)),
        ],
        [None, Word("warmup"), SettingCall("linear"), SettingCall("cosine", (0,)), *NO_WORDS],
    ),
    "min_lr_ratio": ([*SHARE[0], None], [x for x in SHARE[1] if x is not None]),
}
ADAM: dict[str, Edges] = {
    **STEPPER,
    "betas": (
        [[0, MOST_BELOW_1], [0.5, 0]],
        [
            0.9,
            [0.9],
            [0.9, 0.9, 0.9],
            [0.9, 1],
            [-0.1, 0.9],
            [NAN, 0.9],
            [0.9, True],
            [0.9, 1 << 2000],
            [],
            None,
        ],
    ),
    "eps": POSITIVE,
}
FROM_0_NUMBER: Edges = ([0, 1.7e308], [STEP, *NO_FLOATS])
EDGES |= {
    **dict.fromkeys(("adamw", "adam", "radam", "adamw8bit", "adamw_kahan"), ADAM),
    "muon": {**STEPPER, "momentum": BELOW_1, "adamw_lr": POSITIVE_OR_NONE},
    "prodigy": {
        **ADAM,
        "d0": POSITIVE,
        "d_coef": POSITIVE,
        "growth_rate": ([1.5, 1.7e308, None], [1, 0.5, STEP, *(x for x in NO_FLOATS if x is not None)]),
        "use_bias_correction": FLAG,
        "safeguard_warmup": FLAG,
    },
    "schedule_free": {
        **{n: e for n, e in ADAM.items() if n not in ("schedule", "min_lr_ratio")},
        "betas": ([[0.5, MOST_BELOW_1]], [[0, 0.9], [0.9], 0.9, None]),
        "r": FROM_0_NUMBER,
        "weight_lr_power": FROM_0_NUMBER,
    },
}
ARGUMENT_EDGES: dict[str, dict[str, Edges]] = {
    "only": {
        "layers": (["a", ["a", "b"]], ["", [], 1, [1], STEP, None, SettingCall("a")]),
        "except": (["a", ["a", "b"], None], ["", [], 1, [1], STEP, SettingCall("a")]),
    },
    "lora": {
        "rank": ABOVE_0,
        "alpha": POSITIVE_OR_NONE,
        "dropout": BELOW_1,
        "targets": NAMES,
        "from": ROLE,
    },
    "lokr": {
        "rank": ABOVE_0,
        "alpha": POSITIVE_OR_NONE,
        "factor": ([2, MOST, None], [1, 0, *(x for x in NO_WHOLES if x is not None)]),
        "targets": NAMES,
        "from": ROLE,
    },
    "difference": {"width": ([LEAST_ABOVE_0, MOST_BELOW_1], [0, 1, STEP, *NO_FLOATS])},
    "average": {
        "role": ROLE,
        "decay": (
            [LEAST_ABOVE_0, MOST_BELOW_1, None],
            [0, 1, STEP, *(x for x in NO_FLOATS if x is not None)],
        ),
        "half_life": POSITIVE_OR_NONE,
        "power": POSITIVE_OR_NONE,
        "start": FROM_0,
    },
    "value": {"limit": POSITIVE},
    "cosine": {"cycles": ABOVE_0},
    "polynomial": {"power": POSITIVE},
    "vsa": {"tile": THREE, "sparsity": BELOW_1},
    "vmoba": {"chunk": THREE, "topk": ABOVE_0},
    "sla": {"topk": SHARE, "block": ABOVE_0},
    "bsa": {"tile": THREE, "sparsity": BELOW_1},
}
NEEDED: dict[str, object] = {
    "layers": "a",
    "limit": 1.0,
    "path": "x",
    "name": "x",
    "lr": 1e-4,
    "steps": 1,
    "every": 1,
    "sample": STEP,
    "count": 1,
    "folders": [FOLDER],
    "rank": 1,
    "tile": [4, 4, 4],
    "chunk": [4, 4, 4],
    "sparsity": 0.5,
    "topk": 1,
}
WITH = {
    "only": ("role", "train"),
    "value": ("train", "clip"),
    "lora": ("role", "train"),
    "lokr": ("role", "train"),
    "average": ("validate", "weights"),
    "difference": ("role", "jvp"),
    "cosine": ("adamw", "schedule"),
    "polynomial": ("adamw", "schedule"),
}
"""Where words with arguments may stand, if not as a role's `attention`."""


def needed(settings: Mapping[str, Setting]) -> dict[str, object]:
    return {n: NEEDED[n] for n, s in settings.items() if s.default is REQUIRED}


def told(word: str, arguments: Mapping[str, object]) -> tuple[str, str, dict[str, object]]:
    """A block, the entry in which a word with these arguments stands, and the entries."""
    block, entry = WITH.get(word, ("role", "attention"))
    return block, entry, {**needed(BLOCKS[block]), entry: SettingCall(word, (), arguments)}


def kept(given: object) -> object:
    """What a value that is accepted becomes; words with arguments are left out."""
    if isinstance(given, list):
        return [kept(v) for v in given]
    return given.name if isinstance(given, Word) else given


def accepted(block: str, entries: Mapping[str, object]) -> Mapping[str, object]:
    checked = validate(block, entries)
    assert checked.problems == () and checked.values is not None
    return checked.values


def test_every_setting_has_its_edges_here() -> None:
    assert {b: list(e) for b, e in EDGES.items()} == {b: list(s) for b, s in BLOCKS.items()}
    assert {b: list(e) for b, e in ARGUMENT_EDGES.items()} == {b: list(s) for b, s in ARGUMENTS.items()}


@pytest.mark.parametrize(("block", "entry"), [(b, e) for b in EDGES for e in EDGES[b]])
def test_a_setting_takes_what_lies_within_its_bounds_and_nothing_else(block: str, entry: str) -> None:
    takes, refuses = EDGES[block][entry]
    setting, others = BLOCKS[block][entry], needed(BLOCKS[block])
    others = {n: v for n, v in others.items() if IN_PLACE_OF.get(n) != entry}
    for value in takes:
        found = accepted(block, {**others, entry: value})[entry]
        if isinstance(value, SettingCall) or (isinstance(value, Word) and value.name in setting.calls):
            assert isinstance(found, dict) and found["kind"] == value.name
        else:
            assert found == kept(value) and right(setting, found)
    for value in [*refuses, *setting.words]:  # a word is no text
        checked = validate(block, {**others, entry: value})
        assert checked.values is None, value
        assert [p.entry for p in checked.problems] == [entry]
        assert checked.problems[0].kind == "bad"


@pytest.mark.parametrize(("word", "entry"), [(w, e) for w in ARGUMENT_EDGES for e in ARGUMENT_EDGES[w]])
def test_an_argument_takes_what_lies_within_its_bounds_and_nothing_else(word: str, entry: str) -> None:
    takes, refuses = ARGUMENT_EDGES[word][entry]
    others = needed(ARGUMENTS[word])
    for value in takes:
        block, at, entries = told(word, {**others, entry: value})
        found = accepted(block, entries)[at]
        assert isinstance(found, dict) and found["kind"] == word and found[entry] == kept(value)
        assert list(found) == ["kind", *ARGUMENTS[word]]
    for value in refuses:
        block, at, entries = told(word, {**others, entry: value})
        (problem,) = validate(block, entries).problems
        assert (problem.entry, problem.kind) == (at, "bad"), value
        assert problem.message.startswith(f"`{entry}` must be {ARGUMENTS[word][entry].wanted}, not ")
        assert problem.message.endswith(f", in `{word}(...)`")


def test_what_is_needed_and_left_out_is_named() -> None:
    for block, settings in BLOCKS.items():
        for entry in needed(settings):
            others = {n: v for n, v in needed(settings).items() if n != entry}
            (problem,) = validate(block, others).problems
            assert (problem.entry, problem.kind) == (entry, "missing")
            assert problem.message == f"`{block}` needs `{entry}`, {settings[entry].wanted}"


def right(setting: Setting, value: object) -> bool:
    """Whether a checked value has one of the setting's types, within its bounds."""
    if isinstance(value, dict):
        arguments = ARGUMENTS[value["kind"]]
        own = {n: v for n, v in value.items() if n != "kind"}
        return value["kind"] in setting.calls and all(right(arguments[n], v) for n, v in own.items())
    if isinstance(value, list):
        numbers = [v for v in value if type(v) in (int, float)]
        fewest, most = setting.length
        return fewest <= len(value) <= most and all(
            [type(v) is setting.items for v in value] + [within(setting, v) for v in numbers]
        )
    if isinstance(value, str):
        return value in setting.words or (str in setting.types and len(value) >= setting.length[0])
    if type(value) in (int, float):
        return type(value) in setting.types and within(setting, value)
    return (value is None and setting.default is None) or type(value) in setting.types


def within(setting: Setting, number: object) -> bool:
    assert isinstance(number, (int, float))
    inside = not (number < setting.least or number <= setting.above)
    return math.isfinite(number) and inside and not (number > setting.most or number >= setting.below)


words = sorted({w for s in BLOCKS.values() for x in s.values() for w in x.words} | set(ARGUMENTS) | {"x"})
argument_names = sorted({name for settings in ARGUMENTS.values() for name in settings} | {"x"})
plain = st.recursive(
    st.integers(-2, 3)
    | st.integers()
    | st.integers(min_value=1 << 600)
    | st.floats(0, 1)
    | st.floats()
    | st.booleans()
    | st.text(max_size=60)
    | st.just(STEP)
    | st.builds(Word, st.sampled_from(words)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.builds(
            SettingCall,
            st.sampled_from([*ARGUMENTS, "x"]),
            st.lists(inner, max_size=6).map(tuple),
            st.dictionaries(st.sampled_from(argument_names), inner, max_size=3),
        )
    ),
    max_leaves=6,
)


untimed = hypothesis.settings(
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)


@untimed
@given(st.data())
def test_any_input_gives_right_values_or_problems(data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(sorted(BLOCKS)))
    names = st.sampled_from([*BLOCKS[block], "other"])
    entries = data.draw(st.dictionaries(names, plain, max_size=4))
    checked = validate(block, entries)
    assert (checked.values is None) == bool(checked.problems)
    assert len({p.entry for p in checked.problems}) == len(checked.problems)
    for problem in checked.problems:
        assert problem.entry in entries or problem.kind == "missing"
        assert len(problem.message) < 2000
    if checked.values is not None:
        assert list(checked.values) == list(BLOCKS[block])
        assert all(right(BLOCKS[block][n], v) for n, v in checked.values.items())


@pytest.mark.slow
@pytest.mark.parametrize("block", [b for b in BLOCKS if BLOCKS[b]])
@untimed
@given(data=st.data())
def test_one_value_gives_a_right_value_or_one_problem(block: str, data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(list(BLOCKS[block])))
    others = needed(BLOCKS[block])
    checked = validate(block, {**others, entry: data.draw(plain)})
    if checked.values is None:
        assert [p.entry for p in checked.problems] == [entry]
    else:
        assert right(BLOCKS[block][entry], checked.values[entry])
        assert validate(block, others).values == {
            **checked.values,
            entry: others.get(entry, BLOCKS[block][entry].default),
        }


def test_every_default_is_what_its_own_entry_accepts() -> None:
    """Nothing checks defaults when a program is checked, so a table's slip would show only at run time."""
    for tables in (BLOCKS, ARGUMENTS):
        for settings in tables.values():
            for setting in settings.values():
                assert setting.default is REQUIRED or right(setting, setting.default)
