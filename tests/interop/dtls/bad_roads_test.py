"""DTLS against others over roads that lose, repeat, delay and will not carry large datagrams.

Each conversation has its seed and all of a test go on at once. HAWSER_SEED=n is one of them alone.
"""

import os
import sys
import time

from lab import HOST, LABEL, NAME, BadRoad, free_port, key, pem, run
from other_peer import (FIREFOX, OtherPeerTest, our_trust, ours, run_with, their_trust,
                        theirs)

SEEDS = [int(os.environ["HAWSER_SEED"])] if "HAWSER_SEED" in os.environ else range(1, 7)
ROAD_BYTES = 600
PATIENCE_SECONDS = 60
AGAIN_SECONDS = 0.3
PATIENT = ("--timeout", str(PATIENCE_SECONDS), "--mtu", str(ROAD_BYTES))


class BadRoads:
    """Over program peers; a subclass says which, and what keeps it within the road's size."""

    road_bytes = ROAD_BYTES
    own_words = (f"mtu={ROAD_BYTES}",)
    signer = "rsa"

    def road(self, seed, port):
        print(f"seed {seed} (alone: HAWSER_SEED={seed})", flush=True)
        return self.relay(port, road=BadRoad(seed, self.road_bytes))

    def test_hawser_is_the_client(self):
        conversations = []
        for seed in SEEDS:
            server, port = self.server()
            client = self.hawser_connects(
                self.road(seed, port).port, *our_trust(self.signer), *PATIENT,
                "--again", str(int(1000 * AGAIN_SECONDS)), "--send", "from hawser\n", "--expect",
                self.answer)
            conversations.append((seed, client, server))
        for seed, client, server in conversations:
            with self.subTest(seed=seed):
                self.keep_talking(client, server)
                self.assertEqual(client.finish(PATIENCE_SECONDS), 0, f"{client}\n{server}")
                self.assert_same(client, server)

    def test_hawser_is_the_server(self):
        conversations = []
        for seed in SEEDS:
            server, port = self.hawser_listens(*ours(self.signer), *PATIENT)
            client = self.client(self.road(seed, port).port)
            conversations.append((seed, client, server))
        for seed, client, server in conversations:
            with self.subTest(seed=seed):
                server.wait_for("^connected", PATIENCE_SECONDS)
                self.assert_heard(client, server)
                self.assert_same(server, client)


class Program(BadRoads, OtherPeerTest):
    library = None
    answer = "from hawser"

    def server(self):
        return self.other_listens(*theirs(self.signer), *self.own_words)

    def client(self, port):
        return self.other("connect", port, *their_trust(self.signer), *self.own_words,
                          f"again={int(1000 * AGAIN_SECONDS)}")

    def keep_talking(self, client, server):
        pass  # it echoes

    def assert_heard(self, client, server):
        self.assertEqual(client.finish(PATIENCE_SECONDS), 0, f"{client}\n{server}")


class Mbedtls(Program):
    peer = "mbedtls_peer"
    # With cookies, a ClientHello that comes twice begins another connection.
    own_words = (*Program.own_words, "no-cookie")


class Pion(Program):
    peer = "pion_peer"
    own_words = (f"mtu={ROAD_BYTES - 100}",)  # of a fragment


class Dimpl(Program):
    peer = "dimpl_peer"
    signer = "ecdsa"
    export = ("--export", "EXTRACTOR-dtls_srtp", "--export-bytes", "56", "--srtp")
    # As a client it throws away a whole datagram whose first message it has had before.
    test_hawser_is_the_server = None


class Nss(Program):
    peer = "nss_peer"
    environment = {"LD_LIBRARY_PATH": str(FIREFOX)}
    library = FIREFOX
    road_bytes = 1500
    own_words = ("version=1.3",)


class Tool(BadRoads, OtherPeerTest):
    """A command to whom the test types."""

    def type_until(self, pattern, peer):
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            peer.type("there and back\n")
            try:
                return peer.wait_for(pattern, AGAIN_SECONDS)
            except AssertionError:
                pass
        raise AssertionError(f"no {pattern!r} from {peer}")

    def assert_heard(self, client, server):
        client.wait_for(self.ready, PATIENCE_SECONDS)
        self.type_until("^there and back", client)


class Openssl(Tool):
    needs = ("openssl",)
    answer = "there and back"
    ready = "^---\n[\\s\\S]*Verify return code"
    words = ("-dtls1_2", "-timeout", "-mtu", str(ROAD_BYTES - 28), "-keymatexport", LABEL,
             "-keymatexportlen", "20")

    def server(self):
        port = free_port()
        server = self.start("openssl", "s_server", "-accept", f"{HOST}:{port}", *self.words,
                            "-cert", pem("rsa"), "-key", key("rsa"))
        server.wait_for("^ACCEPT")
        return server, port

    def client(self, port):
        return self.start("openssl", "s_client", "-connect", f"{HOST}:{port}", *self.words,
                          "-CAfile", pem("authority"), "-verify_return_error", "-servername", NAME)

    def keep_talking(self, client, server):
        server.wait_for("^from hawser", PATIENCE_SECONDS)
        while client.process.poll() is None:
            server.type("there and back\n")
            time.sleep(AGAIN_SECONDS)

    def assert_same(self, hawser, other):
        shown = other.wait_for("Keying material: ([0-9A-F]+)").group(1).lower()
        self.assertEqual(self.agreed(hawser)["export"], shown)


class Gnutls(Tool):
    needs = ("gnutls-serv", "gnutls-cli")
    answer = "from hawser"
    ready = "Simple Client Mode"
    words = ("--udp", f"--mtu={ROAD_BYTES}", "--priority", "NORMAL:-VERS-ALL:+VERS-DTLS1.2")

    def server(self):
        port = free_port()
        server = self.start("stdbuf", "-o0", "gnutls-serv", "--echo", f"--port={port}",
                            *self.words, f"--x509certfile={pem('rsa')}",
                            f"--x509keyfile={key('rsa')}")
        server.wait_for("listening on IPv4|Echo Server")
        return server, port

    def client(self, port):
        return self.start("stdbuf", "-o0", "gnutls-cli", f"--port={port}", *self.words,
                          f"--x509cafile={pem('authority')}", f"--verify-hostname={NAME}",
                          f"--keymatexport={LABEL}", "--keymatexportsize=20", HOST)

    def keep_talking(self, client, server):
        pass  # it echoes

    def assert_same(self, hawser, other):
        if "gnutls-cli" in other.words:  # the server has no way to say it
            shown = other.wait_for("Key material: ([0-9a-f]+)").group(1)
            self.assertEqual(self.agreed(hawser)["export"], shown)


if __name__ == "__main__":
    case = globals()[sys.argv[1]]
    if issubclass(case, Program):
        run_with(case.peer, case.library)
    else:
        run(needs=case.needs)
