"""hawser --dtls: who is let in, what is said about it, and keygen."""

import os
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

import command

PSK = "00112233445566778899aabbccddeeff"
FINGERPRINT = r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}"


class Lossy:
    """Between a client and the server on that port, of whose answers the first alone pass."""

    def __init__(self, server_port, answers):
        self.server = ("127.0.0.1", server_port)
        self.answers = answers
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.bind(("127.0.0.1", 0))
        self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = self.near.getsockname()[1]
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.near.close()
        self.far.close()

    def _carry(self):
        client = None
        while not self.done.is_set():
            for ready in select.select([self.near, self.far], [], [], 0.05)[0]:
                datagram, source = ready.recvfrom(65536)
                if ready is self.near:
                    client = source
                    self.far.sendto(datagram, self.server)
                elif self.answers > 0:
                    self.answers -= 1
                    self.near.sendto(datagram, client)


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
        receiver.wait_for(r"the handshake failed: the peer ended it with alert bad_certificate: it "
                          r"does not take our certificate: ")
        self.assertEqual(os.listdir(self.target), [])
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_another_name_ends_it(self):
        certificate, key, _ = self.pair("named", "--name", "alpha.example")
        receiver, port = self.receive("--cert", certificate, "--key", key, "--keep-open")
        sender = self.send(port, "--ca", certificate, code=3)
        self.assert_says(sender, r"no DTLS with .*certificate is for alpha\.example; the name "
                                 r"wanted is 127\.0\.0\.1, from ADDR .*told the peer so with "
                                 r"alert bad_certificate$")
        self.send(port, "--ca", certificate, "--name", "alpha.example")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_another_common_key_ends_it(self):
        receiver, port = self.receive("--psk", PSK)
        sender = self.send(port, "--psk", PSK[::-1], code=3)
        self.assert_says(sender, r"no DTLS with .*: the peer ended it with alert decrypt_error: "
                                 r"another --psk than its own, ")
        receiver.wait_for(r"the handshake failed: the client does not have the PSK it names; told "
                          r"the peer so with alert decrypt_error$")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_a_key_that_only_one_end_has_ends_it(self):
        certificate, key, _ = self.pair()
        receiver, port = self.receive("--psk", PSK)
        sender = self.send(port, "--insecure", code=3)
        self.assert_says(sender, "alert unknown_psk_identity: it takes only who has its key: --psk")
        receiver.wait_for(r"the handshake failed: the peer came without --psk, or ")
        receiver.interrupt()
        self.assert_ends(receiver)
        receiver, port = self.receive("--cert", certificate, "--key", key)
        sender = self.send(port, "--psk", PSK, code=3)
        self.assert_says(sender, "the peer does not take the key in --psk, but shows a "
                                 "certificate; --fingerprint, --ca or --insecure says which one is "
                                 "right")
        receiver.wait_for(r"alert bad_certificate: .* or a key that both have \(--psk\)$")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_a_certificate_that_is_wanted_and_not_there_ends_it(self):
        certificate, key, fingerprint = self.pair()
        receiver, port = self.receive("--cert", certificate, "--key", key, "--insecure")
        says = (r"no DTLS with 127\.0\.0\.1:\d+: the peer ended it with alert "
                r"certificate_required: it wants a certificate of ours: --cert, --key$")
        self.assertRegex(self.send(port, "--fingerprint", fingerprint, code=3).err.rstrip(), says)
        ping = self.run_hawser("ping", f"127.0.0.1:{port}", "--dtls", "--fingerprint", fingerprint,
                               code=3)
        self.assertRegex(ping.err.rstrip(), says)
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_a_listener_tells_of_a_peer_that_has_it_where_the_other_has_not(self):
        hint = r"^127\.0\.0\.1:\d+ speaks {}: give --dtls to both ends, or to neither$"
        sealed = hint.format("DTLS, and this listener has no --dtls")
        bare = hint.format("SCTP without DTLS, and this listener takes DTLS alone")
        for log in ((), ("--log", self.folder / "log.pcapng")):
            with self.subTest(log=log):
                listener, port = self.start_listening("listen", *log)
                for _ in range(2):
                    wrong = self.run_hawser("connect", f"127.0.0.1:{port}", "--dtls", "--psk", PSK,
                                            "--timeout", 0.5, code=3)
                    self.assert_says(wrong, "is silent.* has the peer --dtls, too,")
                listener.wait_for(sealed)
                self.assertEqual(listener.err.count("speaks"), 1)
                self.host = "127.0.0.1"
                talker = self.start("connect", *self.to(port))
                talker.type("hello\n")
                self.assert_ends(talker)
                self.assert_ends(listener)
                for sealing in (("listen",), ("receive", self.target)):
                    listener = self.start(*sealing, "127.0.0.1:0", "--dtls", "--psk", PSK, *log)
                    port = listener.wait_for(r"^listening .*UDP \S+:(\d+)$").group(1)
                    self.run_hawser("connect", *self.to(port, timeout=0.5), code=3)
                    listener.wait_for(bare)
                    listener.interrupt()
                    self.assert_ends(listener)

    def test_an_unknown_name_of_a_common_key_ends_it(self):
        receiver, port = self.receive("--psk", PSK)
        sender = self.send(port, "--psk", PSK, "--psk-identity", "nobody", code=3)
        self.assert_says(sender, r"no DTLS with .*: the peer ended it with alert "
                                 r"unknown_psk_identity: it has no key of the name in ")
        receiver.wait_for(r"the handshake failed: the peer came without --psk, or with another "
                          r"--psk-identity than ours; told the peer so with alert "
                          r"unknown_psk_identity$")
        receiver.interrupt()
        self.assert_ends(receiver)

    def test_no_common_application_protocol_ends_it(self):
        receiver, port = self.receive("--psk", PSK, "--alpn", "one")
        sender = self.send(port, "--psk", PSK, "--alpn", "two", code=3)
        self.assert_says(sender, r"alert no_application_protocol: no application protocol in "
                                 r"common: --alpn$")
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
        for arguments in (("--cert", key, "--key", key),
                          ("--cert", certificate, "--key", certificate),
                          ("--cert", certificate, "--key", key, "--ca", key)):
            wrong = self.refused(*common, *arguments, code=5)
            self.assert_says(wrong, rf"{arguments[-2]} {arguments[-1]}: .* PEM with")
            self.assertEqual(wrong.err.count("PEM"), 1)
        self.assert_says(self.refused(*common, "--cert", certificate), "--cert and --key belong")

    def test_what_can_never_work_names_its_option(self):
        connecting = ("connect", "127.0.0.1:1", "--dtls", "--psk", PSK)
        for arguments, option in (
                ((*connecting, "--alpn", "a" * 256), "--alpn: an ALPN name has 1 to 255 bytes"),
                ((*connecting, "--psk-identity", "a" * 4097), "--psk-identity: .*4096 bytes"),
                (("ping", "127.0.0.1:1", "--dtls", "--psk", PSK, "--psk-identity", ""),
                 "--psk-identity: a PSK identity has 1 to 4096 bytes"),
                (("listen", "127.0.0.1:0", "--dtls", "--psk", PSK, "--alpn", ""), "--alpn: "),
                (("receive", self.target, "127.0.0.1:0", "--dtls", "--psk", PSK, "--alpn", ""),
                 "--alpn: ")):
            with self.subTest(arguments=arguments):
                self.assert_says(self.refused(*arguments), option)

    def test_what_is_typed_wrong_is_told(self):
        common = ("send", self.file, "127.0.0.1:1", "--dtls")
        for fingerprint in ("AB:CD", ":".join(["AB"] * 48)):
            wrong = self.refused(*common, "--fingerprint", fingerprint)
            self.assert_says(wrong, "no fingerprint: that is SHA-256, 32 bytes in hexadecimal")
            self.assertNotIn("or 48", wrong.err)
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


