"""What a person gets wrong: the exit code says which kind, the sentence what would be right."""

import os
import socket
import time

import command


class Usage(command.CommandTest):

    def test_a_bench_whose_peer_dies_says_why(self):
        listener, port = self.start_listening("listen", "--sink", "--keep-open")
        bench = self.start("bench", *self.to(port), "--seconds", 20, "-v")
        bench.wait_for(r"^connected to")
        time.sleep(0.3)
        listener.kill()
        self.assert_ends(bench, 3)
        self.assert_says(bench, r"hawser: the peer became unreachable: Connection refused")

    def test_without_sense_is_explained(self):
        for arguments in ([], ["dance"], ["ping"], ["connect", "a", "--dance"], ["send", "only"],
                          ["listen", "--streams", "0"], ["ping", "a", "--count", "x"]):
            with self.subTest(arguments=arguments):
                self.assert_says(self.run_hawser(*arguments, code=1), "--help")

    def test_with_a_slip_is_told_what_was_meant(self):
        wrong = self.run_hawser("recieve", "incoming", code=1)
        self.assert_says(wrong, 'no subcommand "recieve"; did you mean receive\\?')
        wrong = self.run_hawser("connect", "a", "--dcsp", "ef", code=1)
        self.assert_says(wrong, r"not expected: .*--dcsp.*; did you mean --dscp\?")
        wrong = self.run_hawser("ping", "a", "--hoplimit=3", code=1)
        self.assert_says(wrong, r"did you mean --hop-limit\?")
        for arguments in (["dance"], ["connect", "a", "--dance"]):
            self.assertNotIn("did you mean", self.run_hawser(*arguments, code=1).err)

    def test_of_a_port_names_its_range(self):
        for subcommand in ("listen", "connect"):
            for port in ("99999", "-1"):
                with self.subTest(subcommand=subcommand, port=port):
                    wrong = self.run_hawser(subcommand, "127.0.0.1", f"--udp-port={port}", code=1)
                    self.assert_says(wrong, f"--udp-port: .*{port} not in range .*0 .*65535")

    def test_of_a_number_names_its_range(self):
        for subcommand, option in (("ping", "--count"), ("bench", "--questions"),
                                   ("connect", "--ppid"), ("connect", "--mark"),
                                   ("connect", "--priority")):
            with self.subTest(option=option):
                wrong = self.run_hawser(subcommand, "127.0.0.1", option, -1, code=1)
                self.assert_says(wrong, f"{option}: .*-1 not in range 0 to 4294967295")

    def test_of_a_file_or_an_address_alone_says_which_is_missing(self):
        self.assert_says(self.run_hawser("send", "127.0.0.1", code=1),
                         "FILE is missing before the address 127.0.0.1; write hawser send FILE")
        file = self.small_file()
        self.assert_says(self.run_hawser("send", file, code=1),
                         f"ADDR is missing after the file {file}; write hawser send FILE")

    def test_of_nothing_is_seen(self):
        missing = "No such file or directory"
        for arguments, says in ((["log", ""], f'"": no such capture file \\({missing}\\)$'),
                                (["send", "", "127.0.0.1"], f'cannot read "": {missing}'),
                                (["receive", ""], 'cannot use the folder "": '),
                                (["keygen", "", "x"], 'cannot make "": ')):
            with self.subTest(arguments=arguments):
                wrong = self.run_hawser(*arguments, code=5)
                self.assertRegex(wrong.err.rstrip(), says)
        for option, wanted in (("--log", "FILE.pcapng"), ("--local", "HOST"), ("--cert", "FILE"),
                               ("--key", "FILE"), ("--ca", "FILE"), ("--name", "NAME")):
            with self.subTest(option=option):
                wrong = self.run_hawser("connect", "127.0.0.1", "--dtls", option, "", code=1)
                self.assert_says(wrong, f'{option}: "" is empty; write a {wanted}, or leave it out')

    def test_of_a_pattern_is_told(self):
        file = self.small_file()
        wrong = self.run_hawser("send", file, "127.0.0.1", "--class", "[=ef", code=1)
        self.assert_says(wrong, r'--class \[=ef: in the pattern "\[" a \[ has no \]')
        wrong = self.run_hawser("ping", "127.0.0.1", "--class", "[=ef", code=1)
        self.assert_says(wrong, r'--class \[=ef: "\[=ef" is no DSCP; use a name such as ef')

    def test_of_a_marking_names_those_there_are(self):
        wrong = self.run_hawser("connect", "a", "--dscp", "express", code=1)
        self.assert_says(wrong, '"express" is no DSCP; use a name such as ef')
        wrong = self.run_hawser("connect", "a", "--ecn", "3.5", code=1)
        self.assert_says(wrong, "use not-ect, ect0, ect1 or ce")
        file = self.folder / "file"
        file.touch()
        wrong = self.run_hawser("send", file, "127.0.0.1", "--class", "*.log", code=1)
        self.assert_says(wrong, r"write PATTERN=CLASS, for example '\*.log=cs1'")

    def test_is_taught_by_example(self):
        for subcommand in ("listen", "connect", "send", "receive", "ping", "bench", "log"):
            with self.subTest(subcommand=subcommand):
                shown = self.run_hawser(subcommand, "--help")
                self.assertRegex(shown.out, rf"Examples:\n +hawser {subcommand} ")
        self.assertIn("FILE... ADDR  ", self.run_hawser("send", "--help").out)
        self.assertIn("Exit codes:", self.run_hawser("--help").out)
        self.assertRegex(self.run_hawser("--version").out, r"^hawser \d+\.\d+\.\d+$")


    def test_is_shown_without_what_the_parser_knows_for_itself(self):
        for subcommand in ("listen", "connect", "send", "receive", "ping", "bench", "keygen", "log",
                           None):
            with self.subTest(subcommand=subcommand):
                shown = self.run_hawser(*filter(None, [subcommand]), "--help").out
                self.assertNotRegex(shown, r"\(\d+x\)|\bU?INT\b|\bFLOAT\b|\bTEXT\b|REQUIRED|Needs:"
                                           r"|:\{|\n\n\n")
                self.assertEqual([line for line in shown.splitlines() if len(line) > 100], [])
        self.assertIn("Usage: hawser send [OPTIONS] FILE... ADDR\n",
                      self.run_hawser("send", "--help").out)
        self.assertRegex(self.run_hawser("listen", "--help").out,
                         r"--hop-limit HOPS +IPv4 TTL or IPv6 hop limit \(1 to 255\)\n")


