"""Random methods of training that are right, and single mistakes in them, as programs.

A program is written piece by piece. Wherever something could be got wrong, the piece that is right stands beside one that
means something else; `mistake` picks the one place where that one is written instead. So it is known by construction, and not
from any algebra, that a program without a mistake is right and that one with a mistake is not. How a right piece is written
(names, order, sides of a sum, factors that cancel) is random as well, and changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

KINDS = {"mini": "flow", "vp_v": "vp", "vp_eps": "vp", "edm": "edm"}
"""Families that the methods are tried on, each with the kind of its process."""
PREDICTED = {"mini": "velocity", "vp_v": "velocity", "vp_eps": "eps", "edm": "x0"}
WORDS = (
    "here",
    "there",
    "made",
    "seen",
    "given",
    "goal",
    "aim",
    "one",
    "two",
    "left",
    "right",
    "much",
    "some",
    "kept",
    "near",
)


@dataclass(frozen=True)
class Written:
    """`places`: the kind of each place where a mistake is possible, in the order in which they are written."""

    text: str
    form: str
    places: tuple[str, ...]


def written(seed: int, mistake: int | None = None, style: int = 0) -> Written:
    """The program of a seed, with a mistake in one of its places; `style` is how it is written, which changes nothing."""
    content = random.Random(seed)
    form = content.choice(sorted(FORMS))
    w = Writer(content, random.Random(1_000_003 * seed + style), mistake)
    FORMS[form](w)
    return Written(w.program(), form, tuple(w.places))


class Writer:
    """Writes one program. `content` decides what it is, `style` how it is written."""

    def __init__(self, content: random.Random, style: random.Random, mistake: int | None) -> None:
        self.content, self.style, self.mistake = content, style, mistake
        self.family = content.choice(sorted(KINDS))
        self.kind = KINDS[self.family]
        self.roles = {"student": True}
        self.updates: list[tuple[str, list[str]]] = []
        self.members: list[str] = []
        self.body: list[str] = []
        self.indent = "    "
        self.places: list[str] = []
        self.names: set[str] = set()

    # what is decided

    def pick(self, *choices: str) -> str:
        return self.content.choice(choices)

    def chance(self, share: float) -> bool:
        return self.content.random() < share

    def role(self, name: str, trained: bool = False) -> str:
        self.roles.setdefault(name, trained)
        return name

    def at(self, kind: str, right: str, wrong: str | Callable[[], str]) -> str:
        """`right`, or where the mistake is to be made, what is wrong."""
        self.places.append(kind)
        if len(self.places) - 1 != self.mistake:
            return right
        return wrong if isinstance(wrong, str) else wrong()

    # how it is written

    def name(self, hint: str) -> str:
        first = self.style.choice((hint, hint, *WORDS))
        name, n = first, 1
        while name in self.names or name in self.roles:
            n += 1
            name = f"{first}{n}"
        self.names.add(name)
        return name

    def write(self, text: str) -> None:
        self.body.append(self.indent + text)

    def bind(self, hint: str, value: str) -> str:
        name = self.name(hint)
        self.write(f"{name} = {value}")
        return name

    def draw(self, hint: str, distribution: str) -> str:
        name = self.name(hint)
        self.write(f"{name} ~ {distribution}")
        return name

    def noise(self, hint: str = "eps") -> str:
        return self.draw(hint, f"noise[{self.style.choice(sorted(self.roles))}]")

    def plus(self, *terms: str) -> str:
        shown = list(terms)
        self.style.shuffle(shown)
        return f"({' + '.join(shown)})"

    def minus(self, a: str, b: str) -> str:
        return self.style.choice((f"({a} - {b})", f"({a} - {b})", f"(-{b} + {a})", f"-({b} - {a})"))

    def times(self, k: str, x: str) -> str:
        return self.style.choice((f"{k}*{x}", f"{k}*{x}", f"{x}*{k}", f"0.5*({k}*{x}) / 0.5"))

    def alike(self, x: str) -> str:
        """The same latents in other words."""
        return self.style.choice((x, x, x, f"1.0*{x}", f"(2.0*{x}) / 2.0", f"({x} + {x} - {x})", f"-(-{x})"))

    # latents

    def ask(self, what: str, role: str, x: str, t: str, c: str = "") -> str:
        return f"{role}.{what}({x}, {t}, {c or f'{role}.cond(batch)'})"

    def noisy(self, x0: str, eps: str, t: str, wrong: bool = True) -> str:
        """Latents at a level, by the role or by hand."""
        if wrong and self.at("input", "right", "wrong") == "wrong":
            return self.plus(f"0.5*{x0}", f"0.9*{eps}")
        if self.style.random() < 0.6:
            return f"student.noisy({x0}, {eps}, {t})"
        alpha = self.style.choice((f"{t}.alpha", f"(1 - {t}.sigma)")) if self.kind == "flow" else f"{t}.alpha"
        return self.plus(self.times(alpha, x0), self.times(f"{t}.sigma", eps))

    def said(self, what: str, x0: str, eps: str, t: str) -> str:
        """What a network that is right says under this name of latents from `x0` and `eps` at `t`."""
        if what == "predict":
            if self.style.random() < 0.6:
                return f"student.target({x0}, {eps}, {t})"
            what = PREDICTED[self.family]
        if what == "velocity" and self.kind == "edm":
            what = "eps"
        if what == "velocity":
            if self.kind == "flow":
                return self.minus(eps, x0)
            return self.minus(self.times(f"{t}.alpha", eps), self.times(f"{t}.sigma", x0))
        return {"x0": x0, "eps": eps}[what]

    def level(self, low: str = "0.05", high: str = "0.95") -> str:
        return self.draw("t", f"uniform({low}, {high})")

    def mixed(self) -> str:
        """Noise of one draw, or of several whose squares add to one."""
        if self.chance(0.6):
            return self.noise()
        shares = self.content.choice((("0.6", "0.8"), ("0.28", "0.96"), ("0.48", "0.6", "0.64")))
        draws = [self.noise("e") for _ in shares]
        first = self.at("share of a draw", shares[0], lambda: str(float(shares[0]) + 0.2))
        terms = [self.times(k, e) for k, e in zip((first, *shares[1:]), draws)]
        return self.bind("eps", self.plus(*terms))

    def step(self, role: str, x: str, t: str, r: str, c: str = "") -> str:
        """One deterministic step of a role from `t` to `r`."""
        asked = lambda what: self.ask(what, role, x, self.at("time of a call", t, r), c)  # noqa: E731
        if self.kind == "flow" and self.chance(0.5):
            h = self.at("sign of a step", f"({r}.sigma - {t}.sigma)", f"({t}.sigma - {r}.sigma)")
            return self.plus(x, self.times(h, asked("velocity")))
        sign = self.at("sign of the noise", "", "-1.0*")
        level = self.at("level of the noise", r, t)
        data = self.times(f"{r}.alpha", asked("x0"))
        return self.plus(data, self.times(f"{sign}{level}.sigma", asked("eps")))

    # the whole

    def head(self, *makers: Callable[[], str]) -> list[str]:
        """Statements that do not depend on each other, in any order."""
        order = list(range(len(makers)))
        self.style.shuffle(order)
        made = {i: makers[i]() for i in order}
        return [made[i] for i in range(len(makers))]

    def data(self) -> str:
        return self.bind("x0", "batch.one")

    def loss(self, said: str, aim: str) -> None:
        said = self.at("stop around the prediction", said, f"stop({said})")
        a, b = (said, aim) if self.style.random() < 0.7 else (aim, said)
        name = self.name("fit")
        weight = self.at(
            "weight", self.pick("", ", weight = 2.0"), self.pick(", weight = 0", ", weight = -1.0")
        )
        kind = self.pick("mse", "mse", "l1", "huber", "pseudo_huber")
        delta = ", delta = 0.1" if kind.endswith("huber") else ""
        self.write(f"loss {name} = {kind}({a}, {b}{delta}{weight})")

    def update(self, role: str) -> None:
        self.updates.append((role, self.body))
        self.body, self.names = [], set()

    def program(self) -> str:
        families = sorted({self.family} - {"mini"})
        lines = ["import mini"] if self.family == "mini" else []
        lines += [f'import "./families.fdl" {{ {", ".join(families)} }}'] if families else []
        lines += ["", "program p {", "  sizes { F = 4, H = 16, W = 16 }"]
        for role, trained in self.roles.items():
            lines.append(
                f'  role {role} = {self.family}("checkpoints/{role}")' + " { train = full }" * trained
            )
        lines.append(
            '  data clips = shards("out/two") { one: clean[student], two: clean[student], prompt: str }'
        )
        lines += self.members
        for role, body in self.updates:
            lines.append(f"  update {role} {{")
            lines += [*body, "  }"]
        lines += [f"  optimize {r} = adamw(lr = 1e-5)" for r, trained in self.roles.items() if trained]
        return "\n".join([*lines, "  train { steps = 100, batch = 8 }", "}", ""])


# the forms of methods


def fit(w: Writer) -> None:
    """A network learns what was mixed into its input."""
    x0, t, eps = w.head(w.data, w.level, w.mixed)
    xt = w.bind("xt", w.noisy(w.alike(x0), w.alike(eps), t))
    what = w.pick("x0", "eps", "velocity", "predict")
    said = w.ask(what, "student", xt, w.at("time of a call", t, lambda: w.level()))
    clean = w.at("another clip", x0, "batch.two") if _has(w, what, "x0") else x0
    noise = w.at("another draw", eps, lambda: w.noise("z")) if _has(w, what, "eps") else eps
    aim = w.said(what, clean, noise, t)
    w.loss(w.at("another prediction", said, lambda: _other(w, what, xt, t)), w.alike(aim))
    w.update("student")


def _has(w: Writer, what: str, part: str) -> bool:
    """Whether what a network says reads the data, or the noise."""
    what = PREDICTED[w.family] if what == "predict" else what
    return what == part or (what == "velocity" and (w.kind != "edm" or part == "eps"))


def _other(w: Writer, what: str, xt: str, t: str) -> str:
    meant = PREDICTED[w.family] if what == "predict" else what
    return w.ask("eps" if meant == "x0" else "x0", "student", xt, t)


def distil(w: Writer) -> None:
    """A network learns what a teacher says of the same latents, with or without guidance."""
    w.role("teacher")
    x0, t, eps = w.head(w.data, w.level, w.mixed)
    xt = w.bind("xt", w.noisy(x0, eps, t))
    fed = w.at("another draw", xt, lambda: f"student.noisy({x0}, {w.noise('z')}, {t})")
    fed = w.at("another clip", fed, lambda: f"student.noisy(batch.two, {eps}, {t})")
    what = w.pick("x0", "eps", "velocity", "predict")
    cond = w.ask(what, "teacher", fed, t)
    uncond = w.ask(what, "teacher", fed, t, "teacher.uncond(batch)")
    match w.pick("none", "guide", "hand"):
        case "none":
            aim = cond
        case "guide":
            sides = w.at("sides of guidance", f"{cond}, {uncond}", f"{uncond}, {cond}")
            further = w.pick("", ", zero = true", ", rescale = 0.7", ", zero = true, rescale = 0.5")
            aim = f"guide({sides}, 3.0{further})"
        case _:
            k, u = w.bind("k", cond), w.bind("u", uncond)
            aim = w.at("sides of guidance", w.plus(u, f"3.0*({k} - {u})"), w.plus(k, f"3.0*({u} - {k})"))
    said = w.ask(what, "student", xt, w.at("time of a call", t, lambda: w.level()))
    w.loss(said, w.at("sign of the target", w.alike(aim), f"-1.0*{aim}"))
    w.update("student")


def consistency(w: Writer) -> None:
    """Two points of one path give one answer, and the later one is not trained."""
    x0, t, r, eps = w.head(
        w.data, lambda: w.level("0.5", "0.9"), lambda: w.draw("r", "uniform(0.1, 0.5)"), w.mixed
    )
    xt = w.bind("xt", w.noisy(x0, eps, t))
    walked = w.chance(0.5)
    if walked:
        w.role("teacher")
        walk = w.step("teacher", xt, t, r)
        xr = w.bind("xr", w.at("another draw", walk, lambda: f"student.noisy({x0}, {w.noise('z')}, {r})"))
    else:
        again = w.at("another draw", eps, lambda: w.noise("z"))
        xr = w.bind("xr", w.noisy(w.at("another clip", x0, "batch.two"), again, r))
    here = w.ask("x0", "student", xt, t)
    late = w.at("time of a call", r, t)
    if w.chance(0.5):
        there = w.at(
            "stop left out",
            w.ask("x0", "average(student, 0.9)", xr, late, "student.cond(batch)"),
            w.ask("x0", "student", xr, late),
        )
    else:
        there = w.ask("x0", "student", xr, late)
        there = w.at("stop left out", f"stop({there})", there)
    w.loss(here, there)
    w.update("student")


def chain(w: Writer) -> None:
    """Several steps of a teacher, and the one estimate that lands where they do."""
    w.role("teacher")
    levels = (("0.6", "0.9"), ("0.4", "0.6"), ("0.1", "0.3"))
    x0, eps, *ts = w.head(w.data, w.mixed, *(lambda a=a, b=b: w.level(a, b) for a, b in levels))
    t, last = ts[0], ts[-1]
    xt = w.bind("xt", w.noisy(x0, eps, t))
    y = xt
    for a, b in pairwise(ts):
        y = w.bind("y", w.step("teacher", y, a, b))
    q = w.bind("q", w.at("quotient", f"{last}.sigma / {t}.sigma", f"{t}.sigma / {last}.sigma"))
    aim = f"({y} - {q}*{xt}) / ({last}.alpha - {q}*{t}.alpha)"
    w.loss(w.ask("x0", "student", xt, t), w.at("sign of the target", aim, f"-1.0*{aim}"))
    w.update("student")


def rollout(w: Writer) -> None:
    """A walk of a teacher down some levels, and a network that learns where it ended."""
    w.role("teacher")
    w.members.append("  param levels: [time] = sigmas([0.9, 0.7, 0.5, 0.3, 0.1])")
    x0, eps, k = w.head(w.data, w.mixed, lambda: w.draw("k", "pick(1 .. len(levels)) per step"))
    x = w.bind("x", w.noisy(x0, eps, "levels[0]", wrong=False))
    fresh = w.pick("none", "eta", "all")
    w.write(f"for i in 0 .. {k} {{")
    w.indent = "      "
    a, b = w.bind("a", "levels[i]"), w.bind("b", "levels[i + 1]")
    if fresh == "none":
        w.write(f"{x} = {w.step('teacher', x, a, b)}")
    else:
        z = w.noise("z")
        g = w.pick("0.6", "0.28")
        rest = {"0.6": "0.8", "0.28": "0.96"}[g]
        old = w.ask("eps", "teacher", x, a)
        if fresh == "eta":
            e = w.plus(w.times(w.at("share of a draw", rest, str(1 - float(g))), old), w.times(g, z))
        else:
            e = w.at("share of a draw", z, f"0.5*{z}")
        data = w.ask("x0", "teacher", x, w.at("time of a call", a, b))
        w.write(f"{x} = student.noisy({data}, {e}, {w.at('level of the noise', b, a)})")
    w.indent = "    "
    w.write("}")
    n, s = w.head(lambda: w.noise("n"), w.level)
    y = w.bind("y", f"stop({w.ask('x0', 'teacher', x, f'levels[{k}]')})")
    what = w.pick("x0", "eps", "velocity")
    xs = w.bind("xs", w.noisy(y, n, s))
    noise = w.at("another draw", n, lambda: w.noise("m")) if _has(w, what, "eps") else n
    clean = w.at("another clip", y, "batch.two") if _has(w, what, "x0") else y
    w.loss(w.ask(what, "student", xs, s), w.said(what, clean, noise, s))
    w.update("student")


def scores(w: Writer) -> None:
    """The difference of two scores of a student's own sample moves it; a critic follows the samples."""
    for role in ("teacher", "critic"):
        w.role(role, role == "critic")
    w.members.append("  param top: [time] = sigmas([0.95])")
    w.members += [
        "  graph generate(batch) {",
        "    z ~ noise[student]",
        "    return student.x0(student.noisy(batch.one, z, top[0]), top[0], student.cond(batch))",
        "  }",
    ]
    made = w.bind("x0", "stop(generate(batch))")
    t, eps = w.head(w.level, w.noise)
    xt = w.bind("xt", w.noisy(made, eps, t))
    what = w.pick("x0", "eps", "velocity")
    clean = w.at("generated anew", made, "stop(generate(batch))") if _has(w, what, "x0") else made
    noise = w.at("another draw", eps, lambda: w.noise("n")) if _has(w, what, "eps") else eps
    w.loss(w.ask(what, "critic", xt, t), w.said(what, clean, noise, t))
    w.update("critic")

    made = w.bind("x0", "generate(batch)")
    t, eps = w.head(w.level, w.noise)
    xt = w.bind("xt", w.noisy(f"stop({made})", eps, t))
    gradient = w.chance(0.5)
    what = w.pick("x0", "eps") if not gradient else "x0"
    fake = w.bind("fake", w.ask(what, "critic", xt, w.at("time of a call", t, lambda: w.level())))
    real = w.bind("real", w.ask(what, "teacher", xt, t))
    ahead = (fake, real) if what == "x0" else (real, fake)
    d = w.at("sign of the gradient", w.minus(*ahead), w.minus(*ahead[::-1]))
    if gradient:
        g = w.bind("g", f"{d} / mean(abs({made} - {real}), per = sample)")
        w.loss(made, w.at("stop left out", f"stop({made} - {g})", f"({made} - {g})"))
    else:
        g = w.bind("g", w.times(f"{t}.sigma", d))
        product = w.at("stop around the prediction", f"stop({g}) * {made}", f"stop({g}) * stop({made})")
        sign = w.at("sign of the loss", "", "-")
        w.write(f"loss {w.name('move')} = {sign}mean(sum({product}, per = sample))")
    w.update("student")


def anew(w: Writer) -> None:
    """A network answers its own stopped estimate, noised anew; the data is the target. Beside it a frozen copy."""
    w.role("copy")
    x0, t, s, eps = w.head(
        w.data, lambda: w.level("0.5", "0.9"), lambda: w.draw("s", "uniform(0.1, 0.5)"), w.mixed
    )
    xt = w.bind("xt", w.noisy(x0, eps, t))
    guess = w.bind("guess", f"stop({w.ask('x0', 'student', xt, w.at('time of a call', t, s))})")
    n = w.noise("n")
    xs = w.bind("xs", w.noisy(guess, n, s))
    w.loss(w.ask("x0", "student", xs, s), w.at("another clip", x0, "batch.two"))
    what = w.pick("x0", "eps", "velocity")
    fed = w.at("another draw", xs, lambda: w.bind("xr", f"student.noisy({x0}, {w.noise('m')}, {s})"))
    w.loss(w.ask(what, "student", xs, s), w.ask(what, "copy", fed, w.at("time of a call", s, t)))
    w.update("student")


FORMS: dict[str, Callable[[Writer], None]] = {
    f.__name__: f for f in (fit, distil, consistency, chain, rollout, scores, anew)
}
