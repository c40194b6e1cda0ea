"""The command `hawser`, started by tests: over loopback, on ports that the system chooses."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

WAIT_SECONDS = 30
SKIPPED = 77


def program():
    return os.environ["HAWSER"]


class Running:
    """A program that runs. Its output is collected while it does, so that it never waits for us."""

    def __init__(self, *words):
        self.words = list(map(str, words))
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.changed = threading.Condition()
        self.collected = {"out": b"", "err": b""}
        self.readers = [threading.Thread(target=self._read, args=(name, pipe), daemon=True)
                        for name, pipe in (("out", self.process.stdout),
                                           ("err", self.process.stderr))]
        for reader in self.readers:
            reader.start()

    def _read(self, name, pipe):
        while part := pipe.read1(65536):
            with self.changed:
                self.collected[name] += part
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    @property
    def out(self):
        return self.collected["out"].decode(errors="replace")

    @property
    def err(self):
        return self.collected["err"].decode(errors="replace")

    def wait_for(self, pattern, stream="err", seconds=WAIT_SECONDS):
        """Waits until the output has what the pattern asks for; its match."""
        until = time.monotonic() + seconds
        with self.changed:
            while True:
                if found := re.search(pattern, getattr(self, stream), re.MULTILINE):
                    return found
                ended = not any(reader.is_alive() for reader in self.readers)
                if ended or not self.changed.wait(min(until - time.monotonic(), 0.2)):
                    if ended or time.monotonic() > until:
                        break
        raise AssertionError(f"no {pattern!r} in {stream} of {self}")

    def type(self, text):
        self.process.stdin.write(text if isinstance(text, bytes) else text.encode())
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def interrupt(self):
        self.process.send_signal(2)

    def finish(self, seconds=WAIT_SECONDS):
        """Ends its input, waits for its end; its exit code."""
        try:
            self.process.stdin.close()
        except OSError:
            pass  # it went before it had read everything
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"does not end: {self}") from None
        for reader in self.readers:
            reader.join(seconds)
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except OSError:
                pass

    def __str__(self):
        return (f"{' '.join(self.words)} (exit code {self.process.poll()})\n"
                f"--- standard output\n{self.out}\n--- standard error\n{self.err}")


class CommandTest(unittest.TestCase):
    """A test with a folder of its own; what it starts ends with it."""

    host = "127.0.0.1"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments, before=()):
        return self.start_program(*before, program(), *arguments)

    def start_program(self, *words):
        running = Running(*words)
        self.addCleanup(running.kill)
        return running

    def start_listening(self, subcommand, *arguments, before=()):
        """Starts it with a UDP port that the system chooses; it and that port."""
        running = self.start(subcommand, *arguments, "--udp-port", "0", before=before)
        port = running.wait_for(r"^listening on .*UDP (?:port |\S+:)(\d+)$").group(1)
        return running, port

    def small_file(self):
        """One to be sent."""
        file = self.folder / "file"
        file.write_bytes(bytes(100))
        return file

    def start_foreign_peer(self):
        """Another program that takes associations and answers nothing; its UDP port."""
        peer = subprocess.Popen([os.environ["FOREIGN_PEER"]], stdout=subprocess.PIPE, text=True)

        def end():
            peer.kill()
            peer.wait()
            peer.stdout.close()
        self.addCleanup(end)
        return peer.stdout.readline().strip()

    def run_hawser(self, *arguments, code=0):
        """Runs it to its end."""
        running = self.start(*arguments)
        self.assert_ends(running, code)
        return running

    def assert_ends(self, running, code=0):
        ended = running.finish()
        self.assertEqual(ended, code, str(running))

    def assert_says(self, running, *patterns):
        for pattern in patterns:
            self.assertRegex(running.err, pattern, str(running))

    def to(self, port, sctp_port=4297, timeout=10):
        """The options that reach a peer on that UDP port."""
        return (f"{self.host}:{sctp_port}", "--peer-udp-port", port, "--udp-port", "0",
                "--timeout", timeout)

    def own_network(self, *steps):
        """A network with loopback alone, and what more `ip` makes of it step by step; what goes
        before a command there."""
        self.need("ip", root=True)
        name = f"hw{os.getpid()}-{self._testMethodName[-16:]}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=True)
        for step in ("link set lo up", *steps):
            subprocess.run(["ip", "-n", name, *step.split()], check=True)
        return ("ip", "netns", "exec", name)

    def need(self, *tools, root=False):
        for tool in tools:
            found = subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True,
                                   check=False)
            if found.returncode != 0:
                self.skipTest(f"needs {tool}")
        if root and os.geteuid() != 0:
            self.skipTest("needs root, for namespaces")


def main():
    """Runs the named test; exit status 77 is "skipped", its reason the last line."""
    result = unittest.main(exit=False, verbosity=2).result
    if result.skipped and not result.failures and not result.errors:
        print(f"SKIPPED: {result.skipped[0][1]}", file=sys.stderr)
        sys.exit(SKIPPED)
    sys.exit(0 if result.wasSuccessful() else 1)
