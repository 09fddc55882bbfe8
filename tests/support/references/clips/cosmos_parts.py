"""What Cosmos' pipelines are run with here: a checker of safety that passes everything, and Euler's steps on a given grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import CosmosTransformer3DModel, FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.cosmos import (
    pipeline_cosmos2_5_predict,
    pipeline_cosmos2_text2image,
    pipeline_cosmos2_video2world,
    pipeline_cosmos_text2world,
    pipeline_cosmos_video2world,
)
from torch import Tensor

from fdc.families.cosmos.padding import resize_without_torchvision


class NoChecks:
    """In the place of CosmosSafetyChecker, which needs a package of its own."""

    def check_text_safety(self, prompt: str) -> bool:
        return True

    def check_video_safety(self, video: Any) -> Any:
        return video

    def to(self, *place: Any) -> NoChecks:
        return self


for module in (
    pipeline_cosmos2_5_predict,
    pipeline_cosmos2_text2image,
    pipeline_cosmos2_video2world,
    pipeline_cosmos_text2world,
    pipeline_cosmos_video2world,
):
    module.CosmosSafetyChecker = NoChecks
resize_without_torchvision()


def mode(made: Any, generator: Any = None) -> Tensor:
    """Of the codec's posterior, where the pipelines draw the latents of given frames: fdc takes the mode of all codecs."""
    found: Tensor = made.latent_dist.mode()
    return found


for module in (pipeline_cosmos2_video2world, pipeline_cosmos_video2world):
    module.retrieve_latents = mode


def unchecked(pipeline: Any) -> Any:
    """As it is saved: without a checker of safety, for which the class makes one when it is loaded."""
    pipeline.register_modules(safety_checker=None)
    return pipeline


def transformer(**more: Any) -> CosmosTransformer3DModel:
    asked: dict[str, Any] = {
        "in_channels": 16,
        "out_channels": 16,
        "num_attention_heads": 2,
        "attention_head_dim": 24,
        "num_layers": 2,
        "mlp_ratio": 2.0,
        "text_embed_dim": 32,
        "adaln_lora_dim": 4,
        "max_size": (8, 32, 32),
        "rope_scale": (1.0, 3.0, 3.0),
        "extra_pos_embed_type": None,
    }
    return CosmosTransformer3DModel(**{**asked, **more}).eval()


def karras(low: float, high: float, steps: int) -> list[float]:
    """Sigmas of exploding noise between a least and a largest one (Karras et al., 2022), and 0."""
    ends = high ** (1 / 7), low ** (1 / 7)
    return [*((ends[0] + k / (steps - 1) * (ends[1] - ends[0])) ** 7 for k in range(steps)), 0.0]


def flow(sigmas: Sequence[float]) -> list[float]:
    """Levels of flows at these sigmas of exploding noise."""
    return [s / (1 + s) for s in sigmas]


class Euler(FlowMatchEulerDiscreteScheduler):
    """Steps along these levels, the last of which is where it ends."""

    def at(self, levels: Sequence[float]) -> Euler:
        self.own = torch.tensor(levels, dtype=torch.float64)
        return self

    def set_timesteps(self, steps: int = 0, device: Any = None, sigmas: Any = None) -> None:
        self.sigmas = self.own.float()
        self.timesteps = torch.arange(len(self.own) - 1)

    def step(self, said: Tensor, t: Tensor, x: Tensor, *asked: Any, **more: Any) -> tuple[Tensor]:
        k = int(t)
        return (x + (self.own[k + 1] - self.own[k]).float() * said,)
