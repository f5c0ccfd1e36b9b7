"""fabnode run: the agent in the foreground, until it is told to stop."""

from pathlib import Path

import click


@click.command()
@click.option("--verbose", "-v", is_flag=True, help="Say more.")
@click.pass_obj
def run(folder: Path, *, verbose: bool) -> None:
    """Run the agent. Ctrl-C or SIGTERM stops it; prints that run go on and are taken up at the next start.

    \b
    Example:
      fabnode run
    """
    import asyncio
    import logging
    import signal

    from fabnode.agent import Agent
    from fabnode.config import load_config
    from fabnode.home import Home
    from fabnode.operator.server import serving

    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("asyncio").setLevel(logging.INFO)
    home = Home(folder)

    async def work() -> None:
        with home.lock():
            home.operator_file.unlink(missing_ok=True)
            config, identity = load_config(home.config), home.identity()
            agent = Agent(home, config, identity)
            task = asyncio.current_task()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else lambda: None)
            async with serving(agent, config.operator) as address:
                home.keep_operator(address)
                click.echo(f"The operator's page: {address.url}")
                try:
                    await agent.run()
                except asyncio.CancelledError:
                    click.echo("Stopped. What prints goes on.")
                finally:
                    home.operator_file.unlink(missing_ok=True)

    asyncio.run(work())
