// Many clients behind one endpoint: those who come back, those who pretend, those who stall.
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/record.hpp>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class Associations : public PerVersion {
protected:
    /// A second client behind the address of the first one: a process that was started again.
    struct Restarted {
        Restarted(Talk& talk, const Options& options, std::uint64_t seed = 4711)
            : end{{}, seed, talk.client.address}, talk_{talk} {
            const auto made = end.endpoint.connect(
                Path{.local = talk.client.address, .remote = talk.server.address}, options,
                talk.now);
            handle = *made;
        }
        /// Carries datagrams between it and the server until nothing moves or `most` have passed.
        void exchange(std::size_t most = 1000) {
            for (bool moved = true; moved && most > 0;) {
                moved = false;
                while (auto transmit = end.endpoint.poll_transmit(talk_.now, {})) {
                    deliver(*transmit, talk_.server, most);
                    moved = true;
                }
                while (auto transmit = talk_.server.endpoint.poll_transmit(talk_.now, {})) {
                    deliver(*transmit, end, most);
                    moved = true;
                }
            }
            while (auto event = end.endpoint.poll_event())
                end.events.push_back(std::move(*event));
            while (auto event = talk_.server.endpoint.poll_event())
                talk_.server.events.push_back(std::move(*event));
        }
        /// Until it is connected, and not what it has to say then.
        void shake_hands() {
            for (int round = 0; round < 9 && end.count<Connected>() == 0; ++round) {
                std::size_t most = 1000;
                while (auto transmit = end.endpoint.poll_transmit(talk_.now, {}))
                    deliver(*transmit, talk_.server, most);
                while (auto transmit = talk_.server.endpoint.poll_transmit(talk_.now, {}))
                    deliver(*transmit, end, most);
                while (auto event = end.endpoint.poll_event())
                    end.events.push_back(std::move(*event));
            }
        }
        /// All that it has to say, in one datagram.
        std::vector<std::byte> words() {
            std::vector<std::byte> all;
            while (auto transmit = end.endpoint.poll_transmit(talk_.now, {})) {
                for (std::size_t i = 0; i < transmit->segment_count(); ++i) {
                    const Bytes segment = transmit->segment(i);
                    all.insert(all.end(), segment.begin(), segment.end());
                }
            }
            return all;
        }
        void deliver(Transmit& transmit, End& to, std::size_t& most) {
            for (std::size_t i = 0; i < transmit.segment_count() && most > 0; ++i, --most) {
                const Path path{.local = transmit.path.remote,
                                .remote = &to == &end ? talk_.server.address : end.address};
                Datagram datagram{PacketId{0}, path, transmit.ancillary, transmit.segment(i)};
                static_cast<void>(to.endpoint.receive(datagram, talk_.now));
            }
        }

        End end;
        ConnectionHandle handle{};

    private:
        Talk& talk_;
    };

    Talk talk;
};

TEST_P(Associations, AreReplacedByAClientThatCameBackAndProvedItself) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    const ConnectionHandle old = talk.server_handle;
    Restarted again{talk, client};
    again.exchange();
    ASSERT_EQ(again.end.count<Connected>(), 1u);
    ASSERT_EQ(talk.server.count<Closed>(), 1u);
    EXPECT_EQ(talk.server.last<Closed>()->connection, old);
    EXPECT_EQ(talk.server.last<Closed>()->reason.what, "the peer began another connection");
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
    ASSERT_TRUE(again.end.endpoint.write(again.handle, bytes_of("new"), {}, talk.now));
    again.exchange();
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"new"});
}

TEST_P(Associations, GiveOutDataThatCameWithTheLastMessageOfTheNewcomersHandshake) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    Restarted again{talk, client};
    again.shake_hands();
    ASSERT_EQ(again.end.count<Connected>(), 1u);
    ASSERT_TRUE(again.end.endpoint.write(again.handle, bytes_of("first words"), {}, talk.now));
    std::vector<std::byte> words = again.words();
    const Path path{.local = talk.server.address, .remote = again.end.address};
    const Ancillary marking{.dscp = Dscp::ef};
    Datagram datagram{PacketId{7}, path, marking, words};
    Verdict verdict{};
    const auto opened = talk.server.endpoint.open(datagram, talk.now, verdict);
    ASSERT_EQ(opened.size(), 1u);
    // It was opened apart from the datagram, and is there for as long as the answer is.
    EXPECT_EQ(text_of(opened[0].payload), "first words");
    EXPECT_EQ(opened[0].path->remote, again.end.address);
    EXPECT_EQ(opened[0].ancillary->dscp, Dscp::ef);
    EXPECT_EQ(opened[0].packet_id, PacketId{7});
}

TEST_P(Associations, StayWhileTheNewcomerHasNotProvedItself) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    for (std::size_t datagrams = 1; datagrams < 5; ++datagrams) {
        Restarted again{talk, client};
        again.exchange(datagrams);
        if (again.end.count<Connected>() != 0 && talk.server.count<Closed>() != 0) break;
        ASSERT_TRUE(talk.write(talk.client, "still mine"));
        ASSERT_TRUE(talk.write(talk.server, "and mine"));
        talk.run(1s);
        EXPECT_EQ(talk.server.texts().size(), datagrams);
        EXPECT_EQ(talk.client.texts().size(), datagrams);
        EXPECT_EQ(talk.server.count<Closed>(), 0u);
    }
}

TEST_P(Associations, StayWhenTheNewcomerFails) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run();
    Options wrong = client;
    wrong.verification = {.fingerprints = {Fingerprint{}}};
    Restarted again{talk, wrong};
    again.exchange();
    EXPECT_EQ(again.end.count<Closed>(), 1u);
    EXPECT_EQ(talk.server.endpoint.connection_count(), 1u);
    ASSERT_TRUE(talk.write(talk.client, "mine"));
    talk.run(1s);
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"mine"});
}

