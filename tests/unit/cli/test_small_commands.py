"""`certificate` and `completion`: what is printed can be used as it is."""

import ssl
import subprocess

import pytest


def test_the_one_line_of_certificate_names_an_authority_that_vouches(run, tmp_path):
    folder = tmp_path / "a b"
    done = run("certificate", folder)
    assert done.exit_code == 0
    assert done.stdout == f"export REQUESTS_CA_BUNDLE='{folder}/ca.pem'\n"
    ssl.create_default_context(cafile=str(folder / "ca.pem"))
    assert f'tls_cert = "{folder}/cert.pem"' in done.stderr
    assert run("certificate", folder).stdout == done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_that_shell(run, shell):
    done = run("completion", shell)
    assert done.exit_code == 0
    assert "_HOMING_COMPLETE" in done.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=True)


def test_completion_of_another_shell_is_a_usage_error(run):
    assert run("completion", "cmd").exit_code == 2
