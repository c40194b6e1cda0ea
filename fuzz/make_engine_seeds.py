#!/usr/bin/env python3
"""Writes the corpora of engine_sctp, conversations that reach every state, and of engine_sctp_data.

Each letter of a script is an operation of engine_sctp.cpp, or a DATA chunk of engine_sctp_data.cpp.
Run it after a change there and commit what it wrote; what a fuzzer found is put beside these by
hand, under a name that says what it is.
"""

import pathlib

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def string(data):
    return bytes([len(data)]) + data


def raw(data):
    return b"\x00" + string(data)


def chunks(data):
    return b"\x01" + string(data)


def init(parameters=b""):
    return b"\x03" + string(parameters)


def init_ack(parameters):
    return b"\x83" + string(parameters)


COOKIE_ECHO, COOKIE_ACK = b"\x04", b"\x05"


def data(flags=3, ahead=0, payload=b"hello"):
    return b"\x06" + bytes([flags, ahead]) + string(payload)


def sack(behind=0, window=255, gaps=b""):
    return b"\x07" + bytes([behind, window]) + string(gaps)


HEARTBEAT_ACK = b"\x08"


def wait(amount=0):
    return b"\x09" + bytes([amount])


def send(flags=0, size=50):
    return b"\x0a" + bytes([flags, size])


CONNECT, CONNECT_FROM_LISTENER = b"\x0b", b"\x8b"
ABORT, SHUT_DOWN = b"\x0c" + string(b"bye"), b"\x8c"
SHUTDOWN, SHUTDOWN_COMPLETE, SHUTDOWN_ACK = b"\x0d", b"\x0e", b"\x8e"


def path_event(kind, mtu=80, release=1):
    return b"\x0f" + bytes([kind, mtu, release])


def reset_streams(choice):
    """Ours or (1) the peer's, all or (2) one of them; 255: all begins again."""
    return b"\x8f" + bytes([3, 80, 1, choice])


def response(result):
    return b"\x85" + bytes([result])


COOKIE = bytes.fromhex("0007000c") + b"a cookie"
UP = init() + COOKIE_ECHO
LISTS_I_DATA = bytes.fromhex("80080006 40c20000")  # and I-FORWARD-TSN
UP_WITH_I_DATA = init(LISTS_I_DATA) + COOKIE_ECHO
LISTS_RE_CONFIG = bytes.fromhex("80080005 82000000")
UP_WITH_RE_CONFIG = init(LISTS_RE_CONFIG) + COOKIE_ECHO
# Of the peer, whose numbers begin with 1; its streams 1 and 2, or all; up to TSN 1.
OUTGOING = bytes.fromhex("82000018 000d0014 00000001 00000000 00000001 00010002")
INCOMING = bytes.fromhex("8200000e 000e000a 00000001 0001 0000")
BOTH = bytes.fromhex("8200001c 000d0010 00000001 00000000 00000000 000e0008 00000002")
ALL = bytes.fromhex("8200000c 000f0008 00000001")
# Wants DATA, SACK and COOKIE ECHO authenticated, with SHA-1.
LISTS_AUTH = bytes.fromhex("80020024") + bytes(32)
LISTS_AUTH += bytes.fromhex("80030007 00030a00 80040006 0001")
AUTH = bytes.fromhex("0f00001c 00000001") + bytes(20)  # and it is wrong
AUTH_UNSUPPORTED, AUTH_CUT = bytes.fromhex("0f000008 00000002"), bytes.fromhex("0f000006 0000")
OPENED = CONNECT + init_ack(COOKIE) + COOKIE_ACK

