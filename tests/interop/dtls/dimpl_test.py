"""DTLS 1.2 and 1.3 against dimpl.

It exports nothing but the keys of SRTP, so hawser negotiates use_srtp and exports those.
"""

from lab import pem
from other_peer import (GROUPS, OUR_PSK, SUITES_1_3, THEIR_PSK, OtherPeerTest, ours, run_with,
                        theirs)

SUITES_1_2 = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xc02b,
              "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xc02c,
              "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": 0xcca9}
EXPORT_BYTES = 56  # of AEAD_AES_128_GCM: two keys and two salts


class Dimpl(OtherPeerTest):
    peer = "dimpl_peer"
    export = ("--export", "EXTRACTOR-dtls_srtp", "--export-bytes", str(EXPORT_BYTES), "--srtp")

    def hawser_is_server(self, *, other=(), signer="ecdsa", **case):
        identity = theirs("client") if signer else ()
        return super().hawser_is_server(other=(*identity, *other), signer=signer, srtp="7", **case)

    def hawser_is_client(self, **case):
        return super().hawser_is_client(srtp="7", **case)

    def test_every_suite_of_1_2(self):
        for name, number in SUITES_1_2.items():
            with self.subTest(suite=name):
                self.both_roles(other=("version=1.2", f"suite={number}"), version="1.2",
                                suite=name)

    def test_every_suite_of_1_3(self):
        for name, number in SUITES_1_3.items():
            with self.subTest(suite=name):
                self.both_roles(other=("version=1.3", f"suite={number}"), version="1.3",
                                suite=name)

    def test_every_group(self):
        for name, number in GROUPS.items():
            for version in ("1.2", "1.3"):
                with self.subTest(group=name, version=version):
                    case = {"group": name, "version": version}
                    self.hawser_is_client(other=(f"version={version}", f"group={number}"), **case)
                    self.hawser_is_server(other=(f"version={version}",),
                                          hawser=("--group", name), **case)

    def test_whatever_both_like_best(self):
        self.both_roles(version="1.3")

    def test_one_that_speaks_only_1_2(self):
        self.both_roles(other=("version=1.2",), version="1.2")
        self.both_roles(hawser=("--version", "1.2"), version="1.2")

    def test_client_certificates(self):
        for version in ("1.2", "1.3"):
            with self.subTest(version=version):
                self.hawser_is_client(other=(f"version={version}", "ask"), hawser=ours("client"))
                server, _ = self.hawser_is_server(other=(f"version={version}",),
                                                  hawser=("--ca", pem("authority")))
                self.assertNotEqual(self.agreed(server)["fingerprint"], "-")

    def test_a_pre_shared_key(self):
        # dimpl negotiates no SRTP, and so has no keys to compare, under a pre-shared key.
        words = (*OUR_PSK, "--suite", "TLS_PSK_WITH_AES_128_CCM_8")
        server, port = self.other_listens(*THEIR_PSK)
        client = self.hawser_connects(port, *words, "--send", "from hawser", "--expect",
                                      "from hawser")
        self.assert_good(client, server)
        server, port = self.hawser_listens(*words)
        client = self.other("connect", port, *THEIR_PSK)
        self.assertEqual(client.finish(), 0, f"{client}\n{server}")
        self.assert_good(server, client)

    def test_without_a_cookie(self):
        self.hawser_is_server(hawser=("--no-cookie",))

    def test_a_retry_for_another_group(self):
        self.hawser_is_client(other=("version=1.3", "group=24"), group="secp384r1")
        self.hawser_is_server(other=("version=1.3",), hawser=("--group", "secp384r1"),
                              group="secp384r1")

    def test_small_datagrams(self):
        for version in ("1.2", "1.3"):
            with self.subTest(version=version):
                self.both_roles(other=(f"version={version}", "mtu=400"), hawser=("--mtu", "256"))


if __name__ == "__main__":
    run_with("dimpl_peer")
