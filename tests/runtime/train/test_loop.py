"""The loop: order, accumulation, gradients, what is refused, and that a resumed run is the same run."""

from __future__ import annotations

import json
import math
import os
import random
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from toys import ALTERNATE, FIT, WIDTH, Points, fit, follow, please, role, same, training, weights

from fdc.compiler.program.averaging import Averaging
from fdc.compiler.runtime.api.run_context import Run, Update
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.events import Log
from fdc.compiler.runtime.base.placement import aligned
from fdc.compiler.runtime.base.settings import CheckpointSettings, ClipByValue, CosineSchedule
from fdc.compiler.runtime.base.signals import Signals
from fdc.compiler.runtime.train import checkpoints
from fdc.compiler.runtime.train.loop import TrainingResult, train
from fdc.compiler.runtime.train.resume import resume, snapshot
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step


def go(t: Training, folder: Path, every: int = 0, **more: Any) -> TrainingResult:
    folder.mkdir(parents=True, exist_ok=True)
    log = Log(folder / "events.jsonl")
    try:
        return train(
            t,
            folder=folder / "checkpoints",
            program="p",
            name="toy",
            log=log,
            trackers=more.pop("trackers", ()),
            checkpoint=CheckpointSettings(every=every, keep=100),
            validate=more.pop("validate", None),
        )
    finally:
        log.close()


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    return [e for e in found if e["event"] == kind]


# order and schedule


def test_updates_run_in_order_on_steps_divisible_by_every() -> None:
    ran: list[tuple[int, str]] = []

    def noting(name: str, losses: Callable[..., Any]) -> Callable[[Run, Mapping[str, Any]], Any]:
        def wrapped(run: Run, batch: Mapping[str, Any]) -> Any:
            ran.append((run.step, name))
            return losses(run, batch)

        return wrapped

    t = training(
        (
            Update("critic", ("critic",), 1, noting("critic", follow)),
            Update("s", ("student",), 3, noting("s", please)),
        )
    )
    for _ in range(6):
        one_step(t)
    assert ran == [
        (1, "critic"),
        (2, "critic"),
        (3, "critic"),
        (3, "s"),
        (4, "critic"),
        (5, "critic"),
        (6, "critic"),
        (6, "s"),
    ]
    assert (t.trained["critic"].updates, t.trained["student"].updates) == (6, 2)


def test_a_schedule_counts_a_roles_own_updates() -> None:
    t = training(ALTERNATE, optimizer={"lr": 1.0, "warmup": 4})
    found = [one_step(t).rates for _ in range(6)]
    assert [r["critic"] for r in found] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert [r.get("student") for r in found] == [None, 0.25, None, 0.5, None, 0.75]


