"""Why an association did not come up, as hawser connect tells it."""

import socket
import threading

import command
from scripted_peer import (ABORT, COOKIE, COOKIE_ECHO, ERROR, INIT, ScriptedPeer, init_ack, item,
                           parameter)


class Handshake(command.CommandTest):

    def assert_told(self, answers, says, timeout=10):
        """Calls a peer that answers so by type of chunk; what the command then says."""
        peer = ScriptedPeer(self, answers.get)
        connector = self.run_hawser("connect", *self.to(peer.port, timeout=timeout), code=3)
        self.assert_says(connector, rf"(?m)^hawser: 127\.0\.0\.1:4297 {says}$")

    def test_that_is_refused_quotes_the_cause(self):
        nobody = "refused: that host has SCTP, but nobody there listens on SCTP port 4297"
        for causes, says in ((parameter(4, b""), "refused: Out of Resource"),
                             (parameter(12, b"full\n!"), r"refused: full\\x0a!"),
                             (parameter(12, b""), nobody),
                             (parameter(2000, b""), "refused: error cause 2000"), (b"", nobody)):
            with self.subTest(causes=causes):
                self.assert_told({INIT: item(ABORT, causes)}, says)

    def test_that_breaks_a_rule_names_it(self):
        host_name = parameter(11, b"alpha.example\0")
        for answer, says in ((init_ack(parameters=b""), "Missing Mandatory Parameter"),
                             (init_ack(streams=0), "Invalid Mandatory Parameter"),
                             (init_ack(parameters=COOKIE + host_name), "Unresolvable Address"),
                             (init_ack(tag=0), "INIT ACK: its Initiate Tag is 0")):
            with self.subTest(says=says):
                self.assert_told({INIT: answer}, "broke a rule of SCTP: " + says)

    def test_with_cookies_that_are_stale_again_and_again_is_no_silence(self):
        stale = item(ERROR, parameter(3, bytes(4)))
        self.assert_told({INIT: init_ack(), COOKIE_ECHO: stale},
                         "refused: Stale Cookie: .* too old .* when it comes back")

    def test_that_begins_and_then_stops_is_no_silence_from_the_start(self):
        self.assert_told({INIT: init_ack()}, "answered, and then fell silent: the association did "
                         r"not come up within 0\.5 s", timeout=0.5)

    def test_with_what_is_no_sctp_tells_what_came(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind((self.host, 0))

            def answer():
                stranger.sendto(bytes(40), stranger.recvfrom(65536)[1])
            answering = threading.Thread(target=answer)
            answering.start()
            connector = self.run_hawser(
                "connect", *self.to(stranger.getsockname()[1], timeout=0.5), code=3)
            answering.join()
        self.assert_says(connector, r"is silent: no answer from UDP port \d+ of 127\.0\.0\.1 "
                                    r"within 0\.5 s, but what was dropped \(\w+ 1\); is")

    def test_that_one_of_two_addresses_refuses_is_told_at_the_deadline(self):
        refuses = ScriptedPeer(self, {INIT: item(ABORT, parameter(4, b""))}.get)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
            mute.bind(("127.0.0.2", refuses.port))
            connector = self.run_hawser("connect", "127.0.0.1/127.0.0.2:4297", "--udp-port", 0,
                                        "--peer-udp-port", refuses.port, "--timeout", 1, code=3)
        self.assert_says(connector, "refused: Out of Resource")

    def test_in_dtls_that_has_no_sctp_is_no_silence(self):
        listener = self.start("listen", "127.0.0.1:0", "--dtls", "--psk", "abcd", "--keep-open")
        port = listener.wait_for(r"^listening for DTLS on .*:(\d+)$").group(1)
        pinger = self.run_hawser("ping", f"127.0.0.1:{port}", "--dtls", "--psk", "abcd",
                                 "--timeout", 1, code=3)
        self.assert_says(pinger, "has DTLS, but SCTP in it found no answer within 1 s; .*receive")
        listener.interrupt()
        self.assert_ends(listener)


if __name__ == "__main__":
    command.main()
