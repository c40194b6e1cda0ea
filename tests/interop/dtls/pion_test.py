"""DTLS 1.2 against pion/dtls, connection IDs of RFC 9146 among it."""

from other_peer import (GROUPS, SUITES_1_2, OtherPeerTest, our_trust, ours, run_with, their_trust,
                        theirs)

MISSING = {"TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
           "TLS_PSK_WITH_AES_256_GCM_SHA384", "TLS_PSK_WITH_AES_256_CCM",
           "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"}


class Pion(OtherPeerTest):
    peer = "pion_peer"

    def test_every_suite(self):
        self.every_suite({name: suite for name, suite in SUITES_1_2.items()
                          if name not in MISSING})

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(group=name):
                self.both_roles(other=(f"group={number}",), hawser=("--group", name), signer="rsa",
                                group=name)

    def test_what_both_like_best(self):
        self.what_both_like_best("ecdsa", "rsa")

    def test_client_certificates(self):
        self.client_certificates(client="ecdsa", rsa="ecdsa")

    def test_a_certificate_from_a_stranger(self):
        self.a_certificate_from_a_stranger("bad_certificate", says="")

    def test_a_psk_without_extended_master_secret(self):
        self.both_roles(other=("no-ems", "suite=0xa8"), hawser=("--no-ems",), signer=None)

    def test_without_a_cookie(self):
        self.hawser_is_client(other=("no-cookie",))
        self.hawser_is_server(hawser=("--no-cookie",))

    def test_extensions(self):
        self.both_roles(other=("alpn=rope", "srtp=1"), hawser=("--alpn", "rope", "--srtp"),
                        alpn="rope", srtp="1")

    def test_small_datagrams(self):
        self.both_roles(other=("mtu=300",), hawser=("--mtu", "256"), signer="rsa")

    def test_connection_ids(self):
        for ours_bytes, their_bytes in ((8, 8), (20, 1), (0, 6), (6, 0)):
            with self.subTest(ours=ours_bytes, theirs=their_bytes):
                self.both_roles(other=(f"cid={their_bytes}",), hawser=("--cid", str(ours_bytes)),
                                cid_in=str(ours_bytes), cid_out=str(int(their_bytes > 0)))

    def test_hawser_moves(self):
        server, port = self.other_listens(*theirs("ecdsa"), "cid=8")
        relay = self.relay(port)
        client = self.hawser_connects(relay.port, *our_trust("ecdsa"), "--cid", "4", "--send",
                                      "from hawser", "--expect", "from hawser", "--repeat", "6")
        client.wait_for("^round 2")
        relay.rebind()
        self.assert_good(client, server)
        self.assertEqual(server.finish(), 0, str(server))

    def test_pion_moves(self):
        server, port = self.hawser_listens(*ours("ecdsa"), "--cid", "4")
        relay = self.relay(port)
        client = self.other("connect", relay.port, *their_trust("ecdsa"), "cid=8", "rounds=6",
                            "pause=100")
        client.wait_for("^heard there and back 2")
        relay.rebind()
        self.assertEqual(client.finish(), 0, f"{client}\n{server}")
        server.wait_for("^moved ")
        self.assert_good(server, client)


if __name__ == "__main__":
    run_with("pion_peer")
