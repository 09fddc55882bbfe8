"""How adapters are named in files: by diffusers, by ComfyUI and the trainers around it, by kohya's tools.

| layout | keys of a layer | alpha |
| --- | --- | --- |
| `diffusers` | `COMPONENT.LAYER.lora_A.weight`, `lora_B` | multiplied into the last factor |
| `comfy` | `diffusion_model.ORIGINAL.lora_A.weight`, `lora_B` | multiplied into the last factor |
| `kohya` | `lora_unet_ORIGINAL.lora_down.weight`, `lora_up`, dots of the name as `_` | `lora_unet_ORIGINAL.alpha` |

ORIGINAL is the layer's name in the checkpoint that the network was published with, which the family's binding tells.
Factors of LoKr are `lokr_w1`, `lokr_w2` and so on in all three.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .layer_names import original

KOHYA = {"lora_A": "lora_down", "lora_B": "lora_up"}
PARTS = re.compile(
    r"(?P<layer>.+)\.(?:(?P<lora>lora_A|lora_B|lora_down|lora_up|lora\.down|lora\.up)(?:\.default)?\.weight"
    r"|(?P<lokr>lokr_w[12](?:_[ab])?)(?:\.default)?|(?P<alpha>alpha))"
)
MEANING = {"lora_down": "lora_A", "lora_up": "lora_B", "lora.down": "lora_A", "lora.up": "lora_B"}


@dataclass(frozen=True)
class Names:
    """Names of a component's layers elsewhere. `table` turns parts of diffusers' names into the original ones, each at
    most once, in this order; without it the two are one."""

    component: str
    table: Sequence[tuple[str, str]] = ()

    def original(self, layer: str) -> str:
        """A layer's name in the original checkpoint."""
        return original(layer, self.table)

    def spellings(self, layer: str) -> tuple[str, ...]:
        """What a layer is called before the name of a part, in any file that is read."""
        original = self.original(layer)
        dotted = dict.fromkeys((layer, original))
        flat = [n.replace(".", "_") for n in dotted]
        prefixes = (
            "",
            f"{self.component}.",
            "diffusion_model.",
            "model.diffusion_model.",
            "base_model.model.",
        )
        return (
            *(f"{p}{n}" for p in prefixes for n in dotted),
            *(f"{p}{n}" for p in ("lora_unet_", f"lora_{self.component}_", "lycoris_") for n in flat),
        )


def key(layout: str, names: Names, layer: str, part: str) -> str:
    """The key of one part of a layer's adapter, `part` being its name in peft or `alpha`."""
    end = part if part.startswith("lokr_") or part == "alpha" else f"{part}.weight"
    if layout == "diffusers":
        return f"{names.component}.{layer}.{end}"
    if layout == "comfy":
        return f"diffusion_model.{names.original(layer)}.{end}"
    flat = names.original(layer).replace(".", "_")
    return f"lora_unet_{flat}.{end.replace(part, KOHYA.get(part, part))}"


def parts_by_layer(
    keys: Sequence[str], names: Names, layers: Sequence[str]
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Keys of a file by layer and part (its name in peft, or `alpha`), and the keys that belong to none."""
    spelt: Mapping[str, str] = {s: layer for layer in layers for s in names.spellings(layer)}
    found: dict[str, dict[str, str]] = {}
    strange = []
    for name in keys:
        m = PARTS.fullmatch(name)
        layer = spelt.get(m["layer"]) if m is not None else None
        if m is None or layer is None:
            strange.append(name)
            continue
        part = m["lora"] or m["lokr"] or m["alpha"]
        found.setdefault(layer, {})[MEANING.get(part, part)] = name
    return found, strange
