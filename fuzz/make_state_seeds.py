#!/usr/bin/env python3
"""Writes the corpus of sctp_state_import: a mode, which state, and the places that change.

Run it after a change there and commit what it wrote; what a fuzzer found is put beside these by
hand, under a name that says what it is.
"""

import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus" / "sctp_state_import"
UNCHANGED, SEALED_AGAIN, CHANGED, BYTES = range(4)


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    for which in range(16):
        (CORPUS / f"same_{which}").write_bytes(bytes([UNCHANGED, which]))
        for step in (1, 37, 101):
            places = [struct.pack(">I", (step * i * 97) << 8) for i in range(1, 1 + step % 5)]
            script = bytes([SEALED_AGAIN, which]) + b"".join(places)
            (CORPUS / f"sealed_{which}_{step}").write_bytes(script)
    for at in range(0, 4000, 250):
        change = struct.pack(">HB", at, 7)
        (CORPUS / f"changed_{at}").write_bytes(bytes([CHANGED, at % 16]) + change)
    (CORPUS / "bytes").write_bytes(bytes([BYTES, 0]) + b"hws1" + bytes(80))
    (CORPUS / "short").write_bytes(bytes([BYTES, 0]) + b"hws1")


if __name__ == "__main__":
    main()
