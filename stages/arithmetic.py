"""Pointwise arithmetic, comparisons, reductions and the changes of shape between them."""

from __future__ import annotations

from .op import ANY, ATOM, COMPARE, POWER, PRODUCT, SIGN, SUM, Op, binary, method

OPS = (
    binary("add", "+", SUM),
    binary("sub", "-", SUM),
    binary("mul", "*", PRODUCT),
    binary("div", "/", PRODUCT),
    binary("floordiv", "//", PRODUCT, differentiable=False),
    binary("mod", "%", PRODUCT),
    Op("pow", "pointwise", 2, "{0}**{1}", POWER, (ATOM, SIGN)),
    Op("neg", "pointwise", 1, "-{0}", SIGN, (SIGN,)),
    Op("not", "pointwise", 1, "~{0}", SIGN, (SIGN,), "not {0}", differentiable=False),
    Op("and", "pointwise", 2, "{0} & {1}", ANY, (ATOM,), "{0} and {1}", differentiable=False),
    Op("or", "pointwise", 2, "{0} | {1}", ANY, (ATOM,), "{0} or {1}", differentiable=False),
    *(
        Op(name, "pointwise", 2, f"{{0}} {sign} {{1}}", COMPARE, (SUM,), differentiable=False)
        for name, sign in (("eq", "=="), ("ne", "!="), ("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="))
    ),
    method("abs", "abs()", "abs({0})"),
    method("square", "square()", "{0} ** 2"),
    method("sqrt", "sqrt()", "math.sqrt({0})"),
    method("exp", "exp()", "math.exp({0})"),
    method("log", "log()", "math.log({0})"),
    method("sin", "sin()", "math.sin({0})"),
    method("cos", "cos()", "math.cos({0})"),
    method("tanh", "tanh()", "math.tanh({0})"),
    method("sigmoid", "sigmoid()"),
    Op("min", "pointwise", 2, "torch.minimum({0}, {1})", host="min({0}, {1})"),
    Op("max", "pointwise", 2, "torch.maximum({0}, {1})", host="max({0}, {1})"),
    Op("clamp", "pointwise", 3, "{0}.clamp({1}, {2})", ATOM, (ATOM, ANY), "min(max({0}, {1}), {2})"),
    Op("select", "pointwise", 3, "torch.where({0}, {1}, {2})", host="{1} if {0} else {2}"),
    Op("mean", "reduction", 1, "{0}.mean()", ATOM, (ATOM,)),
    Op("sum", "reduction", 1, "{0}.sum()", ATOM, (ATOM,)),
    Op("mean_per_sample", "reduction", 1, "{0}.flatten(1).mean(1)", ATOM, (ATOM,)),
    Op("sum_per_sample", "reduction", 1, "{0}.flatten(1).sum(1)", ATOM, (ATOM,)),
    Op("view", "broadcast", 1, "{0}.view({shape})", ATOM, (ATOM,)),
    Op("concat", "broadcast", None, "torch.cat(({*}), dim={dim})"),
    Op("cast", "pointwise", 1, "{0}.to(torch.{dtype})", ATOM, (ATOM,)),
    Op("stop", "pointwise", 1, "{0}.detach()", ATOM, (ATOM,), differentiable=False),
)
"""`select` and the two reductions over everything inside a sample keep gradients; a comparison has none."""
