"""DTLS 1.2 against wolfSSL."""

from lab import folder, pem
from other_peer import (GROUPS, SUITES_1_2, TALK, OtherPeerTest, our_trust, ours, run_with,
                        their_trust, theirs)

# Debian's is built without most suites of a bare pre-shared key.
MISSING = {"TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "TLS_PSK_WITH_AES_128_GCM_SHA256",
           "TLS_PSK_WITH_AES_256_GCM_SHA384", "TLS_PSK_WITH_AES_128_CCM",
           "TLS_PSK_WITH_AES_256_CCM", "TLS_PSK_WITH_AES_128_CCM_8", "TLS_PSK_WITH_AES_256_CCM_8"}
SUITES = {name: suite for name, suite in SUITES_1_2.items() if name not in MISSING}
SUITES["TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256"] = (0xd001, None)
# As a client it takes no X25519 beside a pre-shared key.
WITH_PSK = ("--group", "secp256r1")


class Wolfssl(OtherPeerTest):
    peer = "wolfssl_peer"

    def test_every_suite(self):
        self.every_suite({name: suite for name, suite in SUITES.items() if suite[1]})
        self.every_suite({name: suite for name, suite in SUITES.items() if not suite[1]}, *WITH_PSK)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(group=name):
                case = {"hawser": ("--group", name), "signer": "rsa", "group": name}
                self.hawser_is_client(**case)
                self.hawser_is_server(other=(f"group={number}",), **case)

    def test_what_both_like_best(self):
        for signer, hawser in (("ecdsa", ()), ("rsa", ()), (None, WITH_PSK)):
            with self.subTest(signer=signer):
                self.both_roles(signer=signer, hawser=hawser, version="1.2")

    def test_client_certificates(self):
        # Its server asks for the kind of certificate that it has.
        for signer, server_signer in (("client", "ecdsa"), ("rsa", "rsa")):
            with self.subTest(signer=signer):
                self.hawser_is_client(other=their_trust("ecdsa"), hawser=ours(signer),
                                      signer=server_signer)
                server, _ = self.hawser_is_server(other=theirs(signer),
                                                  hawser=("--ca", pem("authority")))
                self.assertNotEqual(self.agreed(server)["fingerprint"], "-")

    def test_a_certificate_from_a_stranger(self):
        server, port = self.hawser_listens(*ours("stranger"))
        client = self.other("connect", port, *their_trust("ecdsa"))
        server.wait_for("closed reason=refused.*alert_received=")
        self.assertEqual(client.finish(), 1)
        self.assertIn("error handshake", client.out)

    def test_a_wrong_psk(self):
        server, port = self.hawser_listens(*ours(None), *WITH_PSK)
        client = self.other("connect", port, "psk=00", "psk-identity=stranger")
        server.wait_for("closed .*alert_sent=unknown_psk_identity")
        self.assertEqual(client.finish(), 1)

    def test_a_psk_without_extended_master_secret(self):
        self.both_roles(other=("no-ems",), hawser=("--no-ems", *WITH_PSK), signer=None)

    def test_without_a_cookie(self):
        self.hawser_is_server(hawser=("--no-cookie",))

    def test_alpn(self):
        self.both_roles(other=("alpn=rope",), hawser=("--alpn", "rope"), alpn="rope")

    def test_small_datagrams(self):
        # As a server it does not put a ClientHello together.
        self.hawser_is_client(hawser=("--mtu", "300"), signer="rsa")
        self.hawser_is_server(hawser=("--mtu", "256"), signer="rsa")

    def test_resumption(self):
        server, port = self.other_listens(*theirs("ecdsa"), "connections=2")
        session = folder() / "session.wolfssl"
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
        self.assertRegex(client.out, "resumed=0[\\s\\S]*resumed=1")

    def test_connection_ids_and_1_3(self):
        self.skipTest("Debian's wolfSSL 5.5.4 is built without DTLS 1.3, connection IDs and "
                      "use_srtp")


if __name__ == "__main__":
    run_with("wolfssl_peer")
