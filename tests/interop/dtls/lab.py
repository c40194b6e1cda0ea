"""What every test of DTLS against another implementation needs: processes, certificates, ports,
and dtls_peer in either role.

A test program ends with `run(needs=[...])`: exit status 77 when a program it needs is missing.
"""

import atexit
import functools
import os
import pathlib
import random
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

WAIT_SECONDS = 15
SKIPPED = 77
HOST = "127.0.0.1"
NAME = "server.example"
PSK = "000102030405060708090a0b0c0d0e0f"
PSK_IDENTITY = "rope"
LABEL = "EXPORTER-hawser-interop"

CONFIG = """
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:server.example, IP:127.0.0.1
"""

EC_KEY = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA_KEY = ("rsa:2048",)


@functools.cache
def folder():
    made = tempfile.mkdtemp(prefix="hawser-dtls-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return pathlib.Path(made)


def make_certificate(name, subject, extensions, key, authority=None):
    """A certificate and its key, as NAME.pem and NAME.key."""
    config = folder() / "openssl.cnf"
    config.write_text(CONFIG)
    signed_by = ()
    if authority:
        signed_by = ("-CA", folder() / f"{authority}.pem", "-CAkey", folder() / f"{authority}.key")
    subprocess.run(["openssl", "req", "-x509", "-config", config, "-extensions", extensions,
                    "-subj", subject, "-days", "30", "-nodes", "-newkey", *key,
                    "-keyout", folder() / f"{name}.key", "-out", folder() / f"{name}.pem",
                    *signed_by], check=True, capture_output=True)


@functools.cache
def certificates():
    """An authority with leaves `ecdsa`, `rsa` and `client`, and a `stranger` beside it: their
    folder."""
    make_certificate("authority", "/CN=hawser test authority", "authority", EC_KEY)
    make_certificate("stranger", "/CN=another authority", "authority", EC_KEY)
    for name, key in (("ecdsa", EC_KEY), ("rsa", RSA_KEY), ("client", EC_KEY)):
        make_certificate(name, f"/CN={NAME}", "leaf", key, "authority")
    return folder()


def pem(name):
    return certificates() / f"{name}.pem"


def key(name):
    return certificates() / f"{name}.key"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def der(name):
    """The certificate and the key again, as files in DER."""
    certificate, private = folder() / f"{name}.der", folder() / f"{name}.key.der"
    if not private.exists():
        subprocess.run(["openssl", "x509", "-in", pem(name), "-outform", "DER", "-out",
                        certificate], check=True)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", key(name), "-outform",
                        "DER", "-out", private], check=True)
    return certificate, private


class BadRoad:
    """Loses, repeats and delays the first datagrams as a seed says, and carries none above `mtu`
    bytes. It gets better, as timers that double leave few tries in a minute."""

    LOST, TWICE, LATE = 0.15, 0.1, 0.2
    LATE_SECONDS = 0.05
    BAD_FOR = 30  # datagrams

    def __init__(self, seed, mtu=65535):
        self.random = random.Random(seed)
        self.mtu = mtu
        self.carried = 0

    def __call__(self, datagram):
        """The seconds after which it arrives, each time that it does."""
        draw = self.random.random
        self.carried += 1
        if len(datagram) > self.mtu:
            return []
        if self.carried > self.BAD_FOR:
            return [0]
        if draw() < self.LOST:
            return []
        times = 2 if draw() < self.TWICE else 1
        return [self.LATE_SECONDS * draw() if draw() < self.LATE else 0 for _ in range(times)]


