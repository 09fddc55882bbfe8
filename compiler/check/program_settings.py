"""A program's settings blocks, optimizers and trackers, each refused at its own place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .. import settings
from .. import syntax as ast
from ..diagnostics import Label, nearest
from ..source import Span
from ..typed import Value
from ..types import Scalar
from .elaborate import Frame
from .program_state import ProgramState
from .terms import Binding, Scope, Term

BLOCKS = ("train", "validate", "checkpoint", "mesh")


class SettingChecks(ProgramState):
    """Settings and optimizers."""

    def _settings(self) -> Value | None:
        sample: Value | None = None
        seen: dict[str, Span] = {}
        for d in self.members(ast.SettingsDecl):
            kind = d.kind.id
            if kind not in BLOCKS:
                near = nearest(kind, BLOCKS)
                self.bag.error(
                    "unknown-setting",
                    f"a program has no block `{kind}`",
                    d.kind.span,
                    help=f"did you mean `{near}`?" if near else f"there are {', '.join(BLOCKS)}",
                )
                continue
            if kind in seen:
                self._twice(kind, d.kind.span, seen[kind])
                continue
            seen[kind] = d.kind.span
            frame = self._program_frame()
            entries = tuple(e for e in d.entries if not (kind == "validate" and e.name == "sample"))
            values = self._plain_entries(entries, frame)
            if d.every is not None:
                values["every"] = self._plain(d.every, frame)
            if kind == "validate":
                asked = next((e for e in d.entries if e.name == "sample"), None)
                if asked is not None and asked.value is not None and not self.broken:
                    inner = replace(
                        frame, scope=Scope({}, frame.scope), site=("validate",), implied_batch=True
                    )
                    term = self.el.expression(asked.value, inner)
                    sample = None if term.unknown else term.value
                if asked is not None and asked.value is not None:
                    values["sample"] = settings.Opaque(sample)
            checked = settings.validate(kind, values)
            places = {e.name: e.span for e in d.entries}
            if d.every is not None:
                places["every"] = d.every.span
            self._report(checked, places, d.kind.span, f"`{kind}`")
            if checked.model is not None:
                self.blocks[kind] = checked.model.model_dump()
        tracks = []
        for t in self.members(ast.TrackDecl):
            if t.tracker.id not in settings.TRACKERS:
                near = nearest(t.tracker.id, settings.TRACKERS)
                self.bag.error(
                    "bad-setting",
                    f"no tracker is called `{t.tracker.id}`",
                    t.tracker.span,
                    help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.TRACKERS)}",
                )
                continue
            tracks.append({"tracker": t.tracker.id, **self._plain_entries(t.entries, None)})
        self.blocks["track"] = {"trackers": tracks}
        trains = bool(self.members(ast.UseDecl) or self.own.updates)
        if trains and "train" not in seen:
            self.bag.error(
                "missing-argument",
                f"program `{self.d.name.id}` does not say for how many steps to train",
                self.d.name.span,
                help="`train { steps = 1000, batch = 8 }`",
            )
        for kind in ("mesh",):
            if kind not in self.blocks and kind not in seen:
                model = settings.validate(kind, {}).model
                self.blocks[kind] = model.model_dump() if model is not None else {}
        self._mesh(seen)
        return sample

    def _mesh(self, seen: Mapping[str, Span]) -> None:
        train, mesh = self.blocks.get("train"), self.blocks.get("mesh")
        if train is None or mesh is None:
            return
        blocks = {d.kind.id: d for d in self.members(ast.SettingsDecl)}
        for p in settings.check_mesh(train, mesh):
            block = blocks.get("train")
            place = seen.get("train") or seen.get("mesh") or self.d.name.span
            if block is not None:
                place = next((e.span for e in block.entries if e.name == p.entry), place)
            labels: tuple[Label, ...] = ()
            if "mesh" in blocks:
                labels = (Label(blocks["mesh"].kind.span, "the mesh"),)
            self.bag.error("mesh-mismatch", p.message, place, labels=labels)

    def _optimizers(self) -> None:
        declared = {r.name.id: r for r in self.members(ast.RoleDecl)}
        for d in self.members(ast.OptimizeDecl):
            name = d.role.id
            if name not in declared:
                near = nearest(name, declared)
                self.bag.error(
                    "unknown-name",
                    f"no role is called `{name}`",
                    d.role.span,
                    help=f"did you mean `{near}`?" if near else "",
                )
                continue
            if name in self.optimizers:
                self._twice(f"optimize {name}", d.span, self.optimizers[name][2].span)
                continue
            if not isinstance(d.optimizer, ast.Call) or not isinstance(d.optimizer.func, ast.Name):
                self.bag.error(
                    "type-mismatch", "an optimizer is called: `adamw(lr = 1e-4)`", d.optimizer.span
                )
                self.optimizers[name] = ("adamw", {}, d)
                continue
            self._optimizer(d, d.optimizer, name)
        # a misspelt role says why another has none
        astray = any(d.role.id not in declared for d in self.members(ast.OptimizeDecl))
        for name, role in self.roles.items():
            if not role.trainable:
                continue
            if name not in self.optimizers and not astray:
                self.bag.error(
                    "no-optimizer",
                    f"role `{name}` is trained and has no optimizer",
                    declared[name].span,
                    "trained here",
                    help=f"add `optimize {name} = adamw(lr = 1e-5)`",
                )
        for name, role in self.roles.items():
            if self.broken or not self.trained or not self.trained <= set(self.roles):
                break
            if role.trainable and name not in self.trained:
                self.bag.error(
                    "never-updated",
                    f"role `{name}` is to be trained, and no update trains it",
                    role.span,
                    "trained here",
                    help="remove `train`, or write an update for it",
                )

    def _optimizer(self, d: ast.OptimizeDecl, call: ast.Call, name: str) -> None:
        assert isinstance(call.func, ast.Name)
        kind = call.func.id
        if kind not in settings.OPTIMIZERS:
            near = nearest(kind, settings.OPTIMIZERS)
            self.bag.error(
                "unknown-name",
                f"no optimizer is called `{kind}`",
                call.func.span,
                help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.OPTIMIZERS)}",
            )
            self.optimizers[name] = (kind, {}, d)
            return
        values: dict[str, object] = {}
        places: dict[str, Span] = {}
        frame = self._optimizer_frame()
        for i, a in enumerate(call.args):
            key = a.name if a.name is not None else ("lr" if i == 0 else f"argument {i + 1}")
            values[key] = self._plain(a.value, frame)
            places[key] = a.span
        checked = settings.validate(kind, values)
        self._report(checked, places, call.span, f"`{kind}`")
        chosen = checked.model.model_dump() if checked.model is not None else {}
        self.optimizers[name] = (kind, chosen, d)
        role = self.roles.get(name)
        if role is not None and not role.trainable:
            self.bag.error(
                "dead-setting",
                f"role `{name}` is frozen, so nothing reads its optimizer",
                d.span,
                labels=(Label(role.span, "frozen: it says no `train`"),),
                help="remove it, or add `train = full` to the role",
            )
        lr = chosen.get("lr")
        precision = self.role_settings.get(name, {}).get("precision")
        if precision == "pure_bf16" and isinstance(lr, float) and 0 < lr < settings.bf16_step():
            self.bag.error(
                "lr-too-small",
                f"a learning rate of {lr:g} moves nothing: weights stored in bf16 round it away",
                places.get("lr", call.span),
                f"a typical weight of 0.02 moves only from about {settings.bf16_step():.1g} on",
                labels=(Label(role.span, "stored in bf16, without float32 master weights"),) if role else (),
                help=f"`precision = bf16` keeps float32 master weights for `{name}`",
            )

    def _optimizer_frame(self) -> Frame:
        frame = self._program_frame()
        if "step" not in frame.scope.names:
            step = Value("step", (), Scalar("int"), self.d.name.span, {}, (), "step")
            frame.scope.names["step"] = Binding(Term(step), None, used=True)
        return frame
