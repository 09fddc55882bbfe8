"""fdc's plan of `dmd2` on Wan and the loop by hand, over the same networks and optimizers, ready to be run in turn.

Networks have random weights, and texts are random rows given to both: neither encodes a text or decodes a video. The
two share weights and optimizer states, so that both fit into one card; which of them moved the weights last makes
no difference to the time of a step.
"""

from __future__ import annotations

import tempfile
import types
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dmd2.by_hand import Keeping, Loop, Net, Nets, Recipe, Text, TorchNoise
from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.typed_program import TypedProgram, TypedRole
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.settings import OPTIMIZERS, TrainSettings
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.session.plans.load_plan import load_plan
from fdc.compiler.runtime.train import optimizers
from fdc.compiler.runtime.train.steppers.fused_adamw import FusedAdamW
from fdc.compiler.runtime.train.training import Trained, Training
from fdc.compiler.runtime.train.training_step import one_step
from fdc.compiler.runtime.weights.load_component import compile_module
from fdc.compiler.runtime.weights.load_roles import Registry, load_role

PROGRAM = """import wan
import dmd2

program bench {{
  sizes {{ F = {frames}, H = {height}, W = {width} }}
  role student = wan.{variant}({source}) {{ train = full, {settings}, checkpointing = {checkpointing} }}
  role critic = wan.{variant}({source}) {{ train = full, {settings}, checkpointing = {checkpointing} }}
  role teacher = wan.{variant}({source}) {{ {settings} }}
  data clips = lines("prompts.txt") {{ prompt: str }}
  use dmd2(student, teacher, critic) {{ scale = 4.5 }}
  optimize student = adamw(lr = 2e-6, betas = [0.0, 0.999], weight_decay = 0.01)
  optimize critic = adamw(lr = 8e-6, betas = [0.0, 0.999], weight_decay = 0.01)
  train {{ steps = 4000, batch = {batch}, clip = 1.0, seed = {seed} }}
}}
"""
ROWS = 512
CYCLE = 5
ITERATIONS = range(1, CYCLE + 1)