class Relay(threading.Thread):
    """Stands between a client and a server; keeps what it has been given, can take another port
    towards the server as a NAT does, and can be a bad road."""

    def __init__(self, server_port, road=lambda datagram: [0]):
        super().__init__(daemon=True)
        self.server = (HOST, server_port)
        self.road = road
        self.under_way = []  # when, and how
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.bind((HOST, 0))
        self.outside = [self._new()]
        self.port = self.inside.getsockname()[1]
        self.client = None
        self.to_server, self.to_client = [], []
        self.ending = False
        self.start()

    def _new(self):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((HOST, 0))
        return made

    def rebind(self):
        """What the client sends from now on comes from another port; what the server sends to
        the old one still arrives."""
        self.outside.append(self._new())

    def run(self):
        while not self.ending:
            wait = min([0.05, *(at - time.monotonic() for at, _ in self.under_way)])
            for ready in select.select([self.inside, *self.outside], [], [], max(0, wait))[0]:
                self.take(ready, *ready.recvfrom(65536))
            now = time.monotonic()
            due = [each for each in self.under_way if each[0] <= now]
            self.under_way = [each for each in self.under_way if each[0] > now]
            for _, deliver in due:
                deliver()

    def take(self, ready, datagram, sender):
        if ready is self.inside:
            self.client = sender
            self.to_server.append(datagram)
            out, to = self.outside[-1], self.server
        else:
            self.to_client.append(datagram)
            out, to = self.inside, self.client
        now = time.monotonic()
        for seconds in self.road(datagram):
            self.under_way.append((now + seconds, functools.partial(out.sendto, datagram, to)))

    def end(self):
        self.ending = True
        self.join()
        for each in (self.inside, *self.outside):
            each.close()


class Process:
    """A program that runs, with its output in a file."""

    def __init__(self, words, environment=None):
        self.words = list(map(str, words))
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=self.log,
                                        stderr=subprocess.STDOUT,
                                        env={**os.environ, **(environment or {})})

    @property
    def out(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode(errors="replace")

    def wait_for(self, pattern, seconds=WAIT_SECONDS):
        """Waits until the output has what the pattern asks for; its match."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ended = self.process.poll() is not None
            if found := re.search(pattern, self.out, re.MULTILINE):
                return found
            if ended:
                break
            time.sleep(0.01)
        raise AssertionError(f"no {pattern!r} from {self}")

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def finish(self, seconds=WAIT_SECONDS):
        """Waits for its end; its exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"does not end: {self}") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        try:
            self.process.stdin.close()
        except OSError:
            pass  # it went before it had read everything
        self.log.close()

    def __str__(self):
        return f"{' '.join(self.words)} (exit status {self.process.poll()})\n{self.out}"


class InteropTest(unittest.TestCase):
    """One connection a test; what it starts ends with it."""

    export = ("--export", LABEL)  # what hawser exports to be compared

    def start(self, *words, environment=None):
        process = Process(words, environment)
        self.addCleanup(process.kill)
        return process

    def relay(self, server_port, **how):
        relay = Relay(server_port, **how)
        self.addCleanup(relay.end)
        return relay

    def hawser_listens(self, *words):
        """hawser as a server that echoes; it and its port."""
        port = free_port()
        peer = self.start(os.environ["DTLS_PEER"], "listen", f"{HOST}:{port}", *self.export,
                          "--echo", *words)
        peer.wait_for("^listening")
        return peer, port

    def hawser_connects(self, port, *words):
        return self.start(os.environ["DTLS_PEER"], "connect", f"{HOST}:{port}", *self.export,
                          *words)

    def agreed(self, peer):
        """What hawser says of the connection, as a dict."""
        line = peer.wait_for("^connected (.*)$").group(1)
        return dict(word.split("=", 1) for word in line.split())

    def assert_good(self, peer, other=None):
        status = peer.finish()
        self.assertEqual(status, 0, f"{peer}\n--- and the other: {other}")

    def assert_agreed(self, peer, **expected):
        got = self.agreed(peer)
        for name, value in expected.items():
            self.assertEqual(got[name], value, f"{name} in {peer}")


def run(needs=()):
    """Runs the tests of the main module."""
    for program in needs:
        if shutil.which(program) is None:
            print(f"SKIPPED: there is no {program} here")
            sys.exit(SKIPPED)
    unittest.main(verbosity=2)
