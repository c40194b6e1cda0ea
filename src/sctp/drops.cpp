#include <hawser/sctp/drops.hpp>

namespace hawser::sctp {

std::vector<NamedCount> drops(const Counters& counters) {
    std::vector<NamedCount> all;
    for (std::size_t i = 0; i < kVerdicts; ++i) {
        const auto verdict = static_cast<Verdict>(i);
        if (verdict != Verdict::accepted) all.push_back({name(verdict), counters.of(verdict)});
    }
    all.push_back({"answers_suppressed", counters.answers_suppressed});
    all.push_back({"misnumbered_messages", counters.misnumbered_messages});
    all.push_back({"given_up_fragments", counters.given_up_fragments});
    all.push_back({"unauthenticated_chunks", counters.unauthenticated_chunks});
    return all;
}

} // namespace hawser::sctp
