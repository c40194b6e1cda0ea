"""hawser send and hawser receive: files arrive whole, or not at all."""

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import threading

import command


class Files(command.CommandTest):

    def setUp(self):
        super().setUp()
        self.source = self.folder / "source"
        self.target = self.folder / "target"
        self.source.mkdir()

    def make(self, name, size, seed=1):
        path = self.source / name
        path.write_bytes(random.Random(seed).randbytes(size))
        return path

    def receive(self, *options, before=()):
        return self.start_listening("receive", self.target, *options, before=before)

    def send(self, port, *arguments, code=0):
        sender = self.start("send", *arguments[:-1], *self.split(arguments[-1]), *self.to(port))
        self.assert_ends(sender, code)
        return sender

    @staticmethod
    def split(last):
        return last if isinstance(last, (list, tuple)) else [last]

    def names(self):
        """Every name in the folder that files go to, hidden ones too."""
        return sorted(os.listdir(self.target))

    def test_arrive_byte_for_byte(self):
        sizes = {"empty": 0, "one": 1, "message": 65536, "message+1": 65537, "large": 9_000_001}
        for host in ("127.0.0.1", "[::1]"):
            with self.subTest(host=host):
                self.host = host
                self.target = self.folder / f"target{len(host)}"
                paths = [self.make(name, size) for name, size in sizes.items()]
                receiver, port = self.receive()
                sender = self.send(port, paths)
                self.assert_ends(receiver)
                self.assertEqual(self.names(), sorted(sizes))
                for path in paths:
                    self.assertEqual((self.target / path.name).read_bytes(), path.read_bytes())
                for running in (sender, receiver):
                    self.assertRegex(running.out, r"(?m)^large +9000001 .* ok$")
                    self.assertIn("5 of 5 files whole", running.out)

    def test_each_have_their_class(self):
        paths = [self.make(name, 300_000) for name in ("a.log", "b.iso", "c.txt")]
        receiver, port = self.receive()
        sender = self.send(port, "--class", "*.log=cs1", "--class", "*.iso=af41/ect0",
                           "--dscp", "ef", paths)
        self.assert_ends(receiver)
        for running in (sender, receiver):
            self.assertRegex(running.out, r"(?m)^a.log .* CS1/Not-ECT +CS1/Not-ECT +ok$")
            self.assertRegex(running.out, r"(?m)^b.iso .* AF41/ECT\(0\) +AF41/ECT\(0\) +ok$")
            self.assertRegex(running.out, r"(?m)^c.txt .* EF/Not-ECT +EF/Not-ECT +ok$")

    def test_go_several_at_once_and_many_after_each_other(self):
        paths = [self.make(f"file{i}", 20_000 + i, seed=i) for i in range(100)]
        receiver, port = self.receive()
        self.send(port, "--parallel", 3, paths)
        self.assert_ends(receiver)
        self.assertEqual(self.names(), sorted(path.name for path in paths))
        for path in paths:
            self.assertEqual((self.target / path.name).read_bytes(), path.read_bytes())

    def test_of_two_senders_are_kept_apart(self):
        receiver, port = self.receive("--keep-open")
        paths = [self.make(f"from{i}", 5_000_000, seed=i) for i in range(2)]
        senders = [self.start("send", path, *self.to(port)) for path in paths]
        for sender in senders:
            self.assert_ends(sender)
        receiver.interrupt()
        self.assert_ends(receiver)
        for path in paths:
            self.assertEqual((self.target / path.name).read_bytes(), path.read_bytes())

    def test_may_come_out_of_a_pipe(self):
        pipe = self.source / "pipe"
        os.mkfifo(pipe)
        bytes_in = random.Random(3).randbytes(3_000_000)
        writer = threading.Thread(target=lambda: pipe.write_bytes(bytes_in), daemon=True)
        writer.start()
        receiver, port = self.receive()
        self.send(port, pipe)
        self.assert_ends(receiver)
        self.assertEqual((self.target / "pipe").read_bytes(), bytes_in)

    def test_come_after_two_dashes_too(self):
        paths = [self.make(name, 10) for name in ("a", "b", "-dash")]
        receiver, port = self.receive()
        address, *options = self.to(port)
        sender = self.start("send", *paths[:2], *options, "--", "-dash", address,
                            before=("sh", "-c", 'program=$(realpath "$1"); shift; cd "$0" && '
                                    'exec "$program" "$@"', self.source))
        self.assert_ends(sender)
        self.assert_ends(receiver)
        self.assertEqual(self.names(), ["-dash", "a", "b"])

    def test_do_not_replace_a_folder_and_learn_so_before_they_are_sent(self):
        path = self.make("there", 1_000_000)
        (self.target / "there").mkdir(parents=True)
        for options in ((), ("--overwrite",)):
            with self.subTest(options=options):
                receiver, port = self.receive(*options)
                sender = self.send(port, path, code=5)
                self.assert_says(sender, "there is a folder, which no file replaces; move it away")
                self.assertNotIn("--overwrite", sender.err)
                self.assert_ends(receiver, 5)
                self.assertEqual(self.names(), ["there"])

    def test_keep_a_file_of_that_name(self):
        path = self.make("kept", 1000)
        self.target.mkdir()
        (self.target / "kept").write_text("the old one")
        receiver, port = self.receive()
        sender = self.send(port, path, code=5)
        self.assert_says(sender, "kept exists already; --overwrite replaces it")
        self.assert_ends(receiver, 5)
        self.assertEqual((self.target / "kept").read_text(), "the old one")
        self.assertEqual(self.names(), ["kept"])

    def test_replace_it_with_overwrite(self):
        path = self.make("replaced", 1000)
        self.target.mkdir()
        (self.target / "replaced").write_text("the old one")
        receiver, port = self.receive("--overwrite")
        self.send(port, path)
        self.assert_ends(receiver)
        self.assertEqual((self.target / "replaced").read_bytes(), path.read_bytes())

    def test_with_strange_names_stay_in_their_folder(self):
        names = [".profile", "a\nb", "back\\slash", "-v", "ü" * 120]
        paths = [self.make(name, 10) for name in names]
        receiver, port = self.receive()
        self.send(port, paths)
        self.assert_ends(receiver)
        self.assertEqual(self.names(),
                         sorted(["_profile", "a_b", "back_slash", "-v", "ü" * 100]))

    def test_whose_names_are_one_here_are_all_kept(self):
        long = "l" * 220
        names = [".x", "_x", "a\nb.txt", "a_b.txt", "a\\b.txt", long + "1.log", long + "2.log"]
        paths = [self.make(name, 1000, seed=name) for name in names]
        for options in ((), ("--overwrite",)):
            with self.subTest(options=options):
                self.target = self.folder / f"target{len(options)}"
                self.target.mkdir()
                (self.target / "_x-2").write_text("another's")
                receiver, port = self.receive(*options)
                sender = self.send(port, paths)
                self.assert_ends(receiver)
                self.assertEqual(self.names(), sorted(["_x", "_x-2", "_x-3", "a_b.txt",
                                                       "a_b-2.txt", "a_b-3.txt",
                                                       "l" * 196 + ".log", "l" * 194 + "-2.log"]))
                self.assertEqual((self.target / "_x-2").read_text(), "another's")
                self.assertEqual(sorted(path.read_bytes() for path in paths),
                                 sorted((self.target / name).read_bytes()
                                        for name in self.names() if name != "_x-2"))
                self.assert_says(receiver, r"(?m)^_x(-3)?: the sender calls it \.x$")
                self.assert_says(sender, r"(?m)^\.x: at the receiver: kept as _x(-3)?$")

    def test_of_a_sender_that_dies_leave_nothing(self):
        whole = self.make("whole", 100_000)
        with self.underway(whole) as (receiver, sender, _):
            self.wait_until(lambda: "whole" in self.names())
            sender.interrupt()
            self.assertEqual(sender.finish(), 130, str(sender))
        self.assert_ends(receiver, 3)
        self.assertEqual(self.names(), ["whole"])
        self.assertIn("the sender went before the whole file was here", receiver.out)

    def test_for_a_folder_that_is_gone_say_so(self):
        folder = self.folder / "in"
        receiver, port = self.start_listening("receive", folder)
        folder.rmdir()
        sender = self.start("send", self.small_file(), *self.to(port))
        self.assertNotEqual(sender.finish(), 0, str(sender))
        self.assert_says(sender, "No such file or directory")
        receiver.interrupt()
        receiver.finish()

    def test_of_a_receiver_that_was_killed_say_why_it_ended(self):
        with self.underway() as (receiver, sender, endless):
            receiver.kill()
            endless.write(bytes(1_000_000))
            endless.flush()
            self.assertEqual(sender.finish(), 3, str(sender))
        self.assert_says(sender, "1 of 1 file did not arrive; .*; the peer became unreachable: "
                                 "Connection refused")
        self.assertEqual(self.names(), [])

    def test_of_a_receiver_that_was_killed_are_removed_where_they_need_a_name(self):
        # Without /proc, a file without a name gets none.
        self.need("unshare", "mount", root=True)
        without = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")
        with self.underway(before=without) as (receiver, _, _):
            self.assertEqual([name[:16] for name in self.names()], [".endless.hawser-"])
            second, _ = self.receive(before=without)
            self.assertEqual(len(self.names()), 1, "somebody is writing it")
            self.assertNotIn("removed", second.err)
            second.interrupt()
            self.assert_ends(second)
            receiver.kill()
        self.assertEqual(len(self.names()), 1)
        third, port = self.receive(before=without)
        self.assert_says(third, "removed 1 unfinished file of receivers that were killed")
        self.assertEqual(self.names(), [])
        self.send(port, self.make("whole", 100_000))
        self.assert_ends(third)
        self.assertEqual(self.names(), ["whole"])

    def test_of_a_receiver_that_is_terminated_are_missed(self):
        with self.underway() as (receiver, sender, _):
            receiver.process.send_signal(signal.SIGTERM)
            self.assert_ends(receiver, 143)
        self.assertEqual(sender.finish(), 3, str(sender))
        self.assert_says(receiver, "endless: stopped by SIGTERM before the whole file was here")

    def test_of_a_receiver_that_is_stopped_are_missed(self):
        with self.underway() as (receiver, sender, _):
            receiver.interrupt()
            self.assert_ends(receiver, 130)
        self.assertEqual(sender.finish(), 3, str(sender))
        self.assertEqual(self.names(), [])
        self.assert_says(receiver, "1 of 1 file did not arrive; endless: stopped by Ctrl-C before "
                                   "the whole file was here")
        self.assertNotIn("the sender went", receiver.out + receiver.err)

    def test_of_a_sender_that_is_stopped_at_full_speed_are_told_as_unsent(self):
        for times in (1, 2):
            with self.subTest(times=times):
                receiver, sender = self.start_at_full_speed()
                for _ in range(times):
                    sender.interrupt()
                self.assert_ends(sender, 130)
                self.assert_says(sender, r"(stopped by Ctrl-C before|aborted by Ctrl-C)")
                self.assertNotIn("the peer", sender.out + sender.err)
                self.assert_ends(receiver, 3)
                self.assertEqual(self.names(), [])

    def test_of_a_receiver_that_is_stopped_at_full_speed_are_told_as_missed(self):
        for times in (1, 2):
            with self.subTest(times=times):
                receiver, sender = self.start_at_full_speed("--keep-open")
                for _ in range(times):
                    receiver.interrupt()
                self.assert_ends(receiver, 130)
                self.assert_says(receiver, r"(stopped by Ctrl-C before|aborted by Ctrl-C)")
                self.assert_ends(sender, 3)
                self.assert_says(sender, "the receiver went before it was all there")
                self.assertEqual(self.names(), [])

    @contextlib.contextmanager
    def underway(self, *others, before=()):
        """A receiver, a sender of a file without end beside others, some of which has arrived, and
        where it is written."""
        pipe = self.source / "endless"
        os.mkfifo(pipe)
        receiver, port = self.receive(before=before)
        sender = self.start("send", *others, pipe, *self.to(port))
        with pipe.open("wb") as endless:
            endless.write(bytes(1_000_000))
            endless.flush()
            self.wait_until(lambda: self.is_written_by(receiver))
            yield receiver, sender, endless

    def start_at_full_speed(self, *options):
        """A receiver and a sender of a file without end, which are at it."""
        endless = self.source / "endless"
        if not endless.exists():
            os.mkfifo(endless)
        receiver, port = self.receive(*options)
        self.start_program("sh", "-c", 'exec cat /dev/zero >"$0"', endless)
        sender = self.start("send", endless, *self.to(port))
        self.wait_until(lambda: self.is_written_by(receiver))
        return receiver, sender

    def is_written_by(self, receiver):
        """Whether it has a file of the folder open, which need not have a name."""
        opened = pathlib.Path(f"/proc/{receiver.process.pid}/fd")
        return any(self.is_in_target(descriptor) for descriptor in opened.iterdir())

    def is_in_target(self, descriptor):
        try:
            return os.readlink(descriptor).startswith(f"{self.target.resolve()}/")
        except FileNotFoundError:
            return False  # closed meanwhile

    def wait_until(self, true):
        tick = threading.Event()
        for _ in range(command.WAIT_SECONDS * 100):
            if true():
                return
            tick.wait(0.01)
        self.fail("it never came true")


