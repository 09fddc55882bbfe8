"""How latents become tokens, and what follows from it: tiles of sparse attention, and sequences split among ranks.

Sources of the rules: the kernels and papers of VSA (arXiv 2505.13389), VMoBA, SLA, and block-sparse attention as
LongCat-Video has it; sequence parallelism in the manner of DeepSpeed-Ulysses, which splits heads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Label
from ....base.source import Span
from ....program.family import Component
from ....syntax import ast
from ....types.dims import Dim, Facts, NotDivisible, Undecided
from ....types.types import Space
from ...core.dim_expressions import dim_of
from ...core.family_model import Tokens

AXES = ("t", "h", "w")


def tokens_of(c: Component, stated: ast.Expr | None, space: Space, facts: Facts, bag: Bag) -> Tokens:
    """What a component's `tokens` as `stated`, or the patch size in its config, make of the axes of a space, or of those of
    each part of a product."""
    if not space.factors:
        if isinstance(stated, ast.MapExpr):
            bag.error(
                "bad-setting",
                f"`{space}` is one space, and has no parts with tokens of their own",
                c.places.get("tokens", c.span),
                help="`tokens = [t, h/2, w/2]`",
            )
            return Tokens()
        return _sequence(c, "", stated, space, facts, bag)
    if stated is None:
        return Tokens()
    form = f"`tokens = {{ {', '.join(f'{n} = [...]' for n, _ in space.factors)} }}`"
    if not isinstance(stated, ast.MapExpr) or {e.name for e in stated.entries} != {
        n for n, _ in space.factors
    }:
        bag.error(
            "bad-setting",
            f"latents of `{space}` are {' and '.join(f'`{n}`' for n, _ in space.factors)}, each with tokens of its own",
            c.places.get("tokens", c.span),
            help=form,
        )
        return Tokens()
    named = {e.name: e.value for e in stated.entries}
    return Tokens(parts={n: _sequence(c, n, named[n], s, facts, bag) for n, s in space.factors})


def _sequence(
    c: Component, part: str, stated: ast.Expr | None, space: Space, facts: Facts, bag: Bag
) -> Tokens:
    """Tokens of one space. Those of a part may have heads of their own, `audio_num_attention_heads`."""
    axes = {a: d for a, d in zip(space.axes, space.dims) if a is not None and a != "b"}
    heads, head_dim = (
        c.config.get(f"{part}_{k}", c.config.get(k)) for k in ("num_attention_heads", "attention_head_dim")
    )
    grid, place = None, c.places.get("tokens")
    if isinstance(stated, ast.ListExpr):
        dims = [dim_of(e, axes, facts, bag) for e in stated.items]
        grid = tuple(d for d in dims if d is not None) if None not in dims else None
    elif "patch_size" in c.config:
        place = c.places.get("patch_size")
        grid = _patched(c, axes, facts, bag)
    return Tokens(
        grid,
        heads if isinstance(heads, int) else None,
        head_dim if isinstance(head_dim, int) else None,
        place or c.span,
    )


def _patched(c: Component, axes: Mapping[str, Dim], facts: Facts, bag: Bag) -> tuple[Dim, ...] | None:
    """Diffusers' `patch_size`: one number for each axis, or one for height and width with `patch_size_t` for time.

    A patch that does not divide the latents is refused: the networks drop what is left over.
    """
    patch, over_time = c.config["patch_size"], c.config.get("patch_size_t")
    names = [a for a in AXES if a in axes]
    if isinstance(patch, int):
        first = over_time if isinstance(over_time, int) else 1
        by: Sequence[object] = [first if a == "t" else patch for a in names]
    else:
        by = patch if isinstance(patch, list) else ()
    whole = [k for k in by if isinstance(k, int) and k >= 1]
    if len(whole) != len(names) or len(by) != len(names):
        return None
    found = []
    for a, k in zip(names, whole):
        try:
            found.append(facts.divide(axes[a], k))
        except (NotDivisible, Undecided) as why:
            bag.error(
                "not-divisible",
                f"patches of {k} do not fill the latents along `{a}`: {why}",
                c.places.get("patch_size", c.span),
                help="say in `sizes` what makes it exact; a network drops what is left over",
            )
            return None
    return tuple(found)


# sparse attention


def check_attention(
    name: str, chosen: Mapping[str, Any], tokens: Tokens, place: Span, family: str, bag: Bag
) -> bool:
    """Whether the token grid, the heads and the kernel allow the tiles; reports if not. `chosen` are checked arguments."""
    for part, sequence in tokens.sequences.items():
        problem = next(RULES[name](chosen, sequence), None) if name in RULES else None
        if problem is None:
            continue
        message, help = problem
        labels = (Label(sequence.place, "the tokens follow from this"),) if sequence.place is not None else ()
        grid, of = sequence.sizes, f" of `{part}`" if part else ""
        shown = (
            f"{' x '.join(map(str, grid))} = {sequence.count}" if grid and len(grid) > 1 else sequence.count
        )
        facts = (f"`{family}` attends over {shown} tokens{of}",) if grid else ()
        bag.error("attention-grid", message, place, labels=labels, facts=facts, help=help)
        return False
    return True


Problem = tuple[str, str]


def _head_dim(tokens: Tokens, allowed: Sequence[int], name: str) -> Iterator[Problem]:
    if tokens.head_dim is not None and tokens.head_dim not in allowed:
        listed = ", ".join(map(str, allowed[:-1])) + f" or {allowed[-1]}"
        yield f"`{name}` works on heads of {listed} channels, and these have {tokens.head_dim}", "use `dense`"


def _divides(tile: Sequence[int], tokens: Tokens, name: str, word: str) -> Iterator[Problem]:
    """A tile that must divide the grid exactly."""
    grid = tokens.sizes
    if grid is None:
        yield (
            f"`{name}` needs {word}s that divide the tokens, and the family does not say how latents become tokens",
            "say so in the family, at the component: `tokens = [t, h/2, w/2]`",
        )
    elif len(grid) != len(tile):
        yield f"`{name}` takes a {word} of three axes, and these tokens have {len(grid)}", "use `dense`"
    elif any(n % k for n, k in zip(grid, tile)):
        axis, n, k = next((a, n, k) for a, n, k in zip(AXES, grid, tile) if n % k)
        fits = ", ".join(str(d) for d in range(1, n + 1) if n % d == 0)
        yield f"{n} tokens along {axis} do not divide into {word}s of {k}", f"these divide {n}: {fits}"


def _vsa(c: Mapping[str, Any], tokens: Tokens) -> Iterator[Problem]:
    """Tiles of 64 or 256 tokens; the last ones may be partial."""
    if prod(c["tile"]) not in (64, 256):
        yield (
            f"a tile of `vsa` holds 64 or 256 tokens, and {' x '.join(map(str, c['tile']))} are {prod(c['tile'])}",
            "`tile = [4, 4, 4]` or `tile = [4, 8, 8]`",
        )
    yield from _head_dim(tokens, (64, 128), "vsa")
    if tokens.sizes is not None and len(tokens.sizes) != len(c["tile"]):
        yield f"`vsa` takes a tile of three axes, and these tokens have {len(tokens.sizes)}", "use `dense`"


def _vmoba(c: Mapping[str, Any], tokens: Tokens) -> Iterator[Problem]:
    """Chunks divide the grid exactly, and no more are picked than there are."""
    yield from _divides(c["chunk"], tokens, "vmoba", "chunk")
    chunks = (tokens.count or 0) // prod(c["chunk"])
    if c["topk"] > chunks:
        yield f"`topk` picks {c['topk']} chunks, and there are {chunks}", f"`topk` is at most {chunks}"


def _sla(c: Mapping[str, Any], tokens: Tokens) -> Iterator[Problem]:
    """Blocks of the flat sequence: at least one must be picked."""
    yield from _head_dim(tokens, (64, 128), "sla")
    n = tokens.count
    if n is not None:
        blocks = -(-n // c["block"])
        if int(c["topk"] * blocks) == 0:
            least = 1 / blocks
            yield (
                f"`topk = {c['topk']:g}` picks none of {blocks} block{'s' * (blocks != 1)}",
                f"`topk` is at least {least:.3g} for {n} tokens in blocks of {c['block']}",
            )


def _bsa(c: Mapping[str, Any], tokens: Tokens) -> Iterator[Problem]:
    """Tiles divide the grid exactly, and some are kept."""
    yield from _divides(c["tile"], tokens, "bsa", "tile")
    yield from _head_dim(tokens, (16, 32, 64, 128, 256), "bsa")
    tiles = (tokens.count or 0) // prod(c["tile"])
    if int((1 - c["sparsity"]) * tiles) == 0:
        yield (
            f"a sparsity of {c['sparsity']:g} keeps none of {tiles} tiles",
            f"`sparsity` is at most {1 - 1 / tiles:.4g} here" if tiles > 1 else "use `dense`",
        )


RULES: Mapping[str, Callable[[Mapping[str, Any], Tokens], Iterator[Problem]]] = {
    "vsa": _vsa,
    "vmoba": _vmoba,
    "sla": _sla,
    "bsa": _bsa,
}


# ranks


def sequence_problem(ways: int, tensor: int, tokens: Tokens) -> tuple[str, Span | None] | None:
    """Why a denoiser cannot be split along its sequence, or along one of those of its parts, and the place that its tokens
    follow from where they are why; None if it can be split, or if the family leaves it open."""
    found = ((part, _undivided(ways, tensor, sequence)) for part, sequence in tokens.sequences.items())
    part, problem = next(((n, p) for n, p in found if p is not None), ("", None))
    if problem is None or not part:
        return problem
    why, place = problem
    return f"in `{part}`, {why}", place


def _undivided(ways: int, tensor: int, tokens: Tokens) -> tuple[str, Span | None] | None:
    if tokens.heads is not None and tokens.heads % (ways * tensor):
        among = f"{ways}" if tensor == 1 else f"{ways} x {tensor}"
        return f"{tokens.heads} heads do not divide among {among} ranks", None
    if tokens.count is not None and tokens.count % ways:
        return f"{tokens.count} tokens do not divide among {ways} ranks", tokens.place
    return None
