"""A checkpoint's scheduler against the family's process: kind of noise, prediction, ticks, shift."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from ..base.diagnostics import Label
from ..base.frozen import struct
from ..program.process import Process
from ..program.shifts import DynamicShift
from ..types.coefficients import Time
from . import noise_tables
from .classes import OF_TABLES, PRECONDITIONED, PREDICTIONS, SAMPLERS, SCHEDULERS, preconditioned
from .comparison import Comparison
from .config_files import TOLERANCE, number, shown, whole

FILE = "scheduler_config.json"
KIND_NAMES = {
    "flow": "flow matching",
    "vp": "variance-preserving noise",
    "edm": "variance-exploding noise",
    "trig": "trigonometric noise",
}
OPPOSED = frozenset({("flow", "vp"), ("flow", "edm"), ("vp", "flow"), ("vp", "edm")})
"""A process and a scheduler of which one cannot be written as the other. The rest are rescalings of each other."""

DYNAMIC_DEFAULTS: Mapping[str, object] = {
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "shift_terminal": None,
    "time_shift_type": "exponential",
}
"""Of FlowMatchEulerDiscreteScheduler, where a config is silent."""

THOUSAND = 1000
"""What pipelines divide ticks by for networks that are fed levels."""

OWN_EXPORT = "fdc.json"
"""The file by which the export of a run is known, whose scheduler may be at the levels that its network was trained at."""

Known = tuple[str, object]
"""A key and its value."""


def compare(c: Comparison, trained: bool) -> None:
    """`trained` says that the program trains these weights: then its own process says what they will predict."""
    schedulers = [k for k in c.family.components.values() if k.cls.endswith("Scheduler")]
    inside = f"{schedulers[0].subfolder if schedulers else 'scheduler'}/{FILE}"
    values = c.json(inside)
    if values is None or not c.family.denoise:
        return
    check = _Check(c, f"{c.shown}/{inside}", values, c.family.process)
    if not (trained and "predict" in c.family.process.chosen):
        if check.kind():
            return
        predicted = not check.prediction()
    else:
        predicted = True
    check.ticks()
    check.table(predicted)
    check.sampler()
    check.grids()
    check.shift()


@struct
class _Check:
    """Each comparison says whether it found a difference."""

    c: Comparison
    file: str
    values: Mapping[str, object]
    process: Process

    @property
    def name(self) -> str:
        return f"process `{self.process.name}`"

    def kind(self) -> bool:
        found = _kind(self.values)
        if found is None or (self.process.kind, found[1]) not in OPPOSED:
            return False
        (key, value), kind = found
        says = f"{self.name} of {self.c.contract} is {KIND_NAMES[self.process.kind]}"
        facts = [f"a scheduler with this is for {KIND_NAMES[kind]}"]
        self.c.differs(key, value, self.file, says, self._label("noisy"), facts=facts)
        return True

    def prediction(self) -> bool:
        value = self.values.get("prediction_type")
        if str(self.values.get("_class_name")) in PRECONDITIONED:
            return self._preconditioned()
        kind = _kind(self.values)
        meant = PREDICTIONS.get(value) if isinstance(value, str) else None
        if meant is None or (kind is not None and kind[1] not in ("flow", "vp")):
            return False
        time = Time("symbol", "process")
        said, wanted = self.process.predicted(time), meant.mix(self.process.kind, time)
        # pipelines of some flows negate what the network says before their scheduler sees it
        if said == wanted or (value == "flow_prediction" and said == wanted.negated()):
            return value == "epsilon" and self._no_signal_at_the_end()
        written = self._written("predict")
        says = f"{self.name} predicts `{written}`"
        help = f"if the weights are what their scheduler says, the process has `predict = {meant.written}`"
        self.c.differs("prediction_type", value, self.file, says, self._label("predict"), help=help)
        return True

    def _preconditioned(self) -> bool:
        """The network says clean data and noise as EDM weighs them, by the deviation of the data."""
        usual = PRECONDITIONED[str(self.values["_class_name"])]
        stated, turned = number(self.values.get("sigma_data")), self.values.get("prediction_type")
        time = Time("symbol", "process")
        said = self.process.predicted(time)
        deviation = Fraction(str(stated if stated is not None else usual))
        if said == preconditioned(self.process.kind, time, deviation, turned == "v_prediction"):
            return False
        by_sign = said == preconditioned(self.process.kind, time, deviation, turned != "v_prediction")
        key: Known = ("prediction_type", turned or "epsilon") if by_sign else ("sigma_data", float(deviation))
        says = f"{self.name} predicts `{self._written('predict')}`, which is not what that scheduler reads"
        self.c.differs(*key, self.file, says, self._label("predict"))
        return True

    def _no_signal_at_the_end(self) -> bool:
        key = "rescale_betas_zero_snr"
        if self.values.get(key) is not True or self.process.kind != "vp":
            return False
        says = f"{self.name} predicts `eps`, from which nothing can be told where all is noise"
        self.c.differs(key, True, self.file, says, self._label("predict"))
        return True

    def ticks(self) -> bool:
        """A network that is fed the level itself, from 0 to 1, has its ticks divided on the way, by a thousand."""
        ends, count = self.process.tick_ends, whole(self.values.get("num_train_timesteps"))
        if ends is None or count is None:
            return False
        top = max(ends)
        if count in (top, top + 1) or (top <= 1 and (count == THOUSAND or self.process.kind != "flow")):
            return False
        says = f"{self.name} has ticks up to {float(top):g}"
        if top <= 1:
            says += f", for which pipelines divide their scheduler's by {THOUSAND}"
        self.c.differs("num_train_timesteps", count, self.file, says, self._label("ticks"))
        return True

    def shift(self) -> bool:
        """One shift, in one place: the checkpoint's is the family's, unless the program or variant states its own."""
        process, kind = self.process, _kind(self.values)
        if process.kind != "flow" or "shift" in self.c.family.process.chosen:
            return False
        if kind is not None and kind[1] != "flow":
            return False
        if process.dynamic is not None:
            return self._dynamic(process.dynamic)
        dynamic = self.values.get("use_dynamic_shifting") is True
        terminal = number(self.values.get("shift_terminal"))
        if not dynamic and terminal is not None and self.c.json(OWN_EXPORT) is not None:
            return False  # levels of a student's own, which shift and end say together
        if terminal:
            says = f"the last level before data of {self.name} is no other than its shift says"
            self.c.differs("shift_terminal", terminal, self.file, says, self._label("shift"))
            return True
        says = f"{self.name} has a shift of {process.shift:g}"
        if dynamic:
            says += ", whatever the resolution"
            help = f"state the shift for this program's sizes: {self._stated(process.shift)}"
            key: Known = ("use_dynamic_shifting", True)
        else:
            value = next(
                (v for k in ("flow_shift", "shift") if (v := (k, self.values.get(k)))[1] is not None), None
            )
            found = number(value[1]) if value is not None else None
            if value is None or found is None or math.isclose(found, process.shift, rel_tol=TOLERANCE):
                return False
            help = f"state in the program which of the two it means, for example {self._stated(found)}"
            key = value
        self.c.differs(*key, self.file, says, self._label("shift"), help=help)
        return True

    def _dynamic(self, shift: DynamicShift) -> bool:
        """Where the shift follows from the tokens: by the same line, to the same end."""
        says = f"{self.name} has a {self.process.shift_words}"
        if self.values.get("use_dynamic_shifting") is not True:
            if self.values.keys() & {"use_dynamic_shifting", "shift", "flow_shift"}:
                help = "state the checkpoint's own in the program's process, for example `shift = 3.0`"
                self.c.differs(
                    "use_dynamic_shifting", False, self.file, says, self._label("shift"), help=help
                )
                return True
            return False
        usual: dict[str, object] = {"shift_terminal": shift.terminal or None}
        if isinstance(shift.tree, tuple) and shift.tree[0] == "exp":
            usual["time_shift_type"] = "exponential"
        for key, wanted in {**usual, **shift.keys}.items():
            found = self.values.get(key, DYNAMIC_DEFAULTS[key]) or None
            same = found == wanted
            if isinstance(wanted, (int, float)) and (value := number(found)) is not None:
                same = math.isclose(value, wanted, rel_tol=TOLERANCE)
            if not same:
                says = f"`shift` of {self.name} has {shown(wanted)} there"
                self.c.differs(key, found, self.file, says, self._label("shift"))
                return True
        return False

    def table(self, predicted: bool) -> bool:
        """The entries of a table are ticks: another table has other noise at the same ticks. `predicted` says that what the
        network says of them was found to be the same."""
        if "schedule" in self.c.family.process.chosen:
            return False
        found = noise_tables.of_table(self.process, self.values)
        if not predicted:
            found = [d for d in found if d[0] != "rescale_betas_zero_snr"]
        if not found:
            return False
        (key, value, wanted), *rest = found
        facts = [f"`{k}` is {shown(v)}, and not {w}" for k, v, w in rest]
        says = f"the schedule of {self.name} has {wanted} there"
        self.c.differs(key, value, self.file, says, self._label("schedule"), facts=facts)
        return True

    def sampler(self) -> bool:
        """A sampler that goes down the same levels in another way."""
        for key, step in SAMPLERS.items():
            value = self.values.get(key)
            if value is None or value == step.usual or step.kind != self.process.kind:
                continue
            if key == "invert_sigmas" and self._ticks_fall():
                continue
            says = f"a sampler of {self.name} {step.does}"
            self.c.differs(key, value, self.file, says, self._label("noisy"))
            return True
        return False

    def _ticks_fall(self) -> bool:
        """Whether the network is told how clean its input is, which schedulers of such flows may count the same way."""
        ends = self.process.tick_ends
        return ends is not None and ends[0] > ends[1]

    def grids(self) -> bool:
        """A sampler that goes down other levels than the family's."""
        if "grid" in self.c.family.process.chosen:
            return False
        found = noise_tables.of_grids(self.process, self.values)
        if found is None:
            return False
        key, value, levels = found
        rule = noise_tables.written(self.process, self.values) if key == "timestep_spacing" else ""
        help = f"if the program means it, its own process has `{rule}`" if rule else ""
        says = f"a grid of {noise_tables.STEPS} steps of {self.name} goes down {levels}, ..."
        self.c.differs(key, value, self.file, says, self._label("grid"), help=help)
        return True

    def _written(self, name: str) -> str:
        stated = self.process.settings.get(name)
        return stated.value.text if stated is not None and stated.value is not None else "something else"

    def _label(self, name: str) -> Label:
        stated = self.process.settings.get(name)
        if stated is None:
            return Label(self.process.place, f"states no `{name}`")
        return Label(stated.span, f"what {self.c.contract} says")

    def _stated(self, shift: float) -> str:
        """The process as a program declares it, with this shift."""
        rest = [s.span for n, s in self.process.settings.items() if n != "shift"]
        texts = [" ".join(entry.text.split()) for entry in rest]
        if self.process.lets or any("#" in t for t in texts):
            return f"its process with `shift = {shift:g}`"
        return f"`process {self.process.name} {{ {', '.join([*texts, f'shift = {shift:g}'])} }}`"


def _kind(values: Mapping[str, object]) -> tuple[Known, str] | None:
    """What tells the kind of noise that a scheduler is for, and that kind."""
    cls = values.get("_class_name")
    if isinstance(cls, str) and (cls in SCHEDULERS or "Flow" in cls):
        return ("_class_name", cls), SCHEDULERS.get(cls, "flow")
    flow, predicted = values.get("use_flow_sigmas"), values.get("prediction_type")
    if flow is True:
        return ("use_flow_sigmas", True), "flow"
    if predicted == "flow_prediction":
        return (
            (("use_flow_sigmas", False), "vp") if flow is False else (("prediction_type", predicted), "flow")
        )
    schedule = values.get("beta_schedule")
    if schedule is not None:
        return ("beta_schedule", schedule), "vp"
    return (("_class_name", cls), "vp") if isinstance(cls, str) and cls in OF_TABLES else None
