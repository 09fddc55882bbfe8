"""The `mini` family: an exact codec, a byte tokenizer, and an encoder whose rows past the text are zero."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import T5Config, T5EncoderModel

from fdc.compiler.runtime.api.components import LoadedComponent, Role
from fdc.families.mini import binding


@pytest.mark.parametrize("block", [1, 2, 4])
def test_the_codec_is_exact_and_keeps_the_norm(block: int) -> None:
    codec = binding.SpaceToDepth(block=block)
    x = torch.rand(2, 3, 4, 16, 24) * 2 - 1
    z = codec.encode(x)
    assert z.shape == (2, 3 * block**2, 4, 16 // block, 24 // block)
    assert torch.equal(codec.decode(z), x)
    assert z.square().sum().item() == pytest.approx(x.square().sum().item(), rel=1e-6)


def test_each_latent_place_holds_its_own_pixels() -> None:
    x = torch.zeros(1, 3, 2, 8, 8)
    x[0, 1, 1, 5, 2] = 1.0
    places = binding.SpaceToDepth(block=2).encode(x).nonzero()
    assert len(places) == 1
    _, _, frame, row, column = places[0].tolist()
    assert (frame, row, column) == (1, 2, 1)


def test_the_codec_survives_a_checkpoint(tmp_path: Path) -> None:
    codec = binding.SpaceToDepth(block=4, latents_mean=-0.5, latents_std=0.25)
    codec.save_config(tmp_path)
    again = binding.SpaceToDepth.from_config(binding.SpaceToDepth.load_config(str(tmp_path)))
    assert (again.config.block, again.config.latents_mean, again.config.latents_std) == (4, -0.5, 0.25)
    assert not again.state_dict()


def test_bytes_are_tokens() -> None:
    ids, mask = binding.ByteTokenizer()(["ab", "", "é"])
    assert ids.shape == mask.shape == (3, binding.LENGTH)
    first = binding.FIRST_BYTE
    assert ids[0, :4].tolist() == [first + ord("a"), first + ord("b"), binding.END, binding.PAD]
    assert ids[1, :2].tolist() == [binding.END, binding.PAD]
    assert ids[2, :3].tolist() == [first + 0xC3, first + 0xA9, binding.END]
    assert mask.sum(dim=1).tolist() == [3, 1, 3]


def test_long_texts_are_cut_and_keep_their_end_mark() -> None:
    ids, mask = binding.ByteTokenizer()(["x" * 500])
    assert ids[0, -1] == binding.END and mask.all()


def test_the_tokenizer_survives_a_checkpoint(tmp_path: Path) -> None:
    binding.ByteTokenizer().save_pretrained(str(tmp_path))
    text = ["a red circle moving left"]
    again = binding.ByteTokenizer.from_pretrained(str(tmp_path))
    assert torch.equal(again(text)[0], binding.ByteTokenizer()(text)[0])
    with pytest.raises(OSError, match="tokenizer_config"):
        binding.ByteTokenizer.from_pretrained(str(tmp_path / "none"))


def test_a_text_s_rows_do_not_depend_on_its_neighbours() -> None:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=384, d_model=64, d_kv=16, d_ff=128, num_layers=1, num_heads=4, dropout_rate=0.0
    )
    encoder = T5EncoderModel(config).eval()
    role = Role(
        "student",
        {
            "tokenizer": LoadedComponent("tokenizer", binding.ByteTokenizer()),
            "text_encoder": LoadedComponent("text_encoder", encoder),
        },
    )
    texts = ["a red circle moving left", "a red circle moving right", ""]
    with torch.no_grad():
        together = binding.encode_text(role, texts)["embeds"]
        alone = torch.cat([binding.encode_text(role, [text])["embeds"] for text in texts])
    assert together.shape == (3, binding.LENGTH, 64)
    torch.testing.assert_close(together, alone)
    for rows, text in zip(together, texts):
        assert (rows[len(text) + 1 :] == 0).all() and (rows[: len(text) + 1] != 0).any(dim=1).all()
    assert (together[0] - together[1]).abs().max() > 0.1, "captions that differ in a word have other rows"
