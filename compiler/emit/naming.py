"""Names for values: the user's, made unique readably."""

from __future__ import annotations

import builtins
import keyword

TAKEN = frozenset({"run", "batch", "torch", "math", "rows", "Tensor", "Batch", "Run", "Update"})


class Names:
    """Hands out each name once: `x0`, `x0_2`, `x0_3`. `written` are the user's, who has the first claim."""

    def __init__(self, taken: frozenset[str], written: set[str]) -> None:
        self.used = set(TAKEN | taken)
        self.written = frozenset(written)

    def apart(self, wanted: str) -> str:
        """A name for a value that the user did not name, different from all that the user did."""
        return self._free(wanted, self.used | self.written)

    def fresh(self, wanted: str) -> str:
        """A name for a value that the user named."""
        return self._free(wanted, self.used)

    def _free(self, wanted: str, taken: set[str]) -> str:
        base = wanted or "value"
        if keyword.iskeyword(base) or hasattr(builtins, base) or base in TAKEN:
            base += "_"
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        self.used.add(name)
        return name
