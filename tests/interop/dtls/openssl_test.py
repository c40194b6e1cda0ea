"""DTLS 1.2 against openssl s_server and s_client."""

from lab import (HOST, LABEL, NAME, PSK, PSK_IDENTITY, InteropTest, folder, free_port, key, pem,
                 run)

# The registered name of a suite, OpenSSL's, and whose key signs.
SUITES = [
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8", "ecdsa"),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "rsa"),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "rsa"),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "rsa"),
    ("TLS_PSK_WITH_AES_128_GCM_SHA256", "PSK-AES128-GCM-SHA256", None),
    ("TLS_PSK_WITH_AES_256_GCM_SHA384", "PSK-AES256-GCM-SHA384", None),
    ("TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", "PSK-CHACHA20-POLY1305", None),
    ("TLS_PSK_WITH_AES_128_CCM", "PSK-AES128-CCM", None),
    ("TLS_PSK_WITH_AES_256_CCM", "PSK-AES256-CCM", None),
    ("TLS_PSK_WITH_AES_128_CCM_8", "PSK-AES128-CCM8", None),
    ("TLS_PSK_WITH_AES_256_CCM_8", "PSK-AES256-CCM8", None),
    ("TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-PSK-CHACHA20-POLY1305", None),
]
EXPORT = ("-keymatexport", LABEL, "-keymatexportlen", "20")
OUR_TRUST = ("--ca", pem("authority"), "--name", NAME, "--sni", NAME)
THEIR_TRUST = ("-CAfile", pem("authority"), "-verify_return_error",
               "-verify_hostname", NAME, "-servername", NAME)


def ours(signer):
    if signer is None:
        return ("--psk", PSK, "--psk-identity", PSK_IDENTITY)
    return ("--cert", pem(signer), "--key", key(signer))


def theirs(signer):
    return ("-cert", pem(signer), "-key", key(signer))


def their_psk():
    return ("-psk", PSK, "-psk_identity", PSK_IDENTITY)


def ciphers(name):
    return ("-cipher", f"{name}:@SECLEVEL=0")


class Openssl(InteropTest):
    def s_server(self, *words):
        port = free_port()
        server = self.start("openssl", "s_server", "-dtls1_2", "-accept", f"{HOST}:{port}", *EXPORT,
                            *words)
        server.wait_for("^ACCEPT")
        return server, port

    def s_client(self, port, *words):
        return self.start("openssl", "s_client", "-dtls1_2", "-connect", f"{HOST}:{port}", *EXPORT,
                          *words)

    def assert_same_export(self, ours, theirs):
        shown = theirs.wait_for("Keying material: ([0-9A-F]+)").group(1).lower()
        self.assertEqual(self.agreed(ours)["export"], shown)

    def talk_to_server(self, server, port, *words, **expected):
        """hawser connects; each hears the other."""
        client = self.hawser_connects(port, "--send", "from hawser\n", "--expect", "from openssl",
                                      *words)
        self.assert_agreed(client, version="1.2", **expected)
        server.wait_for("^from hawser")
        server.type("from openssl\n")
        self.assert_good(client, server)
        self.assert_same_export(client, server)
        server.wait_for("^DONE|^shutting down|^CONNECTION CLOSED|ACCEPT[\\s\\S]*ACCEPT|closed")
        return client

    def talk_to_client(self, hawser, client, **expected):
        """openssl connects; what it says comes back."""
        self.assert_agreed(hawser, version="1.2", **expected)
        client.wait_for("Verify return code|^---")
        client.type("there and back\n")
        client.wait_for("there and back")
        self.assert_same_export(hawser, client)
        client.type("Q\n")
        self.assert_good(hawser, client)


class EverySuite(Openssl):
    def test_as_client(self):
        for name, other, signer in SUITES:
            with self.subTest(name):
                identity = theirs(signer) if signer else ("-nocert", *their_psk())
                server, port = self.s_server(*identity, *ciphers(other))
                trust = OUR_TRUST if signer else ours(None)
                self.talk_to_server(server, port, "--suite", name, *trust, suite=name)

    def test_as_server(self):
        for name, other, signer in SUITES:
            with self.subTest(name):
                hawser, port = self.hawser_listens("--suite", name, *ours(signer))
                trust = THEIR_TRUST if signer else their_psk()
                client = self.s_client(port, *ciphers(other), *trust)
                self.talk_to_client(hawser, client, suite=name)


