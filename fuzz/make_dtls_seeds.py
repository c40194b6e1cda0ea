#!/usr/bin/env python3
"""Writes the corpora of the wire_dtls targets: one small file for each shape.

Run it after a change here and commit what it wrote; what a fuzzer found is put beside these by
hand, under a name that says what it is.
"""

import pathlib

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def number(size, value):
    return value.to_bytes(size, "big")


def vector(size, *parts):
    content = b"".join(parts)
    return number(size, len(content)) + content


def extension(kind, *parts):
    return number(2, kind) + vector(2, *parts)


def handshake(kind, *parts):
    body = b"".join(parts)
    length = number(3, len(body))
    return number(1, kind) + length + number(2, 1) + number(3, 0) + length + body


def fragment(kind, total, offset, body):
    return (number(1, kind) + number(3, total) + number(2, 1) + number(3, offset) +
            number(3, len(body)) + body)


def record(kind, payload, cid=b"", epoch=0):
    return (number(1, kind) + b"\xfe\xfd" + number(2, epoch) + number(6, 7) + cid +
            vector(2, payload))


EXTENSIONS = {
    "server_name": extension(0, vector(2, b"\0", vector(2, b"a.b"))),
    "server_name_other": extension(0, vector(2, b"\1", vector(2, b"x"), b"\0", vector(2, b"b"))),
    "status_request": extension(5, b"\1", vector(2, vector(2, b"who")), vector(2, b"\x30\0")),
    "status_request_plain": extension(5, b"\1", vector(2), vector(2)),
    "status_request_answer": extension(5, b"\1", vector(3, b"\x30\0")),
    "status_request_other": extension(5, b"\2", vector(2), vector(2)),
    "supported_groups": extension(10, vector(2, bytes.fromhex("11ec001d00170018"))),
    "ec_point_formats": extension(11, vector(1, b"\0")),
    "signature_algorithms": extension(13, vector(2, bytes.fromhex("040308070804"))),
    "use_srtp": extension(14, vector(2, bytes.fromhex("00070001")), vector(1, b"mk")),
    "alpn": extension(16, vector(2, vector(1, b"webrtc"), vector(1, b"coap"))),
    "alpn_one": extension(16, vector(2, vector(1, b"h2"))),
    "client_certificate_type": extension(19, vector(1, b"\2\0")),
    "server_certificate_type": extension(20, b"\2"),
    "empty": extension(23),
    "record_size_limit": extension(28, number(2, 1200)),
    "session_ticket": extension(35, b"ticket"),
    "pre_shared_key": extension(41, vector(2, vector(2, b"id"), number(4, 9)),
                                vector(2, vector(1, bytes(32)))),
    "pre_shared_key_two": extension(
        41, vector(2, vector(2, b"id"), number(4, 0), vector(2, b"t"), number(4, 9)),
        vector(2, vector(1, bytes(32)), vector(1, bytes(48)))),
    "pre_shared_key_server": extension(41, number(2, 1)),
    "early_data": extension(42, number(4, 1 << 14)),
    "supported_versions": extension(43, vector(1, b"\xfe\xfc\xfe\xfd")),
    "supported_versions_server": extension(43, b"\xfe\xfc"),
    "cookie": extension(44, vector(2, b"cookie")),
    "psk_key_exchange_modes": extension(45, vector(1, b"\1\0")),
    "signature_algorithms_cert": extension(50, vector(2, b"\4\3")),
    "key_share": extension(51, vector(2, number(2, 29), vector(2, bytes(32)), number(2, 23),
                                      vector(2, b"\4"))),
    "key_share_server": extension(51, number(2, 29), vector(2, bytes(32))),
    "key_share_retry": extension(51, number(2, 29)),
    "connection_id": extension(54, vector(1, b"\xc1\xc2")),
    "renegotiation_info": extension(0xFF01, vector(1)),
    "twice": extension(23) + extension(54, vector(1)) + extension(23),
}
BLOCK = b"".join(EXTENSIONS[name] for name in (
    "server_name", "supported_groups", "alpn", "key_share", "supported_versions",
    "connection_id", "pre_shared_key"))

RANDOM = bytes(range(32))
CLIENT_HELLO = (b"\xfe\xfd" + RANDOM + vector(1, b"s") + vector(1, b"cookie") +
                vector(2, bytes.fromhex("1301c02b00a8")) + vector(1, b"\0"))
SERVER_HELLO = b"\xfe\xfd" + RANDOM + vector(1) + b"\x13\x01\0"
RETRY = (b"\xfe\xfd" + bytes.fromhex(
    "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c") + vector(1) +
    b"\x13\x01\0" + vector(2, EXTENSIONS["key_share_retry"], EXTENSIONS["cookie"]))
