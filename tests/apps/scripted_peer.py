"""A peer whose every answer a test writes itself: an SCTP packet in UDP, or whatever else."""

import socket
import struct
import threading

INIT, INIT_ACK, ABORT, ERROR, COOKIE_ECHO = 1, 2, 6, 9, 10
OUR_TAG = 0x0badcafe


def crc32c(octets):
    crc = 0xffffffff
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def item(kind, value, flags=0):
    """A chunk."""
    return struct.pack("!BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


def parameter(kind, value):
    """A parameter of INIT, or an error cause."""
    return struct.pack("!HH", kind, 4 + len(value)) + value + bytes(-len(value) % 4)


COOKIE = parameter(7, b"cookie")


def init_ack(tag=OUR_TAG, streams=10, parameters=COOKIE):
    return item(INIT_ACK, struct.pack("!IIHHI", tag, 65536, streams, streams, 1) + parameters)


class ScriptedPeer:
    """Answers what comes from one caller with `script(chunk type)`: a chunk, or None."""

    def __init__(self, test, script):
        self.script = script
        self.tag = bytes(4)  # of the caller, from its INIT
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((test.host, 0))
        self.port = self.socket.getsockname()[1]
        self.socket.settimeout(0.1)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        test.addCleanup(self.end)

    def end(self):
        self.over.set()
        self.thread.join()
        self.socket.close()

    def run(self):
        while not self.over.is_set():
            try:
                packet, caller = self.socket.recvfrom(65536)
            except socket.timeout:
                continue
            if packet[12] == INIT:
                self.tag = packet[16:20]
            if (chunk := self.script(packet[12])) is not None:
                self.socket.sendto(self.packet(packet, chunk), caller)

    def packet(self, answered, chunk):
        ports = answered[2:4] + answered[0:2]
        checksum = struct.pack("<I", crc32c(ports + self.tag + bytes(4) + chunk))
        return ports + self.tag + checksum + chunk
