"""Items of a data set that cannot be used: named, counted, and in the end too many."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ..base.errors import NAMED, Place, Report, RunError
from ..base.media.clips_and_images import MediaError
from .item_order import ItemOrder, Turn
from .samples import Sample


class LeftOut:
    """Reads items by position, the next in order in the place of one that cannot be used.

    `where` names the data set, `what` its items. RunError once more than the share `most` of the `count` items could not be
    used. Those so far, with reasons, are in `reasons`. May be used from several threads.
    """

    def __init__(
        self, where: str, what: str, count: int, most: float, place: Place | None, report: Report
    ) -> None:
        self._where, self._what, self._count, self._most = where, what, count, most
        self._place, self._report = place, report
        self._lock = threading.Lock()
        self.reasons: dict[str, str] = {}
        self.fits = ""
        """Sizes with which none would be left out, in words that follow a message."""

    def sample(self, position: int, order: ItemOrder, read: Callable[[Turn], Sample]) -> Sample:
        """What `read` makes of the first item that can be used of those that may stand at a position."""
        for turn in order.turns(position):
            name = order.names[turn.index]
            if name in self.reasons:
                continue
            try:
                return read(turn)
            except MediaError as error:
                self.add(name, error)
        raise self.too_many()

    def add(self, name: str, error: MediaError) -> None:
        """One that turned out to be of no use when it was read."""
        with self._lock:
            if name not in self.reasons:
                self.reasons[name] = error.reason
                self._report(f"{error.path} {error.reason}; it is left out")
            if len(self.reasons) > self._most * self._count:
                raise self.too_many() from error

    def add_all(self, reasons: Mapping[str, str]) -> None:
        """Those that are known before anything is read, told in one line."""
        self.reasons |= reasons
        if len(self.reasons) > self._most * self._count:
            raise self.too_many()
        if reasons:
            told = [f"{name} {reason}" for name, reason in reasons.items()]
            more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
            self._report(
                f"{len(reasons)} of {self._count} {self._what} in {self._where} cannot be used and are left out: "
                f"{'; '.join(told[:NAMED])}{more}{self.fits}"
            )

    def too_many(self) -> RunError:
        return RunError(
            "data-mismatch",
            f"{len(self.reasons)} of {self._count} {self._what} in {self._where} cannot be used, "
            f"more than the {self._most:.0%} that may be left out",
            help=f"repair these {self._what} or take them out of the data{self.fits}",
            place=self._place,
            facts=tuple(f"{name} {reason}" for name, reason in list(self.reasons.items())[:NAMED]),
        )
