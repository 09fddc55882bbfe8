"""What holds values together: constants, lists, records, the batch, and loops with what their rounds carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .op import ATOM, PRODUCT, Op

if TYPE_CHECKING:
    from torch import Tensor


def chosen_texts(condition: Tensor | bool, a: Sequence[str], b: Sequence[str]) -> list[str]:
    """The text of `a` where a condition holds, one for all or [b], else that of `b`; as many as there are samples."""
    holds = [condition] * len(a) if isinstance(condition, bool) else condition.expand(len(a)).tolist()
    return [one if chosen else other for chosen, one, other in zip(holds, a, b, strict=True)]


def filled(like: Tensor, value: float, dims: Sequence[int | None]) -> Tensor:
    """A tensor of one number, float32 on the device of `like`; None among its dims are the rows of `like`."""
    shape = [like.shape[0] if d is None else d for d in dims]
    return like.new_full(shape, value).float()


def numbers(like: Tensor, *values: float) -> Tensor:
    """The same numbers for each sample of `like` [b, ...]: float32 [b, n]."""
    return like.new_tensor(values).float().expand(len(like), -1)


OPS = (
    Op("const", "host", 0, "{value}", stands="inline", named=False, rule="const", gradient="none"),
    Op("list", "host", None, "[{*}]", rule="list"),
    Op("tuple", "structure", None, "({*})", rule="tuple", linear="sum"),
    Op("range", "expanded", 2),
    Op(
        "item",
        "structure",
        1,
        "{0}[{index}]",
        ATOM,
        (ATOM,),
        hint="s",
        stands="inline",
        rule="item",
        linear="sum",
    ),
    Op("index", "host", 2, "{0}[{1}]", ATOM, (ATOM, 0), hint="s", stands="inline", rule="index"),
    Op(
        "len",
        "expanded",
        1,
        form="len(list)",
        meaning="How many entries a list has.",
        rule="len",
    ),
    Op(
        "step",
        "host",
        0,
        "run.step",
        stands="inline",
        rule="step",
        box="state",
        caption="the number of this step",
    ),
    Op("sized", "host", 0, 'run.sizes["{name}"]', stands="inline"),
    Op("batch", "structure", 0, "batch", stands="inline", named=False, rule="batch"),
    Op(
        "field",
        "structure",
        1,
        '{0}["{name}"]',
        ATOM,
        (ATOM,),
        stands="inline",
        named=False,
        rule="field",
        box="data",
    ),
    Op("fields", "structure", None, "{{{entries}}}", stands="inline"),
    Op("repeat", "structure", 1, "[{0}] * run.batch_size", PRODUCT, stands="inline", box="text"),
    Op(
        "chosen_texts",
        "structure",
        3,
        "chosen_texts({0}, {1}, {2})",
        imports="fdc.stages.structure:chosen_texts",
        gradient="none",
        hint="texts",
    ),
    Op(
        "filled",
        "structure",
        1,
        "filled({0}, {value}, {dims})",
        imports="fdc.stages.structure:filled",
        rule="filled",
        gradient="none",
        hint="filled",
    ),
    Op(
        "row_of_numbers",
        "broadcast",
        None,
        "numbers({*})",
        imports="fdc.stages.structure:numbers",
        rule="row_of_numbers",
        gradient="none",
    ),
    Op(
        "numbers_of_each",
        "host",
        None,
        "torch.tensor([{*}], device=run.device).float().expand(run.batch_size, -1)",
        rule="numbers_of_each",
        gradient="none",
        hint="numbers",
    ),
    Op(
        "given",
        "expanded",
        2,
        form="given(batch.x, other)",
        meaning="A field of the batch where the data has it, else the other value; a list of numbers is a row of each.",
        rule="given",
    ),
    Op("param", "structure", 0, stands="inline", distinct=True),
    Op("part", "structure", 1, stands="alone"),
    Op(
        "state",
        "opaque",
        0,
        'run.state["{name}"]',
        rule="state",
        gradient="enters",
        box="state",
        caption="kept from step to step",
    ),
    Op("scalar", "host", 1, "run.scalar({0})", ATOM),
    Op(
        "of_batch",
        "opaque",
        0,
        'run.numbers["{name}"]',
        gradient="enters",
        box="state",
        caption="of the whole batch",
    ),
    Op(
        "share_of_batch",
        "opaque",
        0,
        "run.share_of_batch({low}, {high})",
        gradient="none",
        hint="share",
        box="state",
        caption="some samples of the batch",
    ),
    Op("loop", "structure", None, stands="alone", rule="loop", distinct=True, own_order=True),
    Op("result", "structure", 1, rule="result", gradient="enters", linear="sum"),
    Op("extent", "expanded", 0, gradient="none"),
    Op("carried", "expanded", 0, gradient="enters", distinct=True, of_round=True, linear="sum"),
    Op("loop_index", "expanded", 0, distinct=True, of_round=True),
    Op("loop_item", "expanded", 0, gradient="enters", distinct=True, of_round=True),
    Op("number", "expanded", 1, rule="same", linear="sum"),
    Op("varied", "expanded", 1, rule="same", distinct=True, linear="sum"),
    Op("claim", "expanded", 1, rule="same", distinct=True, explained=True, linear="sum"),
    Op("role", "expanded", 0),
    Op("unknown", "expanded", 0, gradient="enters", distinct=True),
)
"""`of_batch` is a number of the whole batch, where that is taken in parts, and `share_of_batch` the weight of each sample in
the mean over some samples of a batch. `number` reads a drawn noise level as a number, `varied` is an argument along which a
call is differentiated, and `claim` is a value under what its author says that it is. In a graph `part` is one result of a
call that gives several, in a program a latent of a product space."""
