// Data of another layer, sealed where it stands: a datagram, or a train of them.
#include "dtls/versions.hpp"

#include <algorithm>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;

class Sealing : public PerVersion {
protected:
    void SetUp() override {
        client.connection_id_bytes = 0;
        server.connection_id_bytes = 5;
        ASSERT_TRUE(talk.connect(client, server)) << why(talk);
        talk.run();
        around = talk.client.endpoint.overhead(talk.client_handle);
    }

    /// The texts with so much room around each; all but the last are equally long.
    Transmit clear(const std::vector<std::string>& texts, Overhead room) {
        std::size_t bytes = 0;
        for (const std::string& text : texts)
            bytes += room.headroom + text.size() + room.tailroom;
        Transmit transmit{.payload = talk.client.packets.take(bytes)};
        transmit.payload.resize(bytes);
        transmit.headroom = room.headroom;
        transmit.tailroom = room.tailroom;
        if (texts.size() > 1) transmit.segment_bytes = static_cast<std::uint16_t>(texts[0].size());
        for (std::size_t i = 0; i < texts.size(); ++i)
            std::ranges::copy(bytes_of(texts[i]), transmit.segment(i).begin());
        return transmit;
    }
    Result<Transmit> seal(Transmit&& transmit) {
        return talk.client.endpoint.seal(talk.client_handle, std::move(transmit), talk.now);
    }
    void deliver(const Transmit& sealed) {
        for (std::size_t i = 0; i < sealed.segment_count(); ++i) {
            const Bytes segment = sealed.segment(i);
            talk.flying.push_back({talk.now,
                                   i,
                                   PacketId{i},
                                   {.local = sealed.path.remote, .remote = talk.client.address},
                                   {},
                                   {segment.begin(), segment.end()}});
        }
        talk.run(1s);
    }

    Talk talk;
    Overhead around;
};

TEST_P(Sealing, MakesARecordOfEachSegment) {
    const std::vector<std::string> texts{std::string(300, 'a'), std::string(300, 'b'), "the rest"};
    const auto more = [this](int bytes) {
        return Overhead{static_cast<std::uint16_t>(around.headroom + bytes),
                        static_cast<std::uint16_t>(around.tailroom + bytes)};
    };
    for (const Overhead& room : {around, more(1), more(40)}) {
        const Counters before = talk.client.endpoint.counters();
        talk.server.events.clear();
        auto sealed = seal(clear(texts, room));
        ASSERT_TRUE(sealed);
        EXPECT_EQ(sealed->path.remote, talk.server.address);
        EXPECT_EQ(sealed->headroom + sealed->tailroom, 0);
        ASSERT_EQ(sealed->segment_count(), texts.size());
        for (std::size_t i = 0; i < texts.size(); ++i)
            EXPECT_EQ(sealed->segment(i).size(),
                      around.headroom + texts[i].size() + around.tailroom);
        EXPECT_EQ(talk.client.endpoint.counters().datagrams_sent, before.datagrams_sent + 3);
        EXPECT_EQ(talk.client.endpoint.counters().records_sealed, before.records_sealed + 3);
        const std::uint64_t opened = talk.server.endpoint.counters().records_opened;
        deliver(*sealed);
        EXPECT_EQ(talk.server.texts(), texts);
        EXPECT_EQ(talk.server.endpoint.counters().records_opened, opened + 3);
    }
}

TEST_P(Sealing, MakesARecordOfOneDatagram) {
    const std::uint64_t before = talk.client.endpoint.counters().datagrams_sent;
    auto sealed = seal(clear({"alone"}, around));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->segment_bytes, 0);
    EXPECT_EQ(talk.client.endpoint.counters().datagrams_sent, before + 1);
    deliver(*sealed);
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"alone"});
}

TEST_P(Sealing, NeedsTheRoomOfARecord) {
    const std::uint64_t before = talk.client.endpoint.counters().records_sealed;
    Overhead less_before = around, less_after = around;
    --less_before.headroom;
    --less_after.tailroom;
    for (const Overhead& room : {less_before, less_after})
        EXPECT_EQ(seal(clear({"tight"}, room)).error().code, Errc::invalid_argument);
    EXPECT_EQ(talk.client.endpoint.counters().records_sealed, before);
}

TEST_P(Sealing, EndsWithTheConnection) {
    ASSERT_TRUE(talk.client.endpoint.close(talk.client_handle, talk.now));
    EXPECT_EQ(seal(clear({"late"}, around)).error().code, Errc::not_found);
}

class SealingWithShortTags : public Sealing {
protected:
    void SetUp() override {
        client.cipher_suites = server.cipher_suites = {CipherSuite::aes_128_ccm_8_sha256};
        Sealing::SetUp();
    }
};

// In 1.3 the number is hidden by 16 bytes of ciphertext; a tag of 8 leaves 7 to the content.
TEST_P(SealingWithShortTags, NeedsEnoughToHideTheNumber) {
    const std::uint64_t before = talk.client.endpoint.counters().records_sealed;
    for (const auto& texts : {std::vector<std::string>{"sixth!"}, {"long enough", "sixth!"}})
        EXPECT_EQ(seal(clear(texts, around)).error().code, Errc::invalid_argument);
    EXPECT_EQ(talk.client.endpoint.counters().records_sealed, before) << "no number is spent";
    auto sealed = seal(clear({"seventh"}, around));
    ASSERT_TRUE(sealed);
    deliver(*sealed);
    EXPECT_EQ(talk.server.texts(), std::vector<std::string>{"seventh"});
}

INSTANTIATE_TEST_SUITE_P(Dtls, SealingWithShortTags, testing::Values(Version::v1_3), version_name);

HAWSER_BOTH_VERSIONS(Sealing);

} // namespace
} // namespace hawser::dtls::test
