"""Calls out of the function that they stand in: of stages, components, Python, and fused kernels."""

from __future__ import annotations

from .op import Op

OPS = (
    Op(
        "stage",
        "opaque",
        None,
        "{function}(run, {*})",
        stands="alone",
        rule="stage",
        runs="stage",
        calls=True,
        explained=True,
        box="stage",
    ),
    Op(
        "cached",
        "opaque",
        None,
        "{helper}({arguments})",
        gradient="none",
        calls=True,
        box="stage",
    ),
    Op(
        "batched",
        "opaque",
        None,
        "run.batched({function}, {*})",
        stands="inline",
        parts=True,
        gradient="none",
        runs="stage",
        calls=True,
        box="stage",
    ),
    Op("component", "opaque", None, "{callee}({arguments})", stands="alone", calls=True, box="stage"),
    Op(
        "python",
        "opaque",
        None,
        "checked({callee}({arguments}), {declared}, {what})",
        stands="alone",
        calls=True,
        box="stage",
    ),
    Op("experts", "opaque", None, "run.experts({*})", stands="alone", calls=True, box="stage"),
    Op("scheduled", "opaque", 1, "{callee}({0})", hint="ticks", gradient="none", box="time"),
    Op("scheduled_levels", "host", 0, "{callee}([{ticks}])", hint="levels", gradient="none", box="time"),
    Op("constant", "opaque", 0, "{callee}.{read}", stands="alone", gradient="none", box="constant"),
    Op(
        "shared",
        "opaque",
        None,
        'run.once("{name}", lambda: shared_{name}(run, batch))',
        stands="alone",
        calls=True,
        box="stage",
    ),
    Op(
        "forward_mode",
        "opaque",
        None,
        "forward_mode(run, {function}, {*})",
        imports="fdc.compiler.runtime.api.derivatives:forward_mode",
        hint="derivative",
        stands="alone",
        gradient="enters",
        runs="stage",
        calls=True,
        distinct=True,
        box="stage",
    ),
    Op(
        "central_difference",
        "opaque",
        None,
        "central_difference(run, {function}, {*})",
        imports="fdc.compiler.runtime.api.derivatives:central_difference",
        hint="derivative",
        stands="alone",
        gradient="enters",
        runs="stage",
        calls=True,
        distinct=True,
        box="stage",
    ),
    Op("fused", "opaque", None, "{function}(run, {*})", stands="inline", parts=True, calls=True),
    Op("published", "expanded", 0, explained=True, box="stage"),
    Op(
        "hidden",
        "expanded",
        None,
        form='hidden(denoise, ["blocks.-1"])',
        meaning="What layers of a network give on its way through the arguments of a `denoise` stage, in `by` of a `feature` "
        "stage: a list with one tensor for each layer that is named. A number below 0 counts from the last block, and "
        "`blocks.3[1]` is the second tensor of what a layer gives.",
        rule="hidden",
        own_order=True,
    ),
    Op(
        "average",
        "expanded",
        1,
        form="average(role, decay = 0.999, half_life, power, start = 0)",
        meaning="The role with the moving average of its weights, frozen; it counts its updates. `decay`, `half_life` or "
        "`power` say how fast it follows, and `start` after how many updates it begins to.",
        rule="average",
    ),
    Op(
        "copy",
        "expanded",
        2,
        form="copy(role, every = 100)",
        meaning="The role with the weights that it had at the last of every so many of its updates, frozen.",
        rule="copy",
    ),
)
"""`stage` calls one of the module's own functions, `experts` that of the component that serves a noise level; `cached` is
such a call whose rows are kept on disk, `batched` several of them at once. `forward_mode` and `central_difference`
differentiate one along tangents. `fused` calls the function of a fused group. `published` is a family's graph in a method
that is checked on its own; `average` and `copy` are roles, and no values."""
