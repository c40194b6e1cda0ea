"""--log and hawser log: every packet in a file that Wireshark opens, and a summary of it."""

import os
import re
import socket
import subprocess
import tempfile

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
                self.assertRegex(summary.out, r"chunks: DATA 2.*INIT 1.*COOKIE ECHO 1")
                self.assertIn("no packet was dropped", summary.out)

    def test_tells_why_packets_were_dropped(self):
        file = self.folder / "log.pcapng"
        listener, port = self.start_listening("listen", "--log", file)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(bytes(40), (self.host, int(port)))
        connector = self.start("connect", *self.to(port))
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        summary = self.run_hawser("log", file)
        self.assertRegex(summary.out, r"(?m)^hawser.* in +(bad_source|bad_checksum|malformed) +1$")

    def test_of_a_file_that_is_cut_shows_what_is_there(self):
        file = self.talk_with_log()
        cut = self.folder / "cut.pcapng"
        cut.write_bytes(file.read_bytes()[:-30])
        summary = self.run_hawser("log", cut, code=5)
        self.assertIn("association 1", summary.out)
        self.assert_says(summary, "what precedes that is shown")

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

    def tshark(self, file, *options):
        with tempfile.TemporaryDirectory() as home:
            shown = subprocess.run(["tshark", "-r", str(file), *options], capture_output=True,
                                   text=True, check=True, timeout=command.WAIT_SECONDS,
                                   env={**os.environ, "HOME": home})
        return shown.stdout.splitlines()


if __name__ == "__main__":
    command.main()
