"""A gateway on a machine whose name server lies: names under .test change with every question.

TWO_FACED_NAMES is JSON: {name: [addresses of the 1st answer, of the 2nd, ... of all others]}.
Every question is a line in the file that TWO_FACED_LOG names.
"""

import json
import os
import socket
import threading

from homing.cli.main import main

ANSWERS = json.loads(os.environ["TWO_FACED_NAMES"])
honest = socket.getaddrinfo
lock = threading.Lock()


def getaddrinfo(host, port, *arguments, **options):
    if not str(host).endswith(".test"):
        return honest(host, port, *arguments, **options)
    with lock, open(os.environ["TWO_FACED_LOG"], "a") as log:
        log.write(f"{host}\n")
        answers = ANSWERS[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
    found = []
    for address in addresses:
        found += honest(address, port, *arguments, **options)
    return found


socket.getaddrinfo = getaddrinfo
main()