@dataclass(frozen=True)
class Size:
    """What is trained: a variant of Wan on videos of so many frames of so many pixels."""

    variant: str
    frames: int
    height: int
    width: int
    text: int  # width of a row
    batch: int = 1

    @property
    def latents(self) -> tuple[int, int, int, int]:
        return (16, (self.frames - 1) // 4 + 1, self.height // 8, self.width // 8)

    @property
    def tokens(self) -> int:
        _, frames, height, width = self.latents
        return frames * (height // 2) * (width // 2)

    def __str__(self) -> str:
        shape = f"{self.frames}×{self.height}×{self.width}"
        return f"wan.{self.variant}, {shape} ({self.tokens} tokens), batch {self.batch}"


TINY = Size("tiny", 9, 64, 64, 32)
WAN = Size("t2v_1_3b", 77, 448, 832, 4096)
SIZES: Mapping[str, Size] = {"tiny": TINY, "wan-1.3b": WAN}


@dataclass(frozen=True)
class Policy:
    """How the networks compute: `precision` is f32 or bf16, `compiled` block by block."""

    precision: str = "f32"
    compiled: bool = False
    checkpointing: str = "none"


class Prompts:
    """One text for every sample."""

    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        return {"prompt": ["a prompt"] * len(positions)}

    def names(self, positions: Sequence[int]) -> list[str]:
        return [f"sample {p}" for p in positions]

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        return dict(batch)

    def left_out(self) -> tuple[str, ...]:
        return ()


@dataclass(eq=False)
class Both:
    size: Size
    text: str  # of fdc's module
    training: Training
    roles: Mapping[str, Role]
    loop: Loop
    recipe: Recipe
    texts: Text
    seed: int
    keeping: Sequence[Keeping]

    @property
    def models(self) -> dict[str, nn.Module]:
        return {name: role.transformer.module for name, role in self.roles.items()}

    def fdc(self, numbers: range = ITERATIONS) -> None:
        """These iterations of fdc's, the same ones every time, so that every run draws the same exits."""
        for number in numbers:
            self.training.step = number - 1
            one_step(self.training)

    def streams(self, number: int) -> Streams:
        """The draws of an iteration as fdc has them."""
        first = (number - 1) * self.size.batch
        return Streams(self.seed, number, tuple(range(first, first + self.size.batch)), self.training.device)

    def torch_noise(self, number: int) -> TorchNoise:
        """torch's own draws, with the exits that fdc draws."""
        return TorchNoise(number, self.size.batch, self.training.device, partial(exits, self.seed, number))

    def by_hand(self, recipe: Recipe, noise: Callable[[int], Any], numbers: range = ITERATIONS) -> None:
        """These iterations by hand."""
        loop = replace(self.loop, recipe=recipe)
        for number in numbers:
            loop.step(number, noise(number), self.texts)

    def checkpointing(self, kind: str) -> None:
        """How the trained networks hold their activations from now on: `none`, `full` or `selective`."""
        for name in ("student", "critic"):
            model = self.models[name]
            if kind == "full":
                model.enable_gradient_checkpointing()  # type: ignore[operator]
            else:
                model.disable_gradient_checkpointing()  # type: ignore[operator]
        for keeping in self.keeping:
            keeping.on = kind == "selective"


MODULES = tempfile.TemporaryDirectory()
"""Where emitted modules lie: Triton reads the source of their kernels from the file."""


def both(size: Size, policy: Policy, device: torch.device, seed: int | None = None) -> Both:
    seed = typical_seed() if seed is None else seed
    program = _program(size, policy, seed)
    text = compile(program, "bench").text
    path = Path(MODULES.name) / f"plan_{len(list(Path(MODULES.name).iterdir()))}.py"
    path.write_text(text, "utf-8")
    module = load_plan(path)
    roles = {
        name: load_role(_only_denoiser(role, i), Registry(), allow_python=False, device=device)
        for i, (name, role) in enumerate(program.roles.items())
    }
    keeping = [Keeping(role.transformer.module) for role in roles.values() if role.trainable]
    if policy.compiled:
        for role in roles.values():
            compile_module(role.transformer.module)
    texts = _texts(size, policy, device)
    binding = types.ModuleType("bench_texts")
    binding.encode_text = lambda role, prompt: {  # type: ignore[attr-defined]
        "embeds": texts.uncond if prompt[0] == "" else texts.cond
    }
    for role in roles.values():
        role.binding = binding
    training = _training(program, module, roles, device)
    recipe = Recipe(size.latents, ratio=CYCLE)
    nets = Nets(*(_net(roles[name]) for name in ("student", "critic", "teacher")))
    optimizer = {name: torchs(t.optimizer) for name, t in training.trained.items()}
    loop = Loop(nets, recipe, optimizer["critic"], optimizer["student"])
    return Both(size, text, training, roles, loop, recipe, texts, seed, keeping)


def _program(size: Size, policy: Policy, seed: int) -> TypedProgram:
    settings = f"precision = {policy.precision}" + (", compile = regional" if policy.compiled else "")
    text = PROGRAM.format(
        frames=size.frames,
        height=size.height,
        width=size.width,
        variant=size.variant,
        batch=size.batch,
        source='"weights"' if size.variant != "tiny" else "tiny(seed = 0)",
        settings=settings,
        checkpointing=policy.checkpointing,
        seed=seed,
    )
    checked = check_source(Source("bench.fdl", text), Path(__file__).with_name("bench.fdl"))
    if not checked.clean:
        raise ValueError([d.message for d in checked.diagnostics])
    return checked.programs[0]


def _only_denoiser(role: TypedRole, seed: int) -> TypedRole:
    """The role without what encodes and decodes, with random weights of its own, neither compiled nor made to recompute
    yet: what is compiled has to be able to keep attention's results or not.
    """
    components = {n: c for n, c in role.family.components.items() if c.trainable}
    settings = {**role.settings, "compile": "none", "checkpointing": "none"}
    family = replace(role.family, components=components)
    return replace(role, family=family, source=("tiny", seed), settings=settings)


def _texts(size: Size, policy: Policy, device: torch.device) -> Text:
    generator = torch.Generator().manual_seed(0)
    dtype = torch.bfloat16 if policy.precision == "bf16" else torch.float32
    made = torch.randn(2, ROWS, size.text, generator=generator).to(device, dtype)
    shape = (size.batch, -1, -1)
    return Text(made[:1].expand(shape).contiguous(), made[1:].expand(shape).contiguous())


def _training(
    program: TypedProgram, module: types.ModuleType, roles: Mapping[str, Role], device: torch.device
) -> Training:
    settings = TrainSettings.model_validate(program.settings["train"])
    trained = {}
    for name, typed in program.roles.items():
        if typed.optimizer is not None:
            kind, given = typed.optimizer
            chosen = OPTIMIZERS[kind].model_validate(given)
            made = optimizers.build(kind, chosen, list(roles[name].parameters()))
            trained[name] = Trained(roles[name], chosen, made, settings.steps)
    make_run = partial(Run, roles=roles, device=device)
    return Training(module.UPDATES, roles, trained, {}, Prompts(), settings, device, make_run)


def _net(role: Role) -> Net:
    c = role.transformer
    return Net(c.module, c.compute, c.autocast)


def torchs(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """What the loop by hand steps with where fdc sweeps: torch's AdamW, over the same weights and moments, so that both
    fit into one card."""
    if not isinstance(optimizer, FusedAdamW):
        return optimizer
    (settings,) = optimizer.param_groups
    chosen = {key: settings[key] for key in ("lr", "betas", "eps", "weight_decay")}
    made = torch.optim.AdamW(settings["params"], **chosen, fused=True)
    for group in optimizer.groups:
        for p, first, second in zip(group.parameters, group.exp_avg.views, group.exp_avg_sq.views):
            step = torch.zeros((), device=p.device)
            made.state[p] = {"step": step, "exp_avg": first, "exp_avg_sq": second}
    return made


def exits(seed: int, number: int, site: str, steps: int = len(Recipe.steps)) -> int:
    """At which step fdc's rollout of an iteration stops."""
    return int(Streams(seed, number, (0,)).integer(site, 0, steps, scope="step"))


def typical_seed() -> int:
    """The first seed whose cycle of iterations runs as many rollout steps as one does on average."""
    mean = (len(Recipe.steps) - 1) / 2
    for seed in range(10_000):
        drawn = [exits(seed, n, "critic.generate.k") for n in range(1, CYCLE + 1)]
        drawn.append(exits(seed, CYCLE, "student.generate.k"))
        if sum(drawn) == mean * len(drawn):
            return seed
    raise AssertionError


BACKWARD = 2.33
"""Of a forward: twice the linear layers', two and a half times attention's."""
RECOMPUTED = {"none": 0.0, "full": 1.0, "selective": 0.33}
"""Of a forward, under each kind of checkpointing: attention is two thirds of it."""


def forwards(models: Mapping[str, nn.Module], work: Callable[[], object]) -> Counter[str]:
    """How many samples pass each network while `work` runs, `NAME` without a tape and `NAME+` with one."""
    seen: Counter[str] = Counter()

    def count(name: str, _: nn.Module, args: Any, kwargs: Mapping[str, Tensor]) -> None:
        seen[name + ("+" if torch.is_grad_enabled() else "")] += len(kwargs["hidden_states"])

    hooks = [
        m.register_forward_pre_hook(partial(count, name), with_kwargs=True) for name, m in models.items()
    ]
    try:
        work()
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def equivalents(seen: Mapping[str, int], checkpointing: str, samples: int) -> float:
    """Forwards of one sample that it costs: a call with a tape has a backward, and what is computed again.

    `samples` is how many passed through the iterations that were seen.
    """
    taped = sum(n for name, n in seen.items() if name.endswith("+"))
    return (sum(seen.values()) + taped * (BACKWARD + RECOMPUTED[checkpointing])) / samples
