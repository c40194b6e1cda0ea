"""DTLS 1.2 against wolfSSL."""

from other_peer import GROUPS, SUITES_1_2, OtherPeerTest, run_with

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
        self.what_both_like_best("ecdsa", "rsa")
        self.what_both_like_best(None, hawser=WITH_PSK)

    def test_client_certificates(self):
        # Its server asks for the kind of certificate that it has.
        self.client_certificates(client="ecdsa", rsa="rsa")

    def test_a_certificate_from_a_stranger(self):
        self.a_certificate_from_a_stranger()

    def test_a_wrong_psk(self):
        self.a_wrong_psk(*WITH_PSK)

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
        client = self.resumption()
        self.assertRegex(client.out, "resumed=0[\\s\\S]*resumed=1")

    def test_connection_ids_and_1_3(self):
        self.skipTest("Debian's wolfSSL 5.5.4 is built without DTLS 1.3, connection IDs and "
                      "use_srtp")


if __name__ == "__main__":
    run_with("wolfssl_peer")
