"""hawser --dtls: who is let in, what is said about it, and keygen."""

import os
import re
import shutil
import stat
import subprocess

import command

PSK = "00112233445566778899aabbccddeeff"
FINGERPRINT = r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}"


class Dtls(command.CommandTest):

    def setUp(self):
        super().setUp()
        self.target = self.folder / "target"
        self.file = self.folder / "file"
        self.file.write_bytes(os.urandom(700_000))

    def pair(self, name="one", *options):
        """A certificate, its key, and its fingerprint."""
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        made = self.run_hawser("keygen", *options, certificate, key)
        return certificate, key, made.out.strip()

    def listen(self, subcommand, *arguments):
        """Starts it on a UDP port that the system chooses; it and that port."""
        running = self.start(subcommand, *arguments, "127.0.0.1:0", "--dtls")
        port = running.wait_for(r"^listening on .*UDP \S+:(\d+)$").group(1)
        return running, port

    def receive(self, *options):
        return self.listen("receive", self.target, *options)

    def send(self, port, *options, code=0):
        sender = self.start("send", self.file, f"127.0.0.1:{port}", "--dtls", *options)
        self.assert_ends(sender, code)
        return sender

    def assert_arrived(self):
        self.assertEqual((self.target / "file").read_bytes(), self.file.read_bytes())

    # --- who is who ---

    def test_files_arrive_from_a_peer_with_the_right_fingerprint(self):
        certificate, key, fingerprint = self.pair()
        receiver, port = self.receive("--cert", certificate, "--key", key)
        sender = self.send(port, "--fingerprint", fingerprint)
        self.assert_ends(receiver)
        self.assert_arrived()
        self.assert_says(sender, rf"DTLS 1\.3, TLS_\w+; the peer's certificate is {fingerprint}$")
        self.assert_says(receiver, r"DTLS 1\.3, TLS_\w+; the peer shows no certificate$")

    def test_files_arrive_with_a_common_key(self):
        receiver, port = self.receive("--psk", PSK, "--psk-identity", "us two", "--alpn", "hws")
        sender = self.send(port, "--psk", PSK, "--psk-identity", "us two", "--alpn", "hws")
        self.assert_ends(receiver)
        self.assert_arrived()
        self.assert_says(receiver, r"ALPN hws; the key named us two$")
        self.assert_says(sender, r"ALPN hws; the key named us two$")

    def test_files_arrive_with_connection_ids(self):
        receiver, port = self.receive("--psk", PSK, "--cid", 8)
        self.send(port, "--psk", PSK, "--cid", 4)
        self.assert_ends(receiver)
        self.assert_arrived()

    def test_files_arrive_from_an_address_that_was_chosen(self):
        receiver, port = self.receive("--psk", PSK)
        self.send(port, "--psk", PSK, "--local", "127.0.0.1", "--timeout", 5)
        self.assert_ends(receiver)
        self.assert_arrived()

    def test_both_sides_may_have_certificates_of_an_authority(self):
        certificate, key, _ = self.pair("server", "--name", "127.0.0.1")
        own, own_key, own_fingerprint = self.pair("client", "--kind", "ed25519")
        receiver, port = self.receive("--cert", certificate, "--key", key, "--ca", own)
        self.send(port, "--ca", certificate, "--cert", own, "--key", own_key)
        self.assert_ends(receiver)
        self.assert_arrived()
        self.assert_says(receiver, f"the peer's certificate is {own_fingerprint}$")

    def test_insecure_takes_anybody_and_says_whom(self):
        certificate, key, fingerprint = self.pair("rsa", "--kind", "rsa")
        receiver, port = self.receive("--cert", certificate, "--key", key)
        sender = self.send(port, "--insecure")
        self.assert_ends(receiver)
        self.assert_says(sender, f"the peer's certificate is {fingerprint}$")

    # --- who is not ---

    def test_another_fingerprint_ends_it_before_anything_is_sent(self):
        certificate, key, _ = self.pair()
        _, _, other = self.pair("other")
        receiver, port = self.receive("--cert", certificate, "--key", key)
        sender = self.send(port, "--fingerprint", other, code=3)
        self.assert_says(sender, r"no DTLS with 127\.0\.0\.1:\d+: the peer's certificate has "
                                 r"another fingerprint; told the peer so with alert "
                                 r"bad_certificate$")
        receiver.wait_for(r"the handshake failed: the peer ended it with alert bad_certificate$")
        self.assertEqual(os.listdir(self.target), [])
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_another_name_ends_it(self):
        certificate, key, _ = self.pair("named", "--name", "alpha.example")
        receiver, port = self.receive("--cert", certificate, "--key", key, "--keep-open")
        sender = self.send(port, "--ca", certificate, code=3)
        self.assert_says(sender, r"no DTLS with .*name.*told the peer so with alert \w+$")
        self.send(port, "--ca", certificate, "--name", "alpha.example")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_another_common_key_ends_it(self):
        receiver, port = self.receive("--psk", PSK)
        sender = self.send(port, "--psk", PSK[::-1], code=3)
        self.assert_says(sender, r"no DTLS with .*the peer ended it with alert \w+$")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_an_unknown_name_of_a_common_key_ends_it(self):
        receiver, port = self.receive("--psk", PSK)
        sender = self.send(port, "--psk", PSK, "--psk-identity", "nobody", code=3)
        self.assert_says(sender, r"no DTLS with .*alert \w+$")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_no_common_application_protocol_ends_it(self):
        receiver, port = self.receive("--psk", PSK, "--alpn", "one")
        sender = self.send(port, "--psk", PSK, "--alpn", "two", code=3)
        self.assert_says(sender, r"alert no_application_protocol$")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_nobody_there_is_told_as_such(self):
        sender = self.send(1, "--psk", PSK, "--timeout", 2, code=3)
        self.assert_says(sender, r"127\.0\.0\.1:1 is unreachable: nobody there listens on UDP port "
                                 r"1 of 127\.0\.0\.1")

    # --- other commands ---

    def test_questions_are_answered_with_their_markings(self):
        listener, port = self.receive("--psk", PSK, "--keep-open")
        ping = self.run_hawser("ping", f"127.0.0.1:{port}", "--dtls", "--psk", PSK, "--count", 2,
                               "--interval", 0, "--class", "ef/ect1")
        self.assertRegex(ping.out, r"there: EF/ECT\(1\) arrived EF/ECT\(1\), 0 hops")
        listener.interrupt()
        self.assert_ends(listener)

    # --- what makes no sense ---

    def refused(self, *words, code=1):
        return self.run_hawser(*words, code=code)

    def test_a_listener_that_cannot_show_who_it_is_says_what_would_do(self):
        self.assert_says(self.refused("receive", self.target, "--dtls"),
                         "--cert FILE --key FILE", "--psk HEX", "hawser keygen")

    def test_a_client_that_cannot_judge_says_what_would_do(self):
        self.assert_says(self.refused("send", self.file, "127.0.0.1:1", "--dtls"),
                         "--fingerprint", "--ca FILE", "--psk HEX", "--insecure")

    def test_options_of_sctp_in_udp_do_not_apply(self):
        for option in ("--udp-port", "--peer-udp-port"):
            self.assert_says(self.refused("send", self.file, "127.0.0.1:1", "--dtls", "--psk", PSK,
                                          option, 9899), f"{option} does not apply with --dtls")

    def test_options_of_dtls_need_dtls(self):
        self.assert_says(self.refused("send", self.file, "127.0.0.1:1", "--psk", PSK),
                         "--psk requires --dtls")
        self.assert_says(self.refused("send", self.file, "127.0.0.1:1", "--log-keys"),
                         "--log-keys requires --log")

    def test_files_that_do_not_fit_are_named(self):
        certificate, key, _ = self.pair()
        _, other, _ = self.pair("other")
        missing = self.folder / "missing"
        common = ("receive", self.target, "127.0.0.1:0", "--dtls")
        self.assert_says(self.refused(*common, "--cert", missing, "--key", key, code=5),
                         f"cannot read {missing}: No such file")
        self.assert_says(self.refused(*common, "--cert", certificate, "--key", other, code=5),
                         f"the key in {other} is not that of the certificate in {certificate}")
        self.assert_says(self.refused(*common, "--cert", key, "--key", key, code=5), "PEM")
        self.assert_says(self.refused(*common, "--cert", certificate), "--cert and --key belong")

    def test_what_is_typed_wrong_is_told(self):
        common = ("send", self.file, "127.0.0.1:1", "--dtls")
        self.assert_says(self.refused(*common, "--fingerprint", "AB:CD"), "no fingerprint")
        wrong = self.refused(*common, "--psk", "secretX")
        self.assert_says(wrong, "no hexadecimal number")
        self.assertNotIn("secretX", wrong.err)

    # --- packet logs ---

    def log_of_a_transfer(self, *options):
        log = self.folder / "log.pcapng"
        receiver, port = self.receive("--psk", PSK, "--log", log, *options)
        self.send(port, "--psk", PSK)
        self.assert_ends(receiver)
        return log

    def tshark(self, log, *options):
        self.need("tshark")
        environment = dict(os.environ, HOME=str(self.folder))
        return subprocess.run(["tshark", "-r", log, *options], env=environment, check=True,
                              capture_output=True, text=True).stdout

    def test_a_log_with_keys_opens_in_wireshark_as_it_is(self):
        log = self.log_of_a_transfer("--log-keys")
        self.assertIn("DTLS", self.tshark(log, "-Y", "dtls.handshake"))
        self.assertRegex(self.tshark(log, "-Y", "sctp"), "DATA")
        self.assertEqual(self.tshark(log, "-Y", "sctp && _ws.malformed"), "")

    def test_a_log_has_no_keys_unless_asked(self):
        without = self.log_of_a_transfer().read_bytes()
        shutil.rmtree(self.target)
        with_keys = self.log_of_a_transfer("--log-keys").read_bytes()
        self.assertIn(b"TRAFFIC_SECRET", with_keys)
        self.assertNotIn(b"TRAFFIC_SECRET", without)


