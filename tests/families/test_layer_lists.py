"""The lists of layers beside families: they are those of the classes, and `fdc check` reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fdc.compiler.cli.main import main
from fdc.compiler.contracts.networks.layer_lists import _expanded, beside, written
from fdc.compiler.driver.pipeline import check
from fdc.compiler.modules.imports import PACKAGE
from fdc.compiler.runtime.weights.state_layers import layers_text

FAMILIES = PACKAGE / "families"
SHIPPED = sorted(FAMILIES.glob("*/*.fdl"))

PARTS = st.sampled_from(["a", "b", "c1", "0", "1", "2", "10"])


@given(st.sets(st.lists(PARTS, min_size=1, max_size=4).map(".".join), max_size=40))
def test_patterns_stand_for_the_names_that_they_were_made_of(names: set[str]) -> None:
    patterns = written(names)
    found = _expanded(patterns)
    assert sorted(found) == sorted(names) and len(patterns) <= len(names)


def test_blocks_are_a_range() -> None:
    names = [f"blocks.{n}.attn.{q}.weight" for n in range(12) for q in ("q", "k")]
    assert written(names) == ["blocks.{0..11}.attn.{k,q}.weight"]


@pytest.mark.parametrize("bad", ["to_q", [1], ["x.{0..999999}.{0..999999}"], ["a.{0..9}.{0..99999}"]])
def test_what_is_no_list_is_not_followed(bad: object) -> None:
    with pytest.raises(ValueError):
        _expanded(bad)


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_the_list_of_a_family_is_that_of_its_classes(path: Path) -> None:
    assert beside(path).read_text("utf-8") == layers_text(path, allow_python=False), f"fdc new layers {path}"


PROGRAM = """
import finetune
import "./nets.fdl"

program p {
  sizes { H = 32, W = 32 }
  role student = nets(tiny(seed = 0)) { train = TRAIN, precision = f32 }
  data images = folder("data") { prompt: str, image: pixels[b, 3, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-5)
  train { steps = 10, batch = 2 }
}
"""
NETS = """
family nets {
  sizes { H = 16*m, W = 16*n }
  component unet = diffusers.UNet2DConditionModel {
    trainable
    config = {
      sample_size = none, in_channels = 4, out_channels = 4, cross_attention_dim = 8
      attention_head_dim = 4, norm_num_groups = 4
      down_block_types = ["CrossAttnDownBlock2D", "DownBlock2D"], up_block_types = ["UpBlock2D", "CrossAttnUpBlock2D"]
      block_out_channels = [8, 16]
    }
  }
  component vae = diffusers.AutoencoderKL { dtype = f32 }
  space latents = f32[b, 4, h = H/8, w = W/8] from vae { normalize = z*vae.config.scaling_factor }
  process flow { noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s }
  record text { embeds: f32[b, 4, 8] { pad = zero } }
  stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)
  stage encode_image : encode(image: pixels[b, 3, H, W]) -> clean[latents] by vae.encode(x = image)
  stage denoise : denoise(x: noisy[latents], t: time[b], c: text) -> predict[latents]
    by unet(sample = x, timestep = t.ticks, encoder_hidden_states = c.embeds)
  stage decode_image : decode(x0: clean[latents]) -> pixels[b, 3, H, W] by vae.decode(z = x0)
  graph cond(batch) { return encode_text(batch.prompt) }
  graph uncond(batch) { return encode_text("") }
  graph clean(batch) { return encode_image(batch.image) }
  graph sample(batch, steps: int = 2) {
    c = cond(batch)
    x ~ noise[latents]
    for (t, next) in grid(steps) { x = x + (next.sigma - t.sigma)*denoise(x, t, c) }
    return decode_image(x)
  }
}
"""


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.fdl").write_text(NETS)
    (tmp_path / "binding.py").write_text("def encode_text(role, prompt): ...\n")
    return tmp_path / "nets.fdl"


def told(train: str) -> list[str]:
    path = Path("p.fdl")
    path.write_text(PROGRAM.replace("TRAIN", train))
    return [d.message for d in check(path).diagnostics if d.severity == "error"]


@pytest.mark.slow
def test_a_family_of_ones_own(nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told('lora(rank = 2, targets = ["to_outt"])') == []
    assert main(["new", "layers", "nets.fdl"]) == 2
    assert "--allow-python" in capsys.readouterr().err
    assert main(["new", "layers", "nets.fdl", "--allow-python"]) == 0
    assert capsys.readouterr().out == "wrote nets.layers.json\n"
    (network,) = json.loads(beside(nets).read_text())["nets"]["unet"]["networks"]
    assert (
        "down_blocks.0.attentions.{0..1}.transformer_blocks.0.{attn1,attn2}.{to_k,to_q,to_v}"
        in network["layers"]
    )
    assert any("conv_in" in p for p in network["layers"])
    assert told('lora(rank = 2, targets = ["to_out", "mid_block", "conv_in", "all-linear"])') == []
    assert told('only(["norm1", "down_blocks.*.resnets"])') == []
    assert told('lora(rank = 2, targets = ["to_outt"])') == [
        "`targets` names `to_outt`, and `UNet2DConditionModel` has no layer of that name"
    ]
    assert told('only("down_block.0")') == [
        "`only` names `down_block.0`, and `UNet2DConditionModel` has no part of that name"
    ]


def test_the_layers_of_what_has_no_family(nets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text, said in [
        ("p.fdl", "program p { }", "declares no family"),
        ("broken.fdl", "family broken { sizes { H = } }", "has errors"),
        ("absent.fdl", None, "absent.fdl"),
        ("nets.py", None, "is no family's file"),
    ]:
        if text is not None:
            Path(name).write_text(text)
        assert main(["new", "layers", name]) == 2
        assert said in capsys.readouterr().err


def test_a_new_family_brings_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "family", "mine", "--from", "mini"]) == 0
    mine = json.loads((tmp_path / "mine" / "mine.layers.json").read_text())
    assert mine == {"mine": json.loads((FAMILIES / "mini" / "mini.layers.json").read_text())["mini"]}
