// NR-SACK: a SACK that also says what the peer will never give up (draft-natarajan-tsvwg-sctp-
// nrsack).
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/nr_sack.hpp>

#include <algorithm>
#include <vector>

namespace hawser::sctp {

using wire::sctp::Gap;
using wire::sctp::NrSackView;

namespace {

/// What both kinds of gaps say together, in order; those that overlap are one. Gaps that are out of
/// order among their kind stay so, for who reads them to stop there.
std::vector<Gap> all_gaps(const NrSackView& sack) {
    std::vector<Gap> all;
    all.reserve(sack.gap_count() + sack.nr_gap_count());
    const auto add = [&all](Gap gap) {
        const bool joins = !all.empty() && gap.first >= all.back().first &&
                           gap.first <= all.back().last && gap.last >= gap.first;
        if (!joins) return all.push_back(gap);
        all.back().last = std::max(all.back().last, gap.last);
    };
    std::size_t nr = 0;
    for (std::size_t i = 0; i < sack.gap_count(); ++i) {
        const Gap gap = sack.gap(i);
        for (; nr < sack.nr_gap_count() && sack.nr_gap(nr).first < gap.first; ++nr)
            add(sack.nr_gap(nr));
        add(gap);
    }
    for (; nr < sack.nr_gap_count(); ++nr)
        add(sack.nr_gap(nr));
    return all;
}

} // namespace

Verdict Association::on_nr_sack(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (!transfer_->negotiated.nr_sack) return on_unknown(chunk);
    const auto sack = NrSackView::parse(chunk.value);
    if (!sack) return Verdict::malformed;
    std::vector<wire::sctp::Tsn> duplicates;
    for (std::size_t i = 0; i < sack->duplicate_count(); ++i)
        duplicates.push_back(sack->duplicate(i));
    const std::vector<Gap> gaps = all_gaps(*sack);
    std::vector<std::byte> plain(wire::sctp::SackView::kHeaderBytes +
                                 (gaps.size() + duplicates.size()) *
                                     wire::sctp::SackView::kEntryBytes);
    wire::Writer out{plain};
    wire::sctp::write_sack(out, sack->cumulative_tsn(), sack->receive_window_bytes(), gaps,
                           duplicates);
    const auto view =
        wire::sctp::SackView::parse(out.output().subspan(wire::sctp::kTlvHeaderBytes));
    if (!view) return Verdict::malformed;
    return take_sack(*view, &*sack, arrival.now);
}

} // namespace hawser::sctp
