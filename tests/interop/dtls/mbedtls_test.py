"""DTLS 1.2 against Mbed TLS 2.28."""

from other_peer import GROUPS, SUITES_1_2, OtherPeerTest, run_with


class Mbedtls(OtherPeerTest):
    peer = "mbedtls_peer"

    def test_every_suite(self):
        self.every_suite(SUITES_1_2)

    def test_every_group(self):
        for name, number in GROUPS.items():
            with self.subTest(group=name):
                self.both_roles(other=(f"group={number}",), signer="rsa", group=name)

    def test_what_both_like_best(self):
        self.what_both_like_best("ecdsa", "rsa", None)

    def test_client_certificates(self):
        self.client_certificates(client="ecdsa", rsa="ecdsa")

    def test_a_certificate_from_a_stranger(self):
        self.a_certificate_from_a_stranger(
            says="error handshake: X509 - Certificate verification failed")

    def test_a_wrong_psk(self):
        self.a_wrong_psk()

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
        self.resumption("tickets")

    def test_connection_ids(self):
        self.skipTest("Mbed TLS 2.28 has those of a draft (extension 254, RFC 9146 has 54), and "
                      "Debian's is built without them")


if __name__ == "__main__":
    run_with("mbedtls_peer")
