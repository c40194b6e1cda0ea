"""hawser against programs over other libraries that understand the words of peers/words.hpp.

They are in PEER_FOLDER: the build puts those in C++ there; those in other languages are made here
the first time that a test wants them.
"""

import functools
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from lab import (NAME, PSK, PSK_IDENTITY, SKIPPED, InteropTest, der, folder, free_port, key, pem,
                 run)

# The number of a suite of 1.2, and whose key signs.
SUITES_1_2 = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": (0xc02b, "ecdsa"),
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": (0xc02c, "ecdsa"),
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": (0xcca9, "ecdsa"),
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM": (0xc0ac, "ecdsa"),
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM": (0xc0ad, "ecdsa"),
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8": (0xc0ae, "ecdsa"),
    "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8": (0xc0af, "ecdsa"),
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": (0xc02f, "rsa"),
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": (0xc030, "rsa"),
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": (0xcca8, "rsa"),
    "TLS_PSK_WITH_AES_128_GCM_SHA256": (0x00a8, None),
    "TLS_PSK_WITH_AES_256_GCM_SHA384": (0x00a9, None),
    "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256": (0xccab, None),
    "TLS_PSK_WITH_AES_128_CCM": (0xc0a4, None),
    "TLS_PSK_WITH_AES_256_CCM": (0xc0a5, None),
    "TLS_PSK_WITH_AES_128_CCM_8": (0xc0a8, None),
    "TLS_PSK_WITH_AES_256_CCM_8": (0xc0a9, None),
    "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256": (0xccac, None),
}
SUITES_1_3 = {"TLS_AES_128_GCM_SHA256": 0x1301, "TLS_AES_256_GCM_SHA384": 0x1302,
              "TLS_CHACHA20_POLY1305_SHA256": 0x1303}
GROUPS = {"secp256r1": 23, "secp384r1": 24, "x25519": 29}
TALK = ("--send", "from hawser", "--expect", "from hawser")
OUR_PSK = ("--psk", PSK, "--psk-identity", PSK_IDENTITY)
THEIR_PSK = (f"psk={PSK}", f"psk-identity={PSK_IDENTITY}")


def ours(signer):
    """Words for hawser as the one who shows this, or has the pre-shared key."""
    return ("--cert", pem(signer), "--key", key(signer)) if signer else OUR_PSK


def our_trust(signer):
    return ("--ca", pem("authority"), "--name", NAME, "--sni", NAME) if signer else OUR_PSK


def theirs(signer):
    if signer is None:
        return THEIR_PSK
    certificate, private = der(signer)
    return (f"cert={certificate}", f"key={private}")


def their_trust(signer):
    return (f"ca={der('authority')[0]}",) if signer else THEIR_PSK


FIREFOX = pathlib.Path("/usr/lib/firefox-esr")  # its NSS speaks DTLS 1.3, Debian's a draft of it
PACKAGES = {"nss_peer": "libnss3-dev", "mbedtls_peer": "libmbedtls-dev",
            "wolfssl_peer": "libwolfssl-dev"}


