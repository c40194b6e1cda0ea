#!/usr/bin/env python3
"""Writes the corpora of the codec targets: small inputs of every shape, to start from.

Each seed is drawn in hexadecimal, or a text. Run it after a change here and commit what it wrote;
what a fuzzer found is put beside these by hand, under a name that says what it is.
"""

import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def drawn(text):
    return bytes.fromhex(text)


def item(kind, value):
    """A parameter or cause, padded."""
    return struct.pack(">HH", kind, 4 + len(value)) + value + bytes(-len(value) % 4)


def chunk(kind, flags, value):
    return struct.pack(">BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


DATA = drawn("000003e8 0007 0002 0000002e") + b"hello"
SACK = drawn("00000064 00010000 0002 0001  0002 0003  0005 0005  00000063")
NR_SACK = drawn("00000064 00010000 0001 0002 0001 0000  0002 0003  0005 0005  0007 0009  00000063")
SACK_PLAIN = drawn("00000064 00010000 0000 0000")
INIT = drawn("cafebabe 00020000 ffff 000a 00003039")

PARAMETERS = {
    "ipv4": item(5, drawn("0a320101")),
    "ipv6": item(6, drawn("20010db8 00000000 00000000 00000001")),
    "ipv6_mapped": item(6, drawn("00000000 00000000 0000ffff 0a000001")),
    "state_cookie": item(7, b"a cookie of 23 bytes..."),
    "unrecognized_parameter": item(8, drawn("c0ff0004")),
    "cookie_preservative": item(9, drawn("00007530")),
    "host_name": item(11, b"alpha.example\0"),
    "supported_address_types": item(12, drawn("0005 0006")),
    "zero_checksum": item(0x8001, drawn("00000001")),
    "random": item(0x8002, bytes(range(32))),
    "chunk_list": item(0x8003, drawn("00 c1 80")),
    "hmac_algo": item(0x8004, drawn("0003 0001")),
    "supported_extensions": item(0x8008, drawn("c0 82 40")),
    "forward_tsn": item(0xC000, b""),
    "adaptation_layer": item(0xC006, drawn("0000002a")),
}

CAUSES = {
    "invalid_stream": item(1, drawn("0007 0000")),
    "missing_parameter": item(2, drawn("00000002 0007 0005")),
    "stale_cookie": item(3, drawn("000f4240")),
    "out_of_resource": item(4, b""),
    "unresolvable_address": item(5, item(11, b"a.b\0")),
    "unrecognized_chunk": item(6, drawn("ff000005 01")),
    "invalid_parameter": item(7, b""),
    "unrecognized_parameters": item(8, item(0xC000, b"")),
    "no_user_data": item(9, drawn("000003e8")),
    "cookie_while_shutting_down": item(10, b""),
    "restart_with_new_addresses": item(11, PARAMETERS["ipv4"]),
    "user_initiated_abort": item(12, b"bye"),
    "protocol_violation": item(13, b"no"),
    "unsupported_hmac": item(0x0105, drawn("0002")),
    "unknown": item(0x1234, b"?"),
}

# name -> type, flags, value
CHUNKS = {
    "data": (0, 3, DATA),
    "data_unordered_first": (0, 0x0E, DATA),
    "data_empty": (0, 3, DATA[:12]),
    "init": (1, 0, INIT + b"".join(PARAMETERS.values())),
    "init_ack": (2, 0, INIT + PARAMETERS["state_cookie"]),
    "sack": (3, 0, SACK),
    "nr_sack": (16, 0, NR_SACK),
    "heartbeat": (4, 0, item(1, b"context!")),
    "heartbeat_ack": (5, 0, item(1, b"abc")),
    "abort": (6, 0, CAUSES["user_initiated_abort"]),
    "abort_reflected": (6, 1, b""),
    "shutdown": (7, 0, drawn("fffffffe")),
    "shutdown_ack": (8, 0, b""),
    "error": (9, 0, CAUSES["stale_cookie"] + CAUSES["invalid_stream"]),
    "cookie_echo": (10, 0, b"a cookie"),
    "cookie_ack": (11, 0, b""),
    "shutdown_complete": (14, 0, b""),
    "shutdown_complete_reflected": (14, 1, b""),
    "auth": (15, 0, drawn("0007 0001") + bytes(range(20))),
    "forward_tsn": (192, 0, drawn("000003e9 0007 0003")),
    "i_data_first": (64, 2, drawn("000003e8 0007 0000 00010002 0000002e") + b"hello"),
    "i_data_last": (64, 0x05, drawn("000003e9 0007 0000 00010002 00000001") + b"!!"),
    "i_data_empty": (64, 3, drawn("000003e8 0007 0000 00010002 0000002e")),
    "re_config": (130, 0, drawn("000d0012 00000001 00000002 00000003 0001 0000"
                                " 0010000c 00000009 00000001")),
    "asconf": (193, 0, drawn("00000001 00050008 c0000201"
                            " c0010010 00000000 00050008 c0000202"
                            " c002001c 00000001 00060014 20010db8 00000000 00000000 00000001"
                            " c0040010 00000002 00050008 c0000202")),
    "asconf_ack": (128, 0, drawn("00000001 c003001c 00000000 00a10014"
                                " c0010010 00000000 00050008 c0000202 c0050008 00000002")),
    "i_forward_tsn": (194, 0, drawn("000003e9 0007 0000 00010002 0008 0001 ffffffff")),
    "unknown": (0x3F, 0, b"?"),
}

TEXTS = {
    "ipv4": "10.0.0.1:2904",
    "ipv6": "[2001:db8::1]:2904",
    "scope": "[fe80::1%3]:2904",
    "bare_ipv6": "2001:db8::1",
    "mapped": "::ffff:10.0.0.1",
    "long": "1:2:3:4:5:6:7:8",
    "embedded": "64:ff9b::192.0.2.33",
    "two_hosts": "10.50.1.1/10.50.2.1:2904",
    "two_families": "10.50.1.1/[2001:db8::1]:2904",
    "names": "alpha.example/beta.example:2904",
    "empty_last_host": "a:1/",
    "dscp": "voice-admit",
    "number": "46",
    "ecn": "ECT(1)",
}


def packet(*names):
    header = drawn("0b58 0b58 12345678 00000000")
    return header + b"".join(chunk(*CHUNKS[name]) for name in names)


def corpora():
    """target -> name -> bytes"""
    lone = {name: chunk(*parts) for name, parts in CHUNKS.items()}
    return {
        "wire_sctp_tlv": lone
        | {
            "two": lone["sack"] + lone["cookie_ack"],
            "padding_between": chunk(10, 0, b"12345") + lone["cookie_ack"] * 2,
            "all": b"".join(lone.values()),
            "no_padding": chunk(10, 0, b"12345")[:9],
            "length_zero": drawn("0b000000"),
            "length_three": drawn("0b000003"),
            "beyond_the_end": drawn("0b000005"),
            "half_a_header": lone["cookie_ack"] + drawn("0b00"),
        },
        "wire_sctp_packet": {name: packet(name) for name in CHUNKS}
        | {
            "bundle": packet("cookie_echo", "data", "data_unordered_first"),
            "header": packet(),
            "short": packet()[:11],
            "large": packet("data") + chunk(0, 3, DATA + bytes(range(256)) * 4),
        },
        "wire_sctp_data": {
            "whole": b"\3" + DATA,
            "unordered_first": b"\x0e" + DATA,
            "empty": b"\3" + DATA[:12],
            "cut": b"\3" + DATA[:3],
        },
        "wire_sctp_sack": {
            "gaps": SACK,
            "plain": SACK_PLAIN,
            "counts_too_high": drawn("00000064 00010000 ffff ffff"),
            "cut": SACK[:-2],
        },
        "wire_sctp_nr_sack": {
            "gaps": NR_SACK,
            "counts_too_high": drawn("00000064 00010000 ffff ffff ffff 0000"),
            "cut": NR_SACK[:-2],
        },
        "wire_sctp_init": {name: INIT + value for name, value in PARAMETERS.items()}
        | {"all": INIT + b"".join(PARAMETERS.values()), "none": INIT, "cut": INIT[:15]},
        "wire_sctp_control": {
            name: bytes([kind, flags]) + value for name, (kind, flags, value) in CHUNKS.items()
        },
        "wire_sctp_causes": CAUSES
        | {
            "all": b"".join(CAUSES.values()),
            "count_that_wraps": item(2, drawn("80000001 0007")),
        },
        "core_crc32c": {
            "nothing": bytes(6),
            "check": drawn("00000000 0004") + b"123456789",
            "three_runs": drawn("ffffffff 0064") + bytes(range(200)),
            "fold": drawn("12345678 0177") + bytes(i * 7 % 256 for i in range(1200)),
            "fold_twice": drawn("12345678 1000") + bytes(i * 11 % 256 for i in range(6600)),
        },
        "core_text": {name: text.encode() for name, text in TEXTS.items()},
    }


def main():
    for target, seeds in corpora().items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
