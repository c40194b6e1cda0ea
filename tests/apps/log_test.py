"""--log and hawser log: every packet in a file that Wireshark opens, and a summary of it."""

import gzip
import os
import re
import socket
import subprocess
import tempfile
import time

import command


class Log(command.CommandTest):

    def talk_with_log(self, *options):
        file = self.folder / "talk.pcapng"
        listener, port = self.start_listening("listen")
        connector = self.start("connect", *self.to(port), "--log", file, "--stream", 5, "--ppid",
                               77, "--dscp", "ef", "--ecn", "ect1", *options)
        connector.type("hello\nworld\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        return file

    def test_sums_up_associations_streams_and_markings(self):
        for host in ("127.0.0.1", "[::1]"):
            with self.subTest(host=host):
                self.host = host
                summary = self.run_hawser("log", self.talk_with_log())
                self.assertRegex(summary.out, r"(?m)^association 1, seen by hawser.* shut down$")
                self.assertRegex(summary.out, r"(?m)^ +initiator +5 +77 +2 +10 +0$")
                self.assertRegex(summary.out, r"(?m)^ +markings: CS0/Not-ECT \d+, EF/ECT\(1\) \d+")
                # On a busy machine something may be sent again.
                self.assertRegex(summary.out, r"chunks: DATA [2-9].*INIT \d.*COOKIE ECHO \d")
                self.assertIn("no packet was dropped", summary.out)

    def log_with_a_stranger(self, *options):
        """A listener's log of one talk, and of a datagram that is none of it."""
        file = self.folder / "log.pcapng"
        listener, port = self.start_listening("listen", "--log", file, *options)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(bytes(40), (self.host, int(port)))
        connector = self.start("connect", *self.to(port))
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        return file

    def test_tells_why_packets_were_dropped(self):
        summary = self.run_hawser("log", self.log_with_a_stranger())
        self.assertRegex(summary.out, r"(?m)^hawser.* in +(bad_source|bad_checksum|malformed) +1$")

    def test_adds_up_to_the_frames_that_wireshark_counts(self):
        self.need("tshark")
        file = self.log_with_a_stranger("--log-view", "both")
        told = self.run_hawser("log", file).out
        first = re.search(r"(?m)^(\d+) frames, .*?: (\d+) packets of SCTP in 1 association, (\d+) "
                          r"of them once more, in the clear, (\d+) of dropped packets", told)
        self.assertTrue(first, told)
        frames, *parts = map(int, first.groups())
        self.assertEqual(frames, sum(parts), told)
        self.assertEqual(frames, len(self.tshark(file)))

    def test_that_gzip_packed_is_read_as_it_is(self):
        plain = self.talk_with_log().read_bytes()
        told = self.run_hawser("log", self.folder / "talk.pcapng").out
        packed = self.folder / "packed"
        half = len(plain) // 2
        for name, contents in (("whole", gzip.compress(plain)),
                               ("in members", gzip.compress(plain[:half]) +
                                gzip.compress(plain[half:half]) + gzip.compress(plain[half:]))):
            with self.subTest(name=name):
                packed.write_bytes(contents)
                self.assertEqual(self.run_hawser("log", packed).out, told)
        # Stored, not deflated: what is cut off is the end of the capture.
        packed.write_bytes(gzip.compress(plain, 0)[:-100])
        cut = self.run_hawser("log", packed, code=5)
        self.assertIn("association 1", cut.out)
        self.assert_says(cut, "the gzip file is cut; what precedes that is shown")
        packed.write_bytes(gzip.compress(plain)[:20] + bytes(100))
        self.assert_says(self.run_hawser("log", packed, code=5), "gzip file is broken|no capture")

    def test_is_read_from_standard_input(self):
        file = self.talk_with_log()
        told = self.run_hawser("log", file).out
        piped = self.start("log", "-")
        piped.type(file.read_bytes())
        self.assert_ends(piped)
        self.assertEqual(piped.out, told)
        nothing = self.start("log", "-")
        self.assert_ends(nothing, 5)
        self.assert_says(nothing, "-: not a capture file")

    def test_sums_up_dtls_too(self):
        file = self.folder / "talk.pcapng"
        listener = self.start("listen", "127.0.0.1:0", "--dtls", "--psk", "abcd")
        port = listener.wait_for(r"^listening for DTLS on .*:(\d+)$").group(1)
        connector = self.start("connect", f"127.0.0.1:{port}", "--dtls", "--psk", "abcd", "--log",
                               file, "--dscp", "ef")
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        out = self.run_hawser("log", file).out
        self.assertRegex(out, r"(?m)^DTLS connection 1, seen by hawser: .*, DTLS 1\.3, TLS_\w+$")
        self.assertRegex(out, rf"(?m)^  server: 127\.0\.0\.1:{port}$")
        self.assertRegex(out, r"(?m)^    handshake: client_hello [12], finished 1$")
        self.assertRegex(out, r"(?m)^    \d+ datagrams, .* records, [1-9]\d* of them sealed$")
        self.assertRegex(out, r"markings: .*EF/Not-ECT [1-9]")

    def test_of_a_file_that_is_cut_shows_what_is_there(self):
        file = self.talk_with_log()
        cut = self.folder / "cut.pcapng"
        cut.write_bytes(file.read_bytes()[:-30])
        summary = self.run_hawser("log", cut, code=5)
        self.assertIn("association 1", summary.out)
        self.assert_says(summary, "what precedes that is shown")

    def test_whose_writer_was_killed_says_that_its_end_is_missing(self):
        file = self.folder / "talk.pcapng"
        listener, port = self.start_listening("listen", "--keep-open")
        connector = self.start("connect", *self.to(port), "-v", "--log", file)
        connector.wait_for(r"^connected to")
        until = time.monotonic() + command.WAIT_SECONDS
        header_bytes = 512  # of a log without packets, at most
        while not (written := [path for path in self.folder.iterdir()
                               if path.stat().st_size > header_bytes]):
            self.assertLess(time.monotonic(), until, "nothing is written")
            time.sleep(0.01)
        connector.kill()
        summary = self.run_hawser("log", written[0])
        self.assertIn("the end of this log is missing", summary.out)
        listener.interrupt()
        self.assert_ends(listener)
        whole = self.run_hawser("log", self.talk_with_log())
        self.assertNotIn("the end of this log", whole.out)

    def test_whose_writer_was_killed_before_its_first_packet_is_told_from_an_empty_one(self):
        file = self.folder / "talk.pcapng"
        listener, _ = self.start_listening("listen", "--log", file)
        until = time.monotonic() + command.WAIT_SECONDS
        while file.stat().st_size == 0:
            self.assertLess(time.monotonic(), until, "nothing is written")
            time.sleep(0.01)
        listener.kill()
        summary = self.run_hawser("log", file)
        self.assertIn("0 frames", summary.out)
        self.assertIn("the end of this log is missing", summary.out)
        file.write_bytes(b"")
        self.assert_says(self.run_hawser("log", file, code=5), "it is empty, .* killed")

    def test_without_a_packet_is_whole(self):
        file = self.folder / "empty.pcapng"
        listener, _ = self.start_listening("listen", "--log", file)
        listener.interrupt()
        self.assert_ends(listener)
        summary = self.run_hawser("log", file)
        self.assertIn("0 frames", summary.out)
        self.assertNotIn("the end of this log", summary.out)

    def test_that_nobody_can_read_is_exit_code_5(self):
        lost = self.start("log", self.talk_with_log(), before=("sh", "-c", 'exec "$@" >/dev/full',
                                                               "sh"))
        self.assert_ends(lost, 5)
        closed = self.start("log", self.talk_with_log(), before=("sh", "-c", 'exec "$@" >&-', "sh"))
        self.assert_ends(closed, 5)
        self.assert_says(closed, "standard output takes nothing: .* or it is closed")

    def test_of_the_wire_alone_is_read_by_tcpdump(self):
        self.need("tcpdump")
        file = self.talk_with_log("--log-view", "wire")
        read = subprocess.run(["tcpdump", "-nr", file], capture_output=True, text=True, check=False)
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertGreater(len(read.stdout.splitlines()), 6)
        summary = self.run_hawser("log", file)
        self.assertRegex(summary.out, r"(?m)^association 1, seen by hawser.* shut down$")

    def test_has_the_views_that_were_asked_for(self):
        self.need("tshark")
        for view, interfaces in (("wire", {"hawser/wire"}), ("clear", {"hawser/clear"}),
                                 ("both", {"hawser/wire", "hawser/clear"})):
            with self.subTest(view=view):
                file = self.talk_with_log("--log-view", view)
                self.assertEqual(self.interfaces(file), interfaces)
        wrong = self.run_hawser("connect", "a", "--log-view", "wire", code=1)
        self.assert_says(wrong, "--log-view requires --log")
        wrong = self.run_hawser("connect", "a", "--log", "x", "--log-view", "inside", code=1)
        self.assert_says(wrong, "inside not in {wire,clear,both}")

    def test_shows_nothing_twice_where_wireshark_knows_the_ports(self):
        self.need("tshark")
        inside = self.own_network()
        listener = self.start("listen", "127.0.0.2:4297", before=inside)
        listener.wait_for("^listening")
        file = self.folder / "talk.pcapng"
        connector = self.start("connect", "127.0.0.2", "--local", "127.0.0.1", "--log", file,
                               before=inside)
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertEqual(self.interfaces(file), {"hawser/wire"})

    def test_opens_in_tshark_with_no_settings(self):
        self.need("tshark")
        # The peer's port is not 9899, so that the clear view has to be there too.
        file = self.talk_with_log()
        lines = self.tshark(file)
        self.assertTrue(any(re.search(r"SCTP .*DATA", line) for line in lines), lines)
        self.assertFalse([line for line in lines if "Malformed" in line])
        fields = self.tshark(file, "-Y", "sctp.chunk_type == 0", "-T", "fields", "-e",
                             "sctp.data_sid", "-e", "sctp.data_payload_proto_id")
        # A packet of two messages has both fields twice.
        seen = {tuple(field.split(",")[0] for field in line.split("\t")) for line in fields}
        self.assertEqual(seen, {("0x0005", "77")})
        wire = self.tshark(file, "-Y", "ip.dsfield.dscp == 46 && ip.dsfield.ecn == 1")
        self.assertTrue(wire)

    def interfaces(self, file):
        """The interfaces that packets are of."""
        return set(self.tshark(file, "-T", "fields", "-e", "frame.interface_name"))

    def tshark(self, file, *options):
        with tempfile.TemporaryDirectory() as home:
            shown = subprocess.run(["tshark", "-r", str(file), *options], capture_output=True,
                                   text=True, check=True, timeout=command.WAIT_SECONDS,
                                   env={**os.environ, "HOME": home})
        return shown.stdout.splitlines()


class LogFile(command.CommandTest):
    """Where --log writes: never over what somebody else writes or needs."""

    OLD = b"\x0a\x0d\x0d\x0a and what an earlier run has written"

    def old_log(self, name="old.pcapng"):
        path = self.folder / name
        path.write_bytes(self.OLD)
        return path

    def test_of_a_run_that_goes_on_is_not_taken_by_another(self):
        file = self.folder / "talk.pcapng"
        listener, port = self.start_listening("listen", "--log", file)
        connector = self.start("connect", *self.to(port), "--keep-open")
        connector.type("hello\n")
        listener.wait_for(r"^hello$", "out")
        second = self.run_hawser("listen", "--udp-port", "0", "--log", file, code=5)
        self.assert_says(second, f"packet log {file}: another program is writing")
        connector.interrupt()
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertIn("; 1 message, 5 B", self.run_hawser("log", file).out)

    def test_is_kept_when_the_rest_of_the_command_line_is_wrong(self):
        file = self.old_log()
        _, port = self.start_listening("listen")
        for arguments, code in ((["connect", "no-such-name.invalid", "--timeout", "5"], 2),
                                (["connect", "[::1"], 2), (["listen", "--udp-port", port], 2),
                                (["listen", "192.0.2.1", "--udp-port", "0"], 2),
                                (["listen", "--dtls"], 1),
                                (["connect", "127.0.0.1", "--dtls"], 1),
                                (["connect", "x.invalid", "--dtls", "--insecure"], 2),
                                (["send", self.folder / "missing", "127.0.0.1"], 5)):
            with self.subTest(arguments=arguments):
                self.run_hawser(*arguments, "--log", file, code=code)
                self.assertEqual(file.read_bytes(), self.OLD)
                new = self.folder / "new.pcapng"
                self.run_hawser(*arguments, "--log", new, code=code)
                self.assertFalse(new.exists())

    def test_is_made_anew_when_all_is_right(self):
        file = self.old_log()
        listener, port = self.start_listening("listen", "--log", file)
        listener.interrupt()
        self.assert_ends(listener)
        self.assertIn("0 frames", self.run_hawser("log", file).out)

    def test_is_made_anew_only_where_a_log_was_before(self):
        file = self.folder / "notes.txt"
        file.write_text("no packet log\n")
        wrong = self.run_hawser("listen", "--log", file, code=1)
        self.assert_says(wrong, "that is no packet log, which it would overwrite")
        self.assertEqual(file.read_text(), "no packet log\n")
        file.write_text("")
        listener, port = self.start_listening("listen", "--log", file)
        listener.interrupt()
        self.assert_ends(listener)
        self.assertIn("0 frames", self.run_hawser("log", file).out)

    def test_is_none_of_the_files_that_are_read_or_printed_into(self):
        key = self.folder / "a.key"
        self.run_hawser("keygen", self.folder / "a.crt", key)
        (self.folder / "link").symlink_to(key)
        os.link(key, self.folder / "hard")
        secret = key.read_bytes()
        for log in (key, self.folder / "link", self.folder / "hard"):
            with self.subTest(log=log):
                wrong = self.run_hawser("listen", "--dtls", "--cert", self.folder / "a.crt",
                                        "--key", key, "--log", log, code=1)
                self.assert_says(wrong, f"packet log {log}: that is the file of --key")
                self.assertEqual(key.read_bytes(), secret)
        file = self.old_log()
        wrong = self.run_hawser("send", file, "127.0.0.1", "--log", file, code=1)
        self.assert_says(wrong, "that is a file to be sent")
        for how, what in (("<", "standard input comes"), (">>", "standard output goes")):
            with self.subTest(how=how):
                shell = ("sh", "-c", f'exec "$@" {how}"{file}"', "sh")
                wrong = self.start("connect", "127.0.0.1", "--log", file, before=shell)
                self.assert_ends(wrong, 1)
                self.assert_says(wrong, what)
        self.assertEqual(file.read_bytes(), self.OLD)

    def test_is_not_replaced_by_a_file_that_arrives(self):
        target = self.folder / "target"
        target.mkdir()
        receiver, port = self.start_listening("receive", target, "--overwrite", "--log",
                                              target / "talk.pcapng")
        file = self.old_log("talk.pcapng")
        sender = self.start("send", file, *self.to(port))
        self.assert_ends(sender, 5)
        self.assert_says(sender, "is the packet log, which is being written")
        self.assert_ends(receiver, 5)
        self.assertIn("association 1", self.run_hawser("log", target / "talk.pcapng").out)

    def test_with_keys_is_for_its_owner_alone(self):
        listening = ("--dtls", "--psk", "0123", "--log-keys")
        for name in ("new.pcapng", self.old_log().name):
            file = self.folder / name
            listener = self.start("listen", "127.0.0.1:0", *listening, "--log", file)
            listener.wait_for("^listening")
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            listener.interrupt()
            self.assert_ends(listener)

    def test_may_be_standard_output_which_then_has_nothing_else(self):
        sent = self.folder / "file"
        sent.write_bytes(bytes(1000))
        receiver, port = self.start_listening("receive", self.folder / "target", "--log", "-")
        sender = self.start("send", sent, *self.to(port), "--log", "-")
        self.assert_ends(sender)
        self.assert_ends(receiver)
        sink, port = self.start_listening("listen", "--sink", "--keep-open", "--log", "-")
        pinger = self.start("ping", *self.to(port), "--log", "-", "--count", 1)
        self.assert_ends(pinger)
        sink.interrupt()
        self.assert_ends(sink)
        for running, says in ((sender, "1 of 1 file whole"), (receiver, "1 of 1 file whole"),
                              (pinger, "smoothed round trip"), (sink, "listening")):
            with self.subTest(words=running.words):
                self.assert_says(running, says)
                file = self.folder / "out.pcapng"
                file.write_bytes(running.collected["out"])
                self.assertIn("association 1", self.run_hawser("log", file).out)

    def test_is_not_standard_output_where_that_has_the_messages(self):
        for arguments in (["listen"], ["connect", "127.0.0.1"],
                          ["connect", "127.0.0.1", "--dtls", "--insecure"]):
            for output in ("-", "/dev/stdout"):
                with self.subTest(arguments=arguments, output=output):
                    wrong = self.run_hawser(*arguments, "--log", output, code=1)
                    self.assert_says(wrong, f"--log {output}: standard output carries the messages")
                    self.assertEqual(wrong.out, "")

    def test_may_be_standard_output_by_the_name_that_the_system_has_for_it(self):
        sink, port = self.start_listening("listen", "--sink")
        pinger = self.start("ping", *self.to(port), "--log", "/dev/stdout", "--count", 1)
        self.assert_ends(pinger)
        sink.interrupt()
        self.assert_ends(sink)
        self.assert_says(pinger, "smoothed round trip")
        file = self.folder / "out.pcapng"
        file.write_bytes(pinger.collected["out"])
        self.assertIn("association 1", self.run_hawser("log", file).out)
        wrong = self.run_hawser("ping", "127.0.0.1", "--log", "/dev/stderr", code=1)
        self.assert_says(wrong, "standard error has what is said to people; .* or - for standard")

    def test_without_a_name_is_refused(self):
        wrong = self.run_hawser("listen", "--log", "", code=1)
        self.assert_says(wrong, '--log: "" is empty; write a FILE.pcapng, or leave it out')

    def test_that_fails_is_told_of_once(self):
        listener, port = self.start_listening("listen", "--keep-open")
        talker = self.start("connect", *self.to(port), "--log", "/dev/full")
        talker.type("hello\n")
        talker.wait_for("^hawser: packet log /dev/full: .*No space left on device.*; going on")
        self.assert_ends(talker, 5)
        self.assertEqual(talker.err.count("packet log /dev/full"), 1, str(talker))
        # It is over before anybody looks, and something else has failed as well.
        lost = self.run_hawser("connect", *self.to(port, 2905), "--log", "/dev/full", code=3)
        self.assert_says(lost, "nobody there listens on SCTP port 2905",
                         "packet log /dev/full: .*No space left on device")
        self.assertEqual(lost.err.count("packet log /dev/full"), 1, str(lost))
        listener.interrupt()
        self.assert_ends(listener)


if __name__ == "__main__":
    command.main()
