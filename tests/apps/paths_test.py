"""Hosts with several addresses: how they are written, and what is told of their paths."""

import subprocess

import command

THREE = "127.0.0.1/127.0.0.2/[::1]"
OURS = "127.0.0.11/127.0.0.12/::1"


class SeveralPaths(command.CommandTest):

    def to_one(self, port):
        return ("127.0.0.1:4297", "--peer-udp-port", port, "--udp-port", 0, "--local", OURS)

    def test_are_listened_on_by_one_udp_port_and_told_to_the_peer(self):
        listener, port = self.start_listening("listen", f"{THREE}:4297", "-v")
        self.assert_says(listener, rf"listening on SCTP port 4297 behind UDP 127\.0\.0\.1/"
                                   rf"127\.0\.0\.2/\[::1\]:{port}")
        connector = self.start("connect", *self.to_one(port), "-v")
        for told in (r"^connected .* streams out, \d+ in; 3 paths$",
                     rf"the path to 127\.0\.0\.2:{port} is another way to the peer",
                     rf"the path to \[::1\]:{port} is another way to the peer"):
            connector.wait_for(told)
        listener.wait_for(r"the path to 127\.0\.0\.12:\d+ is another way to the peer")
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_ends(listener)
        self.assertEqual(listener.out, "hello\n")

    def test_are_asked_one_by_one(self):
        _, port = self.start_listening("listen", THREE)
        ping = self.run_hawser("ping", *self.to_one(port), "--paths", "--count", 3,
                               "--interval", 0)
        for address, in_use in (("127.0.0.1", ", in use"), ("127.0.0.2", ""), ("::1", "")):
            for number in (1, 2, 3):
                self.assertRegex(ping.out, rf"(?m)^ +{number} +{address} +active{in_use} +[\d.]+ "
                                           "[mu]s$")
            self.assertRegex(ping.out, rf"(?m)^{address} +3 +3 +0 % .* active{in_use}$")
        self.assertRegex(ping.out, r"(?m)^3 paths to the peer$")

    def test_of_a_peer_that_has_one_are_one(self):
        _, port = self.start_listening("listen", "127.0.0.1", "--keep-open")
        ping = self.run_hawser("ping", *self.to(port), "--paths", "--count", 1)
        self.assertRegex(ping.out, r"(?m)^1 path to the peer$")
        self.assertNotRegex(self.run_hawser("ping", *self.to(port), "--count", 1).out, "path")

    def test_are_counted_at_the_end(self):
        receiver, port = self.start_listening("receive", self.folder / "files", THREE)
        sent = self.run_hawser("send", self.small_file(), *self.to_one(port))
        self.assertRegex(sent.out, r"(?m)^3 paths to the peer$")
        self.assert_ends(receiver)
        self.assertRegex(receiver.out, r"(?m)^3 paths to the peer$")
        _, port = self.start_listening("listen", THREE, "--keep-open")
        self.assertRegex(self.run_hawser("ping", *self.to_one(port), "--count", 1).out,
                         r"(?m)smoothed round trip .*; 3 paths$")
        bench = self.run_hawser("bench", *self.to_one(port), "--seconds", 0.05, "--questions", 1)
        self.assertRegex(bench.out, r"(?m)^3 paths to the peer$")


class OurAddresses(command.CommandTest):

    def test_that_are_not_ours_are_named(self):
        for arguments in (("listen", "127.0.0.1/192.0.2.1/127.0.0.2:4297"),
                          ("connect", "127.0.0.1", "--local", "127.0.0.1/192.0.2.1/127.0.0.2")):
            wrong = self.run_hawser(*arguments, "--udp-port", 0, code=2)
            self.assert_says(wrong, r"address of 192\.0\.2\.1: .*not one of this host's")

    def test_of_which_one_is_taken_is_named(self):
        _, port = self.start_listening("listen", "127.0.0.2")
        wrong = self.run_hawser("listen", "127.0.0.1/127.0.0.2/127.0.0.3", "--udp-port", port,
                                code=2)
        self.assert_says(wrong, rf"UDP port {port} of 127\.0\.0\.2 is in use")

    def test_share_a_port_that_is_free_at_all_of_them(self):
        # The system has two to choose from, and knows only what is taken where it looks first.
        inside = self.own_network()
        subprocess.run([*inside, "sh", "-c",
                        "echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range"], check=True)
        taken = self.start("listen", "127.0.0.2", "--udp-port", 40000, before=inside)
        taken.wait_for("^listening")
        for _ in range(5):
            listener, port = self.start_listening("listen", "127.0.0.1/127.0.0.2", before=inside)
            self.assertEqual(port, "40001")
            listener.interrupt()
            self.assert_ends(listener)

    def test_that_make_no_sense_are_told(self):
        many = "/".join(f"127.0.0.{i}" for i in range(1, 18))
        for ours, says in (("127.0.0.1/127.0.0.1", r"127\.0\.0\.1 is there twice"),
                           ("127.0.0.1/0.0.0.0", r"0\.0\.0\.0 stands for every address"),
                           (many, "17 addresses of ours are too many; 16 is"),
                           ("127.0.0.1/fe80::1", "address of one link"),
                           ("127.0.0.1/no-such-name.invalid", "no-such-name")):
            with self.subTest(ours=ours):
                wrong = self.run_hawser("connect", "127.0.0.1", "--local", ours, code=2)
                self.assert_says(wrong, says)
        wrong = self.run_hawser("listen", f"{many}:4297", code=2)
        self.assert_says(wrong, "17 addresses of ours are too many; 16 is")
        wrong = self.run_hawser("listen", "127.0.0.1/:4297", code=2)
        self.assert_says(wrong, "is no address")

    def test_of_two_families_reach_either(self):
        _, port = self.start_listening("listen", "[::1]")
        self.host = "[::1]"
        self.run_hawser("ping", *self.to(port), "--count", 1, "--local", "127.0.0.1/::1")
        wrong = self.run_hawser("ping", *self.to(port), "--local", "127.0.0.1/127.0.0.2", code=2)
        self.assert_says(wrong, r"--local 127\.0\.0\.1/127\.0\.0\.2 is IPv4, and \[::1\]:4297 is "
                                "IPv6")

    def test_are_one_with_dtls(self):
        for arguments in (("connect", "127.0.0.1", "--local", "127.0.0.1/127.0.0.2", "--insecure"),
                          ("ping", "127.0.0.1", "--local", "127.0.0.1/127.0.0.2", "--insecure"),
                          ("listen", "127.0.0.1/127.0.0.2:4433", "--psk", "ab" * 16),
                          ("receive", self.folder, "127.0.0.1/127.0.0.2:4433", "--psk", "ab" * 16)):
            with self.subTest(arguments=arguments):
                wrong = self.run_hawser(*arguments, "--dtls", code=1)
                self.assert_says(wrong, r"127\.0\.0\.1/127\.0\.0\.2: with --dtls there is one path")


class PingPaths(command.CommandTest):

    def test_takes_no_options_of_messages(self):
        for option in (("--size", 100), ("--stream", 1), ("--class", "ef")):
            wrong = self.run_hawser("ping", "127.0.0.1", "--paths", *option, code=1)
            self.assert_says(wrong, f"{option[0]}.*--paths|--paths.*{option[0]}")


if __name__ == "__main__":
    command.main()
