"""DTLS against Mozilla's NSS: `Dtls12` with Debian's own, whose 1.3 is that of a draft; `Dtls13`
with the one that Firefox brings."""

import os
import pathlib
import subprocess
import sys

from lab import (NAME, PSK, PSK_IDENTITY, SKIPPED, InteropTest, der, folder, free_port, key, pem,
                 run)

FIREFOX = pathlib.Path("/usr/lib/firefox-esr")
SUITES_1_3 = {"TLS_AES_128_GCM_SHA256": 0x1301, "TLS_AES_256_GCM_SHA384": 0x1302,
              "TLS_CHACHA20_POLY1305_SHA256": 0x1303}
SUITES_1_2 = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": (0xc02b, "ecdsa"),
              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": (0xc02c, "ecdsa"),
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": (0xcca9, "ecdsa"),
              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": (0xc02f, "rsa"),
              "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": (0xc030, "rsa"),
              "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": (0xcca8, "rsa")}
GROUPS = {"secp256r1": 23, "secp384r1": 24, "x25519": 29}
OUR_TRUST = ("--ca", pem("authority"), "--name", NAME, "--sni", NAME)
TALK = ("--send", "from hawser", "--expect", "from hawser")


def ours(signer):
    return ("--cert", pem(signer), "--key", key(signer))


def theirs(signer):
    certificate, private = der(signer)
    return (f"cert={certificate}", f"key={private}")


class Nss(InteropTest):
    library = None

    def nss(self, *words):
        environment = {"LD_LIBRARY_PATH": str(self.library)} if self.library else {}
        return self.start(os.environ["OTHER_PEER"], *words, environment=environment)

    def nss_listens(self, *words):
        port = free_port()
        server = self.nss("listen", port, *words)
        server.wait_for("^listening")
        return server, port

    def assert_same(self, hawser, nss):
        shown = nss.wait_for("^connected .*export=(.*)$").group(1)
        agreed = self.agreed(hawser)
        if agreed["version"] == "1.2" and agreed["suite"].endswith("SHA384"):
            self.assertEqual(shown, "-")  # NSS cannot, with this hash
        else:
            self.assertEqual(agreed["export"], shown)

    def hawser_is_client(self, *, nss=(), hawser=(), signer="ecdsa", **expected):
        server, port = self.nss_listens(*theirs(signer), *nss)
        client = self.hawser_connects(port, *OUR_TRUST, *TALK, *hawser)
        self.assert_agreed(client, **expected)
        self.assert_good(client, server)
        self.assertEqual(server.finish(), 0, str(server))
        self.assert_same(client, server)
        return client, server

    def hawser_is_server(self, *, nss=(), hawser=(), signer="ecdsa", **expected):
        server, port = self.hawser_listens(*ours(signer), *hawser)
        client = self.nss("connect", port, *nss)
        self.assert_agreed(server, **expected)
        self.assertEqual(client.finish(), 0, f"{client}\n{server}")
        self.assert_good(server, client)
        self.assert_same(server, client)
        return server, client

    def both_roles(self, **case):
        with self.subTest("hawser is the client"):
            self.hawser_is_client(**case)
        with self.subTest("hawser is the server"):
            self.hawser_is_server(**case)


class Dtls12(Nss):
    def test_every_suite(self):
        for name, (number, signer) in SUITES_1_2.items():
            with self.subTest(name):
                self.both_roles(nss=("version=1.2", f"suite={number}"), signer=signer,
                                version="1.2", suite=name)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(name):
                self.both_roles(nss=("version=1.2", f"group={number}"), signer="rsa", group=name)

    def test_client_certificates(self):
        self.hawser_is_client(nss=("version=1.2", "ask"), hawser=ours("client"))
        self.hawser_is_server(nss=("version=1.2", *theirs("client")),
                              hawser=("--ca", pem("authority")))

    def test_extensions(self):
        self.both_roles(nss=("version=1.2", "alpn=rope", "srtp=1", "record-limit=500"),
                        hawser=("--alpn", "rope", "--srtp", "--record-limit", "600"), alpn="rope",
                        srtp="1")

    def test_resumption(self):
        resume(self, "1.2")


def resume(test, version):
    """Two connections each way, the second of which takes up the first."""
    words = (f"version={version}", "tickets", "connections=2")
    server, port = test.nss_listens(*theirs("ecdsa"), *words)
    session = folder() / f"session.{test.id()}"
    for resumed in "01":
        client = test.hawser_connects(port, *OUR_TRUST, *TALK, "--session", session)
        test.assert_agreed(client, resumed=resumed)
        test.assert_good(client, server)
        server.wait_for("closed\n[\\s\\S]*" * int(resumed) + "closed\n")
        if resumed == "0":
            server.wait_for("closed\nlistening")
    server, port = test.hawser_listens(*ours("ecdsa"), "--connections", "2")
    client = test.nss("connect", port, *words)
    test.assertEqual(client.finish(), 0, f"{client}\n{server}")
    test.assert_good(server, client)
    test.assertRegex(server.out, "resumed=0[\\s\\S]*resumed=1")