class Features(Openssl):
    def test_what_both_like_best(self):
        server, port = self.s_server(*theirs("ecdsa"))
        self.talk_to_server(server, port, *OUR_TRUST)
        hawser, port = self.hawser_listens(*ours("ecdsa"))
        self.talk_to_client(hawser, self.s_client(port, *THEIR_TRUST), sni=NAME)

    def test_every_group(self):
        for group, other in (("x25519", "X25519"), ("secp256r1", "P-256"),
                             ("secp384r1", "P-384")):
            with self.subTest(group):
                server, port = self.s_server(*theirs("rsa"), "-groups", other)
                self.talk_to_server(server, port, *OUR_TRUST, group=group)
                hawser, port = self.hawser_listens(*ours("rsa"))
                client = self.s_client(port, *THEIR_TRUST, "-groups", other)
                self.talk_to_client(hawser, client, group=group)

    def test_a_certificate_on_a_curve_that_the_client_does_not_take(self):
        hawser, port = self.hawser_listens(*ours("ecdsa"))
        client = self.s_client(port, *THEIR_TRUST, "-groups", "X25519")
        hawser.wait_for("closed .*alert_sent=handshake_failure")
        client.wait_for("alert handshake failure")

    def test_without_extended_master_secret_only_a_psk_and_only_when_allowed(self):
        without = folder() / "no_ems.cnf"
        without.write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                           "[c]\nOptions = -ExtendedMasterSecret\n")
        plain = {"OPENSSL_CONF": str(without)}
        for allowed in (True, False):
            for signer in (None, "ecdsa"):
                with self.subTest(f"{signer} {allowed}"):
                    hawser, port = self.hawser_listens(
                        *ours(signer), *(["--no-ems"] if allowed else []))
                    trust = THEIR_TRUST if signer else their_psk()
                    client = self.start("openssl", "s_client", "-dtls1_2", "-connect",
                                        f"{HOST}:{port}", *EXPORT, *trust, environment=plain)
                    if allowed and signer is None:
                        self.talk_to_client(hawser, client)
                    else:
                        hawser.wait_for("no extended master secret.*alert_sent=handshake_failure")

    def test_client_certificate(self):
        server, port = self.s_server(*theirs("ecdsa"), "-CAfile", pem("authority"),
                                     "-verify_return_error", "-Verify", "3")
        self.talk_to_server(server, port, *OUR_TRUST, *ours("client"))
        server.wait_for("subject=CN = server.example")
        hawser, port = self.hawser_listens(*ours("rsa"), "--ca", pem("authority"))
        client = self.s_client(port, *THEIR_TRUST, *theirs("client"))
        self.assertNotEqual(self.agreed(hawser)["fingerprint"], "-")
        self.talk_to_client(hawser, client)

    def test_a_client_certificate_with_rsa(self):
        server, port = self.s_server(*theirs("ecdsa"), "-CAfile", pem("authority"),
                                     "-verify_return_error", "-Verify", "3")
        self.talk_to_server(server, port, *OUR_TRUST, *ours("rsa"))
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--ca", pem("authority"))
        self.talk_to_client(hawser, self.s_client(port, *THEIR_TRUST, *theirs("rsa")))

    def test_a_client_that_is_asked_for_a_certificate_and_has_none(self):
        server, port = self.s_server(*theirs("ecdsa"), "-CAfile", pem("authority"), "-verify", "3")
        self.talk_to_server(server, port, *OUR_TRUST)
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--ca", pem("authority"))
        client = self.s_client(port, *THEIR_TRUST)
        hawser.wait_for("closed reason=refused.*alert_sent=handshake_failure")
        client.wait_for("alert handshake failure")

    def test_a_certificate_from_a_stranger(self):
        server, port = self.s_server(*theirs("ecdsa"))
        client = self.hawser_connects(port, "--ca", pem("authority"), "--name", "other.example")
        client.wait_for("closed reason=refused: .*name.*alert_sent=bad_certificate")
        server.wait_for("alert bad certificate")
        client = self.hawser_connects(port, "--ca", pem("stranger"), "--name", NAME)
        client.wait_for("closed reason=refused: .*alert_sent=unknown_ca")
        server.wait_for("alert unknown ca")
        hawser, port = self.hawser_listens(*ours("ecdsa"))
        client = self.s_client(port, "-verify_return_error", "-CAfile", pem("stranger"))
        hawser.wait_for("closed reason=refused: unknown_ca.*alert_received=unknown_ca")
        client.wait_for("verify error")

    def test_an_alert_names_the_cause(self):
        server, port = self.s_server(*theirs("ecdsa"), *ciphers("ECDHE-ECDSA-AES128-GCM-SHA256"))
        client = self.hawser_connects(port, *OUR_TRUST, "--suite",
                                      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
        client.wait_for("closed .*alert_received=handshake_failure")
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--suite",
                                           "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
        other = self.s_client(port, *ciphers("ECDHE-ECDSA-AES128-GCM-SHA256"))
        hawser.wait_for("closed .*alert_sent=handshake_failure")
        other.wait_for("alert handshake failure")

    def test_alpn(self):
        server, port = self.s_server(*theirs("ecdsa"), "-alpn", "rope,cable")
        self.talk_to_server(server, port, *OUR_TRUST, "--alpn", "cable", alpn="cable")
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--alpn", "cable")
        client = self.s_client(port, *THEIR_TRUST, "-alpn", "rope,cable")
        self.talk_to_client(hawser, client, alpn="cable")
        client.wait_for("ALPN protocol: cable")

    def test_use_srtp(self):
        server, port = self.s_server(*theirs("ecdsa"), "-use_srtp", "SRTP_AES128_CM_SHA1_80")
        self.talk_to_server(server, port, *OUR_TRUST, "--srtp", srtp="1")
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--srtp")
        client = self.s_client(port, *THEIR_TRUST, "-use_srtp",
                               "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80")
        self.talk_to_client(hawser, client, srtp="7")

    def test_cookies(self):
        server, port = self.s_server(*theirs("ecdsa"), "-listen")
        self.talk_to_server(server, port, *OUR_TRUST)
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--no-cookie")
        self.talk_to_client(hawser, self.s_client(port, *THEIR_TRUST))

    def test_small_datagrams(self):
        server, port = self.s_server(*theirs("rsa"), "-mtu", "280")
        self.talk_to_server(server, port, *OUR_TRUST, "--mtu", "256", *ours("rsa"))
        hawser, port = self.hawser_listens(*ours("rsa"), "--mtu", "256", "--ca", pem("authority"))
        client = self.s_client(port, *THEIR_TRUST, *theirs("rsa"), "-mtu", "280")
        self.talk_to_client(hawser, client)

    def test_a_psk_with_a_hint(self):
        server, port = self.s_server("-nocert", *their_psk(), "-psk_hint", "a hint")
        self.talk_to_server(server, port, *ours(None), psk=PSK_IDENTITY)
        hawser, port = self.hawser_listens(*ours(None), "--psk-hint", "a hint")
        client = self.s_client(port, *their_psk())
        self.talk_to_client(hawser, client, psk=PSK_IDENTITY)
        client.wait_for("PSK identity hint: a hint")

    def test_a_wrong_psk(self):
        hawser, port = self.hawser_listens(*ours(None))
        client = self.s_client(port, "-psk", "ff" * 16, "-psk_identity", "stranger")
        hawser.wait_for("closed .*alert_sent=unknown_psk_identity")
        client.wait_for("alert unknown psk identity")


class Resumption(Openssl):
    def test_as_client(self):
        server, port = self.s_server(*theirs("ecdsa"))
        session = folder() / "session.of.hawser"
        words = (*OUR_TRUST, "--session", session, "--send", "from hawser\n")
        for resumed in "01":
            client = self.hawser_connects(port, *words)
            self.assert_agreed(client, resumed=resumed)
            self.assert_good(client, server)
        server.wait_for("Reused session-id|^Reused")

    def test_as_server(self):
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--connections", "2")
        session = folder() / "session.of.openssl"
        for how, words in (("New", ("-sess_out", session)), ("Reused", ("-sess_in", session))):
            client = self.s_client(port, *THEIR_TRUST, *words)
            client.wait_for(f"^{how}, ")
            client.type("there and back\n")
            client.wait_for("there and back\\s+")
            client.type("Q\n")
            client.finish()
        self.assert_good(hawser)
        self.assertIn("resumed=1", hawser.out)


if __name__ == "__main__":
    run(needs=["openssl"])