class Keygen(command.CommandTest):

    def test_makes_a_key_that_only_its_owner_reads(self):
        certificate, key = self.folder / "a.crt", self.folder / "a.key"
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        made = self.run_hawser("keygen", certificate, key)
        self.assertRegex(made.out, f"^{FINGERPRINT}\n$")
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.crt", "a.key"])

    def test_makes_what_openssl_understands(self):
        self.need("openssl")
        for kind in ("ecdsa-p256", "ecdsa-p384", "ed25519", "rsa"):
            with self.subTest(kind=kind):
                certificate, key = self.folder / f"{kind}.crt", self.folder / f"{kind}.key"
                made = self.run_hawser("keygen", "--kind", kind, "--name", "alpha.example",
                                       "--name", "10.0.0.1", "--days", 30, certificate, key)
                shown = self.openssl("x509", "-in", certificate, "-noout", "-fingerprint",
                                     "-sha256", "-ext", "subjectAltName")
                self.assertIn(made.out.strip(), shown)
                self.assertRegex(shown, "DNS:alpha.example, IP Address:10.0.0.1")
                public = self.openssl("pkey", "-in", key, "-pubout")
                self.assertEqual(public, self.openssl("x509", "-in", certificate, "-noout",
                                                      "-pubkey"))

    @staticmethod
    def openssl(*words):
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True,
                              text=True).stdout

    def test_replaces_nothing_unless_forced(self):
        certificate, key = self.folder / "a.crt", self.folder / "a.key"
        for taken, other in ((certificate, key), (key, certificate)):
            taken.write_text("precious")
            refused = self.run_hawser("keygen", certificate, key, code=5)
            self.assert_says(refused, f"{re.escape(str(taken))} is there already; --force")
            self.assertEqual(taken.read_text(), "precious")
            self.assertFalse(other.exists())
            taken.unlink()
        certificate.write_text("old")
        key.write_text("old")
        key.chmod(0o644)
        self.run_hawser("keygen", "--force", certificate, key)
        self.assertIn("PRIVATE KEY", key.read_text())
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)


if __name__ == "__main__":
    command.main()
