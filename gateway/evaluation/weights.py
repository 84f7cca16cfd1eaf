"""Writes what was learned as modules, so that the pure core opens no file."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

LINE = 88
Array = NDArray[np.float32]


class Fitted(msgspec.Struct, frozen=True, eq=False):
    """The model of one body site."""

    site: str
    weights: Array
    """Shape (4090,), the last one is the constant."""
    norm: Array
    """Mean and spread of the plain features, shape (2, 57)."""
    threshold: float
    clear: float
    """The threshold of a window that ends 2 s after the knock."""


def write_biases(into: Path, biases: Array) -> None:
    """Write `biases` (shape (24, 2, 84)) as float16 to `into/biases.py`."""
    text = _module("The biases of the random-convolution features, shape (24, 2, 84).")
    text += _constant("BIASES", biases.astype("<f2").tobytes())
    (into / "biases.py").write_text(text)


def write_weights(into: Path, fitted: Fitted) -> None:
    """Write the model to `into/weights_SITE.py`: weights as int16 with one step."""
    step = float(np.abs(fitted.weights[:-1]).max()) / 32767.0
    coded = np.rint(fitted.weights[:-1] / step).astype("<i2")
    text = _module(f"What makes a fall at the {fitted.site}.")
    text += f"THRESHOLD = {fitted.threshold:.4f}\n"
    text += f"CLEAR = {fitted.clear:.4f}\n"
    text += f"STEP = {step!r}\n"
    text += f"CONSTANT = {float(fitted.weights[-1])!r}\n"
    text += _constant("NORM", fitted.norm.astype("<f4").tobytes())
    text += _constant("WEIGHTS", coded.tobytes())
    (into / f"weights_{fitted.site}.py").write_text(text)


def _module(said: str) -> str:
    return f'"""{said}\n\nWritten by `python -m gateway.evaluation.train_falls`.\n"""\n\n'


def _constant(name: str, data: bytes) -> str:
    text = base64.b85encode(data).decode()
    lines = [f'    "{text[at : at + LINE]}"' for at in range(0, len(text), LINE)]
    return f"{name} = (\n" + "\n".join(lines) + "\n)\n"
