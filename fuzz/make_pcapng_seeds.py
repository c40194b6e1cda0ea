#!/usr/bin/env python3
"""Writes the corpus of the pcapng target: small files of every block, in both byte orders.

Run it after a change here and commit what it wrote; what a fuzzer found is put beside these by
hand, under a name that says what it is.
"""

import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus" / "wire_pcapng"

UDP = bytes.fromhex("26ab9c40 000a0000") + b"hi"
IPV4 = bytes.fromhex("45b9001e 00004000 3f110000 c0000201 c6336407") + UDP
IPV6 = bytes.fromhex("6b9abcde 000a113f") + bytes(15) + b"\1" + bytes(15) + b"\2" + UDP
ETHERNET = bytes.fromhex("010101010101 020202020202 8100 0005 0800") + IPV4
COOKED = bytes.fromhex("0004 0001 0006 010203040506 0000 0800") + IPV4
UPPER = bytes.fromhex(
    "000c0004 73637470 00140004 c000020a 00150004 c6336414 00180004 00000000"
    "00190004 0000c350 001a0004 0000ea60 001e0004 00000011 00000000") + b"SCTP"


class Order:
    """Writes blocks in one byte order."""

    def __init__(self, mark):
        self.mark = mark

    def pack(self, form, *values):
        return struct.pack(self.mark + form, *values)

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        length = self.pack("I", 12 + len(body))
        return self.pack("I", kind) + length + body + length

    def section(self):
        options = self.option(1, b"a comment") + self.option(4, b"hawser") + bytes(4)
        return self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1) + options)

    def interface(self, link, resolution=9):
        options = self.option(2, b"a/wire") + self.option(9, bytes([resolution]))
        options += self.option(14, self.pack("q", -5)) + bytes(4)
        return self.block(1, self.pack("HHI", link, 0, 0) + options)

    def enhanced(self, interface, data):
        options = self.option(1, b"rx drop=bad_tag") + self.option(2, self.pack("I", 1))
        options += self.option(4, self.pack("Q", 3)) + self.option(5, self.pack("Q", 7)) + bytes(4)
        head = self.pack("IIIII", interface, 0x18867A00, 5, len(data), len(data))
        return self.block(6, head + data + bytes(-len(data) % 4) + options)

    def simple(self, data):
        return self.block(3, self.pack("I", len(data)) + data)

    def obsolete(self, data):
        return self.block(2, self.pack("HHIIII", 0, 1, 0, 5, len(data), len(data)) + data)

    def statistics(self):
        options = self.option(4, self.pack("Q", 9)) + self.option(5, self.pack("Q", 2)) + bytes(4)
        return self.block(5, self.pack("III", 0, 0, 5) + options)

    def secrets(self):
        text = b"CLIENT_RANDOM 00 11\n"
        return self.block(10, self.pack("II", 0x544C534B, len(text)) + text)

    def names(self):
        record = bytes.fromhex("0a000001") + b"alpha\0"
        return self.block(4, self.option(1, record) + bytes(4))


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, mark in (("little", "<"), ("big", ">")):
        order = Order(mark)
        seeds = {
            "packets": order.interface(101) + order.interface(252) + order.interface(1)
            + order.enhanced(0, IPV4) + order.enhanced(0, IPV6) + order.enhanced(1, UPPER)
            + order.enhanced(2, ETHERNET),
            "cooked": order.interface(113, 6) + order.enhanced(0, COOKED),
            "old": order.interface(101, 0x80 | 20) + order.simple(IPV4) + order.obsolete(IPV4),
            "rest": order.interface(101) + order.secrets() + order.names() + order.statistics(),
        }
        for kind, blocks in seeds.items():
            (CORPUS / f"{kind}_{name}").write_bytes(order.section() + blocks)
        whole = order.section() + order.interface(101) + order.enhanced(0, IPV4)
        (CORPUS / f"cut_{name}").write_bytes(whole[:-7])
    (CORPUS / "two_sections").write_bytes(Order("<").section() + Order(">").section()
                                          + Order(">").interface(1))


if __name__ == "__main__":
    main()