def test_an_update_sees_the_weights_that_an_earlier_one_left() -> None:
    seen: list[Tensor] = []

    def look(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        seen.append(run.critic.net.module[0].weight.detach().clone())
        return please(run, batch)

    t = training((Update("critic", ("critic",), 1, follow), Update("student", ("student",), 1, look)))
    before = weights(t.roles["critic"])
    one_step(t)
    assert not torch.equal(seen[0], before["net.0.weight"])
    assert torch.equal(seen[0], weights(t.roles["critic"])["net.0.weight"])


def test_accumulation_gives_the_step_of_one_large_batch() -> None:
    whole, parts = training(batch=8), training(batch=8, accumulate=4)
    for _ in range(3):
        a, b = one_step(whole), one_step(parts)
        assert a.losses["student.flow"] == pytest.approx(b.losses["student.flow"], rel=1e-5)
        assert a.norms["student"] == pytest.approx(b.norms["student"], rel=1e-4)
    for name, value in weights(whole.roles["student"]).items():
        assert torch.allclose(value, weights(parts.roles["student"])[name], atol=1e-5)


def test_every_update_of_a_step_has_the_same_samples_and_no_sample_comes_twice() -> None:
    data = Points()
    t = training(ALTERNATE, data=data, batch=6, accumulate=2)
    for _ in range(4):
        one_step(t)
    assert [p for asked in data.asked for p in asked] == list(range(24))


def test_a_shared_value_is_made_once_a_micro_batch_and_without_a_tape() -> None:
    made: list[int] = []

    def shared(run: Run, batch: Mapping[str, Any]) -> Tensor:
        def make() -> Tensor:
            made.append(run.step)
            return run.student.net(input=batch["x"])

        value: Tensor = run.once("shared", make)
        assert not value.requires_grad
        return value

    def learn(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return {"l": (run.critic.net(input=batch["x"]) - shared(run, batch)).square().mean()}

    t = training((Update("a", ("critic",), 1, learn), Update("b", ("critic",), 1, learn)), accumulate=2)
    one_step(t)
    one_step(t)
    assert made == [1, 1, 2, 2]


# gradients


def test_gradient_flows_through_another_role_and_stays_out_of_it() -> None:
    t = training((Update("student", ("student",), 1, please),))
    before, critic = weights(t.roles["student"]), weights(t.roles["critic"])
    one_step(t)
    assert not same(before, weights(t.roles["student"]))
    assert same(critic, weights(t.roles["critic"]))
    assert all(p.grad is None for r in t.roles.values() for p in r.parameters())
    assert all(p.requires_grad for r in t.roles.values() for p in r.parameters())


def test_only_the_updated_roles_want_gradients() -> None:
    def look(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        assert not any(p.requires_grad for p in run.critic.parameters())
        assert all(p.requires_grad for p in run.student.parameters())
        return fit(run, batch)

    one_step(training((Update("student", ("student",), 1, look),)))


def test_losses_are_summed() -> None:
    def two(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        found = fit(run, batch)["flow"]
        return {"a": 0.25 * found, "b": 0.75 * found}

    one, both = training(), training((Update("student", ("student",), 1, two),))
    single, split = one_step(one), one_step(both)
    assert split.norms["student"] == pytest.approx(single.norms["student"], rel=1e-5)
    assert split.losses["student.a"] == pytest.approx(single.losses["student.flow"] / 4, rel=1e-5)


def test_each_role_is_clipped_to_the_norm_by_itself() -> None:
    def joint(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return {"all": 1e3 * fit(run, batch)["flow"] + 1e-4 * follow(run, batch)["follow"]}

    t = training((Update("both", ("student", "critic"), 1, joint),), clip=0.5)
    for trained in t.trained.values():
        trained.optimizer = torch.optim.SGD(trained.parameters, lr=0.01)
        trained.settings = trained.settings.model_copy(update={"lr": 1.0})
    before = {n: weights(r) for n, r in t.roles.items()}
    norms = one_step(t).norms
    moved = {
        n: torch.sqrt(sum((weights(r)[k] - before[n][k]).square().sum() for k in before[n]))
        for n, r in t.roles.items()
    }
    assert norms["student"] > 0.5 > norms["critic"]
    assert float(moved["student"]) == pytest.approx(0.5, rel=1e-3)
    assert float(moved["critic"]) == pytest.approx(norms["critic"], rel=1e-3)


class Idle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.idle = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, input: Tensor) -> Tensor:
        found: Tensor = self.used(input)
        return found


def test_a_trained_tensor_that_gets_no_gradient_is_named_in_the_first_step() -> None:
    t = training(FIT, roles=[role("student", 0, module=Idle())])
    before = weights(t.roles["student"])
    with pytest.raises(RunError) as caught:
        one_step(t)
    assert caught.value.code == "no-gradient"
    assert "net.idle.bias" in caught.value.message and "net.used" not in caught.value.message
    assert same(before, weights(t.roles["student"]))


def test_a_loss_that_hangs_on_no_trained_weight_is_named() -> None:
    def cut(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return {"flow": fit(run, batch)["flow"].detach()}

    with pytest.raises(RunError) as caught:
        one_step(training((Update("student", ("student",), 1, cut),)))
    assert caught.value.code == "no-gradient" and "student" in caught.value.message


# what is not finite


def broken_at(step: int, how: Callable[[Tensor], Tensor]) -> tuple[Update, ...]:
    def losses(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        value = fit(run, batch)["flow"]
        return {"flow": how(value) if run.step == step and run.draws.samples[0] % 8 == 4 else value}

    return (Update("student", ("student",), 1, losses),)


NOT_FINITE: dict[str, Callable[[Tensor], Tensor]] = {
    "loss": lambda x: x * float("nan"),
    "gradient": lambda x: x + 0.0 * torch.sqrt(x - x),  # the value is finite, its derivative is not
}


@pytest.mark.parametrize("kind", NOT_FINITE)
def test_what_is_not_finite_stops_before_the_update(kind: str) -> None:
    t = training(broken_at(2, NOT_FINITE[kind]), batch=8, accumulate=2, averages=[("student", 0.9)])
    t.places = {"student": (Path("p.fdl"), 3), "student.flow": (Path("p.fdl"), 5)}
    one_step(t)
    before = snapshot(t)
    kept = {group: {n: v.clone() for n, v in tensors.items()} for group, tensors in before.tensors.items()}
    with pytest.raises(RunError) as caught:
        one_step(t)
    error = caught.value
    text = " ".join([error.message, *error.facts])
    assert error.code == "non-finite" and error.exit_status == 1
    assert "step 2" in text and "student" in text and "point-12.txt" in text
    assert ("`flow`" in text) if kind == "loss" else ("gradient" in text)
    assert error.place == (Path("p.fdl"), 5 if kind == "loss" else 3)
    for group, tensors in snapshot(t).tensors.items():
        assert same(kept[group], tensors)


def test_up_to_the_stated_number_of_steps_is_skipped_counted_and_logged(tmp_path: Path) -> None:
    def losses(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        bad = run.step in (2, 4)
        return {"flow": fit(run, batch)["flow"] * (float("inf") if bad else 1.0)}

    t = training((Update("student", ("student",), 1, losses),), skip_nonfinite=2, steps=5)
    assert go(t, tmp_path).step == 5
    assert t.skipped == 2 and t.trained["student"].updates == 3
    skipped = [e["step"] for e in events(tmp_path, "skipped")]
    assert skipped == [2, 4]

    again = training((Update("student", ("student",), 1, losses),), skip_nonfinite=1, steps=5)
    with pytest.raises(RunError) as caught:
        go(again, tmp_path / "again")
    assert "step 4" in caught.value.message
    assert events(tmp_path / "again", "failed")


def test_gradients_are_clipped_by_norm_or_by_value() -> None:
    """Before AdamW's first step, whose moments are the clipped gradient's."""
    plain, by_norm, by_value = (
        training(FIT, optimizer={"betas": (0.0, 0.999)}, clip=clip)
        for clip in (None, 0.5, ClipByValue(limit=0.02))
    )
    norms = [one_step(t).norms["student"] for t in (plain, by_norm, by_value)]
    assert norms[0] == norms[1] == norms[2] > 0.5, "the norm before clipping"
    seen = []
    for t in (plain, by_norm, by_value):
        states = t.trained["student"].optimizer.state
        seen.append(torch.cat([states[p]["exp_avg"].flatten() for p in t.trained["student"].parameters]))
    assert torch.allclose(seen[1], seen[0] * 0.5 / norms[0], rtol=1e-4)
    assert torch.equal(seen[2], seen[0].clamp(-0.02, 0.02)) and not torch.equal(seen[2], seen[0])


# averages and state


def test_an_average_follows_the_roles_own_updates() -> None:
    t = training(ALTERNATE, averages=[("student", 0.5)])
    average = t.averages["student", Averaging(0.5)]
    expected = {n: v.double() for n, v in weights(t.roles["student"]).items()}
    for step in range(1, 9):
        one_step(t)
        if step % 2 == 0:
            n = step // 2 - 1
            decay = min(0.5, (1 + n) / (10 + n))
            expected = {
                k: decay * v + (1 - decay) * weights(t.roles["student"])[k] for k, v in expected.items()
            }
    assert average.updates == 4
    for name, a, live in average.pairs():
        assert torch.allclose(a.double(), expected[name], atol=1e-6)
        assert not torch.equal(a, live) and not a.requires_grad


KINDS = [
    (Averaging(decay=0.5, start=3), [1, 1, 1, 0.9, 9 / 11, 0.75, 9 / 13, 9 / 14]),
    (Averaging(half_life=1), [0.9, 9 / 11, 0.75, 9 / 13, 9 / 14, 0.6, 9 / 16, 9 / 17]),
    (Averaging(power=1.0), [1 - (1 - 1 / k) ** 2 for k in range(1, 9)]),
    (Averaging(every=3), [0, 0, 1, 0, 0, 1, 0, 0]),
]
"""With the share that the new weights have in each update."""


@pytest.mark.parametrize(("kind", "shares"), KINDS)
def test_copies_follow_as_they_say(kind: Averaging, shares: list[float]) -> None:
    t = training(averages=[("student", kind)])
    expected = {n: v.double() for n, v in weights(t.roles["student"]).items()}
    for share in shares:
        one_step(t)
        live = weights(t.roles["student"])
        expected = {k: (1 - share) * v + share * live[k] for k, v in expected.items()}
    for name, a, live_ in t.averages["student", kind].pairs():
        assert torch.allclose(a.double(), expected[name], atol=1e-6)
        assert not torch.equal(a, live_)


def test_a_copy_is_the_role_to_the_last_bit_and_goes_on_as_it_was() -> None:
    kind = Averaging(every=4)
    through, stopped, resumed = (training(averages=[("student", kind)]) for _ in range(3))
    for step in range(1, 10):
        one_step(through)
        if step == 8:
            copied = weights(through.roles["student"])
        if step <= 6:
            one_step(stopped)
    resume(resumed, snapshot(stopped))
    for _ in range(3):
        one_step(resumed)
    for t in (through, resumed):
        assert all(torch.equal(a, copied[name]) for name, a, _ in t.averages["student", kind].pairs())
    assert "student.copy-4" in snapshot(through).tensors


def test_a_power_is_the_average_of_its_width() -> None:
    """Karras et al. (2024), equation 3: after N updates, update k has a weight that goes as k^power."""
    kind, n = Averaging(power=6.94), 400
    share = [kind.share(k) for k in range(n)]
    weight = torch.tensor([s * math.prod(1 - r for r in share[k + 1 :]) for k, s in enumerate(share)])
    place = torch.arange(1, n + 1) / n
    mean = (weight * place).sum()
    width = (weight * (place - mean).square()).sum().sqrt()
    assert float(weight.sum()) == pytest.approx(1) and float(width) == pytest.approx(0.1, abs=2e-3)


def test_an_average_of_weights_stored_in_bf16_does_not_stand_still() -> None:
    module = nn.Linear(WIDTH, WIDTH).to(torch.bfloat16)
    t = training(roles=[role("student", 0, module=module)], averages=[("student", 0.999)])
    average = t.averages["student", Averaging(0.999)]
    average.updates = 10**6
    start = {n: a.clone() for n, a, _ in average.pairs()}
    with torch.no_grad():
        for p in t.roles["student"].parameters():
            p.add_(1.0)
    for _ in range(10):
        average.update()
    for name, a, _ in average.pairs():
        assert torch.allclose((a - start[name]).float(), torch.full_like(a, 1 - 0.999**10).float(), rtol=2e-2)


def test_a_loss_reads_the_average_of_a_role() -> None:
    def losses(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        target = run.averaged("student", decay=0.9).net(input=batch["x"])
        assert not target.requires_grad
        return {
            "flow": (run.student.net(input=batch["x"]) - target).square().mean() + fit(run, batch)["flow"]
        }

    t = training((Update("student", ("student",), 1, losses),), averages=[("student", 0.9)])
    one_step(t)
    one_step(t)


def test_state_is_carried_from_step_to_step() -> None:
    def losses(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        assert run.state["count"] == run.step - 1
        mean = 0.5 * run.state["mean"] + 0.5 * run.student.net(input=batch["x"]).mean()
        return {**fit(run, batch), "next.count": run.state["count"] + 1, "next.mean": mean}

    t = training((Update("student", ("student",), 1, losses),), state={"count": 0, "mean": torch.zeros(())})
    for _ in range(3):
        one_step(t)
    assert t.state["count"] == 3 and not t.state["mean"].requires_grad


# resuming, stopping, reporting


def full(data: Points | None = None, steps: int = 9) -> Training:
    """With everything that a checkpoint must hold: two optimizers, schedules, averages, state, dropout."""

    def counted(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return {**please(run, batch), "next.count": run.state["count"] + 1}

    def held(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return {**follow(run, batch), "next.rows": 0.5 * run.state["rows"] + run.critic.net(input=batch["x"])}

    return training(
        (Update("critic", ("critic",), 1, held), Update("student", ("student",), 2, counted)),
        roles=[
            role("student", 0, dropout=0.5),
            role("critic", 1, dropout=0.3),
            role("teacher", 2, trained=False),
        ],
        averages=[("student", 0.9), ("critic", 0.5)],
        optimizer={"warmup": 2, "schedule": CosineSchedule()},
        state={"count": 0, "rows": torch.zeros(6, WIDTH)},
        of_samples=["rows"],
        data=data,
        batch=6,
        accumulate=2,
        clip=1.0,
        steps=steps,
    )


def everything(t: Training) -> dict[str, Tensor]:
    return {
        f"{g}/{n}": v.detach().clone() for g, group in snapshot(t).tensors.items() for n, v in group.items()
    }


def disturb() -> None:
    """What another process would find: other global random states."""
    torch.manual_seed(random.randrange(1 << 30))
    np.random.seed(3)


@pytest.mark.parametrize("stop", range(1, 9))
def test_a_resumed_run_is_bitwise_the_run_that_went_through(stop: int, tmp_path: Path) -> None:
    through = full()
    for _ in range(9):
        one_step(through)
    first = full()
    for _ in range(stop):
        one_step(first)
    checkpoints.save(tmp_path, snapshot(first), "p", 3)
    disturb()
    data = Points()
    second = full(data)
    saved, passed = checkpoints.newest(tmp_path, {"p"})
    assert saved is not None and not passed
    resume(second, saved)
    assert same(everything(second), everything(first))
    assert all(aligned(v) for v in second.state.values() if isinstance(v, Tensor))
    while second.step < 9:
        one_step(second)
    assert data.asked[0][0] == stop * 6
    assert same(everything(second), everything(through))
    assert snapshot(second).values == snapshot(through).values


def test_a_checkpoint_of_another_optimizer_state_is_refused(tmp_path: Path) -> None:
    t = full()
    one_step(t)
    one_step(t)
    saved = snapshot(t)
    group = dict(saved.tensors["student.optimizer"])
    lost = next(n for n in group if n.endswith("exp_avg"))
    del group[lost]
    broken = checkpoints.Snapshot(saved.step, {**saved.tensors, "student.optimizer": group}, saved.values)
    with pytest.raises(RunError, match=lost.split("::")[0]):
        resume(full(), broken)


def test_a_checkpoint_without_an_entry_of_its_state_is_refused() -> None:
    t = full()
    one_step(t)
    saved = snapshot(t)
    values = {name: value for name, value in saved.values.items() if name != "updates"}
    with pytest.raises(RunError, match="`updates`") as caught:
        resume(full(), checkpoints.Snapshot(saved.step, saved.tensors, values))
    assert caught.value.code == "config-mismatch"


def test_a_checkpoint_that_holds_more_than_the_program_is_refused() -> None:
    t = full()
    one_step(t)
    saved = snapshot(t)
    more = checkpoints.Snapshot(saved.step, {**saved.tensors, "critic.average-0.1": {}}, saved.values)
    less = checkpoints.Snapshot(
        saved.step, {k: v for k, v in saved.tensors.items() if k != "critic.average-0.5"}, saved.values
    )
    for broken, named in ((more, "critic.average-0.1"), (less, "critic.average-0.5")):
        with pytest.raises(RunError) as caught:
            resume(full(), broken)
        assert caught.value.code == "config-mismatch" and named in caught.value.message


def test_every_step_is_logged_with_losses_rates_norms_and_speed(tmp_path: Path) -> None:
    seen: list[int] = []
    outcome = go(
        training(ALTERNATE, steps=4), tmp_path, every=2, validate=lambda step, state: seen.append(step) or []
    )
    assert outcome == TrainingResult(4, False, outcome.seconds, outcome.losses)
    steps = events(tmp_path, "step")
    assert [e["step"] for e in steps] == [1, 2, 3, 4]
    assert set(steps[1]["losses"]) == {"critic.follow", "student.please"} and set(steps[0]["losses"]) == {
        "critic.follow"
    }
    for e in steps:
        assert e["lr"]["critic"] == 0.01 and e["grad_norm"]["critic"] > 0
        assert e["seconds"] >= 0 and e["samples_per_second"] > 0
    assert [e["step"] for e in events(tmp_path, "checkpoint")] == [2, 4] and seen == [0, 1, 2, 3, 4]


def test_the_last_step_is_saved_whatever_every_says(tmp_path: Path) -> None:
    go(training(steps=3), tmp_path, every=2)
    assert [p.name for p in checkpoints.complete(tmp_path / "checkpoints")] == ["step-3", "step-2"]


class Signalled(Points):
    """Sends this process a signal while the samples of a position are read."""

    def __init__(self, at: int, number: int) -> None:
        super().__init__()
        self.at, self.number = at, number

    def host(self, positions: Any) -> dict[str, Any]:
        if self.at in positions:
            os.kill(os.getpid(), self.number)
        return super().host(positions)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_step_and_saves_it(number: int, tmp_path: Path) -> None:
    before = signal.getsignal(number)
    t = training(data=Signalled(20, number), steps=9)
    outcome = go(t, tmp_path)
    assert outcome.interrupted and outcome.step == 3
    assert [p.name for p in checkpoints.complete(tmp_path / "checkpoints")] == ["step-3"]
    assert events(tmp_path, "interrupted")[0]["signal"] == signal.Signals(number).name
    assert signal.getsignal(number) is before

    rest = training(steps=9)
    saved, _ = checkpoints.newest(tmp_path / "checkpoints", {"p"})
    assert saved is not None
    resume(rest, saved)
    assert not go(rest, tmp_path).interrupted
    through = training(steps=9)
    for _ in range(9):
        one_step(through)
    assert same(everything(rest), everything(through))


def test_a_second_ctrl_c_stops_at_once() -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.received == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_after_a_request_to_end_stops_at_once_and_a_second_such_request_does_not() -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == "SIGTERM"
