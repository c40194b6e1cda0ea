"""DTLS against Mozilla's NSS: `Dtls12` with Debian's own, whose 1.3 is that of a draft; `Dtls13`
with the one that Firefox brings."""

import sys

from lab import folder, pem
from other_peer import (FIREFOX, GROUPS, OUR_PSK, SUITES_1_2, SUITES_1_3, TALK, THEIR_PSK,
                        OtherPeerTest, our_trust, ours, run_with, theirs)


class Nss(OtherPeerTest):
    peer = "nss_peer"

    def assert_same(self, hawser, other):
        agreed = self.agreed(hawser)
        if agreed["version"] == "1.2" and agreed["suite"].endswith("SHA384"):
            other.wait_for("^connected .*export=-$")  # NSS cannot, with this hash
        else:
            super().assert_same(hawser, other)


class Dtls12(Nss):
    def test_every_suite(self):
        for name, (number, signer) in SUITES_1_2.items():
            if signer is None or "CCM" in name:
                continue  # NSS has none of them
            with self.subTest(suite=name):
                self.both_roles(other=("version=1.2", f"suite={number}"), signer=signer,
                                version="1.2", suite=name)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(name=name):
                self.both_roles(other=("version=1.2", f"group={number}"), signer="rsa", group=name)

    def test_client_certificates(self):
        self.hawser_is_client(other=("version=1.2", "ask"), hawser=ours("client"))
        self.hawser_is_server(other=("version=1.2", *theirs("client")),
                              hawser=("--ca", pem("authority")))

    def test_extensions(self):
        self.both_roles(other=("version=1.2", "alpn=rope", "srtp=1", "record-limit=500"),
                        hawser=("--alpn", "rope", "--srtp", "--record-limit", "600"), alpn="rope",
                        srtp="1")

    def test_resumption(self):
        resume(self, "1.2")


def resume(test, version):
    """Two connections each way, the second of which takes up the first."""
    words = (f"version={version}", "tickets", "connections=2")
    server, port = test.other_listens(*theirs("ecdsa"), *words)
    session = folder() / f"session.{test.id()}"
    for resumed in "01":
        client = test.hawser_connects(port, *our_trust("ecdsa"), *TALK, "--session", session)
        test.assert_agreed(client, resumed=resumed)
        test.assert_good(client, server)
        server.wait_for("closed\n[\\s\\S]*" * int(resumed) + "closed\n")
        if resumed == "0":
            server.wait_for("closed\nlistening")
    server, port = test.hawser_listens(*ours("ecdsa"), "--connections", "2")
    client = test.other("connect", port, *words)
    test.assertEqual(client.finish(), 0, f"{client}\n{server}")
    test.assert_good(server, client)
    test.assertRegex(server.out, "resumed=0[\\s\\S]*resumed=1")


class Dtls13(Nss):
    environment = {"LD_LIBRARY_PATH": str(FIREFOX)}

    def test_every_suite(self):
        for name, number in SUITES_1_3.items():
            with self.subTest(name=name):
                self.both_roles(other=("version=1.3", f"suite={number}"), version="1.3", suite=name)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(name=name):
                case = {"other": ("version=1.3", f"group={number}"), "group": name}
                self.both_roles(**case, hawser=("--group", name), signer="rsa")

    def test_whatever_both_like_best(self):
        self.both_roles(version="1.3")

    def test_a_retry_for_another_group(self):
        self.hawser_is_client(other=("version=1.3", "group=24"), group="secp384r1", signer="rsa")
        self.hawser_is_server(other=("version=1.3", "group=29", "group2=24"), signer="rsa",
                              hawser=("--group", "secp384r1", "--no-cookie"), group="secp384r1")

    def test_without_a_cookie(self):
        self.hawser_is_server(other=("version=1.3",), hawser=("--no-cookie",))

    def test_one_that_speaks_only_1_2(self):
        self.both_roles(other=("version=1.2",), version="1.2")
        self.hawser_is_client(hawser=("--version", "1.2"), version="1.2")
        self.hawser_is_server(hawser=("--version", "1.2"), version="1.2")

    def test_client_certificates(self):
        for signer in ("client", "rsa"):
            with self.subTest(signer=signer):
                self.hawser_is_client(other=("version=1.3", "ask"), hawser=ours(signer))
                self.hawser_is_server(other=("version=1.3", *theirs(signer)),
                                      hawser=("--ca", pem("authority")))

    def test_extensions(self):
        self.both_roles(other=("version=1.3", "alpn=rope", "srtp=1", "record-limit=500"),
                        hawser=("--alpn", "rope", "--srtp", "--record-limit", "600"), alpn="rope",
                        srtp="1")

    def test_small_datagrams(self):
        self.both_roles(other=("version=1.3",), hawser=("--mtu", "256"), signer="rsa")

    def test_hawser_asks_for_new_keys(self):
        client, server = self.hawser_is_client(other=("version=1.3",), hawser=("--key-update",))
        client.wait_for("^done .*epochs=3,4$")
        self.assertEqual(server.out.count("heard"), 3)

    def test_nss_asks_for_new_keys(self):
        server, client = self.hawser_is_server(other=("version=1.3", "key-update"))
        server.wait_for("^done .*epochs=3,4,5$")
        client, server = self.hawser_is_client(other=("version=1.3", "key-update"),
                                               hawser=("--repeat", "4"))
        client.wait_for("^done .*epochs=3,4,5,6$")

    def test_resumption(self):
        resume(self, "1.3")

    def test_a_pre_shared_key(self):
        for suite in SUITES_1_3.values():
            if suite == 0x1302:
                continue  # the key is one of SHA-256
            nss = ("version=1.3", f"suite={suite}", *THEIR_PSK)
            # NSS wants a certificate to be there; hawser would not take it.
            server, port = self.other_listens(*theirs("ecdsa"), *nss)
            client = self.hawser_connects(port, "--version", "1.3", *OUR_PSK, *TALK)
            self.assert_good(client, server)
            self.assert_same(client, server)
            server, port = self.hawser_listens("--version", "1.3", *OUR_PSK)
            # Without a session cache NSS names no PSK modes.
            client = self.other("connect", port, *nss, "tickets")
            self.assert_agreed(server, psk="rope")
            self.assert_good(server, client)
            self.assert_same(server, client)

    def test_the_version_on_the_wire(self):
        server, port = self.other_listens(*theirs("ecdsa"))
        relay = self.relay(port)
        client = self.hawser_connects(relay.port, *our_trust("ecdsa"), *TALK)
        self.assert_agreed(client, version="1.3")
        self.assert_good(client, server)
        self.assertIn(b"\x00\x2b\x00\x05\x04\xfe\xfc\xfe\xfd", relay.to_server[0])
        self.assertIn(b"\x00\x2b\x00\x02\xfe\xfc", relay.to_client[0])


if __name__ == "__main__":
    run_with("nss_peer", FIREFOX if "Dtls13" in sys.argv else None)
