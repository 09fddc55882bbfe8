"""Distributions, and draws from them. A draw names its stream: the site, and inside loops the iteration.

A draw has one row a sample, or none at all when it is `per step`: then it is the same on every rank. `per frame` and
`per chunk(n)` the row holds a number for each latent frame, of which those of a chunk are one.
"""

from __future__ import annotations

from .numbers.quantiles import beta_inverse
from .op import ATOM, Op


def _word(name: str, arity: int, form: str, meaning: str) -> Op:
    """A function that is typed as other ops, and is no value of its own."""
    return Op(name, "expanded", arity, form=form, meaning=meaning, rule=name)


OPS = (
    Op(
        "draw",
        "expanded",
        None,
        hint="draw",
        rule="draw",
        gradient="none",
        distinct=True,
        own_order=True,
        explained=True,
        box="draw",
    ),
    Op(
        "uniform",
        "random",
        None,
        "run.draws.uniform({address})",
        hint="u",
        form="uniform(low, high)",
        meaning="Numbers between two ends, all alike. Within [0, 1] they may be times.",
        rule="uniform",
        gradient="none",
        distribution="source",
    ),
    Op(
        "normal",
        "random",
        None,
        "run.draws.normal({address})",
        hint="noise",
        stands="alone",
        form="normal(mean, std)",
        meaning="Normally distributed numbers. They are no times.",
        rule="normal",
        gradient="none",
        distribution="source",
    ),
    Op(
        "logit_normal",
        "expanded",
        2,
        form="logit_normal(mean, std)",
        meaning="The sigmoid of normal numbers: in (0, 1), so that they may be times.",
        rule="normal",
        gradient="none",
        distribution="source",
        support=(0.0, 1.0),
        through="sigmoid",
    ),
    Op(
        "beta",
        "expanded",
        2,
        form="beta(a, b)",
        meaning="Numbers in [0, 1] whose density is x**(a - 1)*(1 - x)**(b - 1), so that they may be times.",
        rule="quantile",
        gradient="none",
        distribution="source",
        support=(0.0, 1.0),
        through="beta_quantile",
    ),
    Op(
        "beta_quantile",
        "pointwise",
        3,
        "beta_quantile({0}, {1}, {2})",
        imports="fdc.stages.numbers.quantiles:beta_quantile",
        hint="x",
        gradient="none",
        python=beta_inverse,
    ),
    Op(
        "truncated",
        "expanded",
        3,
        form="truncated(distribution, low, high)",
        meaning="The draws of a distribution that lie between two ends, and no others; `clamp` heaps the others on its ends.",
        rule="truncated",
        gradient="none",
        distribution="cut",
    ),
    Op(
        "pick",
        "expanded",
        None,
        form="pick(list)",
        meaning="One entry of a list, or a whole number of `low .. high`, all alike.",
        rule="pick",
        gradient="none",
        distribution="source",
    ),
    Op(
        "noise",
        "broadcast",
        None,
        "run.noise({0}, {shape})",
        stands="alone",
        form="noise[role]",
        meaning="The noise of a role's latents.",
        gradient="none",
        distribution="source",
    ),
    Op(
        "normal_between",
        "random",
        None,
        "run.draws.normal_between({address})",
        hint="z",
        stands="alone",
        gradient="none",
    ),
    Op("whole", "pointwise", 1, "{0}.long()", slots=(ATOM,), hint="i", gradient="none"),
    Op(
        "integer",
        "random",
        None,
        "run.draws.integer({address})",
        host="int(run.draws.integer({address}))",
        hint="i",
        stands="alone",
        gradient="none",
    ),
    _word(
        "perturb",
        2,
        "perturb(eps, amount, per = channel)",
        "Noise with some new noise on top; it counts as what it was: an input is perturbed, its target is not. With "
        "`per = channel`, one number for each channel.",
    ),
    _word(
        "sde_step",
        5,
        "sde_step(x, v, t, next, eta)",
        "A step of a flow with noise, from `t` to `next`: latents at `next`, their mean and standard deviation.",
    ),
    _word(
        "log_prob",
        3,
        "log_prob(y, mean, std)",
        "The log-probability of latents drawn around a mean, for each sample, in the mean over its elements.",
    ),
)
"""In a graph `noise` is `normal` inside a fused group, whose site and iteration are inputs: it is made again in each
group that reads it, the same each time. In a program it is the distribution of a role's noise, `noise[role]`."""