SEEDS = {
    "accept_and_talk": b"\x00" + UP + data() + send() + sack() + wait() + data() + wait(),
    "accept_by_the_letter": b"\x01" + UP + data() + data() + send(64, 30) + sack() + wait(),
    "open_and_talk": b"\x00" + OPENED + send(64, 100) + sack(3) + sack() + data() + wait(),
    "gaps_and_duplicates": b"\x00" + UP + data(3, 2) + data(3, 1) + data() + data(3, 5) + wait(),
    "fragments": b"\x00" + UP + data(2) + data(0) + data(1) + data(6, 1) + data(5) + wait(),
    "i_data": b"\x18" + UP_WITH_I_DATA + data() + data(2) + data(1, 8) + send(64, 90) + sack(2),
    "i_data_out_of_order": b"\x18" + UP_WITH_I_DATA + data(1, 17) + data(0, 8) + data(2) + send(4),
    "i_data_opened": b"\x18"
    + CONNECT
    + init_ack(COOKIE + LISTS_I_DATA)
    + COOKIE_ACK
    + send(64, 100)
    + data()
    + wait(),
    "reset_ours": b"\x20"
    + UP_WITH_RE_CONFIG
    + send(1)
    + reset_streams(0)
    + send(1)
    + sack()
    + response(6)
    + wait()
    + response(1),
    "reset_theirs": b"\x20" + UP_WITH_RE_CONFIG + reset_streams(3) + wait() + response(2),
    "reset_by_peer": b"\x20" + UP_WITH_RE_CONFIG + chunks(OUTGOING) * 2 + data() + chunks(OUTGOING),
    "reset_at_peers_wish": b"\x20" + UP_WITH_RE_CONFIG + chunks(INCOMING) + response(1),
    "reset_both_ways": b"\x38" + UP_WITH_RE_CONFIG + data() + chunks(BOTH) + wait() + response(1),
    "all_at_peers_wish": b"\x20"
    + UP_WITH_RE_CONFIG
    + send(1)
    + chunks(ALL)
    + send(1)
    + sack()
    + chunks(ALL)
    + data()
    + wait() * 2,
    "all_ours": b"\x20"
    + UP_WITH_RE_CONFIG
    + reset_streams(255)
    + response(6)
    + wait()
    + response(1),
    "all_ours_performed": b"\x20"
    + UP_WITH_RE_CONFIG
    + reset_streams(255)
    + send(1)
    + b"\x85\x81"
    + data()
    + send(1)
    + sack()
    + wait(),
    "fast_retransmit": b"\x01" + UP + send(64, 60) + sack(5, 255, b"\x02\x02") * 3 + wait() * 4,
    "timeouts": b"\x00" + UP + send(64, 90) + wait() * 12 + sack(),
    "closed_window": b"\x04" + UP + send(64, 90) + sack(0, 0) + wait() * 6 + sack(0, 200),
    "shutdown_by_us": b"\x00" + UP + data() + SHUT_DOWN + data() + wait() + SHUTDOWN_ACK,
    "shutdown_by_peer": b"\x00" + UP + send() + SHUTDOWN + sack() + SHUTDOWN_COMPLETE,
    "shutdowns_cross": b"\x00" + UP + SHUT_DOWN + SHUTDOWN + SHUTDOWN_ACK + wait(),
    "abort": b"\x00" + UP + send() + ABORT + wait(),
    "restart": b"\x00" + UP + send() + init() + COOKIE_ECHO + data() + wait(),
    "collision": b"\x00" + CONNECT_FROM_LISTENER + init() + COOKIE_ECHO + init_ack(COOKIE) + data(),
    "heartbeats": b"\x00" + UP + path_event(3) + HEARTBEAT_ACK + wait() + wait() + HEARTBEAT_ACK,
    "path_events": b"\x02" + UP + send(64, 50) + path_event(1) + path_event(2) + path_event(0),
    "markings_and_lifetimes": b"\x00" + UP + send(8 + 32) + send(16, 9) + send(4 + 8) + wait() * 3,
    "auth_accepted": b"\x40"
    + init(LISTS_AUTH)
    + COOKIE_ECHO
    + data()
    + send(64, 90)
    + chunks(AUTH + bytes.fromhex("09000008 00030004"))
    + chunks(AUTH_UNSUPPORTED + bytes.fromhex("04000008 00010004"))
    + chunks(AUTH_CUT)
    + sack()
    + wait() * 2
    + ABORT,
    "auth_opened": b"\x40"
    + CONNECT
    + send(64, 200)
    + init_ack(COOKIE + LISTS_AUTH)
    + COOKIE_ACK
    + sack(2)
    + wait() * 3
    + SHUT_DOWN
    + SHUTDOWN_ACK,
    "auth_restart": b"\x58"
    + init(LISTS_AUTH)
    + COOKIE_ECHO
    + send()
    + init()
    + COOKIE_ECHO
    + send()
    + init(LISTS_AUTH)
    + COOKIE_ECHO
    + send(),
    "auth_broken_offers": b"\x40"
    + init(LISTS_AUTH[:36])
    + init(LISTS_AUTH + b"\0\0" + LISTS_AUTH[:36])
    + init(bytes.fromhex("80020008 00000000 80040006 0001"))
    + raw(bytes(12) + AUTH + AUTH)
    + chunks(AUTH + bytes.fromhex("0e000004")),
    "unknown_chunks": b"\x00" + UP + chunks(bytes.fromhex("f0000004 b0000004 70000006 0102 0000")),
    "unknown_parameters": b"\x00" + init(bytes.fromhex("ffff0004 c1230008 01020304")) + COOKIE_ECHO,
    "errors": b"\x00" + UP + chunks(bytes.fromhex("0900000c 00010008 00070000 09000008 00030008")),
    "late_cookie": b"\x00" + init() + wait(255) * 30 + COOKIE_ECHO,
    "strangers": b"\x00" + raw(bytes(12)) + chunks(bytes.fromhex("08000004")) + SHUTDOWN_ACK,
}


