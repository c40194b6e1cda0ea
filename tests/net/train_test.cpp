// Trains: one call out, one call in, and nothing lost when the kernel will not have them.
#include "net/deaf_neighbour.hpp"
#include "net/wire.hpp"

#include "support/allocations.hpp"

#include <netinet/in.h>

namespace hawser::net::test {
namespace {

class Train : public testing::TestWithParam<Family> {
protected:
    Train() { aim(open(GetParam()), open(GetParam())); }

    void aim(UdpSocket sender, UdpSocket receiver) {
        sender_.emplace(std::move(sender));
        receiver_.emplace(std::move(receiver));
        path_ = path_to(*receiver_, GetParam());
    }
    std::uint64_t calls_for(std::span<const Transmit> batch) {
        const std::uint64_t before = sender_->counters().send_calls;
        EXPECT_EQ(sender_->send(batch).taken, batch.size());
        return sender_->counters().send_calls - before;
    }
    /// What `train` made, segment by segment.
    void expect_numbered(std::span<const Arrived> arrived, std::size_t segment_bytes,
                         std::size_t last_bytes) {
        for (std::size_t i = 0; i < arrived.size(); ++i) {
            EXPECT_EQ(arrived[i].bytes.front(), static_cast<char>(i));
            EXPECT_EQ(arrived[i].bytes.size(), i + 1 < arrived.size() ? segment_bytes : last_bytes);
        }
    }
    UdpOptions with(bool gso, bool gro) const {
        return {.local = Address::loopback(GetParam()), .gso = gso, .gro = gro};
    }
    /// A kernel refuses trains of a socket whose checksums are off: EINVAL, with each datagram
    /// fine.
    void make_kernel_refuse_trains() {
        constexpr int kUdpNoCheck6Tx = 101;
        constexpr int kUdpNoCheck6Rx = 102;
        const auto on = [](const UdpSocket& socket, int level, int option) {
            const int value = 1;
            return setsockopt(socket.fd(), level, option, &value, sizeof value) == 0;
        };
        if (GetParam() == Family::ipv4) {
            ASSERT_TRUE(on(*sender_, SOL_SOCKET, SO_NO_CHECK));
        } else {
            ASSERT_TRUE(on(*sender_, IPPROTO_UDP, kUdpNoCheck6Tx));
            ASSERT_TRUE(on(*receiver_, IPPROTO_UDP, kUdpNoCheck6Rx));
        }
    }

