"""A checkpoint's scheduler against the table of noise and the sampling grids that a process states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import sub

from ...stages import schedules, times
from ..program.grids import BadGrid, Betas
from ..program.process import Process
from .config_files import number, whole

STEPS = 10
"""Of the grids that are compared."""
NEAR = 2e-3
"""How far levels of a grid may lie from one another: rounding to whole entries is no other grid."""
Difference = tuple[str, object, str]
"""A key, its value, and what the process says instead."""


def of_table(process: Process, values: Mapping[str, object]) -> list[Difference]:
    """What a config says of its table that the process's schedule does not; what it leaves out is not compared."""
    table = process.table
    if table is None:
        return []
    word = next(w for w, power in schedules.POWERS.items() if power == table.power)
    found: list[Difference] = []
    stated = values.get("beta_schedule")
    if isinstance(stated, str) and stated != word:
        found.append(("beta_schedule", stated, word))
    for key, wanted in (("beta_start", table.first), ("beta_end", table.last)):
        value = number(values.get(key))
        if value is not None and abs(value - wanted) > NEAR * wanted:
            found.append((key, value, f"{wanted:g}"))
    count = whole(values.get("num_train_timesteps"))
    if count is not None and count != table.count:
        found.append(("num_train_timesteps", count, f"{table.count}"))
    if values.get("trained_betas"):
        found.append(("trained_betas", values["trained_betas"], "none"))
    rescaled = values.get("rescale_betas_zero_snr") is True
    if rescaled != table.zero_snr and ("beta_schedule" in values or rescaled):
        found.append(("rescale_betas_zero_snr", rescaled, str(table.zero_snr).lower()))
    return found


def of_grids(process: Process, values: Mapping[str, object]) -> Difference | None:
    """The key of a config by which its sampler goes down other levels than the process's grids do."""
    own = _own(process)
    if own is None:
        return None
    for key, levels in _theirs(process, values):
        theirs = levels()
        if theirs is None or max(abs(a - b) for a, b in zip(own, theirs, strict=True)) > NEAR:
            return key, values[key], _shown(process, own)
    return None


def written(process: Process, values: Mapping[str, object]) -> str:
    """The rule of the grid that a config's spacing means, "" where it is none that is known."""
    count = process.table.count if process.table is not None else 1000
    offset = whole(values.get("steps_offset")) or 0
    return {
        "leading": f"grid(n) = [ticks({offset} + {count}//n*(n - 1 - i)) for i in 0 .. n]",
        "trailing": f"grid(n) = [ticks(({count}*(n - i) + n//2)//n - 1) for i in 0 .. n]",
        "linspace": f"grid(n) = [ticks({count - 1} - {count - 1}*i/max(n - 1, 1)) for i in 0 .. n]",
    }.get(str(values.get("timestep_spacing")), "")


def _own(process: Process) -> list[float] | None:
    """The levels of the process's grid, without the last, which is 0."""
    if process.grid is None:
        shift = process.shift_of(STEPS)
        return list(times.grid(STEPS, shift, float(process.grid_top)))[:-1] if shift is not None else None
    try:
        return [float(s) for s in process.grid_levels(STEPS)][:-1]
    except BadGrid:
        return None


def _theirs(
    process: Process, values: Mapping[str, object]
) -> Iterator[tuple[str, Callable[[], list[float] | None]]]:
    """The keys that say how a sampler goes down, each with the levels that it means; None where no rule is known."""
    for key in ("use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas"):
        if values.get(key) is True:
            yield key, lambda: None
            return
    said: tuple[tuple[str, object], ...] = (("use_karras_sigmas", True), ("sigma_schedule", "karras"))
    for key, meant in said:
        if values.get(key) == meant:
            yield _end_that_differs(process, values) or key, lambda: _karras(process, values)
            return
        if key in values and values[key] is not None and _is_karras(process):
            yield key, lambda: None
            return
    table, spacing = process.table, values.get("timestep_spacing")
    if table is not None and spacing in SPACINGS:
        offset = whole(values.get("steps_offset")) or 0
        yield "timestep_spacing", lambda: _levels(table, SPACINGS[str(spacing)](table.count, offset))


SPACINGS: Mapping[str, Callable[[int, int], list[float]]] = {
    "leading": lambda count, offset: [count // STEPS * k + offset for k in reversed(range(STEPS))],
    "trailing": lambda count, offset: [round(count - count / STEPS * k) - 1 for k in range(STEPS)],
    "linspace": lambda count, offset: [(count - 1) * (1 - k / (STEPS - 1)) for k in range(STEPS)],
}
"""By `timestep_spacing`, the entries of a grid, of a table of so many and an offset."""


def _levels(table: Betas, entries: list[float]) -> list[float] | None:
    try:
        return [float(table.level_of(Fraction(k))) for k in entries]
    except ValueError:
        return None


def _karras(process: Process, values: Mapping[str, object]) -> list[float] | None:
    """Between the ends that a config states, or those of the process (Karras et al., 2022, equation 5); None where neither
    says any."""
    own = _ends(process)
    stated = [number(values.get(key)) for key in ("sigma_max", "sigma_min")]
    found = [a if a else b for a, b in zip(stated, own or (None, None), strict=True)]
    if any(x is None for x in found):
        return None
    power = number(values.get("rho")) or 7
    first, last = (x ** (1 / power) for x in found if x is not None)
    sigmas = [(first + k / (STEPS - 1) * (last - first)) ** power for k in range(STEPS)]
    return [s / (1 + s) for s in sigmas]


def _ends(process: Process) -> tuple[float, float] | None:
    """The largest and the least sigma of a process as exploding noise has them: of its table, or of its own grid."""
    if process.table is not None:
        levels: Sequence[float] = (process.table.levels[-1], process.table.levels[0])
    else:
        levels = (_own(process) or ()) if process.grid is not None else ()
    ends = [s / (1 - s) for s in (*levels[:1], *levels[-1:]) if 0 < s < 1]
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _end_that_differs(process: Process, values: Mapping[str, object]) -> str | None:
    """The key of an end that a config states and that is not the process's."""
    for key, own in zip(("sigma_max", "sigma_min"), _ends(process) or (), strict=False):
        stated = number(values.get(key))
        if stated and abs(stated - own) > NEAR * own:
            return key
    return None


def _is_karras(process: Process) -> bool:
    own, even = (_own(process), _karras(process, {})) if process.grid is not None else (None, None)
    return own is not None and even is not None and max(map(abs, map(sub, own, even))) < NEAR


def _shown(process: Process, levels: list[float]) -> str:
    """The first levels of a grid, as entries where there is a table."""
    table = process.table
    if table is None:
        return f"levels {', '.join(f'{s:.3g}' for s in levels[:3])}"
    entries = [schedules.entry_of(s, *table.numbers) for s in levels[:3]]
    return f"entries {', '.join(f'{k:.4g}' for k in entries)}"
