"""A program's training, from its settings to the export of what it trained."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ..base import events
from ..base.errors import RunError
from ..base.event_records import BeginEvent
from ..base.settings import OPTIMIZERS, TrainSettings
from ..data.prefetch import Repeated
from ..train import carried, checkpoints, optimizers
from ..train.changed_state import resume_changed
from ..train.loop import TrainingResult, train
from ..train.resume import resume
from ..train.training import Trained, Training
from ..weights.preparation.finite_weights import require_finite
from .exports.export_role import export_role
from .exports.model_card import origin_of
from .exports.own_levels import own_levels
from .graph_page import finished_page
from .prepare import Prepared
from .validation.validate import validated_role, validator


def train_program(
    p: Prepared, log: events.Log, ready: Callable[[int, Sequence[str]], None]
) -> TrainingResult:
    """Trains from the newest checkpoint, or from the start, to the last step; then exports.

    `ready` is called before the first step, with the steps done before and what of the checkpoint did not fit. Raises
    RunError.
    """
    r, program, settings = p.request, p.request.program, p.request.settings
    asked = settings.train
    if asked is None or p.shuffled is None:
        raise RunError("missing-argument", f"program `{program.name}` trains and names no data")
    asked = asked.in_steps(len(p.shuffled.source))
    if asked.epochs is not None:
        words = f"{asked.epochs} epoch{'' if asked.epochs == 1 else 's'} of {len(p.shuffled.source)} samples"
        r.say(f"{words} are {asked.steps} steps of {asked.batch}")
    with _deterministic(asked.deterministic):
        training = _training(p, asked)
        told = _start(training, p)
        for name, trained in training.trained.items():
            source = p.folder.checkpoints if training.step else trained.role.source
            require_finite(f"weights of `{name}`", dict(trained.role.named_parameters()), str(source))
        ready(training.step, told)
        first_behind = training.position(asked.length + 1)
        p.shuffled.end = -(-first_behind // asked.each)
        trackers = events.open_trackers(
            settings.track.trackers, p.folder.path, program.name, {"command": r.options.command}
        )
        validate = validator(p, p.shuffled, log, trackers)
        validation, checkpoint = settings.validation, settings.checkpoint
        log.write(BeginEvent(step=training.step, command=r.options.command))
        try:
            outcome = train(
                training,
                folder=p.folder.checkpoints,
                program=p.folder.program,
                name=program.name,
                log=log,
                trackers=trackers,
                checkpoint=checkpoint,
                validate=validate,
            )
        finally:
            page = finished_page(r, p.text, p.folder)
            for tracker in trackers:
                tracker.page("graph", page)
                tracker.close()
    if not outcome.interrupted and checkpoint.export:
        weights = validation.weights if validation is not None else "live"
        with optimizers.settled(training.trained.values()):
            for name in training.trained:
                role, words = validated_role(name, p.roles, p.averages, weights)
                about = {"program": program.name, "step": outcome.step, "weights": words}
                lora = checkpoint.export if isinstance(checkpoint.export, str) else "diffusers"
                export_role(
                    p.roles[name],
                    p.folder.export / name,
                    averaged=role,
                    lora=lora,
                    own=own_levels(program, name),
                    origin=origin_of(p.folder.path, program, p.folder.lock),
                    say=r.say,
                    metadata=about,
                )
    return outcome


@contextmanager
def _deterministic(wanted: bool) -> Iterator[None]:
    """Lets torch choose only kernels that give the same bits every time."""
    if not wanted:
        yield
        return
    torch.use_deterministic_algorithms(True)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


def _training(p: Prepared, asked: TrainSettings) -> Training:
    """The training before its first step."""
    program, updates = p.request.program, p.plan.UPDATES
    trained = {}
    for name, typed in program.roles.items():
        role = p.roles[name]
        if role.trainable and typed.optimizer is not None:
            kind, given = typed.optimizer
            settings = OPTIMIZERS[kind].model_validate(given)
            total = sum(u.schedule.count(asked.length) for u in updates if name in u.roles)
            optimizer = optimizers.build(kind, settings, list(role.parameters()))
            trained[name] = Trained(role, settings, optimizer, total, kind)
    assert p.shuffled is not None
    training = Training(
        updates,
        p.roles,
        trained,
        p.averages,
        Repeated(p.shuffled, asked.each),
        asked,
        p.request.device,
        p.make_run,
    )
    data = training.data
    if program.buckets and isinstance(data, Repeated):
        training.of_batch = lambda positions: {"bucket": data.bucket(positions)}
        training.whole_batches = True
    training.places = {
        key: (Path(span.source.path), span.line)
        for u in program.updates
        for key, span in [(u.name, u.span), *((f"{u.name}.{n}", v.span) for n, v in u.losses)]
    }
    training.states = getattr(p.plan, "STATES", {})
    for role in p.roles.values():
        for part, module in role.modules():
            module.train(part in role.trained)
    return training


def _start(training: Training, p: Prepared) -> list[str]:
    """Resumes from the newest checkpoint that is whole, or sets the carried state to its initial values. Gives what of a
    checkpoint of another program did not fit, in words."""
    r, folder, chosen = p.request, p.folder, p.chosen
    saved, problems = checkpoints.newest(folder.checkpoints, chosen.programs)
    for problem in problems:
        r.say(problem)
    if saved is None:
        r.say(f"begins, in {folder.path}")
        training.state.update(carried.initial(training))
        return []
    told: list[str] = []
    if saved.program == folder.program:
        resume(training, saved)
    else:
        told = resume_changed(training, saved)
    changed = (*chosen.changes, *p.changed_inputs, *chosen.launch, *told)
    r.say(f"goes on from step {saved.step}, in {folder.path}{', with what changed:' if changed else ''}")
    for line in changed:
        r.say(f"  {line}")
    return told
