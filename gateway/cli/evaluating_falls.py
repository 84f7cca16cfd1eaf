"""`guanai evaluate falls`: how well falls are found, on recordings, through the real path."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alerting.words import Words
from devices.accel import RATE_HZ_MAX, RATE_HZ_MIN
from gateway.cli.bilingual import Command, UserError, option


@click.command(
    "falls",
    cls=Command,
    words=Words(
        "PACK 是 .npz 录音包（格式见 docs/model-card-falls.md）；名称含 wrist 的按手腕判断。",
        "PACK is an .npz pack of trials (format: docs/model-card-falls.md); "
        "one with “wrist” in its name is judged as worn there.",
    ),
)
@click.argument("packs", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--worn", type=click.Choice(["waist", "wrist"]), zh="佩戴位置。", en="Where it is worn.")
@option("--lost", type=click.FloatRange(0, 0.95), default=0.0, zh="丢失批次。", en="Batches lost.")
@option(
    "--rate",
    type=click.FloatRange(RATE_HZ_MIN, RATE_HZ_MAX),
    default=None,
    zh="设备采样率（Hz），低于录音时生效。",
    en="Rate of the device in Hz, if below the recording's.",
)
@option("--gain", type=click.FloatRange(0.5, 2), default=1.0, zh="增益。", en="Gain.")
@option("--offset", type=float, default=0.0, zh="各轴偏置（g）。", en="Offset of each axis in g.")
@option("--clip", type=click.FloatRange(1.5, 32), default=None, zh="削顶（g）。", en="Clip at g.")
@option(
    "--cut", type=click.FloatRange(0.01, 100), default=1.0, zh="每批秒数。", en="Seconds a batch."
)
@option(
    "--band", type=click.FloatRange(0.5, 50), default=None, zh="低通（Hz）。", en="Low-pass in Hz."
)
@option(
    "--worn-on",
    is_flag=True,
    zh="设备先经过本人的日常录音，学会自身特性。",
    en="Worn before through the person's everyday trials, the device has learned of itself.",
)
@option("--json", "as_json", is_flag=True, zh="每包一行 JSON。", en="One JSON object a pack.")
@option("--trials", "each", is_flag=True, zh="列出判错的录音。", en="Name the trials judged wrong.")
def falls(
    packs: tuple[Path, ...],
    worn: str | None,
    lost: float,
    rate: float | None,
    gain: float,
    offset: float,
    clip: float | None,
    cut: float,
    band: float | None,
    worn_on: bool,
    as_json: bool,
    each: bool,
) -> None:
    """Print the table of each pack."""
    import msgspec

    from devices.errors import PackError
    from gateway.evaluation import falls as measure
    from gateway.evaluation.variants import Variant
    from gateway.evaluation.windows import read_pack

    variant = Variant(
        gain=gain,
        offset_g=(offset,) * 3,
        rate_hz=rate,
        lost=lost,
        cut_s=cut,
        clip_g=clip,
        band_hz=band,
    )
    for pack in packs:
        try:
            trials = read_pack(pack)
        except PackError as error:
            raise UserError(f"{error}", f"{error}") from None
        site = worn or ("wrist" if "wrist" in pack.name else "waist")
        with click.progressbar(trials, label=pack.name, file=sys.stderr) as bar:
            verdicts = measure.judge_all(bar, site, variant, worn_on)
        table = measure.table(pack.name, site, verdicts)
        if as_json:
            click.echo(msgspec.json.encode(table))
        else:
            click.echo(measure.in_words([table]))
        if each:
            for one in verdicts:
                if one.is_fall != bool(one.alarms):
                    said = "missed" if one.is_fall else "false"
                    click.echo(f"  {said} {one.key} {one.code} {one.score:.3f}")
