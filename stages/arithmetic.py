"""Arithmetic on each element, comparisons, functions, reductions, and the changes of shape between them.

In kernels every step rounds to float32 as torch's does: division and roots are IEEE's, nothing is contracted to a
fused multiply-add, and exp, log, sin, cos and sigmoid are within 2 units in the last place.
"""

from __future__ import annotations

import math
import operator
from decimal import Context
from fractions import Fraction
from typing import Any, Literal

from . import intervals
from .op import ANY, ATOM, COMPARE, POWER, PRODUCT, SIGN, SUM, Op, elementwise, infix


def _quotient(a: Any, b: Any) -> Any:
    """Exact where both are."""
    return Fraction(a) / b if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)) else a / b


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def _comparison(name: str, sign: str, python: Any) -> Op:
    text = f"{{0}} {sign} {{1}}"
    return Op(
        name,
        "pointwise",
        2,
        text,
        COMPARE,
        (SUM,),
        sign=sign,
        rule="comparison",
        gradient="none",
        gives="bool",
        python=python,
        exact=lambda c, a, b: python(a, b),
        triton=text,
    )


def _logical(name: str, sign: str, python: Any) -> Op:
    text = f"{{0}} {sign} {{1}}"
    return Op(
        name,
        "pointwise",
        2,
        text,
        ANY,
        (ATOM,),
        f"{{0}} {name} {{1}}",
        sign=name,
        rule="logical",
        gradient="none",
        gives="bool",
        triton=text,
        python=python,
        exact=lambda c, a, b: python(a, b),
    )


def _extreme(name: str, other: str, sign: str, python: Any, interval: Any, meaning: str) -> Op:
    return Op(
        name,
        "pointwise",
        2,
        f"torch.{name}imum({{0}}, {{1}})",
        host=f"{name}({{0}}, {{1}})",
        bounded=f"{{0}}.clamp({other}={{1}})",
        form=f"{name}(a, b)",
        meaning=meaning,
        rule="extreme",
        python=python,
        exact=lambda c, a, b: python(a, b),
        chooses=True,
        interval=interval,
        triton=f"tl.{name}imum({{0}}, {{1}}, propagate_nan=tl.PropagateNan.ALL)",
        partials=(
            f"select(a {sign} b, g, select(a == b, g/2, 0))",
            f"select(b {sign} a, g, select(a == b, g/2, 0))",
        ),
    )


def _reductions(name: Literal["mean", "sum"], meaning: str, hint: str = "") -> tuple[Op, ...]:
    """Over everything, over each sample, and over each frame."""
    slots = (ATOM,)
    return (
        Op(
            name,
            "reduction",
            1,
            f"{{0}}.{name}()",
            slots=slots,
            hint=hint,
            form=f"{name}(x, per = sample)",
            meaning=meaning,
            rule="reduction",
            interval=(lambda x: x) if name == "mean" else intervals.whole_line,
            scalar="a",
            reduces=name,
        ),
        Op(
            f"{name}_per_sample",
            "reduction",
            1,
            f"{{0}}.flatten(1).{name}(1)",
            slots=slots,
            scalar="a",
            reduces=name,
            per_sample=True,
        ),
        Op(f"{name}_per_frame", "reduction", 1, f"{{0}}.{name}({{over}})", slots=slots),
    )


