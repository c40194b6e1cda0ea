// A capture of anybody's: no file may crash its summary, which does not count what was not there.
#include "fuzzing.hpp"

#include <hawser/capture/summary.hpp>

#include <numeric>

namespace hawser::capture {
namespace {

std::uint64_t marked(const std::vector<MarkingTally>& markings) {
    return std::accumulate(markings.begin(), markings.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& one) { return sum + one.packets; });
}

void check(const Flow& flow) {
    std::uint64_t messages = 0;
    for (const StreamTally& stream : flow.streams) {
        HAWSER_ASSERT(stream.unordered_messages <= stream.messages);
        messages += stream.messages;
    }
    HAWSER_ASSERT(messages <= flow.messages);
    constexpr std::size_t kData = 0;
    constexpr std::size_t kIData = 64;
    HAWSER_ASSERT(flow.messages + flow.retransmitted_chunks <=
                  flow.chunks[kData] + flow.chunks[kIData]);
}

void check(const DtlsFlow& flow) {
    HAWSER_ASSERT(flow.datagrams <= flow.records);
    HAWSER_ASSERT(flow.sealed_records <= flow.records);
    HAWSER_ASSERT(flow.cid_records <= flow.sealed_records);
    HAWSER_ASSERT(marked(flow.markings) <= flow.datagrams);
}

void check_file(Bytes file) {
    auto reader = Reader::from(file);
    if (!reader) return;
    Summariser summariser;
    std::uint64_t frames = 0;
    while (const Frame* frame = reader->next()) {
        HAWSER_ASSERT(frame->payload.size() <= frame->payload_bytes || frame->payload.empty());
        HAWSER_ASSERT(frame->payload.size() == frame->payload_bytes || frame->cut);
        summariser.add(*frame);
        frames += 1;
    }
    const Summary summary = summariser.finish(*reader);
    HAWSER_ASSERT(summary.frames == frames);
    HAWSER_ASSERT(summary.trains <= summary.frames);
    HAWSER_ASSERT(summary.train_packets >= 2 * summary.trains);
    // Whatever is in a file, each frame is one thing.
    HAWSER_ASSERT(summary.sctp_packets + summary.repeated_packets + summary.packets_not_kept +
                      summary.dtls_frames + summary.other_frames + summary.malformed_packets +
                      summary.unreadable_packets + summary.dropped_frames ==
                  summary.frames - summary.trains + summary.train_packets);
    HAWSER_ASSERT(summary.unreadable_packets == 0 || summary.cut_frames > 0);
    for (const auto& association : summary.associations) {
        check(association.initiator);
        check(association.responder);
    }
    for (const auto& connection : summary.dtls) {
        check(connection.client);
        check(connection.server);
    }
}

} // namespace
} // namespace hawser::capture

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::capture::check_file(hawser::fuzz::input_of(data, size));
    return 0;
}
