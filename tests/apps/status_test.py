"""hawser status: what a running hawser tells of itself, and to whom."""

import json
import os
import re
import socket
import stat
import subprocess
import time

import command


class Status(command.CommandTest):

    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "runtime"
        self.runtime.mkdir(mode=0o700)
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = str(self.runtime)
        self.addCleanup(self.restore, before)

    @staticmethod
    def restore(before):
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before

    def conversation(self, *arguments):
        """A listener that takes several, and one who has connected."""
        listener, port = self.start_listening("listen", "--keep-open", *arguments)
        connector = self.start("connect", *self.to(port), "--keep-open", "--status", "none")
        connector.type("hello\n")
        listener.wait_for(r"^hello$", "out")
        return listener, connector, port

    def assert_refused(self, says, *arguments):
        self.assert_says(self.run_hawser("status", *arguments, code=1), says)

    def path(self, running):
        return self.runtime / "hawser" / str(running.process.pid)

    def test_tells_of_associations_and_paths(self):
        listener, connector, port = self.conversation()
        pid = listener.process.pid
        for whom in ((), (pid,), (self.path(listener),)):
            text = self.run_hawser("status", *whom).out
            self.assertRegex(text, rf"^hawser listen, process {pid}, for .*: UDP .*:{port}; "
                                   "1 association\n")
            self.assertRegex(text, r"(?m)^SCTP: \d+ packets taken, \d+ sent; dropped: nothing$")
            self.assertRegex(text, r"(?m)^SCTP port 4297 to \d+ of 127\.0\.0\.1:\d+: established$")
            self.assertRegex(text, r"(?m)^  127\.0\.0\.1:\d+ +active, in use, primary ")
        self.assertEqual(stat.S_IMODE(self.path(listener).stat().st_mode), 0o600)
        connector.end_input()
        connector.interrupt()
        connector.finish()

    def test_is_json_for_programs(self):
        listener, _, port = self.conversation()
        told = json.loads(self.run_hawser("status", "--json").out)
        self.assertEqual(told["command"], "listen")
        self.assertEqual(told["process"], listener.process.pid)
        self.assertTrue(told["local_addresses"][0].endswith(f":{port}"))
        self.assertEqual(told["association_count"], 1)
        self.assertGreater(told["sctp"]["accepted"], 0)
        self.assertEqual(told["sctp"]["dropped"]["bad_checksum"], 0)
        self.assertIn("unexpected", told["sctp"]["dropped"])
        self.assertGreater(told["udp"]["received"], 0)
        association = told["associations"][0]
        self.assertEqual(association["state"], "established")
        self.assertEqual(association["local_port"], 4297)
        path = association["paths"][0]
        self.assertEqual(path["state"], "active")
        self.assertTrue(path["primary"] and path["current"])
        self.assertGreater(path["congestion_window_bytes"], 0)
        self.assertGreater(path["rto_seconds"], 0)

    def test_counts_what_is_dropped_by_its_reason(self):
        _, _, port = self.conversation()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for _ in range(3):
                stranger.sendto(b"\x10\xc9\x10\xc9" + bytes(12), ("127.0.0.1", int(port)))
        until = time.monotonic() + 10
        while True:
            dropped = json.loads(self.run_hawser("status", "--json").out)["sctp"]["dropped"]
            if dropped["bad_checksum"] == 3 or time.monotonic() > until:
                break
        self.assertEqual(dropped["bad_checksum"], 3)
        self.assertRegex(self.run_hawser("status").out, "dropped: bad_checksum 3")

    def test_tells_of_several_paths(self):
        listener, port = self.start_listening("listen", "127.0.0.1/127.0.0.2", "--keep-open")
        self.start("connect", "127.0.0.1", "--peer-udp-port", port, "--udp-port", 0, "--local",
                   "127.0.0.11/127.0.0.12", "--keep-open", "-v").wait_for("^connected")
        listener_pid = listener.process.pid
        until = time.monotonic() + 10
        while True:
            text = self.run_hawser("status", listener_pid).out
            active = re.findall(r"(?m)^  127\.0\.0\.1[12]:\d+ +active", text)
            if len(active) == 2 or time.monotonic() > until:
                break
        self.assertEqual(len(active), 2, text)

    def test_tells_of_dtls_below(self):
        receiver = self.start("receive", self.folder / "files", "127.0.0.1:0", "--dtls", "--psk",
                              "ab" * 16)
        receiver.wait_for("^listening on")
        told = json.loads(self.run_hawser("status", "--json").out)
        self.assertEqual(told["command"], "receive")
        self.assertEqual(told["dtls"]["dropped"]["bad_mac"], 0)

    def test_is_asked_where_it_was_said(self):
        place = self.folder / "alpha.sock"
        listener, _, _ = self.conversation("--status", place)
        self.assertRegex(self.run_hawser("status", place).out, "^hawser listen")
        self.assertFalse((self.runtime / "hawser").exists())
        self.assert_refused("no hawser of this user runs")
        self.assert_refused(f"process {listener.process.pid} cannot be asked",
                            listener.process.pid)

    def test_is_of_one_process_a_socket(self):
        place = self.folder / "alpha.sock"
        self.conversation("--status", place)
        second = self.run_hawser("listen", "--udp-port", 0, "--status", place, code=1)
        self.assert_says(second, f"--status {place}: another process is asked there")
        self.assertRegex(self.run_hawser("status", place).out, "^hawser listen")

    def test_wants_to_know_which_of_several(self):
        first, _ = self.start_listening("listen", "--keep-open")
        second, _ = self.start_listening("listen", "--keep-open")
        pids = sorted([first.process.pid, second.process.pid])
        self.assert_refused(f"several run: {pids[0]}, {pids[1]}; say which")
        self.assertRegex(self.run_hawser("status", pids[1]).out, f"process {pids[1]}")

    def test_of_nobody_is_refused(self):
        self.assert_refused("no hawser of this user runs")
        self.assert_refused("there is no process 4194303", 4194303)
        self.assert_refused(f"process {os.getpid()} cannot be asked", os.getpid())
        self.assert_refused("No such file", self.folder / "nothing")
        self.assert_refused("has 1 to 107 characters", "x" * 200)
        del os.environ["XDG_RUNTIME_DIR"]
        self.assert_refused("XDG_RUNTIME_DIR is not set")
        self.assert_refused("XDG_RUNTIME_DIR is not set", os.getpid())
        os.environ["XDG_RUNTIME_DIR"] = str(self.runtime)

    def test_of_something_else_is_refused(self):
        file = self.small_file()
        self.assert_refused("nobody answers there", file)
        self.assert_says(self.run_hawser("listen", "--udp-port", 0, "--status", file, code=1),
                         "something else is there already")
        self.assertEqual(file.stat().st_size, 100)
        for answer in (b"", b"HTTP/1.1 400 Bad Request\r\n", b"x" * 1000,
                       b"hawser-status 1 99999999999\n", b"hawser-status 1 -1\n"):
            self.assert_refused("is no hawser", self.foreign_socket(answer))
        self.assert_says(self.run_hawser("status", self.foreign_socket(b"hawser-status 1 9\nabc"),
                                         code=3), "broke off")

    def foreign_socket(self, answer):
        """Another program that answers so."""
        place = self.folder / f"foreign{time.monotonic_ns()}"
        script = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
                  "s.listen(); print('up',flush=True); c,_=s.accept(); c.recv(5);"
                  "c.sendall(bytes.fromhex(sys.argv[2])); c.close()")
        running = self.start_program("python3", "-c", script, place, answer.hex())
        running.wait_for("up", "out")
        return place

    def test_of_a_process_that_is_killed_leaves_no_trouble(self):
        place = self.folder / "alpha.sock"
        first, _ = self.start_listening("listen", "--status", place)
        first.kill()
        self.assertTrue(place.exists())
        self.assert_refused("nobody answers there", place)
        second, _ = self.start_listening("listen", "--status", place)
        self.assertRegex(self.run_hawser("status", place).out,
                         f"process {second.process.pid}")
        second.interrupt()
        second.finish()
        self.assertFalse(place.exists())

    def test_of_who_does_not_read_holds_up_nobody(self):
        listener, connector, _ = self.conversation()
        silent = []
        for _ in range(20):
            one = socket.socket(socket.AF_UNIX)
            one.connect(str(self.path(listener)))
            self.addCleanup(one.close)
            silent.append(one)
        for one in silent[:4]:
            one.sendall(b"text\n")
        silent[5].sendall(b"nonsense, and more of it than any question has\n")
        connector.type("goes on\n")
        listener.wait_for(r"^goes on$", "out")
        for one in silent:
            one.close()
        until = time.monotonic() + 10
        while True:
            asked = self.start("status")
            if asked.finish() == 0 or time.monotonic() > until:
                break
        self.assertRegex(asked.out, "1 association", str(asked))

    def test_watches_until_the_end(self):
        listener, _, _ = self.conversation()
        watch = self.start("status", listener.process.pid, "--json", "--watch", 0.1)
        watch.wait_for(r"(?s)\}\n.*\}\n.*\}\n", "out")
        listener.kill()
        self.assert_ends(watch)
        self.assert_says(watch, f"process {listener.process.pid} has ended")
        for line in watch.out.splitlines():
            self.assertEqual(json.loads(line)["association_count"], 1)

    def test_watches_until_ctrl_c(self):
        listener, _, _ = self.conversation()
        watch = self.start("status", "--watch", 60)
        watch.wait_for("1 association", "out")
        watch.interrupt()
        self.assert_ends(watch)
        self.assertIsNone(listener.process.poll())

    def test_needs_no_directory(self):
        os.environ["XDG_RUNTIME_DIR"] = str(self.folder / "missing")
        self.conversation()
        os.environ["XDG_RUNTIME_DIR"] = str(self.small_file())
        self.conversation()

    def test_makes_nothing_where_others_write(self):
        self.runtime.chmod(0o777)
        self.conversation()
        self.assertEqual(list(self.runtime.iterdir()), [])

    def test_is_asked_of_whoever_talks_sctp(self):
        place = self.folder / "at"
        key = "ab" * 16
        for arguments in (("listen", ":0"), ("connect", "127.0.0.1:1")):
            refused = self.run_hawser(*arguments, "--dtls", "--psk", key, "--status", place, code=1)
            self.assert_says(refused, "--status does not apply with --dtls")
        receiver, port = self.start_listening("receive", self.folder / "files", "--keep-open",
                                              "--status", place)
        self.assertRegex(self.run_hawser("status", place).out, "^hawser receive, ")
        self.run_hawser("send", self.small_file(), *self.to(port))
        self.assertIsNone(receiver.process.poll())
        self.assertEqual(subprocess.run([command.program(), "status", place, "--json"], check=True,
                                        capture_output=True).stdout.count(b"\n"), 1)


if __name__ == "__main__":
    command.main()
