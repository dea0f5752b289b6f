"""A process of the gateway, for the benchmarks beside this file. Needs Linux and nothing installed."""

import http.client
import os
import socket
import subprocess
import tempfile
import time

START_SECONDS = 30
# A bound, not a wait: of the largest answers.
ANSWER_SECONDS = 120


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return "127.0.0.1:%d" % free.getsockname()[1]


def ask(connection, method, path, body=None):
    """The body of an answer with status 200; any other ends the benchmark."""
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    read = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{method} {path}: {answer.status} {read[:300]}")
    return read


class Gateway:
    """Started with these arguments on a free port; ready when made. Its settings are those of `environment` and no others."""

    def __init__(self, binary, *arguments, environment=None):
        self.address = free_address()
        command = [binary, *arguments, "--listen", self.address]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BARNABAS_")}
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, env=inherited | (environment or {}), stdout=self.log, stderr=self.log)
        end = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"the gateway does not start: {' '.join(command)}")
            time.sleep(0.05)
        self.connection = http.client.HTTPConnection(self.address, timeout=ANSWER_SECONDS)

    def is_ready(self):
        connection = http.client.HTTPConnection(self.address, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def ask(self, method, path, body=None):
        return ask(self.connection, method, path, body)

    def memory(self):
        """What is resident, in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            resident = next(line for line in status if line.startswith("VmRSS"))
        return int(resident.split()[1]) * 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()
