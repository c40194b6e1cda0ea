"""hawser listen and hawser connect: messages both ways."""

import signal
import threading
import time

import command


class Talk(command.CommandTest):

    def talk(self, *options, listen=()):
        listener, port = self.start_listening("listen", *listen)
        connector = self.start("connect", *self.to(port), *options)
        return listener, connector

    def test_lines_go_both_ways(self):
        for host in ("127.0.0.1", "[::1]", "localhost"):
            with self.subTest(host=host):
                self.host = host
                listener, connector = self.talk()
                connector.type("hello\n\nworld\n")
                listener.wait_for(r"^hello\n\nworld$", "out")
                listener.type("and back\n")
                connector.wait_for(r"^and back$", "out")
                self.assert_ends(connector)
                self.assert_ends(listener)
                self.assertEqual(listener.out, "hello\n\nworld\n")

    def test_raw_bytes_arrive_as_they_are(self):
        listener, connector = self.talk("--raw", listen=("--raw",))
        sent = bytes(range(256)) * 4096
        connector.type(sent)
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertEqual(listener.collected["out"], sent)

    def test_a_last_line_needs_no_newline(self):
        listener, connector = self.talk()
        connector.type("unfinished")
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertEqual(listener.out, "unfinished\n")

    def test_fields_tell_what_came_beside_a_message(self):
        listener, connector = self.talk("--stream", 3, "--ppid", 46, "--dscp", "ef", "--ecn",
                                        "ect1", "--hop-limit", 42, listen=("--fields",))
        connector.type("one\ntwo\n")
        listener.wait_for(r"^stream 3 ssn 1 .* ppid 46 3 bytes .*EF ECT\(1\) hop limit 42"
                          r".* from 127\.0\.0\.1:\d+$")
        first = listener.wait_for(r"ssn 0 tsn (\d+) ")
        second = listener.wait_for(r"ssn 1 tsn (\d+) ")
        self.assertEqual(int(second.group(1)), (int(first.group(1)) + 1) % 2**32)
        self.assert_ends(connector)
        self.assert_ends(listener)

    def test_fields_tell_of_unordered_messages(self):
        listener, connector = self.talk("--unordered", listen=("--fields",))
        connector.type("1\n")
        listener.wait_for(r"^stream 0 unordered tsn .* 1 byte ")
        self.assert_ends(connector)

    def test_fields_of_ipv6_have_its_flow_label(self):
        self.host = "[::1]"
        listener, connector = self.talk("--flow-label", 0x12345, "--dscp", "af41",
                                        listen=("--fields",))
        connector.type("one\n")
        listener.wait_for(r"AF41 .*from \[::1\]:\d+$")
        self.assert_ends(connector)

    def test_a_listener_goes_on_with_keep_open(self):
        listener, port = self.start_listening("listen", "--keep-open")
        for word in ("first", "second"):
            connector = self.start("connect", *self.to(port))
            connector.type(f"{word}\n")
            listener.wait_for(f"^{word}$", "out")
            self.assert_ends(connector)
        listener.interrupt()
        self.assert_ends(listener)

    def test_a_connector_stays_with_keep_open(self):
        listener, connector = self.talk("--keep-open")
        connector.end_input()
        listener.type("still there?\n")
        connector.wait_for(r"^still there\?$", "out")
        listener.interrupt()
        self.assert_ends(listener)
        self.assert_ends(connector)

    def test_what_is_typed_goes_to_every_peer(self):
        listener, port = self.start_listening("listen", "--keep-open")
        connectors = [self.start("connect", *self.to(port)) for _ in range(3)]
        for number, connector in enumerate(connectors):
            connector.type(f"here is {number}\n")
            listener.wait_for(f"^here is {number}$", "out")
        listener.type("welcome\n")
        for connector in connectors:
            connector.wait_for(r"^welcome$", "out")
            self.assert_ends(connector)
        listener.interrupt()
        self.assert_ends(listener)

    def test_ctrl_c_ends_gracefully_what_was_sent_arrives(self):
        listener, connector = self.talk(listen=("-v",))
        connector.type("the last word\n")
        listener.wait_for(r"^the last word$", "out")
        connector.interrupt()
        self.assert_ends(connector)
        listener.wait_for(r"^the association was shut down$")
        self.assert_ends(listener)

    def test_a_second_ctrl_c_aborts(self):
        listener, connector = self.talk("-v")
        connector.type("hello\n")
        listener.wait_for(r"^hello$", "out")
        listener.process.send_signal(signal.SIGSTOP)  # it does not answer the first one
        connector.interrupt()
        connector.wait_for(r"^stopping; Ctrl-C again aborts$")
        connector.interrupt()
        self.assert_ends(connector, 130)
        listener.process.send_signal(signal.SIGCONT)
        self.assert_ends(listener, 3)
        self.assert_says(listener, r"the peer aborted the association")

    def test_each_signal_ends_as_ctrl_c_does_with_its_own_words_and_exit_code(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            name = number.name
            with self.subTest(signal=name):
                listener, connector = self.talk(listen=("-v",))
                connector.type("the last word\n")
                listener.wait_for(r"^the last word$", "out")
                connector.process.send_signal(number)
                self.assert_ends(connector)
                listener.wait_for(r"^the association was shut down$")
                self.assert_ends(listener)

                listener, connector = self.talk("-v")
                connector.type("hello\n")
                listener.wait_for(r"^hello$", "out")
                listener.process.send_signal(signal.SIGSTOP)
                connector.process.send_signal(number)
                connector.wait_for(rf"^stopping: {name}; a second signal aborts$")
                connector.process.send_signal(number)
                self.assert_ends(connector, code)
                self.assert_says(connector, f"hawser: aborted by {name}")
                listener.process.send_signal(signal.SIGCONT)
                self.assert_ends(listener, 3)
                self.assert_says(listener, r"the peer aborted the association")

    def test_what_has_not_arrived_five_seconds_after_a_signal_is_no_success(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                listener, connector = self.talk(listen=("-v",))
                connector.type("hello\n")
                listener.wait_for(r"^hello$", "out")
                listener.process.send_signal(signal.SIGSTOP)
                connector.type("one\ntwo\nthree\n")
                connector.end_input()
                time.sleep(0.3)
                connector.process.send_signal(number)
                self.assert_ends(connector, code)
                self.assert_says(connector, "before a graceful end: "
                                            r"not acknowledged in time: [34] messages")
                listener.process.send_signal(signal.SIGCONT)
                self.assert_ends(listener, 3)

    def test_a_listener_whose_words_have_not_arrived_after_a_signal_says_so(self):
        listener, connector = self.talk()
        connector.type("hello\n")
        listener.wait_for(r"^hello$", "out")
        connector.process.send_signal(signal.SIGSTOP)
        listener.type("one\n")
        time.sleep(0.3)
        listener.process.send_signal(signal.SIGTERM)
        self.assert_ends(listener, 143)
        self.assert_says(listener, "before a graceful end: not acknowledged in time: 1 message")
        connector.process.send_signal(signal.SIGCONT)
        self.assert_ends(connector, 3)

    def test_a_hangup_that_is_to_be_ignored_is(self):
        listener, port = self.start_listening("listen", "--keep-open", before=("nohup",))
        listener.process.send_signal(signal.SIGHUP)
        connector = self.start("connect", *self.to(port))
        connector.type("hello\n")
        self.assert_ends(connector)
        listener.interrupt()
        self.assert_ends(listener)
        self.assertEqual(listener.out, "hello\n")

    def test_a_ctrl_c_that_comes_after_the_work_is_done_changes_no_exit_code(self):
        listener, port = self.start_listening("listen", "--keep-open")
        for _ in range(5):
            connector = self.start("connect", *self.to(port), "-v")
            connector.wait_for(r"^connected to")
            connector.end_input()
            connector.wait_for(r"^the association was shut down")
            while connector.process.poll() is None:
                connector.interrupt()
                time.sleep(0.002)
            self.assertIn(connector.process.wait(), (0, 130), str(connector))
        listener.interrupt()
        self.assert_ends(listener)

    def test_lines_that_the_peer_did_not_take_are_exit_code_3(self):
        listener, connector = self.talk("-v")
        connector.type("first\n")
        listener.wait_for(r"^first$", "out")
        listener.process.send_signal(signal.SIGSTOP)
        writer = threading.Thread(target=self.write_until_it_is_gone, args=(connector,))
        writer.start()
        time.sleep(0.5)  # its send queue fills up
        listener.process.send_signal(signal.SIGINT)
        listener.process.send_signal(signal.SIGCONT)
        self.assertEqual(connector.process.wait(command.WAIT_SECONDS), 3, str(connector))
        writer.join()

    @staticmethod
    def write_until_it_is_gone(connector):
        try:
            while True:
                connector.process.stdin.write((b"y" * 999 + b"\n") * 1000)
        except (BrokenPipeError, ValueError):
            pass

    def test_a_listening_address_may_be_given(self):
        listener, port = self.start_listening("listen", "127.0.0.1:3000")
        connector = self.start("connect", *self.to(port, 3000))
        connector.type("there\n")
        listener.wait_for(r"^there$", "out")
        self.assert_ends(connector)
        self.assert_ends(listener)

    def test_the_usual_udp_port_may_be_taken_by_the_listener_on_this_host(self):
        listener, port = self.start_listening("listen", "--keep-open")
        connectors = [self.start("connect", f"{self.host}:4297", "--peer-udp-port", port, "-v")
                      for _ in range(2)]
        for connector in connectors:
            connector.wait_for(r"^connected to SCTP port 4297")
        for connector in connectors:
            connector.interrupt()
            self.assert_ends(connector)
        self.assertTrue(any("UDP port 9899 is taken" in c.err for c in connectors))
        listener.interrupt()
        self.assert_ends(listener)

    def test_standard_descriptors_may_be_closed(self):
        listener, port = self.start_listening("listen", "--keep-open")
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed=closed):
                file = self.folder / "talk.pcapng"
                connector = self.start("connect", *self.to(port), "--log", file,
                                       before=("sh", "-c", f'exec "$@" {closed}', "sh"))
                if "<" not in closed:
                    connector.type("hello\n")
                self.assert_ends(connector)
                summary = self.run_hawser("log", file)
                self.assertIn("shut down", summary.out)
                self.assertNotIn("malformed", summary.out)
        listener.interrupt()
        self.assert_ends(listener)
        self.assertEqual(listener.out, "hello\n" * 2)


if __name__ == "__main__":
    command.main()
