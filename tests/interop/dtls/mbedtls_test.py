"""DTLS 1.2 against Mbed TLS 2.28."""

from lab import folder, pem
from other_peer import (GROUPS, SUITES_1_2, TALK, OtherPeerTest, our_trust, ours, run_with,
                        their_trust, theirs)


class Mbedtls(OtherPeerTest):
    peer = "mbedtls_peer"

    def test_every_suite(self):
        self.every_suite(SUITES_1_2)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(group=name):
                self.both_roles(other=(f"group={number}",), signer="rsa", group=name)

    def test_what_both_like_best(self):
        for signer in ("ecdsa", "rsa", None):
            with self.subTest(signer=signer):
                self.both_roles(signer=signer, version="1.2")

    def test_client_certificates(self):
        for signer in ("client", "rsa"):
            with self.subTest(signer=signer):
                self.hawser_is_client(other=their_trust("ecdsa"), hawser=ours(signer))
                server, _ = self.hawser_is_server(other=theirs(signer),
                                                  hawser=("--ca", pem("authority")))
                self.assertNotEqual(self.agreed(server)["fingerprint"], "-")

    def test_a_certificate_from_a_stranger(self):
        server, port = self.hawser_listens(*ours("stranger"))
        client = self.other("connect", port, *their_trust("ecdsa"))
        server.wait_for("closed reason=refused.*alert_received=")
        self.assertEqual(client.finish(), 1)
        self.assertIn("error handshake: X509 - Certificate verification failed", client.out)

    def test_a_wrong_psk(self):
        server, port = self.hawser_listens(*ours(None))
        client = self.other("connect", port, "psk=00", "psk-identity=stranger")
        server.wait_for("closed .*alert_sent=unknown_psk_identity")
        self.assertEqual(client.finish(), 1)

    def test_a_psk_without_extended_master_secret(self):
        self.both_roles(other=("no-ems",), hawser=("--no-ems",), signer=None)

    def test_without_a_cookie(self):
        self.hawser_is_client(other=("no-cookie",))
        self.hawser_is_server(hawser=("--no-cookie",))

    def test_extensions(self):
        self.both_roles(other=("alpn=rope", "srtp=1"), hawser=("--alpn", "rope", "--srtp"),
                        alpn="rope", srtp="1")

    def test_small_datagrams(self):
        # As a server it does not put a ClientHello together.
        self.hawser_is_client(other=("mtu=300",), hawser=("--mtu", "300"), signer="rsa")
        self.hawser_is_server(other=("mtu=300",), hawser=("--mtu", "256"), signer="rsa")

    def test_resumption(self):
        server, port = self.other_listens(*theirs("ecdsa"), "tickets", "connections=2")
        session = folder() / "session.mbedtls"
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

    def test_connection_ids(self):
        self.skipTest("Mbed TLS 2.28 has those of a draft (extension 254, RFC 9146 has 54), and "
                      "Debian's is built without them")


if __name__ == "__main__":
    run_with("mbedtls_peer")
