"""`homing completion`: the script that teaches a shell to complete our commands."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Tab completion for your shell.

    \b
    bash:  eval "$(homing completion bash)"    in ~/.bashrc
    zsh:   eval "$(homing completion zsh)"     in ~/.zshrc
    fish:  homing completion fish > ~/.config/fish/completions/homing.fish
    """
    made = get_completion_class(shell)
    assert made is not None, "click knows these three"
    root = ctx.find_root()
    script = made(root.command, {}, "homing", "_HOMING_COMPLETE")
    # Not source(): that would run bash to ask for its version.
    click.echo(script.source_template % script.source_vars())