    std::optional<UdpSocket> sender_, receiver_;
    Path path_;
};

INSTANTIATE_TEST_SUITE_P(On, Train, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) {
                             return family.param == Family::ipv4 ? "IPv4" : "IPv6";
                         });

TEST_P(Train, LeavesInOneCallAndArrivesInOneAndIsSplitAgain) {
    ASSERT_TRUE(sender_->capabilities().gso && receiver_->capabilities().gro);
    const Transmit fifty = train(path_, 50, 1200, 700);
    EXPECT_EQ(calls_for({&fifty, 1}), 1u);

    ReceiveBatch batch;
    const std::array interests{Interest{.fd = receiver_->fd()}};
    ASSERT_TRUE(wait(interests, Clock::now() + kPatience));
    ASSERT_EQ(receiver_->receive(batch), 1u); // GRO kept it whole
    const Received& message = batch.messages()[0];
    EXPECT_EQ(message.segment_bytes, 1200u);
    ASSERT_EQ(message.segment_count(), 50u);
    EXPECT_EQ(message.segment(49).size(), 700u);
    for (std::size_t i = 0; i < 50; ++i) {
        const Datagram one = message.datagram(i, static_cast<PacketId>(i + 1));
        EXPECT_EQ(one.payload[0], static_cast<std::byte>(i));
        EXPECT_EQ(&one.path, &message.path); // shared, not copied
        EXPECT_EQ(&one.ancillary, &message.ancillary);
    }
    EXPECT_EQ(receiver_->counters().received, 50u);
    EXPECT_EQ(sender_->counters().sent, 50u);
}

TEST_P(Train, ReportsAStrideOfMoreThanAByteAndLessThanTwo) {
    // UDP_SEGMENT is 16 bits outbound and UDP_GRO an int inbound; 3500 bytes by 1000.
    const Transmit four = train(path_, 4, 1000, 500);
    ASSERT_TRUE(send_one(*sender_, four).refused.empty());
    const auto arrived = receive(*receiver_, 4);
    ASSERT_EQ(arrived.size(), 4u);
    expect_numbered(arrived, 1000, 500);
}

TEST_P(Train, CarriesItsMarkingsOnEverySegment) {
    Ancillary ancillary;
    ancillary.dscp = Dscp::af42;
    ancillary.ecn = Ecn::ect1;
    ancillary.hop_limit = 9;
    const Transmit ten = train(path_, 10, 500, 0, ancillary);
    ASSERT_TRUE(send_one(*sender_, ten).refused.empty());
    for (const Arrived& one : receive(*receiver_, 10)) {
        EXPECT_EQ(one.ancillary.dscp, Dscp::af42);
        EXPECT_EQ(one.ancillary.ecn, Ecn::ect1);
        EXPECT_EQ(one.ancillary.hop_limit, 9);
    }
}

TEST_P(Train, ReachesAReaderWithoutGroAsSingleDatagrams) {
    aim(open(with(true, true)), open(with(true, false)));
    const Transmit twenty = train(path_, 20, 1200, 1);
    EXPECT_EQ(calls_for({&twenty, 1}), 1u);
    const auto arrived = receive(*receiver_, 20);
    ASSERT_EQ(arrived.size(), 20u);
    expect_numbered(arrived, 1200, 1);
}

TEST_P(Train, IsCutBySendmmsgWithoutGso) {
    aim(open(with(false, true)), open(with(true, true)));
    const Transmit fifty = train(path_, 50, 1200, 100);
    EXPECT_EQ(calls_for({&fifty, 1}), 1u); // one call all the same
    const auto arrived = receive(*receiver_, 50);
    ASSERT_EQ(arrived.size(), 50u);
    expect_numbered(arrived, 1200, 100);
}

TEST_P(Train, IsMadeOfEqualNeighbours) {
    std::vector<Transmit> batch;
    for (char i = 0; i < 40; ++i)
        batch.push_back(datagram(path_, std::string(300, i)));
    batch.push_back(datagram(path_, std::string(20, 40))); // a shorter one may end a train
    EXPECT_EQ(calls_for(batch), 1u);
    ReceiveBatch received;
    const std::array interests{Interest{.fd = receiver_->fd()}};
    ASSERT_TRUE(wait(interests, Clock::now() + kPatience));
    ASSERT_EQ(receiver_->receive(received), 1u);
    EXPECT_EQ(received.messages()[0].segment_count(), 41u);
    EXPECT_EQ(received.messages()[0].segment_bytes, 300u);
}

TEST_P(Train, IsCutWhereMarkingsPathOrSizeChange) {
    Ancillary ef;
    ef.dscp = Dscp::ef;
    const UdpSocket other = open(GetParam());
    std::vector<Transmit> batch;
    batch.push_back(datagram(path_, "aaaa"));
    batch.push_back(datagram(path_, "bbbb"));
    batch.push_back(datagram(path_, "cccc", ef));
    batch.push_back(datagram(path_, "dddd", ef));
    batch.push_back(datagram(path_to(other, GetParam()), "eeee", ef));
    batch.push_back(datagram(path_, "ffff", ef));
    batch.push_back(datagram(path_, "gg", ef)); // shorter: the last of its train
    batch.push_back(datagram(path_, "hh", ef));
    batch.push_back(datagram(path_, "iiii", ef)); // longer: a new train
    batch.push_back(datagram(path_, "", ef));     // nothing rides with an empty datagram
    batch.push_back(datagram(path_, "", ef));
    EXPECT_EQ(calls_for(batch), 1u);

    std::string order;
    std::size_t messages = 0;
    ReceiveBatch received;
    while (order.size() < 30) {
        const std::array interests{Interest{.fd = receiver_->fd()}};
        ASSERT_TRUE(wait(interests, Clock::now() + kPatience));
        messages += receiver_->receive(received);
        for (const Received& message : received.messages()) {
            for (std::size_t i = 0; i < message.segment_count(); ++i) {
                const std::string text{as_text(message.segment(i))};
                order += text + '.';
                const bool early = text == "aaaa" || text == "bbbb";
                EXPECT_EQ(message.ancillary.dscp, early ? Dscp::cs0 : Dscp::ef) << text;
            }
        }
    }
    EXPECT_EQ(order, "aaaa.bbbb.cccc.dddd.ffff.gg.hh.iiii...");
    EXPECT_EQ(messages, 7u); // ab, cd, f with g, h, i, and two empty ones
}

TEST_P(Train, JoinsATrainAndTheDatagramBehindIt) {
    std::vector<Transmit> batch;
    batch.push_back(train(path_, 10, 1000));
    batch.push_back(train(path_, 5, 1000, 200));
    batch.push_back(train(path_, 3, 1000)); // may not follow a short one
    EXPECT_EQ(calls_for(batch), 1u);
    ReceiveBatch received;
    std::size_t datagrams = 0;
    std::size_t messages = 0;
    while (datagrams < 18) {
        const std::array interests{Interest{.fd = receiver_->fd()}};
        ASSERT_TRUE(wait(interests, Clock::now() + kPatience));
        messages += receiver_->receive(received);
        for (const Received& message : received.messages())
            datagrams += message.segment_count();
    }
    EXPECT_EQ(messages, 2u);
}

TEST_P(Train, OfMoreSegmentsOrBytesThanTheKernelTakesIsCut) {
    std::vector<Transmit> batch;
    batch.push_back(train(path_, 200, 100, 50));
    batch.push_back(train(path_, 30, 2180)); // 65400 bytes: no room for another
    batch.push_back(train(path_, 2, 2180));
    ASSERT_TRUE(sender_->send(batch).refused.empty());
    EXPECT_EQ(receive(*receiver_, 232).size(), 232u);
    EXPECT_EQ(sender_->counters().gso_fallbacks, 0u);
}

TEST_P(Train, ThatTheKernelRefusesGoesPieceByPieceAndNothingIsLost) {
    make_kernel_refuse_trains();
    std::vector<Transmit> batch;
    batch.push_back(datagram(path_, "first"));
    batch.push_back(train(path_, 50, 1200, 700));
    batch.push_back(datagram(path_, "last"));
    const auto outcome = sender_->send(batch);
    EXPECT_EQ(outcome.taken, 3u);
    EXPECT_TRUE(outcome.refused.empty());
    const auto arrived = receive(*receiver_, 52);
    ASSERT_EQ(arrived.size(), 52u);
    EXPECT_EQ(arrived.front().bytes, "first");
    EXPECT_EQ(arrived.back().bytes, "last");
    expect_numbered(std::span{arrived}.subspan(1, 50), 1200, 700);
    EXPECT_EQ(sender_->counters().gso_fallbacks, 1u);
    EXPECT_FALSE(sender_->capabilities().gso); // and it is not tried again

    const Transmit again = train(path_, 50, 1200, 700);
    EXPECT_EQ(calls_for({&again, 1}), 1u);
    EXPECT_EQ(receive(*receiver_, 50).size(), 50u);
}

TEST_P(Train, WithARefusedMarkingIsRefusedAndTrainsStayOn) {
    // An unknown control message that the check cannot know: the kernel says EINVAL to each.
    Ancillary ancillary;
    ancillary.extra.push_back(
        {.level = SOL_SOCKET, .type = 9999, .data = std::vector<std::byte>(4)});
    std::vector<Transmit> batch;
    batch.push_back(train(path_, 10, 1000));
    batch.push_back(train(path_, 10, 1000, 0, ancillary));
    batch.push_back(train(path_, 10, 1000));
    const auto outcome = sender_->send(batch);
    EXPECT_EQ(outcome.taken, 3u);
    ASSERT_EQ(outcome.refused.size(), 1u);
    EXPECT_EQ(outcome.refused[0].index, 1u);
    EXPECT_EQ(outcome.refused[0].first_segment, 0u);
    EXPECT_EQ(outcome.refused[0].segment_count, 10u);
    EXPECT_EQ(outcome.refused[0].os_errno, EINVAL);
    EXPECT_EQ(sender_->counters().refused, 10u);
    EXPECT_TRUE(sender_->capabilities().gso);
    EXPECT_EQ(receive(*receiver_, 20).size(), 20u); // and the marking was not stripped:
    ReceiveBatch rest;
    EXPECT_EQ(receiver_->receive(rest), 0u);
}

TEST_P(Train, CostsNoAllocationInSteadyState) {
    ReceiveBatch batch;
    Ancillary ef;
    ef.dscp = Dscp::ef;
    const auto round = [&] {
        std::array<Transmit, 3> out{train(path_, 50, 1200, 700, ef), datagram(path_, "one"),
                                    datagram(path_, "two", ef)};
        ASSERT_EQ(sender_->send(out).taken, 3u);
        std::size_t got = 0;
        while (got < 52) {
            const std::array interests{Interest{.fd = receiver_->fd()}};
            ASSERT_TRUE(wait(interests, Clock::now() + kPatience));
            receiver_->receive(batch);
            for (const Received& message : batch.messages())
                got += message.segment_count();
        }
    };
    for (int i = 0; i < 10; ++i)
        round();
    const std::uint64_t before = hawser::test::allocations();
    for (int i = 0; i < 100; ++i)
        round();
    EXPECT_EQ(hawser::test::allocations() - before, 0u);
}

// Without GSO a train stops in its middle when the send buffer is full.
TEST(FullSocket, TakesTheRestOfATrainLater) {
    in_private_network(65536, [] {
        DeafNeighbour neighbour;
        ASSERT_TRUE(neighbour.make()) << "needs the ip command";
        UdpSocket sender = open(
            {.local = Address::ipv4({10, 9, 0, 1}), .send_buffer_bytes = 16 * 1024, .gso = false});
        std::array<Transmit, 2> batch{train(DeafNeighbour::path(), 50, 1200, 100),
                                      datagram(DeafNeighbour::path(), "behind")};
        auto outcome = sender.send(batch);
        EXPECT_TRUE(outcome.blocked);
        EXPECT_EQ(outcome.taken, 0u);
        EXPECT_GT(outcome.segments, 0u);
        EXPECT_LT(outcome.segments, 50u);
        EXPECT_EQ(sender.counters().sent, outcome.segments);
        const std::size_t first = outcome.segments;
        EXPECT_EQ(sender.send(batch, first).segments,
                  first); // still full: nothing is lost or doubled

        neighbour.listen();
        std::vector<std::string> payloads;
        const Instant until = Clock::now() + kPatience;
        while (outcome.blocked && Clock::now() < until) {
            const std::array interests{Interest{.fd = sender.fd(), .writable = true}};
            ASSERT_TRUE(wait(interests, until));
            outcome = sender.send(batch, outcome.segments);
            neighbour.collect(payloads);
        }
        EXPECT_EQ(outcome.taken, 2u);
        EXPECT_TRUE(outcome.refused.empty());
        while (payloads.size() < 51 && Clock::now() < until)
            neighbour.collect(payloads);
        ASSERT_EQ(payloads.size(), 51u);
        for (std::size_t i = 0; i < 50; ++i) {
            EXPECT_EQ(payloads[i].front(), static_cast<char>(i));
            EXPECT_EQ(payloads[i].size(), i < 49 ? 1200u : 100u);
        }
        EXPECT_EQ(payloads[50], "behind");
        EXPECT_GE(sender.counters().blocked, 2u);
    });
}

} // namespace
} // namespace hawser::net::test
