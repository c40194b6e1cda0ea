#!/usr/bin/env python3
"""Writes the corpus of the capture_summary target: small captures of SCTP and of DTLS.

Run it after a change here and commit what it wrote; what a fuzzer found is put beside these by
hand, under a name that says what it is.
"""

import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus" / "capture_summary"
CLIENT, SERVER = (bytes([192, 0, 2, 1]), 40000), (bytes([198, 51, 100, 7]), 9899)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sctp(tag, *chunks, ports=(7001, 7002)):
    packet = struct.pack(">HHII", *ports, tag, 0) + b"".join(chunks)
    return packet[:8] + struct.pack("<I", crc32c(packet)) + packet[12:]


def chunk(kind, flags, value):
    return struct.pack(">BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


def data(tsn, text, stream=1, ppid=7, flags=3):
    return chunk(0, flags, struct.pack(">IHHI", tsn, stream, 0, ppid) + text)


def init(kind, tag):
    return chunk(kind, 0, struct.pack(">IIHHI", tag, 100000, 10, 10, 1000))


def udp(source, target, payload, length=None):
    return struct.pack(">HHHH", source[1], target[1],
                       8 + len(payload) if length is None else length, 0) + payload


def ip(source, target, payload, length=None):
    inside = udp(source, target, payload, length)
    return struct.pack(">BBHHHBBH", 0x45, 0xB8, 20 + len(inside), 0, 0x4000, 64, 17,
                       0) + source[0] + target[0] + inside


def block(kind, body):
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def capture(*frames, snap=1 << 16):
    text = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    text += block(1, struct.pack("<HHI", 101, 0, 0))
    for at, frame in enumerate(frames):
        kept = frame[:snap]
        text += block(6, struct.pack("<IIIII", 0, 0, 1000 * at, len(kept), len(frame)) + kept
                      + bytes(-len(kept) % 4))
    return text


def record(kind, payload, epoch=0):
    return struct.pack(">BHHIHH", kind, 0xFEFD, epoch, 0, 1, len(payload)) + payload


def handshake(kind, body, offset=0, size=None):
    part = body[offset:] if size is None else body[offset:offset + size]
    return struct.pack(">B", kind) + len(body).to_bytes(3, "big") + struct.pack(
        ">H", 0) + offset.to_bytes(3, "big") + len(part).to_bytes(3, "big") + part


def hello(is_server):
    name = b"alpha"
    cid = struct.pack(">HHB", 54, 4, 3) + b"cid"
    sni = struct.pack(">HHHBH", 0, 5 + len(name), 3 + len(name), 0, len(name)) + name
    version = struct.pack(">HHH", 43, 2, 0xFEFC)
    middle = (b"\x13\x01\0" if is_server else b"\0" + b"\0\2\x13\x01" + b"\1\0")
    extensions = cid + (version if is_server else sni)
    return (b"\xfe\xfd" + bytes([1 + is_server] * 32) + b"\0" + middle
            + struct.pack(">H", len(extensions)) + extensions)


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    talk = [ip(CLIENT, SERVER, sctp(0, init(1, 17))),
            ip(SERVER, CLIENT, sctp(17, init(2, 18), ports=(7002, 7001))),
            ip(CLIENT, SERVER, sctp(18, chunk(10, 0, b"cookie"), data(1000, b"one"))),
            ip(SERVER, CLIENT, sctp(17, chunk(11, 0, b""), ports=(7002, 7001))),
            ip(SERVER, CLIENT, sctp(17, chunk(3, 0, struct.pack(">IIHHHH", 1000, 9, 1, 0, 2, 3)),
                                    ports=(7002, 7001))),
            ip(CLIENT, SERVER, sctp(18, chunk(6, 0, struct.pack(">HH", 12, 7) + b"bye")))]
    row = b"".join(sctp(18, data(1000 + at, b"equal")) for at in range(3)) + sctp(18, data(9, b"e"))
    secure = [ip(CLIENT, SERVER, record(22, handshake(1, hello(False), 0, 40))),
              ip(CLIENT, SERVER, record(22, handshake(1, hello(False), 40))),
              ip(SERVER, CLIENT, record(22, handshake(2, hello(True)))),
              ip(CLIENT, SERVER, b"\x3fcid\0\7\0\4seal" + b"\x3fcid\0\7\0\4more"),
              ip(CLIENT, SERVER, record(21, b"\2\x28")),
              ip(SERVER, CLIENT, record(21, bytes(26), 1))]
    seeds = {"talk": capture(*talk), "row": capture(ip(CLIENT, SERVER, row)),
             "row_of_one_length": capture(ip(CLIENT, SERVER, row, 8 + 36)),
             "row_cut": capture(ip(CLIENT, SERVER, row), snap=100),
             "snapped": capture(*talk, snap=52), "dtls": capture(*secure)}
    for name, contents in seeds.items():
        (CORPUS / name).write_bytes(contents)


if __name__ == "__main__":
    main()