class Address(command.CommandTest):

    def test_that_does_not_parse_is_told_how_to_write_it(self):
        for text in ("", "10.0.0.1:", "10.0.0.1:99999", "[::1:4297", "2001:db8::1:x", "a b",
                     "4297"):
            with self.subTest(text=text):
                wrong = self.run_hawser("connect", text, code=2)
                self.assert_says(wrong, r"write HOST:PORT, for example 10\.0\.0\.1:4297")

    def test_with_a_port_that_there_is_not_is_told_those_there_are(self):
        for arguments, says in ((["connect", "127.0.0.1:99999"], "port: want a number up to 65535"),
                                (["connect", "127.0.0.1:0"], "nobody has port 0"),
                                (["listen", "0"], "no SCTP port; write one from 1 to 65535$"),
                                (["listen", ":99999", "--dtls", "--psk", "ab"],
                                 "no UDP port; write one from 1 to 65535, or 0 for any free one$")):
            with self.subTest(arguments=arguments):
                wrong = self.run_hawser(*arguments, code=2)
                self.assertRegex(wrong.err.rstrip(), says)
                self.assertNotIn("0 to 65535", wrong.err)

    def test_of_another_family_than_ours_is_told(self):
        for ours, theirs in (("::1", "127.0.0.1"), ("127.0.0.1", "[::1]")):
            for dtls in ((), ("--dtls", "--insecure")):
                with self.subTest(ours=ours, dtls=dtls):
                    wrong = self.run_hawser("connect", theirs, "--local", ours, *dtls, code=2)
                    kinds = ["IPv6", "IPv4"] if ":" in ours else ["IPv4", "IPv6"]
                    self.assertIn(f"--local {ours} is {kinds[0]}, and {theirs}:4297 is {kinds[1]}",
                                  wrong.err)

    def test_without_such_a_name_is_told(self):
        wrong = self.run_hawser("connect", "127.0.0.1:1", "--timeout", "nan", code=1)
        self.assert_says(wrong, "nan is not a number")
        wrong = self.run_hawser("connect", "no-such-name.invalid:4297", "--timeout", "5", code=2)
        self.assert_says(wrong, r"no-such-name\.invalid:4297: .*check the spelling")

    def test_that_is_not_ours_cannot_be_listened_on(self):
        wrong = self.run_hawser("listen", "192.0.2.1:4297", "--udp-port", "0", code=2)
        self.assert_says(wrong, "not one of this host's")

    def test_with_a_port_in_use_is_told_to_choose_another(self):
        _, port = self.start_listening("listen")
        wrong = self.run_hawser("listen", "--udp-port", port, code=2)
        self.assert_says(wrong, f"UDP port {port} is in use.*may be a hawser: each on a host "
                                "needs one of its own; .*--udp-port")


