"""Pointwise arithmetic, comparisons, reductions and the changes of shape between them."""

from __future__ import annotations

from .op import ANY, ATOM, COMPARE, POWER, PRODUCT, SIGN, SUM, Op, binary, method

OPS = (
    binary("add", "+", SUM, partials=("g", "g")),
    binary("sub", "-", SUM, partials=("g", "-g")),
    binary("mul", "*", PRODUCT, partials=("g*b", "g*a")),
    binary("div", "/", PRODUCT, triton="tl.div_rn({0}, {1})", partials=("g/b", "-(g*(y/b))")),
    Op("floordiv", "pointwise", 2, "{0} // {1}", PRODUCT, (PRODUCT, SIGN), differentiable=False),
    binary("mod", "%", PRODUCT),
    Op("pow", "pointwise", 2, "{0}**{1}", POWER, (ATOM, SIGN)),
    Op("neg", "pointwise", 1, "-{0}", SIGN, (SIGN,), triton="-{0}", partials=("-g",)),
    Op("not", "pointwise", 1, "~{0}", SIGN, (SIGN,), "not {0}", differentiable=False, triton="{0} == 0"),
    *(
        Op(name, "pointwise", 2, text, ANY, (ATOM,), host, differentiable=False, triton=text)
        for name, text, host in (("and", "{0} & {1}", "{0} and {1}"), ("or", "{0} | {1}", "{0} or {1}"))
    ),
    *(
        Op(name, "pointwise", 2, text, COMPARE, (SUM,), differentiable=False, triton=text)
        for name, text in (
            *(("eq", "{0} == {1}"), ("ne", "{0} != {1}"), ("lt", "{0} < {1}")),
            *(("le", "{0} <= {1}"), ("gt", "{0} > {1}"), ("ge", "{0} >= {1}")),
        )
    ),
    method(
        "abs", "abs()", "abs({0})", triton="tl.abs({0})", partial="select(a > 0, g, select(a < 0, -g, 0))"
    ),
    method("square", "square()", "{0} ** 2", scalar="a*a"),
    method("sqrt", "sqrt()", "math.sqrt({0})", triton="tl.sqrt_rn({0})", partial="g/(2*y)"),
    method("exp", "exp()", "math.exp({0})", triton="tl.exp({0})", partial="g*y"),
    method("log", "log()", "math.log({0})", triton="tl.log({0})", partial="g/a"),
    method("sin", "sin()", "math.sin({0})", triton="tl.sin({0})", partial="g*cos(a)"),
    method("cos", "cos()", "math.cos({0})", triton="tl.cos({0})", partial="-(g*sin(a))"),
    method("tanh", "tanh()", "math.tanh({0})"),
    method("sigmoid", "sigmoid()", triton="tl.sigmoid({0})", partial="g*(1 - y)*y"),
    *(
        Op(
            name,
            "pointwise",
            2,
            f"torch.{name}imum({{0}}, {{1}})",
            host=f"{name}({{0}}, {{1}})",
            triton=f"tl.{name}imum({{0}}, {{1}}, propagate_nan=tl.PropagateNan.ALL)",
            partials=(
                f"select(a {sign} b, g, select(a == b, g/2, 0))",
                f"select(b {sign} a, g, select(a == b, g/2, 0))",
            ),
        )
        for name, sign in (("min", "<"), ("max", ">"))
    ),
    Op(
        "clamp",
        "pointwise",
        3,
        "{0}.clamp({1}, {2})",
        ATOM,
        (ATOM, ANY),
        "min(max({0}, {1}), {2})",
        triton="tl.clamp({0}, {1}, {2}, propagate_nan=tl.PropagateNan.ALL)",
        partials=("select((a >= b) & (a <= c), g, 0)", "", ""),
    ),
    Op(
        "select",
        "pointwise",
        3,
        "torch.where({0}, {1}, {2})",
        host="{1} if {0} else {2}",
        triton="tl.where({0}, {1}, {2})",
        partials=("", "select(a, g, 0)", "select(a, 0, g)"),
    ),
    *(
        Op(
            f"{name}{'_per_sample' if per else ''}",
            "reduction",
            1,
            f"{{0}}.flatten(1).{name}(1)" if per else f"{{0}}.{name}()",
            ATOM,
            (ATOM,),
            scalar="a",
            reduces=name,
            per_sample=per,
        )
        for per in (False, True)
        for name in ("mean", "sum")
    ),
    Op("view", "broadcast", 1, "{0}.view({shape})", ATOM, (ATOM,), scalar="a"),
    Op("concat", "broadcast", None, "torch.cat(({*}), dim={dim})"),
    Op("cast", "pointwise", 1, "{0}.to(torch.{dtype})", ATOM, (ATOM,)),
    Op("stop", "pointwise", 1, "{0}.detach()", ATOM, (ATOM,), differentiable=False, scalar="a"),
)
"""`select` and the two reductions over everything inside a sample keep gradients; a comparison has none.

In kernels every step rounds to float32 as torch's does: division and roots are IEEE's, nothing is contracted
to a fused multiply-add, and exp, log, sin, cos and sigmoid are within 2 units in the last place."""
