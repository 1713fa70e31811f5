"""An nginx of our own, on ports that were free."""

import os
import shutil
import socket
import subprocess
import time

from client import PATIENCE

TRIES = 5


def find_nginx():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start_nginx(program, folder, config, ports):
    """The process, and so many ports that it listens on; `config` makes the configuration of them. It knows a port only by its number, which somebody
    may take before it does: then it is started anew, with others."""
    for _ in range(TRIES):
        chosen = [free_port() for _ in range(ports)]
        with open(os.path.join(folder, "nginx.conf"), "w") as out:
            out.write(config(*chosen))
        words = [program, "-p", folder, "-c", "nginx.conf", "-e", "nginx.error"]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if listens(process, os.path.join(folder, "nginx.pid")):
            return process, chosen
        process.kill()
        process.wait()
    raise RuntimeError("nginx did not start: " + open(os.path.join(folder, "nginx.error")).read()[-2000:])


def listens(process, pid_file):
    """It writes its number there once it has all its ports."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if os.path.exists(pid_file) and open(pid_file).read().strip() == str(process.pid):
            return True
        time.sleep(0.02)
    return False