class Peer(command.CommandTest):

    def test_that_refuses_is_told_from_one_that_is_not_there(self):
        _, port = self.start_listening("listen", ":4297")
        refused = self.run_hawser("connect", *self.to(port, 2905), code=3)
        self.assert_says(refused, "127.0.0.1:2905 refused.*nobody there listens on SCTP port 2905")

    def test_without_a_route_is_told_from_one_where_nobody_listens(self):
        lost = self.start("connect", "203.0.113.7", before=self.own_network())
        self.assert_ends(lost, 3)
        self.assert_says(lost, r"203\.0\.113\.7:4297 is unreachable: no route leads to that host "
                               r"\(Network is unreachable\)")

    def test_that_is_not_there_is_told_at_once(self):
        for host, family in (("127.0.0.1", socket.AF_INET), ("[::1]", socket.AF_INET6)):
            with self.subTest(host=host), socket.socket(family, socket.SOCK_DGRAM) as taken:
                taken.bind((host.strip("[]"), 0))
                port = taken.getsockname()[1]
                taken.close()
                self.host = host
                wrong = self.run_hawser("connect", *self.to(port), code=3)
                self.assert_says(wrong, f"is unreachable.*UDP port {port}.*--peer-udp-port")

    def test_is_not_the_command_itself(self):
        # Its own UDP port is the one that it calls.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        wrong = self.run_hawser("connect", "127.0.0.1", "--udp-port", port, "--peer-udp-port", port,
                                code=1)
        self.assert_says(wrong, f"UDP port {port} of this host .* leave out --udp-port")

    def test_is_not_the_command_itself_by_any_address_of_this_host(self):
        inside = self.own_network("link add hw0 type veth peer name hw1", "link set hw0 up",
                                  "link set hw1 up", "addr add 10.9.0.1/24 dev hw0",
                                  "addr add 10.9.0.2/24 dev hw0",
                                  "addr add 2001:db8::1/64 dev hw0 nodad",
                                  "addr add 2001:db8::2/64 dev hw0 nodad",
                                  "route add local 10.77.0.0/16 dev lo")
        for host in ("127.0.0.1", "127.0.0.2", "10.9.0.1", "10.9.0.2", "10.77.1.1", "[::1]",
                     "[2001:db8::1]", "[2001:db8::2]"):
            with self.subTest(host=host):
                nobody = self.start("connect", host, before=inside)
                self.assert_ends(nobody, 3)
                self.assert_says(nobody, "is unreachable: nobody there listens on UDP port 9899")
                listener = self.start("listen", f"{host}:4297", before=inside)
                listener.wait_for("^listening")
                connector = self.start("connect", host, before=inside)
                connector.type("hello\n")
                self.assert_ends(connector)
                self.assert_ends(listener)
                self.assertEqual(listener.out, "hello\n")

    def test_that_is_silent_has_a_deadline(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
            mute.bind((self.host, 0))
            port = mute.getsockname()[1]
            for subcommand in ("connect", "ping", "bench"):
                with self.subTest(subcommand=subcommand):
                    wrong = self.run_hawser(subcommand, *self.to(port, timeout=0.3), code=3)
                    self.assert_says(wrong, r"is silent: no answer from UDP port \d+ of 127.0.0.1 "
                                            r"within 0.3 s")

    def test_that_is_no_hawser_gets_no_files_and_no_benchmark(self):
        file = self.small_file()
        port = self.start_foreign_peer()
        sent = self.run_hawser("send", file, *self.to(port, timeout=0.3), code=3)
        self.assert_says(sent, "does not answer as `hawser receive` does")
        benched = self.run_hawser("bench", *self.to(port, timeout=0.3), code=3)
        self.assert_says(benched, "does not answer as `hawser listen` does")

    def test_that_listens_takes_no_files_and_says_so(self):
        file = self.small_file()
        listener, port = self.start_listening("listen")
        sent = self.run_hawser("send", file, *self.to(port), code=3)
        self.assert_says(sent, "this hawser listens for messages; files need `hawser receive`")
        listener.interrupt()
        self.assert_ends(listener)

    def test_that_receives_takes_no_messages_and_says_so(self):
        receiver, port = self.start_listening("receive", self.folder / "target")
        connector = self.start("connect", *self.to(port), "--keep-open")
        connector.type("hello\n")
        self.assert_ends(connector, 3)
        self.assert_says(connector, "this hawser receives files; messages need `hawser listen`")
        receiver.interrupt()
        self.assert_ends(receiver)


class Limit(command.CommandTest):

    def test_of_a_message_is_told(self):
        listener, port = self.start_listening("listen")
        connector = self.start("connect", *self.to(port))
        try:
            connector.type(b"x" * (16 * 1024 * 1024 + 1) + b"\n")
        except BrokenPipeError:
            pass
        self.assert_ends(connector, 7)
        self.assert_says(connector, "above the limit of 16777216 bytes.*--raw")
        self.assert_ends(listener)
        self.assertEqual(listener.out, "")

    def test_is_not_in_the_way_of_the_largest_message(self):
        listener, port = self.start_listening("listen")
        connector = self.start("connect", *self.to(port))
        connector.type(b"x" * (4 * 1024 * 1024) + b"\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertEqual(len(listener.out), 4 * 1024 * 1024 + 1)

    def test_of_streams_is_what_the_peer_granted(self):
        listener, port = self.start_listening("listen", "--streams", 10)
        connector = self.run_hawser("connect", *self.to(port), "--stream", 10, code=7)
        self.assert_says(connector, "stream 10 is beyond the 10 streams .*use 0 to 9")
        listener.interrupt()
        self.assert_ends(listener)


class UnsupportedMarking(command.CommandTest):

    def test_sends_nothing_and_says_so(self):
        listener, port = self.start_listening("listen")
        connector = self.start("connect", *self.to(port), "--flow-label", 5)  # IPv4 has none
        connector.type("hello\n")
        self.assert_ends(connector, 6)
        self.assert_says(connector, r"cannot mark a packet so \(flow label on IPv4.*nothing was "
                                    "sent")
        self.assert_ends(listener)
        self.assertEqual(listener.out, "")

    def test_of_files_sends_none(self):
        file = self.small_file()
        target = self.folder / "target"
        receiver, port = self.start_listening("receive", target)
        sender = self.run_hawser("send", file, *self.to(port), "--flow-label", 5, code=6)
        self.assert_says(sender, r"file: this kernel cannot mark a packet so")
        self.assert_ends(receiver, 3)  # it was announced
        self.assertEqual(os.listdir(target), [])


class File(command.CommandTest):

    def test_that_cannot_be_read_is_told_before_anybody_is_called(self):
        folder = self.folder / "folder"
        folder.mkdir()
        for path, why in ((self.folder / "missing", "No such file"), (folder, "it is a folder")):
            with self.subTest(path=path):
                wrong = self.run_hawser("send", path, "127.0.0.1:4297", code=5)
                self.assert_says(wrong, f"cannot read {path}: {why}")

    def test_without_permission_is_told(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        file = self.folder / "secret"
        file.touch(0o000)
        wrong = self.run_hawser("send", file, "127.0.0.1:4297", code=5)
        self.assert_says(wrong, "Permission denied")

    def test_of_one_name_twice_is_refused(self):
        paths = [self.folder / part / "same" for part in "ab"]
        for path in paths:
            path.parent.mkdir()
            path.touch()
        wrong = self.run_hawser("send", *paths, "127.0.0.1:4297", code=1)
        self.assert_says(wrong, "two files would both arrive as same")

    def test_in_place_of_a_folder_cannot_be_received_into(self):
        file = self.folder / "file"
        file.touch()
        wrong = self.run_hawser("receive", file, "--udp-port", "0", code=5)
        self.assert_says(wrong, f"cannot use the folder {file}: Not a directory")

    def test_in_a_folder_that_may_not_be_written_is_told_at_once(self):
        self.need("unshare", "mount", root=True)
        mount = 'mount -t tmpfs -o ro none "$0" && exec "$@"'
        receiver = self.start("receive", self.folder, "--udp-port", "0",
                              before=("unshare", "--mount", "sh", "-c", mount, str(self.folder)))
        self.assert_ends(receiver, 5)
        self.assert_says(receiver, f"cannot make files in {self.folder}: Read-only file system")

    def test_for_a_packet_log_that_cannot_be_made_is_told_at_once(self):
        for subcommand in (["listen"], ["connect", "127.0.0.1"], ["ping", "127.0.0.1"]):
            with self.subTest(subcommand=subcommand):
                path = self.folder / "missing" / "log.pcapng"
                wrong = self.run_hawser(*subcommand, "--log", path, code=5)
                self.assert_says(wrong, f"packet log {path}: .*folder does not exist")

    def test_that_is_no_capture_is_told(self):
        file = self.folder / "file"
        file.write_text("not a capture at all, but some text")
        self.assert_says(self.run_hawser("log", file, code=5), str(file))
        self.assert_says(self.run_hawser("log", self.folder / "missing", code=5), "missing")

    def test_of_standard_output_that_is_full_ends_the_listener(self):
        listener, port = self.start_listening("listen",
                                              before=("sh", "-c", 'exec "$@" >/dev/full', "sh"))
        connector = self.start("connect", *self.to(port))
        connector.type("hello\n")
        self.assert_ends(listener, 5)
        self.assert_says(listener, "cannot write standard output: No space left on device")
        self.assert_ends(connector)


if __name__ == "__main__":
    command.main()