class Datagrams(command.CommandTest):
    """listen --dtls and connect --dtls: DTLS alone, also with those who know no SCTP."""

    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.folder / "one.crt", self.folder / "one.key"
        self.fingerprint = self.run_hawser("keygen", self.certificate, self.key).out.strip()

    def listen(self, *options):
        listener = self.start("listen", "127.0.0.1:0", "--dtls", *options)
        return listener, listener.wait_for(r"^listening for DTLS on UDP \S+:(\d+)$").group(1)

    def connect(self, port, *options):
        return self.start("connect", f"127.0.0.1:{port}", "--dtls", *options)

    def test_lines_go_both_ways(self):
        listener, port = self.listen("--cert", self.certificate, "--key", self.key)
        connector = self.connect(port, "--fingerprint", self.fingerprint)
        connector.type("hello\n\nworld\n")
        listener.wait_for(r"^hello\n\nworld$", "out")
        listener.type("and back\n")
        connector.wait_for(r"^and back$", "out")
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assert_says(connector, rf"DTLS 1\.3, .*certificate is {self.fingerprint}$")

    def test_fields_tell_what_came_beside_a_record(self):
        listener, port = self.listen("--psk", PSK, "--fields")
        connector = self.connect(port, "--psk", PSK, "--dscp", "ef", "--ecn", "ect1",
                                 "--hop-limit", 42)
        connector.type("one\ntwo\n")
        found = listener.wait_for(r"^epoch 3 sequence (\d+) 3 bytes .*EF ECT\(1\) hop limit 42.* "
                                  r"from 127\.0\.0\.1:\d+\nepoch 3 sequence (\d+) 3 bytes ")
        self.assertGreater(int(found.group(2)), int(found.group(1)))
        self.assert_ends(connector)
        self.assert_ends(listener)

    def test_raw_input_goes_in_datagrams_of_the_size_asked_for(self):
        listener, port = self.listen("--psk", PSK, "--raw", "--fields")
        connector = self.connect(port, "--psk", PSK, "--raw", "--packet-bytes", 600)
        sent = bytes(range(256)) * 20
        connector.type(sent)
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertEqual(listener.collected["out"], sent)
        sizes = [int(size) for size in re.findall(r"sequence \d+ (\d+) bytes", listener.err)]
        self.assertTrue(all(500 < size < 600 for size in sizes[:-1]), sizes)

    def test_a_server_that_refuses_a_client_which_is_up_is_told(self):
        # DTLS 1.3: the client may send with its Finished, and learns after it what the server says
        # to its certificate, or to its having none.
        authority, stranger = self.folder / "other.crt", self.folder / "stranger.crt"
        self.run_hawser("keygen", authority, self.folder / "other.key")
        self.run_hawser("keygen", stranger, self.folder / "stranger.key")
        listener, port = self.listen("--cert", self.certificate, "--key", self.key,
                                     "--ca", authority, "--keep-open")
        shown = ["--cert", stranger, "--key", self.folder / "stranger.key"]
        for credentials, alert in (([], "certificate_required"), (shown, "unknown_ca")):
            for _ in range(5):
                connector = self.connect(port, "--insecure", *credentials)
                connector.type("lost\n")
                self.assert_ends(connector, 3)
                self.assert_says(connector, f"the peer ended it with alert {alert}")
        listener.interrupt()
        self.assert_ends(listener)
        self.assertEqual(listener.out, "")

    def test_a_signal_ends_a_call_that_nobody_answers(self):
        # Somebody has the port, so that ICMP says nothing.
        for number, code, name in ((signal.SIGINT, 130, "Ctrl-C"),
                                   (signal.SIGTERM, 143, "SIGTERM"),
                                   (signal.SIGHUP, 129, "SIGHUP")):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
                silent.bind(("127.0.0.1", 0))
                connector = self.connect(silent.getsockname()[1], "--insecure")
                silent.recv(2000)
                connector.process.send_signal(number)
                self.assert_ends(connector, code)
                self.assert_says(connector, f"stopped by {name} before it was connected")

    def test_a_signal_before_the_handshake_is_acknowledged_is_no_good_end(self):
        # What the server says after its own Finished is lost: the client is up, and knows no more.
        listener, port = self.listen("--psk", PSK, "--keep-open")
        with Lossy(int(port), answers=2) as between:
            connector = self.connect(between.port, "--psk", PSK)
            connector.type("perhaps\n")
            connector.end_input()
            connector.wait_for("DTLS 1.3")
            time.sleep(0.3)
            self.assertIsNone(connector.process.poll(), connector)
            connector.interrupt()
            self.assert_ends(connector, 130)
            self.assert_says(connector, "stopped by Ctrl-C before the peer had acknowledged the "
                             "handshake: whether it has what was sent is not known")
        listener.interrupt()
        self.assert_ends(listener)

    def test_a_server_that_was_killed_is_told_at_once(self):
        listener, port = self.listen("--psk", PSK)
        connector = self.connect(port, "--psk", PSK)
        connector.type("one\n")
        listener.wait_for("^one$", "out")
        listener.process.kill()
        listener.process.wait()
        connector.type("two\n")
        connector.wait_for(r"the network says of 127\.0\.0\.1:\d+: Connection refused; what is "
                           "sent there may be lost")
        self.assert_ends(connector, 3)
        self.assert_says(connector, r"the peer went away \(Connection refused\): what was sent "
                         "last may be lost")

    def test_a_line_above_a_datagram_is_told(self):
        _, port = self.listen("--psk", PSK)
        connector = self.connect(port, "--psk", PSK)
        connector.type("x" * 1300 + "\n")
        self.assert_ends(connector, 7)
        self.assert_says(connector, r"above the limit of 1\d\d\d bytes")

    def test_a_marking_that_cannot_be_set_is_told(self):
        _, port = self.listen("--psk", PSK)
        connector = self.connect(port, "--psk", PSK, "--flow-label", 7)
        connector.type("one\n")
        self.assert_ends(connector, 6)

    def test_a_datagram_that_the_kernel_refuses_is_told(self):
        inside = self.own_network("link set lo mtu 1500")
        self.start("listen", "127.0.0.1:4433", "--dtls", "--psk", PSK,
                   before=inside).wait_for("^listening")
        connector = self.start("connect", "127.0.0.1:4433", "--dtls", "--psk", PSK,
                               "--packet-bytes", 1800, before=inside)
        connector.type("x" * 1700 + "\n")
        self.assert_ends(connector, 6)
        self.assert_says(connector, r"the kernel refused 1 datagram, .*--packet-bytes")

    def test_keep_open_stays_on_both_sides(self):
        listener, port = self.listen("--psk", PSK, "--keep-open")
        for word in ("first", "second"):
            connector = self.connect(port, "--psk", PSK)
            connector.type(f"{word}\n")
            listener.wait_for(f"^{word}$", "out")
            self.assert_ends(connector)
        stays = self.connect(port, "--psk", PSK, "--keep-open")
        stays.end_input()
        listener.wait_for(r"(?s)(?:DTLS 1\.3.*){3}")
        listener.type("still there?\n")
        stays.wait_for(r"^still there\?$", "out")
        listener.interrupt()
        self.assert_ends(listener)
        self.assert_ends(stays)

    def test_a_handshake_that_fails_is_told_on_both_sides(self):
        listener, port = self.listen("--psk", PSK)
        connector = self.connect(port, "--psk", PSK[::-1])
        self.assert_ends(connector, 3)
        self.assert_says(connector, r"no DTLS with .*the peer ended it with alert decrypt_error: ")
        listener.wait_for(r"the handshake failed: .*; told the peer so with alert decrypt_error$")
        listener.interrupt()
        self.assert_ends(listener)

    def test_ipv6_and_connection_ids_and_certificates_of_an_authority(self):
        certificate, key = self.folder / "six.crt", self.folder / "six.key"
        self.run_hawser("keygen", "--name", "::1", certificate, key)
        listener = self.start("listen", "[::1]:0", "--dtls", "--cert", certificate, "--key", key,
                              "--cid", 8, "--alpn", "chat", "--alpn", "other")
        port = listener.wait_for(r"^listening for DTLS on UDP \[::1\]:(\d+)$").group(1)
        connector = self.start("connect", f"[::1]:{port}", "--dtls", "--ca", certificate, "--cid",
                               4, "--alpn", "other")
        connector.type("by name\n")
        listener.wait_for("^by name$", "out")
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assert_says(connector, r"^\[::1\]:\d+: DTLS 1\.3, TLS_\w+, ALPN other; ")

    def test_nothing_that_was_typed_leaves_for_a_stranger(self):
        listener, port = self.listen("--cert", self.certificate, "--key", self.key, "--keep-open")
        stranger = ":".join(["AB"] * 32)
        connector = self.connect(port, "--fingerprint", stranger)
        try:
            connector.type("a secret\n")
        except BrokenPipeError:
            pass  # it had gone already
        self.assert_ends(connector, 3)
        listener.wait_for("the handshake failed: the peer ended it with alert bad_certificate: ")
        listener.interrupt()
        self.assert_ends(listener)
        self.assertEqual(listener.out, "")

    def test_nobody_there_is_told(self):
        connector = self.connect(1, "--psk", PSK, "--timeout", 2)
        self.assert_ends(connector, 3)
        self.assert_says(connector, r"127\.0\.0\.1:1 is unreachable: nobody there listens on UDP "
                                    r"port 1 of 127\.0\.0\.1")

    def test_an_alert_without_a_name_is_told_by_its_number(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind((self.host, 0))
            peer.settimeout(command.WAIT_SECONDS)
            connector = self.connect(peer.getsockname()[1], "--psk", PSK)
            _, sender = peer.recvfrom(65536)
            peer.sendto(bytes.fromhex("15 fefd 0000 000000000000 0002 02 fb"), sender)
            self.assert_ends(connector, 3)
        self.assert_says(connector, r"no DTLS with .*: the peer ended it with alert 251$")

    def test_options_of_sctp_do_not_apply(self):
        for option, *value in (("--stream", 0), ("--ppid", 1), ("--unordered",), ("--streams", 9)):
            for words in (("connect", "127.0.0.1:1"), ("listen", "127.0.0.1:0")):
                refused = self.run_hawser(*words, "--dtls", "--psk", PSK, option, *value, code=1)
                self.assert_says(refused, f"{option} does not apply with --dtls")

    def test_a_log_has_the_handshake(self):
        self.need("tshark")
        log = self.folder / "log.pcapng"
        listener, port = self.listen("--psk", PSK, "--log", log)
        connector = self.connect(port, "--psk", PSK)
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        shown = subprocess.run(["tshark", "-r", log, "-Y", "dtls.handshake"], check=True,
                               env=dict(os.environ, HOME=str(self.folder)), capture_output=True,
                               text=True).stdout
        self.assertIn("Client Hello", shown)

    def test_a_log_with_keys_has_what_was_said(self):
        self.need("tshark", "openssl")
        log = self.folder / "log.pcapng"
        listener, port = self.listen("--cert", self.certificate, "--key", self.key, "--log", log,
                                     "--log-keys")
        # 1.2: what every Wireshark can decrypt.
        client = self.start_program("openssl", "s_client", "-dtls1_2", "-quiet", "-connect",
                                    f"127.0.0.1:{port}")
        listener.wait_for(": DTLS 1")
        client.type("not for everybody\n")
        listener.wait_for("^not for everybody$", "out")
        listener.interrupt()
        self.assert_ends(listener)
        shown = subprocess.run(["tshark", "-r", log, "-Y", "dtls.app_data", "-V"], check=True,
                               env=dict(os.environ, HOME=str(self.folder)), capture_output=True,
                               text=True).stdout
        self.assertIn(b"not for everybody".hex(), shown)


class WithOpenssl(command.CommandTest):
    """connect --dtls and listen --dtls with OpenSSL, which knows 1.2: what is agreed on, what is
    said, and why not."""

    def setUp(self):
        super().setUp()
        self.need("openssl")
        self.certificate, self.key, self.fingerprint = self.pair("own", "--name", "127.0.0.1")

    def pair(self, name, *options):
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        made = self.run_hawser("keygen", *options, certificate, key)
        return certificate, key, made.out.strip()

    def expired_pair(self):
        """One that was good until yesterday."""
        key, certificate = self.folder / "old.key", self.folder / "old.crt"
        request, extensions = self.folder / "old.csr", self.folder / "old.ext"
        extensions.write_text("subjectAltName = IP:127.0.0.1\n")
        for words in (("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key),
                      ("req", "-new", "-key", key, "-subj", "/CN=old", "-out", request),
                      ("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-extfile",
                       extensions, "-out", certificate)):
            subprocess.run(["openssl", *words], check=True, capture_output=True)
        return certificate, key

    def serve(self, *options, certificate=None, key=None):
        """openssl as server; it and its port."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((self.host, 0))
            port = free.getsockname()[1]
        server = self.start_program("openssl", "s_server", "-accept", f"{self.host}:{port}",
                                    "-cert", certificate or self.certificate, "-key",
                                    key or self.key, *(options or ("-dtls1_2",)))
        server.wait_for("^ACCEPT", "out")
        return server, port

    def connect(self, port, *options):
        return self.start("connect", f"{self.host}:{port}", "--dtls", *options)

    def assert_refuses(self, port, *options, says):
        connector = self.connect(port, *options)
        self.assert_ends(connector, 3)
        self.assert_says(connector, rf"no DTLS with 127\.0\.0\.1:{port}: {says}$")

    def listen(self, *options):
        listener = self.start("listen", f"{self.host}:0", "--dtls", "--cert", self.certificate,
                              "--key", self.key, *options)
        return listener, listener.wait_for(r"^listening for DTLS on UDP \S+:(\d+)$").group(1)

    def call(self, port, *options):
        """openssl as client."""
        return self.start_program("openssl", "s_client", "-connect", f"{self.host}:{port}",
                                  *(options or ("-dtls1_2",)))

    def assert_turned_away(self, listener, says):
        listener.wait_for(rf"^127\.0\.0\.1:\d+: the handshake failed: {says}$")
        listener.interrupt()
        self.assert_ends(listener)

    # --- what is said ---

    def test_it_connects_and_lines_go_both_ways(self):
        listener, port = self.listen("--fields")
        client = self.call(port, "-dtls1_2", "-quiet")
        listener.wait_for(r": DTLS 1\.2, TLS_\w+; the peer shows no certificate$")
        client.type("from openssl\n")
        listener.wait_for(r"^from openssl$", "out")
        listener.wait_for(r"^epoch 1 sequence \d+ 13 bytes .*from 127\.0\.0\.1:\d+$")
        listener.type("from hawser\n")
        client.wait_for("from hawser", "out")
        listener.interrupt()
        self.assert_ends(listener)

    def test_it_is_connected_to_and_lines_go_both_ways(self):
        server, port = self.serve()
        connector = self.connect(port, "--fingerprint", self.fingerprint)
        connector.wait_for(rf": DTLS 1\.2, TLS_\w+; .* certificate is {self.fingerprint}$")
        connector.type("from hawser\n")
        server.wait_for("from hawser", "out")
        server.type("from openssl\n")
        connector.wait_for(r"^from openssl$", "out")
        self.assert_ends(connector)

    def test_it_agrees_on_an_application_protocol(self):
        _, port = self.serve("-dtls1_2", "-alpn", "coap,chat")
        connector = self.connect(port, "--fingerprint", self.fingerprint, "--alpn", "chat")
        connector.wait_for(r": DTLS 1\.2, TLS_\w+, ALPN chat; ")
        self.assert_ends(connector)

    def test_it_has_the_same_key(self):
        _, port = self.serve("-dtls1_2", "-psk", PSK, "-psk_identity", "us", "-nocert", "-cipher",
                             "PSK-AES128-GCM-SHA256")
        connector = self.connect(port, "--psk", PSK, "--psk-identity", "us")
        connector.wait_for(r": DTLS 1\.2, TLS_PSK_WITH_AES_128_GCM_SHA256; the key named us$")
        self.assert_ends(connector)

    # --- why not ---

    def test_a_certificate_that_has_expired_is_refused(self):
        certificate, key = self.expired_pair()
        _, port = self.serve(certificate=certificate, key=key)
        self.assert_refuses(port, "--ca", certificate, says="a certificate has expired; told the "
                            "peer so with alert certificate_expired")

    def test_a_client_whose_certificate_has_expired_is_refused(self):
        certificate, key = self.expired_pair()
        listener, port = self.listen("--ca", certificate)
        self.call(port, "-dtls1_2", "-cert", certificate, "-key", key)
        self.assert_turned_away(listener, "a certificate has expired; told the peer so with alert "
                                          "certificate_expired")

    def test_a_certificate_of_another_authority_is_refused(self):
        other, _, _ = self.pair("other", "--name", "127.0.0.1")
        _, port = self.serve()
        self.assert_refuses(port, "--ca", other, says=r".*certificate.*; told the peer so with "
                                                      r"alert unknown_ca")

    def test_a_certificate_for_another_name_is_refused(self):
        certificate, key, _ = self.pair("named", "--name", "alpha.example")
        _, port = self.serve(certificate=certificate, key=key)
        told = "; told the peer so with alert bad_certificate"
        self.assert_refuses(port, "--ca", certificate,
                            says=r"the peer's certificate is for alpha\.example; the name wanted "
                                 rf"is 127\.0\.0\.1, from ADDR \(--name gives another\){told}")
        self.assert_refuses(port, "--ca", certificate, "--name", "beta.example",
                            says=r".* alpha\.example; the name wanted is beta\.example, from "
                                 rf"--name{told}")

    def test_another_fingerprint_is_refused(self):
        _, _, other = self.pair("other")
        _, port = self.serve()
        self.assert_refuses(port, "--fingerprint", other, says="the peer's certificate has another "
                            "fingerprint; told the peer so with alert bad_certificate")

    def test_a_server_without_a_common_cipher_suite_is_told(self):
        _, port = self.serve("-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")
        self.assert_refuses(port, "--insecure",
                            says="the peer ended it with alert handshake_failure: no cipher "
                            r"suite in common, or it wants a key that both have \(--psk\), or a "
                            r"certificate of ours \(--cert, --key\)")

    def test_a_client_without_a_common_cipher_suite_is_told(self):
        listener, port = self.listen()
        client = self.call(port, "-dtls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA")
        self.assert_turned_away(listener, r".*cipher suite.*; told the peer so with alert "
                                          r"handshake_failure")
        client.wait_for("alert handshake failure")

    def test_a_server_that_knows_only_an_older_version_is_told(self):
        _, port = self.serve("-dtls1", "-cipher", "ALL:@SECLEVEL=0")
        self.assert_refuses(port, "--insecure",
                            says=r"the peer ended it with alert "
                                 r"(?:handshake_failure|protocol_version): no .* in common.*")

    def test_a_client_that_knows_only_an_older_version_is_told(self):
        listener, port = self.listen()
        client = self.call(port, "-dtls1", "-cipher", "ALL:@SECLEVEL=0")
        self.assert_turned_away(listener, r".*version.*; told the peer so with alert "
                                          r"protocol_version")
        client.wait_for("alert protocol version")

    def test_a_peer_that_falls_silent_for_another_key_is_told(self):
        # DTLS 1.2 knows no word for it: the Finished of the other one is a forged record.
        _, port = self.serve("-dtls1_2", "-psk", PSK, "-psk_identity", "us", "-nocert", "-cipher",
                             "PSK-AES128-GCM-SHA256")
        self.assert_refuses(port, "--psk", PSK[::-1], "--psk-identity", "us", "--timeout", 2,
                            says=r"the peer answered, but the handshake did not end within 2 s; is "
                            r"--psk the peer's key\?")

        pinger = self.run_hawser("ping", f"127.0.0.1:{port}", "--dtls", "--psk", PSK[::-1],
                                 "--psk-identity", "us", "--timeout", 2, code=3)
        self.assert_says(pinger, "the peer answered, but the handshake did not end within 2 s")

    def test_a_server_that_wants_a_certificate_of_ours_is_told(self):
        _, port = self.serve("-dtls1_2", "-Verify", "1")
        self.assert_refuses(port, "--fingerprint", self.fingerprint,
                            says="the peer ended it with alert handshake_failure: no cipher "
                            r"suite in common, or it wants a key that both have \(--psk\), or a "
                            r"certificate of ours \(--cert, --key\)")


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