class FullDisk(command.CommandTest):
    """A folder of two megabytes, in a mount namespace of the receiver's own."""

    def receive_into(self, size, *options):
        self.need("unshare", "mount", root=True)
        target = self.folder / "small"
        target.mkdir()
        mount = f'mount -t tmpfs -o size={size} none "$0" && exec "$@"'
        before = ("unshare", "--mount", "sh", "-c", mount, str(target))
        return self.start_listening("receive", target, *options, before=before)

    def make(self, name, size):
        path = self.folder / name
        path.write_bytes(bytes(size))
        return path

    def test_is_told_before_a_file_crosses_the_network(self):
        receiver, port = self.receive_into("2m")
        sender = self.start("send", self.make("large", 50_000_000), self.make("small.txt", 1000),
                            *self.to(port))
        self.assert_ends(sender, 5)
        self.assert_says(sender, r"large: at the receiver: no room for 50.0 MB of .*make room")
        self.assert_ends(receiver, 5)
        self.assertRegex(receiver.out, r"(?m)^small.txt .* ok$")
        self.assertIn("1 of 2 files whole", receiver.out)

    def test_is_told_when_it_fills_on_the_way(self):
        pipe = self.folder / "growing"
        os.mkfifo(pipe)
        writer = threading.Thread(target=self.fill, args=(pipe,), daemon=True)
        writer.start()
        receiver, port = self.receive_into("2m")
        sender = self.start("send", pipe, *self.to(port))
        self.assert_ends(sender, 5)
        self.assert_says(sender, r"growing: at the receiver: cannot write .*No space left on device"
                                 r".*make room")
        self.assert_ends(receiver, 5)
        self.assertIn("0 of 1 file whole", receiver.out)

    @staticmethod
    def fill(pipe):
        try:
            pipe.write_bytes(bytes(20_000_000))
        except BrokenPipeError:
            pass  # the sender has heard that nobody wants the rest

    def test_ends_a_packet_log_but_not_the_transfer(self):
        self.need("unshare", "mount", root=True)
        small = self.folder / "small"
        small.mkdir()
        path = self.make("file", 8_000_000)
        mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
        receiver, port = self.start_listening("receive", self.folder / "target")
        sender = self.start("send", path, *self.to(port), "--log", small / "log.pcapng",
                            before=("unshare", "--mount", "sh", "-c", mount, str(small)))
        self.assert_ends(sender, 5)
        self.assert_says(sender, r"packet log .*No space left on device")
        self.assert_ends(receiver)
        self.assertEqual((self.folder / "target" / "file").read_bytes(), path.read_bytes())


