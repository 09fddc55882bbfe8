"""What an op is: one entry, in the file of `stages/` that it belongs to, with every fact that the compiler asks of it.

The torch text is the op's meaning: emitted modules consist of it. Numbers that are the same for all samples are
plain Python values in an emitted module, tensors are torch tensors; an op whose text differs between the two gives
`host` as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ..compiler.base.frozen import struct
from .numbers.intervals import Interval, whole_line

Kind = Literal["structure", "host", "pointwise", "broadcast", "reduction", "random", "opaque", "expanded"]

ANY, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
"""How tightly source text binds, loosest first."""

INFINITY = float("inf")


@struct(eq=False)
class Op:
    """An op of typed programs, of graphs, or of both. Facts that are not given have the defaults below.

    What it is
      name          in typed programs and graphs
      kind          "pointwise" acts on each element, "reduction" on all of a tensor, "broadcast" changes a shape,
                    "random" draws and is never shared or reordered, "opaque" is a call whose inside the compiler
                    does not see, "host" is Python's, "structure" puts values together; "expanded" stands in typed
                    programs alone, and lowering writes it as other ops
      arity         how many inputs it takes; None where that varies

    How the language has it
      form          how a program writes it, "" where it has no form of its own
      meaning       what it does, in a line: for hovers, completion and signatures
      rule          the name of the rule that types its calls and of the one that lowers them; many ops may share one
      of_role       it is called of a role: `student.predict(x, t, c)`
      sign          the operator that writes it
      of_vectors    a loss that takes `norm = sample`: sqrt(|a - b|² + delta²) - delta of each sample
      options       further numbers that a loss takes, each above 0, with their defaults
      time_part     what `t.NAME` is, of a time `t`

    What holds of it
      gradient      "flows" from its inputs to its result, "none" passes it, "enters" where one may come in
                    whatever its inputs are
      runs          whose parameters it runs: those of a role's "denoiser", or of the "stage" that it names
      calls         it calls something outside of the function that it stands in
      distinct      two of them with equal inputs are two values
      commutative   its two inputs may be swapped
      neutral       the right-hand number with which it changes nothing
      inverse       the op that takes its right-hand input away again: `(x + a) - a`
      linear        "sum" in all of its inputs together; "product" in each while the others are held, "quotient" in the
                    first, "choice" in all but the first; "" in none
      folds         with two whole numbers it gives one, so that constants are folded
      gives         "bool", "float" whatever its inputs are, or "" for the widest of its inputs
      python        the same on Python's numbers
      exact         the same on decimals in their context, which is given first: what the algebra knows of it
      chooses       its result is one of its inputs, and does not fall where one rises
      measures      it is 0 of 0, and grows with the size of its input, whatever the sign
      interval      between which numbers its result lies, from the intervals of its inputs
      of_round      it is a value of a round of a loop
      own_order     its rule lowers its arguments itself
      distribution  a "source" of random numbers; or its first input, which is one, "changed" number by number or "cut"
      support       the numbers that a normal distribution comes to lie between
      through       the pointwise op that a normal number goes through to become one of this distribution; with the
                    rule "quantile" a uniform number, with the distribution's own numbers behind it

    How people see it
      elsewhere     what other libraries call it, for a message where one of these names stands
      explained     `--explain` has a row for it
      box           how `graph` draws it; "" for arithmetic, and for what is only a wire
      caption       what stands on a card of arithmetic, with `{name}` and `{op}` filled in, or below the name of a state

    In the emitted module
      torch         source text with `{0}`, `{1}`, ... for inputs and `{name}` for attributes
      binds, slots  how tightly the text binds, and each input must; the last slot holds for all further inputs
      host          the text on Python's numbers
      bounded       the text where the second of two inputs is a Python number
      imports       the function `module:name` that the text calls
      hint          what a value is called that has no name
      stands        always "inline" in what reads it, always "alone" in a statement, or "" by its length
      named         it takes the name that a program binds it to
      parts         its results are read by `part`

    In fused kernels, on float32 numbers, either
      triton        source text as `torch` is, with
      partials      for each input what it gets of the result's gradient `g`, an expression of the inputs `a`, `b`,
                    `c` and the result `y` ("" for none); or
      scalar        the op as an expression of others in `a`, `b`, `c`, from which its derivative follows; of a
                    reduction, what it adds up (a loss's options by their names)
      reduces       whether a reduction divides by the count
      of_samples    the op that it is of one value over many samples
      joins         how its results of the parts of a batch become the batch's, where no kernel computes it
      per_sample    a reduction over each sample alone
    """

    name: str
    kind: Kind
    arity: int | None
    torch: str = ""
    binds: int = ATOM
    slots: tuple[int, ...] = (ANY,)
    host: str = ""
    bounded: str = ""
    imports: str = ""
    hint: str = ""
    stands: Literal["", "inline", "alone"] = ""
    named: bool = True
    parts: bool = False

    form: str = ""
    meaning: str = ""
    rule: str = ""
    of_role: bool = False
    sign: str = ""
    options: tuple[tuple[str, float], ...] = ()
    of_vectors: bool = False
    time_part: str = ""

    gradient: Literal["flows", "none", "enters"] = "flows"
    runs: Literal["", "denoiser", "stage"] = ""
    calls: bool = False
    distinct: bool = False
    commutative: bool = False
    neutral: int | None = None
    inverse: str = ""
    linear: Literal["", "sum", "product", "quotient", "choice"] = ""
    folds: bool = False
    gives: Literal["", "bool", "float"] = ""
    python: Callable[..., Any] | None = None
    exact: Callable[..., Any] | None = None
    chooses: bool = False
    measures: bool = False
    interval: Callable[..., Interval] = whole_line
    of_round: bool = False
    own_order: bool = False
    distribution: Literal["", "source", "changed", "cut"] = ""
    support: tuple[float, float] = (-INFINITY, INFINITY)
    through: str = ""

    elsewhere: tuple[str, ...] = ()
    explained: bool = False
    box: Literal["", "data", "draw", "stage", "mix", "loss", "time", "text", "state", "constant"] = ""
    caption: str = "{op}"

    triton: str = ""
    partials: tuple[str, ...] = ()
    scalar: str = ""
    reduces: Literal["", "mean", "sum"] = ""
    of_samples: str = ""
    joins: Literal["", "max", "min"] = ""
    per_sample: bool = False

    @property
    def is_loss(self) -> bool:
        """Compares two values, and is 0 with no gradient where they are one."""
        return self.rule == "loss"

    @property
    def differentiable(self) -> bool:
        """Whether a gradient of its result reaches its inputs."""
        return self.gradient != "none"

    @property
    def mergeable(self) -> bool:
        """Whether two of them with equal inputs and attributes are one value."""
        return self.kind != "random" and not self.distinct

    @property
    def function(self) -> str:
        """The name of the function that its text calls."""
        return self.imports.rpartition(":")[2]


def infix(name: str, sign: str, binds: int, python: Callable[..., Any], **facts: Any) -> Op:
    """An infix operation; Python evaluates from the left."""
    text = f"{{0}} {sign} {{1}}"
    if facts.get("partials"):
        facts.setdefault("triton", text)
    facts.setdefault("torch", text)
    facts.setdefault("slots", (binds, binds + 1))
    return Op(name, "pointwise", 2, binds=binds, sign=sign, python=python, rule="arithmetic", **facts)


def elementwise(
    name: str, meaning: str, python: Callable[..., Any], host: str = "", torch: str = "", **facts: Any
) -> Op:
    """A function of each element, a method of tensors unless `torch` is its text; `host` is the call on a Python number."""
    facts.setdefault("gives", "float")
    return Op(
        name,
        "pointwise",
        1,
        torch or f"{{0}}.{name}()",
        slots=(ANY if torch else ATOM,),
        host=host or f"math.{name}({{0}})",
        form=f"{name}(x)",
        meaning=meaning,
        rule="elementwise",
        python=python,
        **facts,
    )
