"""Options that make no sense together are refused before anything begins."""

import command

PSK = "ab" * 16
FINGERPRINT = ":".join(["AB"] * 32)


class Contradiction(command.CommandTest):

    def assert_refused(self, says, *arguments):
        with self.subTest(arguments=arguments):
            self.assert_says(self.run_hawser(*arguments, code=1), says)

    def test_between_anybody_and_the_right_peer_is_refused(self):
        for rule in (("--ca", "ca.pem"), ("--name", "alpha.example"), ("--psk", PSK),
                     ("--fingerprint", FINGERPRINT)):
            says = f"--insecure takes anybody, {rule[0]} the right peer alone"
            for subcommand in (("connect", "127.0.0.1"), ("listen",), ("ping", "127.0.0.1"),
                               ("receive", self.folder / "target")):
                self.assert_refused(says, *subcommand, "--dtls", "--insecure", *rule)
        self.assertFalse((self.folder / "target").exists())

    def test_of_a_name_without_what_has_names_is_refused(self):
        self.assert_refused("--name is looked at with --ca only", "connect", "127.0.0.1", "--dtls",
                            "--psk", PSK, "--name", "alpha.example")
        self.assert_refused("--psk-identity requires --psk", "connect", "127.0.0.1", "--dtls",
                            "--fingerprint", FINGERPRINT, "--psk-identity", "us")

    def test_of_keys_with_a_log_that_needs_none_is_refused(self):
        log = ("--log", self.folder / "talk.pcapng", "--log-keys")
        self.assert_refused("without --dtls there are no keys", "ping", "127.0.0.1", *log)
        self.assert_refused("--log-keys does not apply with --log-view clear", "ping", "127.0.0.1",
                            "--dtls", "--psk", PSK, *log, "--log-view", "clear")
        self.assertFalse((self.folder / "talk.pcapng").exists())

    def test_of_udp_with_raw_ip_is_refused(self):
        for option in (("--udp-port", 9900), ("--peer-udp-port", 9900), ("--dtls", "--psk", PSK)):
            self.assert_refused(f"{option[0]} does not apply with --raw-ip", "connect", "127.0.0.1",
                                "--raw-ip", *option)
        self.assert_refused("--udp-port does not apply with --raw-ip", "listen", "--raw-ip",
                            "--udp-port", 0)

    def test_of_messages_with_a_sink_is_refused(self):
        for option in (("--raw",), ("--fields",), ("--stream", 1), ("--ppid", 1), ("--unordered",),
                       ("--dscp", "ef"), ("--mark", 1)):
            for dtls in ((), ("--dtls", "--psk", PSK)):
                self.assert_refused(f"{option[0]} does not apply with --sink", "listen", "--sink",
                                    *option, *dtls)

    def test_of_a_message_with_a_heartbeat_is_refused(self):
        for option in (("--stream", 1), ("--size", 100)):
            self.assert_refused(f"{option[0]} does not apply with --heartbeat", "ping",
                                "127.0.0.1", "--heartbeat", *option)

    def test_of_a_marking_with_the_classes_of_a_ping_is_refused(self):
        for option in (("--dscp", "af41"), ("--ecn", "ect0")):
            self.assert_refused(f"{option[0]} does not apply with --class", "ping", "127.0.0.1",
                                "--class", "ef", *option)

    def test_of_a_stream_with_so_many_streams_is_refused(self):
        for subcommand in (("connect", "127.0.0.1"), ("listen",), ("ping", "127.0.0.1")):
            self.assert_refused("--stream 5 is beyond --streams 5, which are 0 to 4", *subcommand,
                                "--streams", 5, "--stream", 5)
        self.assert_refused("--streams 5 are too few: --parallel needs 6", "bench", "127.0.0.1",
                            "--streams", 5, "--parallel", 6)
        for subcommand in (("send", __file__, "127.0.0.1"), ("receive", self.folder / "target")):
            self.assert_refused("--streams 1 are too few: a transfer of files needs 2", *subcommand,
                                "--streams", 1)


if __name__ == "__main__":
    command.main()