TEST_P(Associations, BeginAnewWhenTheClientDiedInItsHandshake) {
    ASSERT_TRUE(talk.server.endpoint.listen(server));
    Restarted first{talk, client};
    first.exchange(4); // the server has a connection that is not up
    ASSERT_EQ(talk.server.endpoint.connection_count(), 1u);
    ASSERT_EQ(talk.server.count<Connected>(), 0u);
    Restarted second{talk, client, 4712}; // another hello than the first one's
    second.exchange();
    talk.now += 2s;
    second.end.endpoint.advance(talk.now);
    second.exchange();
    EXPECT_EQ(second.end.count<Connected>(), 1u);
    EXPECT_EQ(talk.server.count<Connected>(), 1u);
}

TEST_P(Associations, AreLimitedWhileTheyAreHalfOpen) {
    Talk few{3, {.half_open_max = 0}};
    client.handshake_timeout = 5s;
    EXPECT_FALSE(few.connect(client, server, 10s));
    EXPECT_EQ(few.server.endpoint.connection_count(), 0u);
    EXPECT_GT(few.server.endpoint.counters().of(Verdict::no_room), 0u);
}

TEST_P(Associations, AreOneForEachPath) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    const auto second = talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address}, client, talk.now);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::in_use);
}

TEST_P(Associations, EndWhenNobodyAnswersInTime) {
    client.handshake_timeout = 10s;
    talk.on_way = [](const End&, Talk::Flying&) { return false; };
    EXPECT_FALSE(talk.connect(client, server, 9s));
    EXPECT_EQ(talk.client.count<Closed>(), 0u);
    talk.run(2s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::timed_out);
    EXPECT_EQ(talk.client.endpoint.deadline(), kNever);
}

TEST_P(Associations, EndWhenNobodyListensThere) {
    ASSERT_TRUE(talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address}, client, talk.now));
    talk.client.endpoint.path_event(
        {.kind = PathEvent::Kind::unreachable,
         .path = {.local = talk.client.address, .remote = talk.server.address},
         .os_errno = 111},
        talk.now);
    talk.run(1s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::unreachable);
}

TEST_P(Associations, EndWhenNoRouteLeadsThere) {
    ASSERT_TRUE(talk.client.endpoint.connect(
        Path{.local = talk.client.address, .remote = talk.server.address}, client, talk.now));
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    talk.client.endpoint.path_event(PathEvent::send_refused(path, ENETUNREACH, {}), talk.now);
    talk.run(1s);
    ASSERT_NE(talk.client.last<Closed>(), nullptr);
    EXPECT_EQ(talk.client.last<Closed>()->reason.code, Errc::unreachable);
    EXPECT_EQ(talk.client.last<Closed>()->reason.os_errno, ENETUNREACH);
}

TEST_P(Associations, StayWithoutARouteForAMoment) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    const Path path{.local = talk.client.address, .remote = talk.server.address};
    talk.client.endpoint.path_event(PathEvent::send_refused(path, ENETUNREACH, {}), talk.now);
    talk.run(1s);
    EXPECT_EQ(talk.client.last<Closed>(), nullptr);
}

// Both ends say what the network says, once until something comes, and stay.
TEST_P(Associations, TellThatNobodyIsThereAndStay) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(1s);
    for (End* const end : {&talk.client, &talk.server}) {
        const End& other = end == &talk.client ? talk.server : talk.client;
        const Path path{.local = end->address, .remote = other.address};
        const auto say = [&](const PathEvent& event) {
            end->endpoint.path_event(event, talk.now);
            talk.run(1s);
            return end->count<PathUnreachable>();
        };
        EXPECT_EQ(say(PathEvent::unreachable(path, ECONNREFUSED)), 1u);
        EXPECT_EQ(say(PathEvent::unreachable(path, ECONNREFUSED)), 1u) << "said already";
        EXPECT_EQ(end->last<PathUnreachable>()->os_errno, ECONNREFUSED);
        EXPECT_EQ(end->last<PathUnreachable>()->path.remote, other.address);
        EXPECT_EQ(end->last<PathUnreachable>()->connection, talk.handle_of(*end));
        talk.exchange();
        EXPECT_EQ(say(PathEvent::send_refused(path, ENETUNREACH, {})), 2u) << "news by now";
        EXPECT_EQ(end->last<PathUnreachable>()->os_errno, ENETUNREACH);
        EXPECT_EQ(say(PathEvent::send_refused(path, EPERM, {})), 2u) << "a marking's fault";
        talk.exchange();
        EXPECT_EQ(end->count<Closed>(), 0u) << "anyone can forge that";
    }
}

TEST_P(Associations, AreTakenNoMoreAfterStopListening) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.server.endpoint.stop_listening();
    Restarted again{talk, client};
    again.exchange();
    EXPECT_EQ(again.end.count<Connected>(), 0u);
    ASSERT_TRUE(talk.write(talk.client, "I was here first"));
    talk.run(1s);
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"I was here first"});
}

TEST_P(Associations, StopSendingTheLastFlightWhenItIsThere) {
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    talk.run(5s);
    const std::size_t before = talk.datagrams;
    talk.run(1000s);
    EXPECT_EQ(talk.datagrams, before);
    EXPECT_EQ(talk.client.endpoint.deadline(), kNever);
    EXPECT_EQ(talk.server.endpoint.deadline(), kNever);
}

HAWSER_BOTH_VERSIONS(Associations);

} // namespace
} // namespace hawser::dtls::test
