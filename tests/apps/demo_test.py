"""scripts/demo: what it shows, and the packet log that it leaves."""

import os
import pathlib
import re
import struct
import subprocess

import command

DEMO = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "demo"
INTERFACE, ENHANCED_PACKET, SECRETS = 1, 6, 10
INTERFACE_NAME, PACKET_ID = 2, 5


def blocks(data):
    """The blocks of a pcapng file: their types and bodies."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at + 8:at + length - 4]
        at += length


def option(options, wanted):
    """The value of an option; None when it is not there."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from("<HH", options, at)
        if code == wanted:
            return options[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return None


def packet_ids(data):
    """The ids of the packets on each interface, by its name."""
    interfaces = []
    for kind, body in blocks(data):
        if kind == INTERFACE:
            interfaces.append((option(body[8:], INTERFACE_NAME).decode(), []))
        elif kind == ENHANCED_PACKET:
            index, captured = struct.unpack_from("<I8xI", body)
            beside = body[20 + (captured + 3) // 4 * 4:]
            interfaces[index][1].append(option(beside, PACKET_ID))
    return dict(interfaces)


class Demo(command.CommandTest):

    def show(self, *options, code=0):
        demo = subprocess.run([DEMO, *options], cwd=self.folder, capture_output=True, text=True,
                              env=dict(os.environ, HAWSER=command.program()), check=False)
        self.assertEqual(demo.returncode, code, f"{demo.stdout}\n{demo.stderr}")
        return demo.stdout

    def log(self):
        return (self.folder / "demo.pcapng").read_bytes()

    def assert_shows_files_and_questions(self, shown):
        self.assertRegex(shown, r"(?m)^EF/ECT\(1\) +3 +3 +0 %")
        table = shown.partition("== what arrived")[2].partition("\n== ")[0]
        for marking in ("AF41/ECT(0)", "CS1", "LE"):
            self.assertIn(marking, table)
        self.assertRegex(shown, r"frames, none malformed, \d+ bytes in demo\.pcapng; all of it in "
                                r"\d+ s")

    def test_help_tells_of_dtls(self):
        self.assertIn("scripts/demo [--dtls | --multihoming]", self.show("--help"))

    def test_other_words_are_refused(self):
        for words in (("--quick",), ("--dtls", "--dtls"), ("here",)):
            self.assertEqual(self.show(*words, code=2), "")

    def test_two_hosts_send_files_in_the_clear(self):
        self.need("tshark", "ip", "ethtool")
        self.assert_shows_files_and_questions(self.show())
        self.assertNotIn(SECRETS, [kind for kind, _ in blocks(self.log())])

    def test_a_file_flows_on_while_a_network_is_cut(self):
        self.need("ip", "ethtool", root=True)
        shown = self.show("--multihoming")
        self.assertRegex(shown, r"(?m)^ +[\d.]+ s +sender +messages go to 10\.50\.2\.2:9899 now$")
        sums = re.findall(r"(?m)^(?:sent|arrived) +12000000 bytes, SHA-256 (\w{64})$", shown)
        self.assertEqual(sums, [sums[0]] * 2, shown)
        gap = re.search(r"== not a byte lost; (\d+) ms from the cut", shown)
        self.assertLess(int(gap.group(1)), 1000, shown)
        kinds = [kind for kind, _ in blocks(self.log())]
        self.assertGreater(kinds.count(ENHANCED_PACKET), 5000)

    def test_two_hosts_send_files_under_dtls(self):
        self.need("tshark", "ip", "ethtool")
        shown = self.show("--dtls")
        self.assert_shows_files_and_questions(shown)
        self.assertRegex(shown, r"(?m)^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$")
        self.assertRegex(shown, r"listening on SCTP port 5000 behind DTLS on UDP")
        self.assertRegex(shown, r"DTLS.* Client Hello")
        self.assertRegex(shown, r"SCTP.* INIT")
        inside = re.search(r"== (\d+) packets of SCTP in the clear", shown).group(1)
        self.assertGreater(int(inside), 1000)

    def test_its_log_has_the_keys_and_equal_numbers_on_both_views(self):
        self.need("tshark", "ip", "ethtool")
        self.show("--dtls")
        kinds = [kind for kind, _ in blocks(self.log())]
        self.assertIn(SECRETS, kinds)
        secrets = b"".join(body for kind, body in blocks(self.log()) if kind == SECRETS)
        for label in (b"CLIENT_TRAFFIC_SECRET_0", b"SERVER_TRAFFIC_SECRET_0"):
            self.assertIn(label, secrets)
        ids = packet_ids(self.log())
        wire = {number for name, numbers in ids.items() if "wire" in name for number in numbers}
        clear = {number for name, numbers in ids.items() if "clear" in name for number in numbers}
        self.assertNotIn(None, wire | clear)
        self.assertGreater(len(clear), 1000)
        self.assertEqual(clear - wire, set())


if __name__ == "__main__":
    command.main()
