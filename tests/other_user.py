"""A command run by somebody who may not write what the test owns."""

import os
from multiprocessing.connection import Connection

from cli_runner import run


def run_as_nobody(pipe: Connection, *arguments: object) -> None:
    """Run a command as a user who owns nothing; whoever is not root is that already."""
    os.chdir("/")  # its .env counts
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    pipe.send(run(*arguments))
