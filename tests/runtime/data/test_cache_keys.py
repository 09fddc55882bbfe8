"""What the keys of cached rows of encoders follow."""

from __future__ import annotations

from pathlib import Path

from paths import ROOT

from fdc.compiler.runtime.data.cache_keys import python_hash


def test_rows_follow_the_python_that_a_family_shares(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name, text in {
        "own/binding.py": "from .. import shared\nfrom .rows import a\nfrom ...compiler import x\n",
        "own/rows.py": "from ..deeper import b\n",
        "shared.py": "A = 1\n",
        "deeper.py": "b = 1\n",
        "other.py": "c = 1\n",
    }.items():
        (tmp_path / name).write_text(text)
    before = python_hash(own)
    (tmp_path / "other.py").write_text("c = 2\n")
    assert python_hash(own) == before
    for name in ("shared.py", "deeper.py", "own/rows.py", "own/binding.py"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + "Z = 1\n")
        assert python_hash(own) != before, name
        before = python_hash(own)


def test_a_family_reaches_what_it_shares(tmp_path: Path) -> None:
    families = tmp_path / "families"
    for name in ("qwenimage/binding.py", "hunyuan/prompt_rows.py", "tiny_tokenizers.py"):
        (families / name).parent.mkdir(parents=True, exist_ok=True)
        (families / name).write_text((ROOT / "families" / name).read_text("utf-8"))
    before = python_hash(families / "qwenimage")
    (families / "hunyuan" / "prompt_rows.py").write_text("TAP = -1\n")
    assert python_hash(families / "qwenimage") != before