class Dtls13(Nss):
    library = FIREFOX

    def test_every_suite(self):
        for name, number in SUITES_1_3.items():
            with self.subTest(name):
                self.both_roles(nss=("version=1.3", f"suite={number}"), version="1.3", suite=name)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(name):
                case = {"nss": ("version=1.3", f"group={number}"), "group": name}
                self.both_roles(**case, hawser=("--group", name), signer="rsa")

    def test_whatever_both_like_best(self):
        self.both_roles(version="1.3")

    def test_a_retry_for_another_group(self):
        self.hawser_is_client(nss=("version=1.3", "group=24"), group="secp384r1", signer="rsa")
        self.hawser_is_server(nss=("version=1.3", "group=29", "group2=24"), signer="rsa",
                              hawser=("--group", "secp384r1", "--no-cookie"), group="secp384r1")

    def test_without_a_cookie(self):
        self.hawser_is_server(nss=("version=1.3",), hawser=("--no-cookie",))

    def test_one_that_speaks_only_1_2(self):
        self.both_roles(nss=("version=1.2",), version="1.2")
        self.hawser_is_client(hawser=("--version", "1.2"), version="1.2")
        self.hawser_is_server(hawser=("--version", "1.2"), version="1.2")

    def test_client_certificates(self):
        for signer in ("client", "rsa"):
            with self.subTest(signer):
                self.hawser_is_client(nss=("version=1.3", "ask"), hawser=ours(signer))
                self.hawser_is_server(nss=("version=1.3", *theirs(signer)),
                                      hawser=("--ca", pem("authority")))

    def test_extensions(self):
        self.both_roles(nss=("version=1.3", "alpn=rope", "srtp=1", "record-limit=500"),
                        hawser=("--alpn", "rope", "--srtp", "--record-limit", "600"), alpn="rope",
                        srtp="1")

    def test_small_datagrams(self):
        self.both_roles(nss=("version=1.3",), hawser=("--mtu", "256"), signer="rsa")

    def test_hawser_asks_for_new_keys(self):
        client, server = self.hawser_is_client(nss=("version=1.3",), hawser=("--key-update",))
        client.wait_for("^done .*epochs=3,4$")
        self.assertEqual(server.out.count("heard"), 3)

    def test_nss_asks_for_new_keys(self):
        server, client = self.hawser_is_server(nss=("version=1.3", "key-update"))
        server.wait_for("^done .*epochs=3,4,5$")
        client, server = self.hawser_is_client(nss=("version=1.3", "key-update"),
                                               hawser=("--repeat", "4"))
        client.wait_for("^done .*epochs=3,4,5,6$")

    def test_resumption(self):
        resume(self, "1.3")

    def test_a_pre_shared_key(self):
        for suite in SUITES_1_3.values():
            if suite == 0x1302:
                continue  # the key is one of SHA-256
            nss = ("version=1.3", f"suite={suite}", f"psk={PSK}", f"psk-identity={PSK_IDENTITY}")
            psk = ("--psk", PSK, "--psk-identity", PSK_IDENTITY)
            # NSS wants a certificate to be there; hawser would not take it.
            server, port = self.nss_listens(*theirs("ecdsa"), *nss)
            client = self.hawser_connects(port, "--version", "1.3", *psk, *TALK)
            self.assert_good(client, server)
            self.assert_same(client, server)
            server, port = self.hawser_listens("--version", "1.3", *psk)
            # Without a session cache NSS names no PSK modes.
            client = self.nss("connect", port, *nss, "tickets")
            self.assert_agreed(server, psk=PSK_IDENTITY)
            self.assert_good(server, client)
            self.assert_same(server, client)

    def test_the_version_on_the_wire(self):
        server, port = self.nss_listens(*theirs("ecdsa"))
        relay = self.relay(port)
        client = self.hawser_connects(relay.port, *OUR_TRUST, *TALK)
        self.assert_agreed(client, version="1.3")
        self.assert_good(client, server)
        self.assertIn(b"\x00\x2b\x00\x05\x04\xfe\xfc\xfe\xfd", relay.to_server[0])
        self.assertIn(b"\x00\x2b\x00\x02\xfe\xfc", relay.to_client[0])


def version_of(library):
    return subprocess.run([os.environ["OTHER_PEER"], "connect", "0", "print-version"], check=True,
                          capture_output=True, text=True,
                          env={"LD_LIBRARY_PATH": str(library)}).stdout.strip()


if __name__ == "__main__":
    if not os.path.exists(os.environ["OTHER_PEER"]):
        print("SKIPPED: built without libnss3-dev")
        sys.exit(SKIPPED)
    if "Dtls13" in sys.argv and not FIREFOX.joinpath("libssl3.so").exists():
        print("SKIPPED: there is no firefox-esr, whose NSS speaks DTLS 1.3")
        sys.exit(SKIPPED)
    print("NSS", version_of(FIREFOX if "Dtls13" in sys.argv else ""))
    run(needs=["openssl"])
