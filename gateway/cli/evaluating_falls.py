"""`guanai evaluate falls`: how well falls are found, on recordings, through the real path."""

from __future__ import annotations

import math
from pathlib import Path

import click

from alerting.words import Words
from devices.accel import RATE_HZ_MAX, RATE_HZ_MIN
from gateway.cli.bilingual import Command, UserError, option, say
from gateway.cli.progress import progress


@click.command(
    "falls",
    cls=Command,
    words=Words(
        "跌倒：找出多少，误报多少。\n\n"
        "PACK 是 .npz 录音包（格式见 docs/model-card-falls.md）；名称含 wrist 的按手腕判断，"
        "其余按腰部。走的是和运行时一样的路：编码、解码、信号处理、引擎判断。"
        "选项可以假设一台更差的设备。",
        "Falls: how many are found, and how many are false.\n\n"
        "PACK is an .npz pack of trials (format: docs/model-card-falls.md); one with “wrist” in "
        "its name is judged as worn there, any other as worn at the waist. It goes the way of "
        "real messages: encoded, decoded, heard by the signal stage, judged by the engine. "
        "The options suppose a worse device.",
    ),
)
@click.argument("packs", nargs=-1, required=True, type=click.Path(path_type=Path))
@option(
    "--worn",
    type=click.Choice(["waist", "wrist"]),
    zh="佩戴位置；不写则看名称。",
    en="Where it is worn; without it the name tells.",
)
@option(
    "--lost",
    type=click.FloatRange(0, 0.95),
    default=0.0,
    zh="丢失的批次比例，如 0.1。",
    en="Share of the batches that never arrive, e.g. 0.1.",
)
@option(
    "--rate",
    type=click.FloatRange(RATE_HZ_MIN, RATE_HZ_MAX),
    default=None,
    zh="设备采样率（Hz），低于录音时生效。",
    en="Rate of the device in Hz, if below the recording's.",
)
@option(
    "--gain",
    type=click.FloatRange(0.5, 2),
    default=1.0,
    zh="增益，1 为正确。",
    en="Gain; 1 is right.",
)
@option(
    "--offset",
    type=click.FloatRange(-2, 2),
    default=0.0,
    zh="各轴偏置（g）。",
    en="Offset of each axis in g.",
)
@option(
    "--clip",
    type=click.FloatRange(1.5, 32),
    default=None,
    zh="量程：超出的削顶（g）。",
    en="Full scale in g: what goes beyond is clipped.",
)
@option(
    "--cut",
    type=click.FloatRange(0.01, 100),
    default=1.0,
    zh="每批秒数。",
    en="Seconds in a batch.",
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

    if not all(math.isfinite(one) for one in (lost, gain, offset, cut, rate or 1.0, clip or 1.5)):
        raise UserError("选项要写有限的数", "the options must be finite numbers")
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
            raise UserError(f"不能检验 {error}", f"cannot evaluate {error}") from None
        site = worn or ("wrist" if "wrist" in pack.name else "waist")
        with progress(pack.name, len(trials)) as step:
            verdicts = measure.judge_all(trials, site, variant, worn_on, done=step)
        wrong = [one for one in verdicts if one.is_fall != bool(one.alarms)]
        table = measure.table(pack.name, site, verdicts)
        if as_json:
            data = measure.as_data(table)
            if each:
                data["wrong"] = wrong
            click.echo(msgspec.json.encode(data))
            continue
        say(measure.in_words(table))
        for one in wrong if each else ():
            shown = f"{one.key} {one.code} {one.score:.3f}"
            say(
                Words(f"  漏报 {shown}", f"  missed {shown}")
                if one.is_fall
                else Words(f"  误报 {shown}", f"  false {shown}")
            )
