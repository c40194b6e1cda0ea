"""--idle-timeout: a run that nothing moves ends, and a peer that is gone is missed in time."""

import os
import signal
import threading

import command


class Idle(command.CommandTest):

    SAYS = r"nothing came or went for 1 s \(--idle-timeout\)"

    def test_runs_end_with_a_code_of_their_own(self):
        listener, port = self.start_listening("listen", "--keep-open")
        connector = self.start("connect", *self.to(port), "--idle-timeout", 1)
        connector.process.wait(command.WAIT_SECONDS)
        self.assert_ends(connector, 8)
        self.assert_says(connector, self.SAYS)
        listener.interrupt()
        self.assert_ends(listener)

    def test_listeners_need_not_have_had_a_peer(self):
        for subcommand in (["listen"], ["listen", "--keep-open"],
                           ["receive", self.folder / "target"]):
            with self.subTest(subcommand=subcommand):
                listener, _ = self.start_listening(*subcommand, "--idle-timeout", 1)
                listener.process.wait(command.WAIT_SECONDS)
                self.assert_ends(listener, 8)
                self.assert_says(listener, self.SAYS)

    def test_is_no_run_where_messages_go_either_way(self):
        listener, port = self.start_listening("listen", "--idle-timeout", 1)
        connector = self.start("connect", *self.to(port), "--idle-timeout", 1)
        pause = threading.Event()
        for number in range(5):
            sender, taker = (connector, listener) if number % 2 else (listener, connector)
            sender.type(f"{number}\n")
            taker.wait_for(f"^{number}$", "out")
            pause.wait(0.5)
        self.assert_ends(connector)
        self.assert_ends(listener)

    def test_is_no_run_whose_one_large_message_is_under_way(self):
        self.need("unshare", "tc", "ip", root=True)
        slow = ("ip link set lo up && "
                "tc qdisc add dev lo root tbf rate 4mbit burst 20kb latency 200ms")
        script = (f'{slow} && "$0" listen --sink --idle-timeout 2 & sleep 0.5; '
                  'head -c 1500000 /dev/zero | tr "\\0" x | "$0" connect 127.0.0.1 '
                  '--idle-timeout 2; a=$?; wait $!; echo ended with $a and $?')
        both = self.start_program("unshare", "--net", "sh", "-c", script, command.program())
        self.assert_ends(both)
        self.assertIn("ended with 0 and 0", both.out, str(both))

    def test_datagrams_count_too(self):
        options = ("--dtls", "--psk", "0123", "--idle-timeout", 1)
        listener = self.start("listen", "127.0.0.1:0", *options)
        port = listener.wait_for(r"UDP 127\.0\.0\.1:(\d+)$").group(1)
        connector = self.start("connect", f"127.0.0.1:{port}", *options)
        connector.type("hello\n")
        listener.wait_for("^hello$", "out")
        for running in (connector, listener):
            running.process.wait(command.WAIT_SECONDS)
        self.assert_ends(connector, 8)
        self.assert_says(connector, self.SAYS)

    def test_files_that_stopped_coming_are_not_kept(self):
        pipe = self.folder / "endless"
        os.mkfifo(pipe)
        receiver, port = self.start_listening("receive", self.folder / "target", "--idle-timeout",
                                              1)
        sender = self.start("send", pipe, *self.to(port))
        with pipe.open("wb") as endless:
            endless.write(bytes(100_000))
            endless.flush()
            receiver.process.wait(command.WAIT_SECONDS)
            self.assert_ends(receiver, 8)
        self.assert_ends(sender, 3)
        self.assertEqual(os.listdir(self.folder / "target"), [])


class GonePeer(command.CommandTest):

    SAYS = r"the peer fell silent: no sign of life for 0.75 s"

    def vanish(self, running):
        running.process.send_signal(signal.SIGSTOP)

    def test_is_missed_by_who_talks_to_it(self):
        listener, port = self.start_listening("listen")
        connector = self.start("connect", *self.to(port), "--idle-timeout", 1)
        connector.type("hello\n")
        listener.wait_for("^hello$", "out")
        self.vanish(listener)
        connector.process.wait(10)  # and not minutes
        self.assert_ends(connector, 3)
        self.assert_says(connector, self.SAYS)

    def test_is_missed_by_a_listener(self):
        listener, port = self.start_listening("listen", "--idle-timeout", 1)
        connector = self.start("connect", *self.to(port))
        connector.type("hello\n")
        listener.wait_for("^hello$", "out")
        self.vanish(connector)
        listener.process.wait(10)
        self.assert_ends(listener, 3)
        self.assert_says(listener, self.SAYS)

    def test_is_missed_by_who_sends_files(self):
        pipe = self.folder / "endless"
        os.mkfifo(pipe)
        receiver, port = self.start_listening("receive", self.folder / "target")
        sender = self.start("send", pipe, *self.to(port), "--idle-timeout", 1)
        with pipe.open("wb") as endless:
            endless.write(bytes(100_000))
            endless.flush()
            receiver.wait_for("", "err")
            self.vanish(receiver)
            sender.process.wait(10)
        self.assert_ends(sender, 3)


if __name__ == "__main__":
    command.main()
