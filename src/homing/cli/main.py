"""The command `homing`: its subcommands, imported when they are called, and how they end."""

import os
import sys
from importlib import import_module

import click

from homing import __version__
from homing.cli.problems import EXIT_NO, Sentence, sentence_for

# name -> (module:object, what `homing --help` says). Kept here so that help imports nothing else;
# a test holds the words equal to those of the commands.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("up:up", "Gateway, simulated carrier and a demo account, on this machine."),
    "serve": ("serve:serve", "Run the gateway of a settings file."),
    "simulator": ("simulator:simulator", "Simulated carriers with handsets, alone."),
    "sms": ("sms:sms", "Send a message and follow it to its receipts."),
    "setup": ("setup:setup", "Keep the key and secret of an account for the other commands."),
    "account": (
        "setup:account",
        "Which account and gateway the commands use, and where that is written.",
    ),
    "balance": ("balance:balance", "What the account has left."),
    "price": ("price:price", "What a message costs, for each of its parts."),
    "link": ("link:link", "Send the inbound messages of a number to a URL of their own."),
    "unlink": (
        "link:unlink",
        "Send the inbound messages of a number to the account's URL again.",
    ),
    "show": ("show:show", "Everything about one message: parts, receipts, attempts."),
    "receipts": ("receipts:receipts", "Receipts, as they come in."),
    "inbound": ("inbound:inbound", "Messages from handsets, as they came in."),
    "accounts": ("accounts:accounts", "Who may send, and where their receipts go."),
    "carriers": ("carriers:carriers", "Carriers: binds, windows, rates, counts."),
    "countries": (
        "countries:countries",
        "What countries' networks do with an SMS, with the sources.",
    ),
    "reload": ("reload:reload", "Read the settings file again; unchanged binds stay."),
    "store": ("store:store", "The store: its size, and copies of it."),
    "demo": ("demo:demo", "The whole way of two messages, shown and checked."),
    "certificate": ("certificate:certificate", "A TLS certificate for development."),
    "completion": ("completion:completion", "Tab completion for your shell."),
}


class Commands(click.Group):
    """Subcommands by name; every fault becomes a sentence and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"homing.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as fault:
            if os.environ.get("HOMING_TRACEBACK"):
                raise
            raise sentence_for(fault) from fault


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="homing")
def homing() -> None:
    """Homing: an SMS gateway whose heart is the delivery receipt.

    Begin with `homing up`: it starts all that is needed and prints how to send.
    """


def main() -> None:
    """The entry point of the installed command."""
    _open_closed_streams()
    try:
        homing.main(prog_name="homing")
    except Sentence as problem:  # raised outside of the group: completion, say
        problem.show()
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_NO)


def _open_closed_streams() -> None:
    """What a shell closed (`<&-`) is empty, or goes nowhere; and no file that a command opens gets
    its place, into which somebody writes."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, for the process's life


if __name__ == "__main__":
    main()
