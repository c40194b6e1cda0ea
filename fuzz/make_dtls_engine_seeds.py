#!/usr/bin/env python3
"""Writes the corpora of engine_dtls and dtls_state_import: where a fuzzer starts from.

Each letter of a script is an operation of engine_dtls.cpp. Run it after a change there and commit
what it wrote; what a fuzzer found is put beside these by hand, under a name that says what it is.
"""

import pathlib

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"

SERVER = 0x80
DELIVER, DELIVER_MANY, LOSE, SWAP, CHANGE, AGAIN, INVENT, WRITE = range(8)
WAIT, WAIT_LONG, UPDATE, EXCHANGE, MOVE, TOO_BIG, CUT, CLOSE = range(8, 16)

V12, V13, BOTH, PSK, CID, COOKIE, RAW, LIMIT, STAPLE = 0, 1, 2, 4, 8, 16, 32, 64, 128

UP = bytes([EXCHANGE, EXCHANGE])
TALK = bytes([WRITE, 20, SERVER | WRITE, 30, EXCHANGE])
LOSSY = bytes([LOSE, WAIT_LONG, 1, DELIVER, SERVER | LOSE, WAIT_LONG, 2]) * 6
LOSSY += bytes([EXCHANGE]) * 3
CHANGED = b"".join(bytes([CHANGE, 0, at, 1, SERVER | CHANGE, 0, at, 128]) for at in range(0, 60, 7))
NOISE = b"".join(
    bytes([side | INVENT, len(noise)]) + noise
    for side in (0, SERVER)
    for noise in (
        bytes.fromhex("15fefd0000000000000009000202 28"),
        bytes.fromhex("14fefd000000000000000a000101"),
        bytes.fromhex("1afefd000000000000000b00020000"),
        bytes.fromhex("16fefd000000000000000c000c0000000000000000 00000000"),
        bytes.fromhex("2f0000001000112233445566778899aabbccddeeff"),
    )
)
UPDATES = bytes([UPDATE, SERVER | UPDATE, EXCHANGE, UPDATE, LOSE, WAIT_LONG, 4, EXCHANGE])
MOVING = bytes([MOVE, 9, WRITE, 5, EXCHANGE, MOVE, 10, WRITE, 5, LOSE, WAIT_LONG, 3, EXCHANGE])


def kinds():
    for version, name in ((V12, "12"), (V13, "13"), (BOTH, "both")):
        for extra, label in ((0, "plain"), (PSK | COOKIE, "psk"), (CID | COOKIE, "cid")):
            yield f"{name}_{label}", bytes([version | extra, 40])


SCRIPTS = {
    "talk": UP + TALK + bytes([WAIT_LONG, 250]) + TALK,
    "lossy": LOSSY + TALK,
    "changed": CHANGED + UP + bytes([WRITE, 9]) + CHANGED + TALK,
    "noise": UP + NOISE + TALK,
    "updates": UP + UPDATES + TALK,
    "moving": UP + MOVING + TALK,
    "close": UP + TALK + bytes([CLOSE, EXCHANGE]),
    "cut": bytes([CUT, 0, 20, SERVER | CUT, 0, 30]) + UP + bytes([WRITE, 9, CUT, 0, 5]) + TALK,
    "again": bytes([DELIVER, AGAIN, SERVER | DELIVER, SERVER | AGAIN]) * 6 + UP + TALK,
}


def main():
    engine = CORPUS / "engine_dtls"
    engine.mkdir(parents=True, exist_ok=True)
    for kind, settings in kinds():
        for name, script in SCRIPTS.items():
            (engine / f"{name}_{kind}").write_bytes(settings + script)
    (engine / "talk_raw_keys").write_bytes(bytes([V13 | RAW, 200]) + SCRIPTS["talk"])
    (engine / "talk_small_records").write_bytes(bytes([V13 | LIMIT, 0]) + SCRIPTS["talk"])
    for version, name in ((V12, "12"), (V13, "13")):
        for script in ("talk", "lossy", "changed", "again"):
            (engine / f"{script}_{name}_stapled").write_bytes(
                bytes([version | STAPLE, 0]) + SCRIPTS[script])
    states = CORPUS / "dtls_state_import"
    states.mkdir(parents=True, exist_ok=True)
    for which in range(4):
        (states / f"real_{which}").write_bytes(bytes([which << 1 | (which & 2) << 6]))
        (states / f"changed_{which}").write_bytes(bytes([which << 1, 0, 7, 1, 0, 20, 255]))
        (states / f"cut_{which}").write_bytes(bytes([which << 1 | 64]))
    (states / "bytes").write_bytes(b"\x03" + bytes.fromhex("68776433") + bytes(80))


if __name__ == "__main__":
    main()