class HostileSender(command.CommandTest):
    """One that speaks our dialect and means no good."""

    def send(self, what):
        target = self.folder / "deep" / "target"
        receiver, port = self.start_listening("receive", target)
        subprocess.run([os.environ["HOSTILE_SENDER"], port, what], check=True,
                       timeout=command.WAIT_SECONDS)
        receiver.code = receiver.finish()
        self.assertEqual(sorted(os.listdir(self.folder)), ["deep"])
        self.assertEqual(sorted(os.listdir(self.folder / "deep")), ["target"])
        return receiver, sorted(os.listdir(target))

    def test_with_a_wrong_digest_is_found_out_and_nothing_is_kept(self):
        receiver, names = self.send("digest")
        self.assertEqual((receiver.code, names), (4, []), str(receiver))
        self.assert_says(receiver, "its SHA-256 differs; it was not kept")
        self.assertRegex(receiver.out, r"(?m)^file .* DIFFERS$")

    def test_with_a_path_for_a_name_stays_in_the_folder(self):
        receiver, names = self.send("path")
        self.assertEqual((receiver.code, names), (0, ["escaped"]), str(receiver))

    def test_without_a_name_is_refused(self):
        receiver, names = self.send("dots")
        self.assertEqual((receiver.code, names), (5, []), str(receiver))

    def test_with_more_files_at_once_than_there_may_be_is_refused(self):
        receiver, names = self.send("many")
        self.assertEqual((receiver.code, names), (3, []), str(receiver))
        self.assert_says(receiver, "too many files at once|before the whole file was here")

    def test_that_begins_a_file_in_the_middle_of_another_loses_the_first(self):
        receiver, names = self.send("twice")
        self.assertEqual((receiver.code, names), (3, ["second"]), str(receiver))
        self.assertIn("1 of 2 files whole", receiver.out)
        self.assertIn("first: another file began on its stream before it was whole", receiver.out)

    def test_whose_file_begins_unreadably_has_sent_none(self):
        receiver, names = self.send("unreadable")
        self.assertEqual((receiver.code, names), (3, []), str(receiver))
        self.assertIn("0 of 1 file whole", receiver.out)

    def test_that_announces_what_never_comes_is_told_of(self):
        receiver, names = self.send("nothing")
        self.assertEqual((receiver.code, names), (3, []), str(receiver))
        self.assert_says(receiver, "had announced 1 file more, which never came")

    def test_that_steers_the_terminal_is_escaped(self):
        receiver, _ = self.send("escape")
        self.assertNotIn("\x1b", receiver.out + receiver.err)

    def test_with_messages_that_hold_nothing_changes_nothing(self):
        receiver, names = self.send("garbage")
        self.assertEqual(names, [], str(receiver))


if __name__ == "__main__":
    command.main()
