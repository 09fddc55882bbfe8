"""A program's settings blocks, optimizers and trackers, each refused at its own place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...base.diagnostics import Fix, Label, nearest, respelt
from ...base.frozen import replace
from ...base.source import Span
from ...modules import settings
from ...program.typed_program import TypedUpdate
from ...program.values import RoleRef, Value
from ...syntax import ast
from ...types.types import Scalar
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.term import Binding, Scope, Term
from ..expressions.gradient_flow import every_value
from ..families.tokens import sequence_problem
from .program_checker import ProgramState
from .update_schedule import Steps, check_updates, check_warmup

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
                    fixes=respelt(kind, near, d.kind.span, closed=True),
                )
                continue
            if kind in seen:
                self._twice(kind, d.kind.span, seen[kind])
                continue
            seen[kind] = d.kind.span
            context = self._program_context()
            entries = tuple(e for e in d.entries if not (kind == "validate" and e.name == "sample"))
            values = self._plain_entries(entries, context)
            if d.every is not None:
                values["every"] = self._plain(d.every, context)
            if kind == "validate":
                asked = next((e for e in d.entries if e.name == "sample"), None)
                if asked is not None and asked.value is not None and not self.broken:
                    inner = replace(
                        context, scope=Scope({}, context.scope), site=("validate",), implied_batch=True
                    )
                    term = evaluate(self.session, asked.value, inner)
                    sample = None if term.unknown else term.value
                if asked is not None and asked.value is not None:
                    values["sample"] = settings.Opaque(sample)
            checked = settings.validate(kind, values)
            places = {e.name: e.span for e in d.entries}
            if d.every is not None:
                places["every"] = d.every.span
            self._report(checked, places, d.kind.span, f"`{kind}`")
            if checked.values is not None:
                self.blocks[kind] = checked.values
                if kind == "validate":
                    self._weights(d, checked.values, sample)
        self._trackers()
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
                self.blocks[kind] = settings.validate(kind, {}).values or {}
        self._mesh(seen)
        return sample

    def _trackers(self) -> None:
        tracks: list[Mapping[str, object]] = []
        seen: dict[str, Span] = {}
        for d in self.members(ast.TrackDecl):
            tracker = d.tracker.id
            if tracker not in settings.TRACKERS:
                near = nearest(tracker, settings.TRACKERS)
                self.bag.error(
                    "bad-setting",
                    f"no tracker is called `{tracker}`",
                    d.tracker.span,
                    help=f"did you mean `{near}`?" if near else f"there are {', '.join(settings.TRACKERS)}",
                    fixes=respelt(d.tracker.id, near, d.tracker.span, closed=True),
                )
                continue
            if tracker in seen:
                self._twice(f"track {tracker}", d.tracker.span, seen[tracker])
                continue
            seen[tracker] = d.tracker.span
            checked = settings.validate(tracker, self._plain_entries(d.entries, None))
            self._problems(checked, d.entries, d.tracker.span, f"`track {tracker}`")
            tracks.append({"tracker": tracker, **(checked.values or {})})
        self.blocks["track"] = {"trackers": tracks}

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
        if "mesh" in blocks:
            self._sequence(blocks["mesh"], mesh)

    def _sequence(self, d: ast.SettingsDecl, mesh: Mapping[str, Any]) -> None:
        """Ranks that share a sequence split its heads and tokens, those of every role."""
        place = next((e.span for e in d.entries if e.name in ("sequence", "tensor")), d.kind.span)
        for name, role in self.roles.items():
            if not isinstance(role.model, FamilyModel):
                continue
            tokens = role.model.tokens
            problem = sequence_problem(mesh["sequence"], mesh["tensor"], tokens)
            if problem is not None:
                labels = [Label(role.span, f"role `{name}`")]
                if tokens.place is not None and "tokens" in problem:
                    labels.append(Label(tokens.place, "its tokens follow from this"))
                self.bag.error("mesh-mismatch", f"`{name}` cannot be split: {problem}", place, labels=labels)
                return

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
                    fixes=respelt(name, near, d.role.span),
                )
                continue
            if name in self.optimizers:
                self._twice(f"optimize {name}", d.role.span, self.optimizers[name][2].role.span)
                continue
            if not isinstance(d.optimizer, ast.Call) or not isinstance(d.optimizer.func, ast.Name):
                self.bag.error(
                    "type-mismatch", "an optimizer is called: `adamw(lr = 1e-4)`", d.optimizer.span
                )
                self.optimizers[name] = ("adamw", {}, d)
                continue
            self._optimizer(d, d.optimizer, name)
        # a misspelt role says why another has none
        optimizers = self.members(ast.OptimizeDecl)
        astray = any(d.role.id not in declared for d in optimizers)
        for name, role in self.roles.items():
            if not role.trainable:
                continue
            if name not in self.optimizers and not astray:
                last = [*(r.span for r in declared.values()), *(d.span for d in optimizers)][-1]
                self.bag.error(
                    "no-optimizer",
                    f"role `{name}` is trained and has no optimizer",
                    declared[name].name.span,
                    "trained here",
                    help=f"add `optimize {name} = adamw(lr = 1e-5)`",
                    fixes=_added(last, f"optimize {name} = adamw(lr = 1e-5)"),
                )
        for name, role in self.roles.items():
            if self.broken or not self.trained or not self.trained <= set(self.roles):
                break
            if not all(self.roles[n].trainable for n in self.trained):
                break  # an update trains a frozen role, which is told: it may be meant for this one
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
                fixes=respelt(kind, near, call.func.span),
            )
            self.optimizers[name] = (kind, {}, d)
            return
        values, places = self._arguments(call.args, ("lr",), self._optimizer_context())
        checked = settings.validate(kind, values)
        self._report(checked, places, call.span, f"`{kind}`")
        chosen = checked.values or {}
        self.optimizers[name] = (kind, chosen, d)
        role = self.roles.get(name)
        if role is not None and not role.trainable:
            self.bag.error(
                "dead-setting",
                f"role `{name}` is frozen, so nothing reads its optimizer",
                d.role.span,
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

    def _cadence(self, updates: tuple[TypedUpdate, ...]) -> None:
        train = next((d for d in self.members(ast.SettingsDecl) if d.kind.id == "train"), None)
        if train is None or "train" not in self.blocks:
            return
        place = next((e.span for e in train.entries if e.name == "steps"), train.kind.span)
        steps = self.blocks["train"]["steps"]
        assert isinstance(steps, int)
        counts = check_updates(Steps(steps, place), updates, self.bag)
        for role, (_, chosen, d) in self.optimizers.items():
            args = d.optimizer.args if isinstance(d.optimizer, ast.Call) else ()
            at = next((a.span for a in args if a.name == "warmup"), d.span)
            check_warmup(role, counts.get(role, 0), chosen, at, self.bag)

    def _weights(self, d: ast.SettingsDecl, chosen: Mapping[str, Any], sample: Value | None) -> None:
        """`weights = average(role)`: of a role that is trained, and that the sample is made by."""
        weights = chosen.get("weights")
        role = weights.get("role") if isinstance(weights, Mapping) else None
        entry = next((e for e in d.entries if e.name == "weights"), None)
        if role is None or entry is None or self.broken:
            return
        known = {r.name.id for r in self.members(ast.RoleDecl)}
        if role not in known:
            near = nearest(role, known)
            self.bag.error(
                "unknown-name",
                f"`average` names a role, and none is called `{role}`",
                entry.span,
                help=f"did you mean `{near}`?" if near else "",
            )
        elif role in self.roles and not self.roles[role].trainable:
            self.bag.error(
                "not-trainable",
                f"`{role}` is frozen, so that its average is what it always was",
                entry.span,
                labels=(Label(self.roles[role].span, "frozen: it says no `train`"),),
                help="average a role that is trained, or leave `weights` out",
            )
        elif sample is not None:
            made_by = {r.name for v in every_value([sample]) if isinstance(r := v.attrs.get("role"), RoleRef)}
            if role not in made_by:
                self.bag.error(
                    "dead-setting",
                    f"the sample is not made by `{role}`, so that nothing reads its average",
                    entry.span,
                    labels=(
                        Label(sample.span, f"made by {' and '.join(f'`{m}`' for m in sorted(made_by))}"),
                    ),
                    help="average the role that makes the sample",
                )

    def _optimizer_context(self) -> Context:
        context = self._program_context()
        if "step" not in context.scope.names:
            step = Value("step", (), Scalar("int"), self.d.name.span, {}, (), "step")
            context.scope.names["step"] = Binding(Term(step), None, used=True)
        return context


def _added(after: Span, text: str) -> tuple[Fix, ...]:
    """The fix that writes an entry on a line of its own below another one, if nothing else ends that one's line."""
    source = after.source
    end = source.text.find("\n", after.end)
    end = len(source.text) if end < 0 else end
    rest = source.text[after.end : end].strip(" \t\r,")
    if rest and not rest.startswith("#"):
        return ()
    indent = source.line_text(after.line)[: after.column - 1]
    place = Span(source, end - source.text[:end].endswith("\r"), end - source.text[:end].endswith("\r"))
    return (Fix(f"add `{text}`", place, f"\n{indent}{text}"),) if not indent.strip() else ()
