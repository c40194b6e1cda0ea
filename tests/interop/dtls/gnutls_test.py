"""DTLS 1.2 against gnutls-serv and gnutls-cli."""

from lab import HOST, LABEL, NAME, PSK, PSK_IDENTITY, InteropTest, folder, free_port, key, pem, run

# The registered name of a suite, GnuTLS's key exchange, cipher and MAC, and whose key signs.
SUITES = [
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "+ECDHE-ECDSA:+AES-128-GCM", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "+ECDHE-ECDSA:+AES-256-GCM", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "+ECDHE-ECDSA:+CHACHA20-POLY1305", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "+ECDHE-ECDSA:+AES-128-CCM", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "+ECDHE-ECDSA:+AES-256-CCM", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "+ECDHE-ECDSA:+AES-128-CCM-8", "ecdsa"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "+ECDHE-ECDSA:+AES-256-CCM-8", "ecdsa"),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "+ECDHE-RSA:+AES-128-GCM", "rsa"),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "+ECDHE-RSA:+AES-256-GCM", "rsa"),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "+ECDHE-RSA:+CHACHA20-POLY1305", "rsa"),
    ("TLS_PSK_WITH_AES_128_GCM_SHA256", "+PSK:+AES-128-GCM", None),
    ("TLS_PSK_WITH_AES_256_GCM_SHA384", "+PSK:+AES-256-GCM", None),
    ("TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", "+PSK:+CHACHA20-POLY1305", None),
    ("TLS_PSK_WITH_AES_128_CCM", "+PSK:+AES-128-CCM", None),
    ("TLS_PSK_WITH_AES_256_CCM", "+PSK:+AES-256-CCM", None),
    ("TLS_PSK_WITH_AES_128_CCM_8", "+PSK:+AES-128-CCM-8", None),
    ("TLS_PSK_WITH_AES_256_CCM_8", "+PSK:+AES-256-CCM-8", None),
    ("TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "+ECDHE-PSK:+CHACHA20-POLY1305", None),
]
UNBUFFERED = ("stdbuf", "-o0")
EVERY = "NORMAL:-VERS-ALL:+VERS-DTLS1.2:+PSK:+ECDHE-PSK"
OUR_TRUST = ("--ca", pem("authority"), "--name", NAME, "--sni", NAME)
TALK = ("--send", "from hawser\n", "--expect", "from hawser")


def only(suite):
    """The priority string that allows one suite."""
    return f"NONE:+VERS-DTLS1.2:+COMP-NULL:+AEAD:+GROUP-ALL:+SIGN-ALL:+CTYPE-X509:{suite}"


def ours(signer):
    if signer is None:
        return ("--psk", PSK, "--psk-identity", PSK_IDENTITY)
    return ("--cert", pem(signer), "--key", key(signer))


def psk_file():
    made = folder() / "psk.txt"
    made.write_text(f"{PSK_IDENTITY}:{PSK}\n")
    return made


