"""hawser ping and bench: answered by every hawser that listens, by others as far as they can."""

import command

ROUND_TRIP = r"\d+(\.\d+)? (us|ms|s)"


class Ping(command.CommandTest):

    def ping(self, port, *options, code=0):
        return self.run_hawser("ping", *self.to(port), "--interval", "0", *options, code=code)

    def assert_there_and_back(self, ping, marking):
        self.assertRegex(ping.out, rf"(?m)^ +1 +{ROUND_TRIP} +there: {marking} arrived {marking}, "
                                   rf"0 hops +back: {marking} arrived {marking}, 0 hops$")

    def test_says_how_markings_arrive_each_way(self):
        for host in ("127.0.0.1", "[::1]"):
            with self.subTest(host=host):
                self.host = host
                listener, port = self.start_listening("listen")
                self.assert_there_and_back(self.ping(port), r"EF/ECT\(1\)")
                listener.interrupt()
                self.assert_ends(listener)

    def test_is_answered_by_a_receiver_and_ends_neither(self):
        for subcommand in (["listen"], ["listen", "--sink"], ["receive", self.folder / "files"]):
            with self.subTest(subcommand=subcommand):
                listener, port = self.start_listening(*subcommand)
                for _ in range(2):
                    self.assert_there_and_back(self.ping(port, "--count", 1), r"EF/ECT\(1\)")
                listener.interrupt()
                self.assert_ends(listener)
                self.assertEqual(listener.out, "")

    def test_has_a_row_for_each_class(self):
        _, port = self.start_listening("listen")
        ping = self.ping(port, "--class", "af41/ect0", "--class", "cs1", "--count", 3,
                         "--size", 5000)
        self.assertRegex(ping.out, r"(?m)^AF41/ECT\(0\) +3 +3 +0 % .* AF41/ECT\(0\) +AF41/ECT\(0\)"
                                   "$")
        self.assertRegex(ping.out, r"(?m)^CS1/Not-ECT +3 +3 +0 % .* CS1/Not-ECT +CS1/Not-ECT$")

    def test_by_heartbeat_sends_no_message_and_knows_the_way_back_alone(self):
        listener, port = self.start_listening("listen", "-v")
        ping = self.ping(port, "--heartbeat", "--count", 2)
        self.assertRegex(ping.out, rf"(?m)^ +1 +{ROUND_TRIP} +there: not known +back: arrived ")
        self.assertNotIn("ppid", listener.err)

    def test_of_a_foreign_peer_falls_back_to_heartbeats_and_says_so(self):
        ping = self.ping(self.start_foreign_peer(), "--count", 2, "--wait", "0.3")
        self.assert_says(ping, "the peer does not answer as a hawser does.*HEARTBEAT")
        self.assertRegex(ping.out, rf"(?m)^ +3 +{ROUND_TRIP} +there: not known +back: arrived CS0")
        self.assertRegex(ping.out, r"(?m)^EF/ECT\(1\) +2 +2 +0 % .* not known +CS0")

    def test_stops_at_ctrl_c_with_its_summary(self):
        _, port = self.start_listening("listen")
        ping = self.start("ping", *self.to(port), "--count", 0, "--interval", 60)
        ping.wait_for(r"there: EF", "out")
        ping.interrupt()
        self.assert_ends(ping)
        self.assertRegex(ping.out, r"(?m)^EF/ECT\(1\) +1 +1 +0 %")


class Bench(command.CommandTest):

    def test_counts_what_has_arrived(self):
        listener, port = self.start_listening("listen", "--keep-open")
        bench = self.run_hawser("bench", *self.to(port), "--seconds", "0.2", "--size", 100,
                                "--size", 20000, "--parallel", 3, "--questions", 10,
                                "--dscp", "af41")
        self.assertRegex(bench.out, r"(?m)^ +100 +[1-9]\d+ .* AF41/Not-ECT$")
        self.assertRegex(bench.out, r"(?m)^ +20000 +[1-9]\d+ .* AF41/Not-ECT$")
        self.assertRegex(bench.out, r"(?m)^round trip of 64 bytes, 10 times: min ")
        listener.interrupt()
        self.assert_ends(listener)
        self.assertEqual(listener.out, "")


if __name__ == "__main__":
    command.main()
