#!/usr/bin/env python3
"""The shim as a server under OpenSSL's client, which renegotiates twice: the epochs say so.

DTLS_SHIM names the shim. Exit status 77 is "skipped": there is no openssl command.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

PATIENCE_S = 20
HANDSHAKE, DATA = 22, 23


class Relay:
    """Between the shim's frames and a UDP port."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.said = threading.Condition()
        self.records = set()  # (content type, epoch) of what the shim has sent
        self.client = None

    def shim_port(self):
        return self.listener.getsockname()[1]

    def udp_port(self):
        return self.udp.getsockname()[1]

    def accept(self):
        self.listener.settimeout(PATIENCE_S)
        self.frames, _ = self.listener.accept()
        self.frames.recv(8, socket.MSG_WAITALL)  # the shim's ID
        threading.Thread(target=self.to_client, daemon=True).start()
        threading.Thread(target=self.to_shim, daemon=True).start()

    def to_client(self):
        while opcode := self.frames.recv(1):
            if opcode != b"P":
                continue
            (size,) = struct.unpack(">I", self.frames.recv(4, socket.MSG_WAITALL))
            datagram = self.frames.recv(size, socket.MSG_WAITALL)
            self.udp.sendto(datagram, self.client)
            self.note(datagram)

    def note(self, datagram):
        with self.said:
            while len(datagram) >= 13:
                kind, _, epoch, _, size = struct.unpack(">BHH6sH", datagram[:13])
                self.records.add((kind, epoch))
                datagram = datagram[13 + size:]
            self.said.notify_all()

    def to_shim(self):
        while True:
            datagram, self.client = self.udp.recvfrom(65536)
            try:
                self.frames.sendall(b"P" + struct.pack(">I", len(datagram)) + datagram)
            except OSError:
                return

    def pass_time(self, seconds):
        self.frames.sendall(b"T" + struct.pack(">Q", seconds * 10**9))

    def wait_for(self, kind, epoch):
        with self.said:
            if not self.said.wait_for(lambda: (kind, epoch) in self.records, PATIENCE_S):
                sys.exit(f"the shim sent no record of type {kind} in epoch {epoch}")


def converse(relay, client):
    def say(line):
        client.stdin.write(line + b"\n")
        client.stdin.flush()

    relay.wait_for(HANDSHAKE, 1)
    say(b"first")
    relay.wait_for(DATA, 1)
    for epoch in (2, 3):
        relay.pass_time(2)  # the least between a client's renegotiations
        say(b"R")
        relay.wait_for(HANDSHAKE, epoch)
        say(b"data under new keys")
        relay.wait_for(DATA, epoch)
    say(b"Q")


def main():
    openssl = shutil.which("openssl")
    if openssl is None:
        print("skipped: there is no openssl command")
        return 77
    relay = Relay()
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        subprocess.run([openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server.example",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        shim = subprocess.Popen([os.environ["DTLS_SHIM"], "-port", str(relay.shim_port()),
                                 "-shim-id", "1", "-server", "-cert-file", certificate,
                                 "-key-file", key, "-renegotiate-freely",
                                 "-expect-total-renegotiations", "2"])
        relay.accept()
        client = subprocess.Popen([openssl, "s_client", "-dtls1_2", "-connect",
                                   f"127.0.0.1:{relay.udp_port()}"], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            converse(relay, client)
            client.wait(PATIENCE_S)
            relay.frames.shutdown(socket.SHUT_WR)
            status = shim.wait(PATIENCE_S)
        finally:
            client.kill()
            shim.kill()
    return status


if __name__ == "__main__":
    sys.exit(main())