class Gnutls(InteropTest):
    def serv(self, signer, priority, *words):
        port = free_port()
        identity = ("--pskpasswd", psk_file())
        if signer:
            identity = ("--x509certfile", pem(signer), "--x509keyfile", key(signer))
        server = self.start(*UNBUFFERED, "gnutls-serv", "--udp", "--echo", f"--port={port}",
                            "--priority", priority, *identity, *words)
        server.wait_for("listening on IPv4|Echo Server")
        return server, port

    def cli(self, port, signer, priority, *words):
        trust = ("--pskusername", PSK_IDENTITY, "--pskkey", PSK)
        if signer:
            trust = ("--x509cafile", pem("authority"), f"--verify-hostname={NAME}",
                     f"--sni-hostname={NAME}")
        return self.start(*UNBUFFERED, "gnutls-cli", "--udp", f"--port={port}", "--priority",
                          priority, f"--keymatexport={LABEL}", "--keymatexportsize=20", *trust,
                          *words, HOST)

    def talk_to_server(self, server, port, *words, **expected):
        client = self.hawser_connects(port, *TALK, *words)
        self.assert_agreed(client, version="1.2", **expected)
        self.assert_good(client, server)

    def talk_to_client(self, hawser, client, **expected):
        self.assert_agreed(hawser, version="1.2", **expected)
        client.wait_for("Simple Client Mode")
        client.type("there and back\n")
        client.wait_for("^there and back")
        shown = client.wait_for("Key material: ([0-9a-f]+)").group(1)
        self.assertEqual(self.agreed(hawser)["export"], shown)
        client.process.stdin.close()
        self.assert_good(hawser, client)

    def test_every_suite_as_client(self):
        for name, words, signer in SUITES:
            with self.subTest(name):
                server, port = self.serv(signer, only(words))
                trust = OUR_TRUST if signer else ours(None)
                self.talk_to_server(server, port, "--suite", name, *trust, suite=name)

    def test_every_suite_as_server(self):
        for name, words, signer in SUITES:
            if "ECDHE-PSK" in words:
                continue  # gnutls-cli 3.7.9 crashes with it, against gnutls-serv too
            with self.subTest(name):
                hawser, port = self.hawser_listens("--suite", name, *ours(signer))
                self.talk_to_client(hawser, self.cli(port, signer, only(words)), suite=name)

    def test_what_both_like_best(self):
        for signer in ("ecdsa", "rsa", None):
            with self.subTest(signer):
                server, port = self.serv(signer, EVERY)
                self.talk_to_server(server, port, *(OUR_TRUST if signer else ours(None)))
                hawser, port = self.hawser_listens(*ours(signer))
                client = self.cli(port, signer, EVERY.replace(":+ECDHE-PSK", ""))
                self.talk_to_client(hawser, client)

    def test_a_psk_without_extended_master_secret(self):
        # What OpenConnect's clients offer.
        priority = ("NONE:+VERS-DTLS1.2:+COMP-NULL:+AEAD:+SIGN-ALL:+GROUP-ALL:%COMPAT:"
                    "+PSK:+AES-256-GCM:+AES-128-GCM:%NO_SESSION_HASH")
        hawser, port = self.hawser_listens(*ours(None), "--no-ems")
        self.talk_to_client(hawser, self.cli(port, None, priority), psk=PSK_IDENTITY)
        hawser, port = self.hawser_listens(*ours(None))
        self.cli(port, None, priority)
        hawser.wait_for("no extended master secret.*alert_sent=handshake_failure")
        server, port = self.serv(None, priority)
        self.talk_to_server(server, port, *ours(None), "--no-ems")

    def test_client_certificates(self):
        server, port = self.serv("ecdsa", EVERY, "--require-client-cert", "--verify-client-cert",
                                 "--x509cafile", pem("authority"))
        self.talk_to_server(server, port, *OUR_TRUST, *ours("client"))
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--ca", pem("authority"))
        client = self.cli(port, "ecdsa", EVERY, "--x509certfile", pem("client"), "--x509keyfile",
                          key("client"))
        self.talk_to_client(hawser, client)
        self.assertNotEqual(self.agreed(hawser)["fingerprint"], "-")

    def test_alpn(self):
        server, port = self.serv("ecdsa", EVERY, "--alpn=rope")
        self.talk_to_server(server, port, *OUR_TRUST, "--alpn", "rope", alpn="rope")
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--alpn", "rope")
        self.talk_to_client(hawser, self.cli(port, "ecdsa", EVERY, "--alpn=rope"), alpn="rope")

    def test_use_srtp(self):
        profile = "--srtp-profiles=SRTP_AES128_CM_HMAC_SHA1_80"
        server, port = self.serv("ecdsa", EVERY, profile)
        self.talk_to_server(server, port, *OUR_TRUST, "--srtp", srtp="1")
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--srtp")
        self.talk_to_client(hawser, self.cli(port, "ecdsa", EVERY, profile), srtp="1")

    def test_small_datagrams_and_records(self):
        server, port = self.serv("rsa", EVERY, "--mtu=400")
        self.talk_to_server(server, port, *OUR_TRUST, "--mtu", "256", "--record-limit", "512")
        hawser, port = self.hawser_listens(*ours("rsa"), "--mtu", "256", "--record-limit", "512")
        self.talk_to_client(hawser, self.cli(port, "rsa", EVERY, "--mtu=400"))

    def test_resumption(self):
        server, port = self.serv("ecdsa", EVERY)
        session = folder() / "session.gnutls"
        for resumed in "01":
            self.talk_to_server(server, port, *OUR_TRUST, "--session", session, resumed=resumed)
        hawser, port = self.hawser_listens(*ours("ecdsa"), "--connections", "2")
        client = self.cli(port, "ecdsa", EVERY, "--resume")
        hawser.wait_for("^connected .*resumed=1")
        client.type("there and back\n")
        client.wait_for("^there and back")


if __name__ == "__main__":
    run(needs=["openssl", "gnutls-serv", "gnutls-cli"])