END, BEGIN, UNORDERED = 1, 2, 4
WHOLE = BEGIN | END


def chunk(tsn, stream, flags, ssn=0, length=0):
    """A DATA chunk of engine_sctp_data: steps from the first TSN, stream 3 is one too many."""
    return bytes([tsn | stream << 6, flags | ssn << 4 | length << 6])


def middles_behind_invalid_stream():
    stray = b"".join(chunk(tsn, 3, WHOLE) for tsn in range(3, 9))
    return chunk(1, 0, 0) + chunk(2, 0, 0) + chunk(0, 3, WHOLE) + stray + chunk(11, 0, 0)


DATA_SEEDS = {
    "whole_in_order": b"".join(chunk(i, 0, WHOLE, i & 3) for i in range(6)),
    "fragments_in_order": chunk(0, 0, BEGIN) + chunk(1, 0, 0) + chunk(2, 0, END),
    "fragments_backwards": chunk(2, 0, END) + chunk(1, 0, 0) + chunk(0, 0, BEGIN),
    "middles_behind_invalid_stream": middles_behind_invalid_stream(),
    "unordered_between": chunk(1, 1, BEGIN | UNORDERED)
    + chunk(2, 1, END | UNORDERED)
    + chunk(0, 0, WHOLE),
    "duplicates": chunk(0, 0, BEGIN) * 3 + chunk(1, 0, END) * 3,
    "i_data_alternates": chunk(0, 0, BEGIN)
    + chunk(5, 1, BEGIN)
    + chunk(1, 0, END)
    + chunk(6, 1, END),
    "i_data_given_up": chunk(1, 0, 0)
    + chunk(5, 0, BEGIN, 1)
    + bytes([2, 0xC0 | 1 << 4])
    + chunk(3, 0, 0, 1),
    "too_long": chunk(0, 0, BEGIN, 0, 3) + b"".join(chunk(i, 0, 0, 0, 3) for i in range(1, 8)),
    "other_stream_within": chunk(0, 0, BEGIN) + chunk(1, 1, END),
    "two_runs_joined": chunk(1, 0, BEGIN) + chunk(3, 0, END) + chunk(2, 0, 0) + chunk(0, 0, WHOLE),
}


def main():
    for target, seeds in {"engine_sctp": SEEDS, "engine_sctp_data": DATA_SEEDS}.items():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        for name, seed in seeds.items():
            (CORPUS / target / name).write_bytes(seed)


if __name__ == "__main__":
    main()