class Toolchain:
    """Makes a peer of peers/FOLDER in another language."""

    def __init__(self, folder, tool, made, fetch, compile_to):
        self.source = pathlib.Path(__file__).parent / "peers" / folder
        self.tool, self.fetch, self.compile_to = tool, fetch, compile_to
        self.made = pathlib.Path(os.environ["PEER_FOLDER"]) / made

    def make(self):
        """The program's path; skips the test when it is not to be had here."""
        if shutil.which(self.tool) is None:
            raise unittest.SkipTest(f"there is no {self.tool} here to make {self.made.name} with")
        fetched = self.run(*self.fetch)
        if fetched.returncode != 0:
            print(fetched.stderr)
            raise unittest.SkipTest(f"{self.tool} cannot fetch what {self.made.name} stands on")
        compiled = self.run(*self.compile_to(self.made))
        if compiled.returncode != 0:
            raise AssertionError(f"{self.made.name} does not compile: {compiled.stderr}")
        return self.made

    def run(self, *words):
        fixed = {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
        return subprocess.run([self.tool, *words], cwd=self.source, env={**os.environ, **fixed},
                              capture_output=True, text=True, check=False)


def toolchains():
    return {
        "pion_peer": Toolchain("pion", "go", "pion_peer", ("mod", "download"),
                               lambda made: ("build", "-o", made)),
        "dimpl_peer": Toolchain("dimpl", "cargo", "dimpl/debug/dimpl_peer", ("fetch", "--locked"),
                                lambda made: ("build", "--locked", "--offline", "--target-dir",
                                              made.parent.parent)),
    }


@functools.cache
def program(name):
    """The path of a peer; skips the test when it is not to be had."""
    if name in toolchains():
        return toolchains()[name].make()
    made = pathlib.Path(os.environ["PEER_FOLDER"]) / name
    if not made.exists():
        raise unittest.SkipTest(f"{name} needs {PACKAGES[name]}, which was not there to build it")
    return made


class OtherPeerTest(InteropTest):
    peer = None
    environment = {}

    def other(self, *words):
        return self.start(program(self.peer), *words, environment=self.environment)

    def other_listens(self, *words):
        port = free_port()
        server = self.other("listen", port, *words)
        server.wait_for("^listening")
        return server, port

    def assert_same(self, hawser, other):
        shown = other.wait_for("^connected .*export=(.*)$").group(1)
        self.assertEqual(self.agreed(hawser)["export"], shown)

    def hawser_is_client(self, *, other=(), hawser=(), signer="ecdsa", **expected):
        server, port = self.other_listens(*theirs(signer), *other)
        client = self.hawser_connects(port, *our_trust(signer), *TALK, *hawser)
        self.assert_agreed(client, **expected)
        self.assert_good(client, server)
        self.assertEqual(server.finish(), 0, str(server))
        self.assert_same(client, server)
        return client, server

    def hawser_is_server(self, *, other=(), hawser=(), signer="ecdsa", **expected):
        server, port = self.hawser_listens(*ours(signer), *hawser)
        client = self.other("connect", port, *their_trust(signer), *other)
        self.assert_agreed(server, **expected)
        self.assertEqual(client.finish(), 0, f"{client}\n{server}")
        self.assert_good(server, client)
        self.assert_same(server, client)
        return server, client

    def both_roles(self, **case):
        with self.subTest(hawser="client"):
            self.hawser_is_client(**case)
        with self.subTest(hawser="server"):
            self.hawser_is_server(**case)

    def what_both_like_best(self, *signers, hawser=()):
        for signer in signers:
            with self.subTest(signer=signer):
                self.both_roles(signer=signer, hawser=hawser, version="1.2")

    def client_certificates(self, **servers):
        """By who shows one; and who the other's server is then, which may ask for its own kind."""
        for signer, server_signer in servers.items():
            with self.subTest(signer=signer):
                self.hawser_is_client(other=their_trust("ecdsa"), hawser=ours(signer),
                                      signer=server_signer)
                server, _ = self.hawser_is_server(other=theirs(signer),
                                                  hawser=("--ca", pem("authority")))
                self.assertNotEqual(self.agreed(server)["fingerprint"], "-")

    def a_certificate_from_a_stranger(self, alert="", says="error handshake"):
        server, port = self.hawser_listens(*ours("stranger"))
        client = self.other("connect", port, *their_trust("ecdsa"))
        server.wait_for(f"closed reason=refused.*alert_received={alert}")
        self.assertEqual(client.finish(), 1)
        self.assertIn(says, client.out)

    def a_wrong_psk(self, *hawser):
        server, port = self.hawser_listens(*ours(None), *hawser)
        client = self.other("connect", port, "psk=00", "psk-identity=stranger")
        server.wait_for("closed .*alert_sent=unknown_psk_identity")
        self.assertEqual(client.finish(), 1)

    def resumption(self, *other_server):
        """In both roles, by ticket; the program that was the client, for what it said."""
        server, port = self.other_listens(*theirs("ecdsa"), *other_server, "connections=2")
        session = folder() / f"session.{self.peer}"
        for resumed in "01":
            client = self.hawser_connects(port, *our_trust("ecdsa"), *TALK, "--session", session)
            self.assert_agreed(client, resumed=resumed)
            self.assert_good(client, server)
            server.wait_for("closed\n" if resumed == "1" else "closed\nlistening")
        server, port = self.hawser_listens(*ours("ecdsa"), "--connections", "2")
        client = self.other("connect", port, *their_trust("ecdsa"), "connections=2")
        self.assertEqual(client.finish(), 0, f"{client}\n{server}")
        self.assert_good(server, client)
        self.assertRegex(server.out, "resumed=0[\\s\\S]*resumed=1")
        return client

    def every_suite(self, suites, *hawser):
        for name, (number, signer) in suites.items():
            with self.subTest(suite=name):
                self.both_roles(other=(f"suite={number}",), hawser=("--suite", name, *hawser),
                                signer=signer, version="1.2", suite=name)


def run_with(peer, library=None):
    """Runs the tests of the main module where there is such a peer, and the folder of its
    library."""
    try:
        program(peer)
        if library is not None and not library.exists():
            raise unittest.SkipTest(f"there is no {library} (package {library.name})")
    except unittest.SkipTest as missing:
        print(f"SKIPPED: {missing}")
        sys.exit(SKIPPED)
    run(needs=["openssl"])