OPS = (
    infix(
        "add",
        "+",
        SUM,
        operator.add,
        interval=intervals.added,
        hint="total",
        partials=("g", "g"),
        commutative=True,
        inverse="sub",
        neutral=0,
        folds=True,
        linear="sum",
    ),
    infix(
        "sub",
        "-",
        SUM,
        operator.sub,
        interval=intervals.subtracted,
        hint="difference",
        partials=("g", "-g"),
        inverse="add",
        neutral=0,
        folds=True,
        linear="sum",
    ),
    infix(
        "mul",
        "*",
        PRODUCT,
        operator.mul,
        interval=intervals.multiplied,
        hint="product",
        partials=("g*b", "g*a"),
        commutative=True,
        inverse="div",
        neutral=1,
        folds=True,
        linear="product",
    ),
    infix(
        "div",
        "/",
        PRODUCT,
        _quotient,
        interval=intervals.divided,
        hint="ratio",
        triton="tl.div_rn({0}, {1})",
        partials=("g/b", "-(g*(y/b))"),
        inverse="mul",
        neutral=1,
        gives="float",
        linear="quotient",
    ),
    infix(
        "floordiv",
        "//",
        PRODUCT,
        operator.floordiv,
        interval=intervals.floored,
        slots=(PRODUCT, SIGN),
        gradient="none",
    ),
    infix("mod", "%", PRODUCT, operator.mod, interval=intervals.remainder),
    infix(
        "pow",
        "**",
        POWER,
        operator.pow,
        interval=intervals.raised,
        torch="{0}**{1}",
        slots=(ATOM, SIGN),
        neutral=1,
        exact=Context.power,
    ),
    Op(
        "neg",
        "pointwise",
        1,
        "-{0}",
        SIGN,
        (SIGN,),
        sign="-",
        rule="negation",
        python=operator.neg,
        interval=intervals.negated,
        linear="sum",
        hint="negative",
        triton="-{0}",
        partials=("-g",),
    ),
    Op(
        "not",
        "pointwise",
        1,
        "~{0}",
        SIGN,
        (SIGN,),
        "not {0}",
        sign="not",
        rule="negation",
        gradient="none",
        gives="bool",
        python=operator.not_,
        exact=lambda c, a: not a,
        triton="{0} == 0",
    ),
    _logical("and", "&", lambda a, b: a and b),
    _logical("or", "|", lambda a, b: a or b),
    _comparison("eq", "==", operator.eq),
    _comparison("ne", "!=", operator.ne),
    _comparison("lt", "<", operator.lt),
    _comparison("le", "<=", operator.le),
    _comparison("gt", ">", operator.gt),
    _comparison("ge", ">=", operator.ge),
    elementwise(
        "abs",
        "The absolute value of each element. Of a latent it is no mix of x0 and eps.",
        abs,
        "abs({0})",
        exact=Context.abs,
        interval=intervals.absolute,
        gives="",
        triton="tl.abs({0})",
        partials=("select(a > 0, g, select(a < 0, -g, 0))",),
    ),
    elementwise(
        "square",
        "The square of each element. Of a latent it is no mix of x0 and eps.",
        lambda a: a * a,
        "{0} ** 2",
        interval=intervals.squared,
        gives="",
        scalar="a*a",
    ),
    elementwise(
        "sqrt",
        "The square root of each element.",
        math.sqrt,
        exact=Context.sqrt,
        interval=intervals.rising(math.sqrt, 0.0),
        triton="tl.sqrt_rn({0})",
        partials=("g/(2*y)",),
    ),
    elementwise(
        "exp",
        "The exponential of each element.",
        math.exp,
        exact=Context.exp,
        interval=intervals.rising(math.exp, 0.0),
        triton="tl.exp({0})",
        partials=("g*y",),
    ),
    elementwise(
        "log",
        "The natural logarithm of each element.",
        math.log,
        exact=Context.ln,
        interval=intervals.rising(math.log),
        triton="tl.log({0})",
        partials=("g/a",),
    ),
    elementwise(
        "sin",
        "The sine of each element.",
        math.sin,
        interval=intervals.within(-1.0, 1.0),
        triton="tl.sin({0})",
        partials=("g*cos(a)",),
    ),
    elementwise(
        "cos",
        "The cosine of each element.",
        math.cos,
        interval=intervals.within(-1.0, 1.0),
        triton="tl.cos({0})",
        partials=("-(g*sin(a))",),
    ),
    elementwise(
        "tanh", "The hyperbolic tangent of each element.", math.tanh, interval=intervals.rising(math.tanh)
    ),
    Op(
        "sigmoid",
        "pointwise",
        1,
        "{0}.sigmoid()",
        slots=(ATOM,),
        gives="float",
        python=_sigmoid,
        interval=intervals.rising(_sigmoid, 0.0),
        exact=lambda c, a: c.divide(1, c.add(1, c.exp(c.minus(a)))),
        triton="tl.sigmoid({0})",
        partials=("g*(1 - y)*y",),
    ),
    _extreme("min", "max", "<", min, intervals.smaller, "The smaller of two numbers or times."),
    _extreme("max", "min", ">", max, intervals.larger, "The larger of two numbers or times."),
    Op(
        "clamp",
        "pointwise",
        3,
        "{0}.clamp({1}, {2})",
        ATOM,
        (ATOM, ANY),
        "min(max({0}, {1}), {2})",
        form="clamp(x, low, high)",
        meaning="Numbers or times kept between two ends.",
        rule="clamp",
        distribution="changed",
        python=lambda a, low, high: min(max(a, low), high),
        exact=lambda c, a, low, high: min(max(a, low), high),
        chooses=True,
        interval=intervals.clamped,
        triton="tl.clamp({0}, {1}, {2}, propagate_nan=tl.PropagateNan.ALL)",
        partials=("select((a >= b) & (a <= c), g, 0)", "", ""),
    ),
    Op(
        "select",
        "pointwise",
        3,
        "torch.where({0}, {1}, {2})",
        host="{1} if {0} else {2}",
        form="select(condition, a, b)",
        meaning="`a` where the condition holds, else `b`.",
        elsewhere=("where", "cond", "ifelse"),
        rule="select",
        linear="choice",
        python=lambda condition, a, b: a if condition else b,
        exact=lambda c, condition, a, b: a if condition else b,
        interval=intervals.either,
        triton="tl.where({0}, {1}, {2})",
        partials=("", "select(a, g, 0)", "select(a, 0, g)"),
    ),
    Op("flag", "broadcast", 1, "torch.tensor({0}, device=run.device)", gradient="none"),
    *_reductions("mean", "The mean over everything, or for each sample or frame.", hint="mean"),
    *_reductions("sum", "The sum over everything, or for each sample or frame."),
    Op("each_sample", "broadcast", 1, "{0}.expand(run.batch_size, {rest})", ATOM, (ATOM,)),
    Op("of_chunks", "broadcast", 1, "{0}.repeat_interleave({length}, {axis}){cut}", ATOM, (ATOM,), hint="u"),
    Op(
        "mean_over_prompt",
        "broadcast",
        1,
        "{0}.view(-1, {each}).mean(1).repeat_interleave({each})",
        ATOM,
        (ATOM,),
    ),
    Op(
        "sum_over_prompt",
        "broadcast",
        1,
        "{0}.view(-1, {each}).sum(1).repeat_interleave({each})",
        ATOM,
        (ATOM,),
    ),
    Op("view", "broadcast", 1, "{0}.view({shape})", ATOM, (ATOM,), scalar="a"),
    Op(
        "concat",
        "broadcast",
        None,
        "torch.cat(({*}), dim={dim})",
        form="concat(x, y, axis = c)",
        meaning="Tensors joined along a named axis.",
        elsewhere=("cat", "concatenate", "hstack", "stack"),
        rule="concat",
    ),
    Op(
        "stop",
        "pointwise",
        1,
        "{0}.detach()",
        ATOM,
        (ATOM,),
        form="stop(x)",
        meaning="The value, through which no gradient flows.",
        elsewhere=("detach", "no_grad", "stop_gradient", "stopgrad", "sg"),
        rule="stop",
        linear="sum",
        gradient="none",
        interval=lambda x: x,
        scalar="a",
    ),
)
"""`select` and the two reductions over everything inside a sample keep gradients; a comparison has none."""
