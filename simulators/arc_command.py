"""`python -m simulators arc`: an alarm receiving centre to try a gateway with."""

from __future__ import annotations

import asyncio

import click

from simulators.arc import Centre, receiving


@click.command(
    "arc",
    help="模拟报警接收中心：收 SCAIP 报警并显示，按给定的状态逐次回答。"
    "\n\nA simulated alarm receiving centre: shows what it is told by SCAIP, and answers "
    "with the given words in turn (see simulators/arc.py).",
)
@click.option("--port", default=5060, show_default=True, help="端口（UDP 和 TCP）。 UDP and TCP.")
@click.option(
    "--answers",
    default="0",
    show_default=True,
    help="依次回答的状态，空格分开，最后一个一直用。 Answers in turn; the last one stays.",
)
@click.option("--heartbeat", default=0, help="要求多少分钟报一次平安。 Minutes between heartbeats.")
def arc(port: int, answers: str, heartbeat: int) -> None:
    """Run until stopped."""
    try:
        asyncio.run(_serve(Centre(answers.split(), heartbeat), port))
    except KeyboardInterrupt:
        click.echo("")


async def _serve(centre: Centre, port: int) -> None:
    async with receiving(centre, port):
        click.echo(f"SCAIP 127.0.0.1:{centre.port} (UDP, TCP)")
        shown = 0
        while True:
            for said in centre.heard[shown:]:
                click.echo(" ".join(f"{name}={value}" for name, value in said.items()))
            shown = len(centre.heard)
            await asyncio.sleep(0.2)