HELLOS = {
    "client": b"\0" + CLIENT_HELLO + vector(2, BLOCK),
    "client_without_extensions": b"\0" + CLIENT_HELLO,
    "client_with_empty_block": b"\0" + CLIENT_HELLO + vector(2),
    "server": b"\1" + SERVER_HELLO + vector(2, EXTENSIONS["key_share_server"]),
    "server_without_extensions": b"\1" + SERVER_HELLO,
    "server_retry": b"\1" + RETRY,
    "verify": b"\2\xfe\xff" + vector(1, b"cookie"),
    "encrypted_extensions": b"\3" + vector(2, EXTENSIONS["alpn_one"], EXTENSIONS["empty"]),
}

PARAMS = b"\3" + number(2, 29) + vector(1, bytes(32))
SIGNATURE = b"\4\3" + vector(2, b"signature")
DER = bytes.fromhex("30820004")
HANDSHAKES = {
    "client_hello": handshake(1, CLIENT_HELLO, vector(2, BLOCK)),
    "server_hello": handshake(2, SERVER_HELLO, vector(2, BLOCK)),
    "hello_verify_request": handshake(3, b"\xfe\xff", vector(1, b"cookie")),
    "certificate_12": handshake(11, vector(3, vector(3, DER), vector(3, DER))),
    "certificate_13": handshake(11, vector(1), vector(3, vector(3, DER), vector(2))),
    "certificate_13_extensions": handshake(
        11, vector(1, b"c"), vector(3, vector(3, DER), vector(2, extension(5)))),
    "certificate_13_status": handshake(
        11, vector(1), vector(3, vector(3, DER), vector(2, EXTENSIONS["status_request_answer"]),
                              vector(3, DER), vector(2))),
    "certificate_status": handshake(22, b"\1", vector(3, b"\x30\0")),
    "raw_public_key": handshake(11, vector(3, DER)),
    "server_ecdhe": handshake(12, PARAMS, SIGNATURE),
    "server_psk": handshake(12, vector(2, b"hint")),
    "server_ecdhe_psk": handshake(12, vector(2, b"hint"), PARAMS),
    "certificate_request_12": handshake(13, vector(1, b"\x40"), vector(2, b"\4\3"),
                                        vector(2, vector(2, b"\x30\0"))),
    "certificate_request_13": handshake(
        13, vector(1, b"c"), vector(2, EXTENSIONS["signature_algorithms"])),
    "certificate_verify": handshake(15, SIGNATURE),
    "client_ecdhe": handshake(16, vector(1, bytes(32))),
    "client_psk": handshake(16, vector(2, b"me")),
    "client_ecdhe_psk": handshake(16, vector(2, b"me"), vector(1, bytes(32))),
    "ticket_12": handshake(4, number(4, 7200), vector(2, b"ticket")),
    "ticket_13": handshake(4, number(4, 7200), number(4, 5), vector(1, b"n"),
                           vector(2, b"ticket"), vector(2, EXTENSIONS["early_data"])),
    "new_connection_id": handshake(10, vector(2, vector(1, b"cid"), vector(1)), b"\1"),
    "request_connection_id": handshake(9, b"\3"),
    "key_update": handshake(24, b"\1"),
    "ack": handshake(99, vector(2, number(8, 3), number(8, 5))),
    "rrc": handshake(99, b"\1", number(8, 0x1234)),
    "done_and_fragment": handshake(14) + fragment(11, 256, 253, b"abc"),
    "empty_fragment": fragment(11, 256, 10, b""),
}

CID = b"\xc1\xc2\xc3\xc4"
RECORDS = {
    "plain": b"\0" + record(22, handshake(14)),
    "plain_two": b"\0" + record(22, handshake(14)) + record(20, b"\1"),
    "cid12": b"\4" + record(25, b"sealed", CID, 1),
    "unified": b"\0" + b"\x2f\x12\x34" + vector(2, b"sealed"),
    "unified_short": b"\0" + b"\x22\x34sealed",
    "unified_cid": b"\4" + b"\x3f" + CID + b"\x12\x34" + vector(2, b"sealed"),
    "mixed": (b"\4" + record(22, b"hello") + b"\x37" + CID + b"\x34" + vector(2, b"sealed") +
              record(25, b"sealed\x17\0\0", CID, 1) + b"\x33" + CID + b"\x34to the end"),
    "beyond": b"\0" + record(22, b"hello")[:-1],
}


def write(target, seeds):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds.items():
        (folder / name).write_bytes(seed)


write("wire_dtls_record", RECORDS)
write("wire_dtls_hello", HELLOS)
write("wire_dtls_handshake", HANDSHAKES)
write("wire_dtls_extensions", EXTENSIONS | {"block": BLOCK})
