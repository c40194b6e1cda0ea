"""Where a peer is: addresses of one link, IPv4 in IPv6, several of which some are dead."""

import queue
import socket
import threading
import time

import command


class Address(command.CommandTest):

    def test_of_ipv4_in_the_dress_of_ipv6_is_ipv4(self):
        listener, port = self.start_listening("listen", "127.0.0.1:4297")
        connector = self.start("connect", "[::ffff:127.0.0.1]:4297", *self.to(port)[1:], "-v")
        connector.type("hello\n")
        self.assert_ends(connector)
        self.assert_says(connector, rf"behind UDP 127\.0\.0\.1:{port}")
        self.assert_ends(listener)
        self.assertEqual(listener.out, "hello\n")

    def test_of_a_link_needs_the_link(self):
        for arguments in (("connect", "[fe80::1]:4297"), ("listen", "[fe80::1]:4297"),
                          ("connect", "127.0.0.1", "--local", "fe80::1")):
            with self.subTest(arguments=arguments):
                wrong = self.run_hawser(*arguments, code=2)
                self.assert_says(wrong, r"address of one link.*\[fe80::1%eth0\]")
        wrong = self.run_hawser("connect", "[fe80::1%nosuch0]:4297", code=2)
        self.assert_says(wrong, "no interface has that name")

    def test_of_a_link_works_with_the_name_of_an_interface(self):
        inside = self.own_network("link add hw0 type veth peer name hw1", "link set hw0 up",
                                  "link set hw1 up", "addr add fe80::1/64 dev hw0 nodad")
        for dtls in ((), ("--dtls", "--psk", "ab" * 16)):
            with self.subTest(dtls=dtls):
                listener = self.start("listen", "[fe80::1%hw0]:4297", *dtls, before=inside)
                listener.wait_for("^listening")
                connector = self.start("connect", "[fe80::1%hw0]:4297", *dtls, "--timeout", 5,
                                       before=inside)
                connector.type("hello\n")
                self.assert_ends(connector)
                self.assert_ends(listener)
                self.assertEqual(listener.out, "hello\n")


class SeveralAddresses(command.CommandTest):

    def test_of_which_the_first_are_dead_cost_a_moment(self):
        _, port = self.start_listening("listen", "127.0.0.1:4297", "--keep-open")
        self.keep_silent("127.0.0.2", port)
        self.keep_silent("127.0.0.3", port)
        begun = time.monotonic()
        connector = self.start("connect", "127.0.0.2/127.0.0.3/127.0.0.1:4297", "--peer-udp-port",
                               port, "--udp-port", 0, "--timeout", 3)
        self.assert_ends(connector)
        self.assertLess(time.monotonic() - begun, 3)

    def test_of_which_none_answers_are_waited_for_as_long_as_asked(self):
        port = self.keep_silent("127.0.0.2", 0)
        self.keep_silent("127.0.0.3", port)
        begun = time.monotonic()
        connector = self.run_hawser("connect", "127.0.0.2/127.0.0.3:4297", "--peer-udp-port", port,
                                    "--udp-port", 0, "--timeout", 1, code=3)
        self.assertLess(time.monotonic() - begun, 3)
        self.assert_says(connector, "is silent.*within 1 s")

    def test_that_are_all_slow_and_one_listener_s_make_one_conversation(self):
        # The first answers after the second was tried: what was begun there is dropped.
        for dtls in ((), ("--dtls", "--psk", "ab" * 16)):
            with self.subTest(dtls=dtls):
                if dtls:
                    listener = self.start("listen", "127.0.0.1:0", *dtls)
                    port = listener.wait_for(r"^listening for DTLS on .*:(\d+)$").group(1)
                else:
                    listener, port = self.start_listening("listen", "127.0.0.1:4297")
                relay = self.relay_slowly(("127.0.0.2", "127.0.0.3"), int(port))
                where = ((f"127.0.0.2/127.0.0.3:{relay}", *dtls) if dtls else
                         ("127.0.0.2/127.0.0.3:4297", "--peer-udp-port", relay, "--udp-port", 0))
                connector = self.start("connect", *where, "--timeout", 9, "-v")
                connector.wait_for(r"127\.0\.0\.2")
                time.sleep(0.8)  # what ended there would end the listener by now
                connector.type("hello\n")
                self.assert_ends(connector)
                self.assert_ends(listener)
                self.assertEqual(listener.out, "hello\n", str(listener))

    def relay_slowly(self, hosts, port, seconds=0.2):
        """Passes on to that port, and back, what comes to a port of each host; its number."""
        relay = 0
        for host in hosts:
            front, back = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
            front.bind((host, relay))
            relay = front.getsockname()[1]
            back.connect(("127.0.0.1", port))
            caller = []
            for come, send in ((front, back.send),
                               (back, lambda data, to=caller, by=front: by.sendto(data, to[0]))):
                late = queue.Queue()
                for work in (lambda come=come, to=caller, late=late: self.take(come, to, late),
                             lambda send=send, late=late: self.pass_on(send, late, seconds)):
                    threading.Thread(target=work, daemon=True).start()
        return relay

    @staticmethod
    def take(come, caller, late):
        while True:
            data, sender = come.recvfrom(65536)
            if not caller:
                caller.append(sender)
            late.put((time.monotonic(), data))

    @staticmethod
    def pass_on(send, late, seconds):
        while True:
            came, data = late.get()
            time.sleep(max(0, came + seconds - time.monotonic()))
            send(data)

    def keep_silent(self, host, port):
        """Takes a UDP port and answers nothing; its number."""
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(taken.close)
        taken.bind((host, int(port)))
        return taken.getsockname()[1]


if __name__ == "__main__":
    command.main()
