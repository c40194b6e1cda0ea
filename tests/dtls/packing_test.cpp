// Messages that follow each other in an epoch share records, up to the room of a datagram (RFC 6347
// §4.2.3, RFC 9147 §5.5).
#include "dtls/versions.hpp"

#include <hawser/wire/dtls/record.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace hawser::dtls::test {
namespace {

using namespace std::chrono_literals;
using wire::dtls::ContentType;

class Packing : public PerVersion {
protected:
    /// Records of the server's, a number for each datagram, until it sends its first data.
    std::vector<std::size_t> records_of(Talk& talk, std::size_t datagrams_lost = 0) {
        std::vector<std::size_t> counts;
        talk.on_way = [&, datagrams_lost](const End& from, Talk::Flying& datagram) {
            if (&from != &talk.server || !asked_for_cookie) {
                asked_for_cookie = asked_for_cookie || &from == &talk.server;
                return true;
            }
            std::size_t count = 0;
            wire::dtls::Records records{datagram.bytes, 0};
            while (records.next())
                ++count;
            counts.push_back(count);
            largest = std::max(largest, datagram.bytes.size());
            return counts.size() > datagrams_lost;
        };
        EXPECT_TRUE(talk.connect(client, server)) << why(talk);
        talk.on_way = nullptr;
        return counts;
    }

    /// ServerHello to ServerHelloDone are in the clear; in 1.3 all that follows the hello is not.
    static std::size_t epochs() { return is_1_3() ? 2 : 1; }

    bool asked_for_cookie = false;
    std::size_t largest = 0;
};

TEST_P(Packing, AFlightHasARecordForEachEpoch) {
    Talk talk;
    const auto counts = records_of(talk);
    ASSERT_FALSE(counts.empty());
    EXPECT_EQ(counts.front(), epochs());
}

TEST_P(Packing, AFlightThatIsSentAgainHasNoMore) {
    Talk talk;
    const auto counts = records_of(talk, 1);
    ASSERT_GE(counts.size(), 2u);
    EXPECT_EQ(counts[0], epochs());
    EXPECT_EQ(counts[1], epochs());
}

TEST_P(Packing, ADatagramIsFilledBeforeTheNextBegins) {
    server.handshake_datagram_bytes = 256;
    client.verification.anyone = true;
    Talk talk;
    std::vector<std::size_t> sizes;
    talk.on_way = [&](const End& from, Talk::Flying& datagram) {
        const bool flight = &from == &talk.server && talk.client.count<Connected>() == 0;
        if (flight && std::exchange(asked_for_cookie, true)) sizes.push_back(datagram.bytes.size());
        return true;
    };
    ASSERT_TRUE(talk.connect(client, server)) << why(talk);
    ASSERT_GE(sizes.size(), 3u);
    // What is left has no room for the header of a record and of a fragment, with a byte.
    const std::size_t first_flight = sizes.size() - (is_1_3() ? 1 : 2);
    for (std::size_t i = 0; i + 1 < first_flight; ++i)
        EXPECT_GE(sizes[i], 256u - 40u) << i;
}

TEST_P(Packing, ARecordKeepsTheLimitOfThePeer) {
    client.record_size_limit = 64;
    Talk talk;
    const auto counts = records_of(talk);
    ASSERT_FALSE(counts.empty());
    EXPECT_GT(counts.front(), epochs() + 3);
    talk.exchange();
}

HAWSER_BOTH_VERSIONS(Packing);

} // namespace
} // namespace hawser::dtls::test
