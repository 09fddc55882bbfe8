"""What is silently wrong of HunyuanVideo's texts elsewhere, and is told here."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.base.errors import RunError
from fdc.families.hunyuan.binding import AFTER, BEFORE
from fdc.families.hunyuan.prompt_rows import prompt_rows, template_length
from fdc.families.hunyuan15.binding import SYSTEM, quoted


def bytes_of(texts: list[str], left: bool = False) -> tuple[Tensor, Tensor]:
    """Bytes behind a template of three."""
    rows = [[1, 2, 3, *t.encode(), 9] for t in texts]
    n = max(map(len, rows)) + 2
    pad = [[0] * (n - len(r)) for r in rows]
    ids = torch.tensor([p + r if left else r + p for r, p in zip(rows, pad, strict=True)])
    return ids, (ids != 0).long()


QUOTES: tuple[tuple[str, str | None], ...] = (
    ("a sign", None),
    ('a sign, "open"', 'Text "open". '),
    ('"a" and “b” and "a"', 'Text "a". Text "b". '),
    ('an open quote " here', None),
)


class Encoder:
    """Hidden states of six layers, of which each row says its token and layer."""

    def output(self, method: str, path: tuple[Any, ...], /, **inputs: Any) -> Tensor:
        assert inputs["output_hidden_states"] is True
        states = [inputs["input_ids"].float().unsqueeze(2) + 1000 * layer for layer in range(7)]
        found: Tensor = SimpleNamespace(hidden_states=states).hidden_states[path[1]]
        return found


def test_rows_are_the_prompts_own_of_the_last_layer_but_two() -> None:
    rows, mask = prompt_rows(Encoder(), bytes_of, ["ab", "a"], 3)
    assert rows[0, :, 0].tolist() == [4000.0 + x for x in (97, 98, 9, 0, 0)]
    assert mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 0, 0, 0]]


@pytest.mark.parametrize("skipped", [2, 4, 95])
def test_a_template_of_another_length_is_told(skipped: int) -> None:
    assert template_length(bytes_of) == 3
    with pytest.raises(RunError, match="is 3 tokens long") as e:
        prompt_rows(Encoder(), bytes_of, ["ab"], skipped)
    assert e.value.code == "config-mismatch"


def test_padding_before_the_text_is_told() -> None:
    with pytest.raises(RunError, match="pads before the text"):
        prompt_rows(Encoder(), lambda t: bytes_of(t, left=True), ["abc", "A"], 5)


@pytest.mark.slow
def test_templates_are_diffusers_to_the_letter() -> None:
    from diffusers import HunyuanVideo15Pipeline
    from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
    from diffusers.pipelines.hunyuan_video1_5.pipeline_hunyuan_video1_5 import extract_glyph_texts

    assert DEFAULT_PROMPT_TEMPLATE["template"] == BEFORE + "{}" + AFTER
    asked = inspect.signature(HunyuanVideo15Pipeline._get_mllm_prompt_embeds).parameters
    assert asked["system_message"].default == SYSTEM
    assert all(quoted(text) == extract_glyph_texts(text) for text, _ in QUOTES)


@pytest.mark.parametrize(("text", "said"), QUOTES)
def test_what_is_quoted_is_said_letter_by_letter(text: str, said: str | None) -> None:
    assert quoted(text) == said


def test_guidance_in_thousandths_is_not_rounded() -> None:
    """In bf16 6000 is 6016: trained and frozen roles would be told different scales."""
    given: dict[str, Tensor] = {}

    def network(**inputs: Tensor) -> Tensor:
        given.update(inputs)
        return inputs["hidden_states"]

    c = LoadedComponent("transformer", network, torch.bfloat16)
    c(hidden_states=torch.ones(1, 2), guidance=torch.tensor([6000.0]), timestep=torch.tensor([999.0]))
    assert given["guidance"].item() == 6000 and given["timestep"].item() == 999
    assert given["hidden_states"].dtype == torch.bfloat16
