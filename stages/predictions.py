"""What a role's network says, and what its process makes of that. All of them are expanded by lowering: into a call
of the denoiser and arithmetic on its inputs and its prediction.
"""

from __future__ import annotations

from typing import Any

from .op import Op


def _prediction(name: str, meaning: str) -> Op:
    return Op(
        name,
        "expanded",
        None,
        form=f"{name}(x, t, c)",
        meaning=meaning,
        rule="prediction",
        of_role=True,
        gradient="enters",
        runs="denoiser",
        explained=True,
        box="stage",
    )


def _mix(name: str, caption: str, meaning: str, hint: str = "") -> Op:
    return Op(
        name,
        "expanded",
        3,
        hint=hint,
        form=f"{name}(x0, eps, t)",
        meaning=meaning,
        rule="mix",
        of_role=True,
        explained=True,
        box="mix",
        caption=caption,
    )


def _conversion(name: str, form: str, meaning: str, **facts: Any) -> Op:
    return Op(name, "expanded", None, form=form, meaning=meaning, rule=name, explained=True, **facts)


OPS = (
    _prediction("predict", "What the network says of noisy latents `x` at time `t`."),
    _prediction("x0", "The prediction, as clean data."),
    _prediction("eps", "The prediction, as noise."),
    _prediction("velocity", "The prediction, as a velocity: `eps - x0` of a flow."),
    _prediction("score", "The prediction, as the score: `-eps / sigma`."),
    _mix(
        "noisy",
        "{name} = noisy(x0, eps, t)",
        "Clean data and noise mixed at time `t`, as the family's process does.",
        hint="xt",
    ),
    _mix("target", "target(x0, eps, t)", "What `predict` should have said: what to regress on."),
    Op("path", "expanded", 3, rule="mix"),
    _conversion(
        "guide",
        "guide(c, u, scale, zero = false, rescale = 0, norm = [h, w])",
        "Classifier-free guidance: `u + scale*(c - u)`. With `zero = true`, `u` is first scaled by the projection of `c` "
        "onto it; with `rescale = 0.7`, the result comes so far to the spread of `c`, each over a whole sample. "
        "With `norm = [h/2, w/2]` each token of 2 x 2 latents keeps the length that it has in `c`.",
        box="mix",
        caption="{name} = guide(c, u)",
    ),
    Op(
        "x0_of",
        "expanded",
        3,
        form="x0_of(p, x, t)",
        meaning="The clean data that a prediction `p` of noisy latents `x` at time `t` tells, guided or mixed as it may be.",
        rule="x0_of",
    ),
    _conversion(
        "rescale",
        "rescale(x, c, share)",
        "`x` with its spread over each sample brought to that of `c`, by this share of the way: what `rescale` of `guide` "
        "does, for guidance of several sides. Of a product of spaces, one share for each part may be given.",
        box="mix",
        caption="{name} = rescale(x, c)",
    ),
    Op(
        "product",
        "expanded",
        None,
        form="product(video = x, audio = y)",
        meaning="The latents of a product of spaces that has these parts.",
        rule="product",
        linear="sum",
    ),
    _conversion(
        "recast",
        "recast(x, t, to = role)",
        "Noisy latents rescaled to the same signal-to-noise ratio in another process.",
        box="stage",
    ),
    _conversion(
        "bridge",
        "bridge(x0, to = role)",
        "Clean latents carried to another space: decoded, resized with `resize = true`, encoded.",
        box="stage",
    ),
    _conversion(
        "jvp",
        "jvp(f(x, t), x = dx, t = dt)",
        "The derivative of a call along the tangents of its arguments, or `along = t` the path of noisy latents. Only on the "
        "way from one time to another has it a quantity of its own: elsewhere say it with `as`.",
        gradient="enters",
        distinct=True,
        own_order=True,
        box="stage",
    ),
)
"""`path` is the tangent that `jvp(..., along = t)` fills in: how noisy latents move with the variable of their process."""
