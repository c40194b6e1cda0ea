#include "simulation/ledger.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <utility>

namespace hawser::test {

using sctp::SendFailed;

namespace {

/// Whether its sender may have given it up, as its options say.
bool may_be_given_up(const sctp::SendOptions& options) {
    return options.lifetime > Duration::zero() || options.retransmissions_max || options.priority;
}

/// Whether the options are why.
bool is_reason(SendFailed::Why why, const sctp::SendOptions& options) {
    switch (why) {
    case SendFailed::Why::lifetime: return options.lifetime > Duration::zero();
    case SendFailed::Why::retransmissions: return options.retransmissions_max.has_value();
    case SendFailed::Why::priority: return options.priority.value_or(0) > 0;
    default: return true;
    }
}

} // namespace

void Ledger::sent(std::string payload, const sctp::SendOptions& options) {
    const std::size_t index = entries_.size();
    if (!options.unordered) {
        ordered_[{life_, std::to_underlying(options.stream)}].push_back(index);
    }
    entries_.push_back({.payload = std::move(payload), .options = options, .life = life_});
    ++open_;
}

void Ledger::arrived(const sctp::Message& message) {
    const std::size_t index = std::to_underlying(message.ppid);
    if (index >= entries_.size()) {
        ADD_FAILURE() << "a message that nobody sent: PPID " << index;
        return;
    }
    Entry& entry = entries_[index];
    // A late copy of a COOKIE ECHO begins the association of one that has crashed once more, with
    // the data that rode on it: RFC 9260 leaves that to the cookie's lifetime.
    if (entry.delivered && entry.fate == Fate::excused) return;
    EXPECT_FALSE(entry.delivered) << "message " << index << " came twice";
    EXPECT_EQ(as_text(message.payload.bytes()) == entry.payload, true)
        << "message " << index << " has another payload";
    EXPECT_EQ(message.stream, entry.options.stream);
    EXPECT_EQ(message.unordered, entry.options.unordered);
    check_marking(entry, message.ancillary);
    close(entry);
    entry.delivered = true;
    if (!entry.options.unordered) check_order(index);
}

/// Before this one came all that were sent before it on its stream, but for those given up.
void Ledger::check_order(std::size_t index) {
    const Lane lane{entries_[index].life, std::to_underlying(entries_[index].options.stream)};
    const auto& row = ordered_[lane];
    std::size_t& next = next_[lane];
    while (next < row.size() && row[next] != index) {
        const Entry& skipped = entries_[row[next]];
        EXPECT_TRUE(may_be_given_up(skipped.options) && !skipped.delivered)
            << "message " << index << " came before " << row[next] << " on its stream";
        ++next;
    }
    EXPECT_LT(next, row.size()) << "message " << index << " came after its successors";
    ++next;
}

void Ledger::check_marking(const Entry& entry, const Ancillary& got) const {
    if (!rules_.markings_arrive) return;
    const Ancillary& asked = entry.options.ancillary;
    const auto dscp = asked.dscp ? asked.dscp : rules_.defaults.dscp;
    const auto ecn = asked.ecn ? asked.ecn : rules_.defaults.ecn;
    EXPECT_EQ(got.dscp, dscp.value_or(Dscp::cs0));
    if (!ecn && rules_.ecn) { // for the engine to choose
        EXPECT_NE(got.ecn, Ecn::ect1);
    } else if (got.ecn != Ecn::ce || ecn.value_or(Ecn::not_ect) == Ecn::not_ect) {
        EXPECT_EQ(got.ecn, ecn.value_or(Ecn::not_ect));
    }
    if (asked.hop_limit) {
        EXPECT_EQ(got.hop_limit, asked.hop_limit);
    }
}

void Ledger::failed(const SendFailed& report) {
    const std::size_t index = std::to_underlying(report.ppid);
    ASSERT_LT(index, entries_.size());
    Entry& entry = entries_[index];
    EXPECT_EQ(entry.fate, Fate::open) << "message " << index << " failed twice";
    const bool is_settled = report.payload.size() == 0; // by NR-SACK
    EXPECT_TRUE(is_settled || as_text(report.payload.bytes()) == entry.payload)
        << "message " << index << " came back changed";
    EXPECT_TRUE(is_reason(report.why, entry.options)) << "message " << index;
    if (!report.sent) {
        EXPECT_FALSE(entry.delivered) << "message " << index << " never left, and came";
    }
    close(entry);
    entry.fate = Fate::failed;
}

bool Ledger::may_be_missing(const Entry& entry) const {
    return entry.delivered || entry.fate != Fate::open;
}

void Ledger::life_ends(End end) {
    for (std::size_t i = first_of_life_; i < entries_.size(); ++i) {
        Entry& entry = entries_[i];
        if (end == End::crashed) {
            close(entry);
            if (entry.fate == Fate::open) entry.fate = Fate::excused;
        } else if (graceful_) {
            EXPECT_TRUE(entry.delivered || may_be_given_up(entry.options))
                << "message " << i << " was lost in a graceful shutdown";
        }
        EXPECT_TRUE(may_be_missing(entry)) << "nobody knows what became of message " << i;
    }
    first_of_life_ = entries_.size();
    graceful_ = false;
    ++life_;
}

std::string Ledger::describe_open() const {
    std::string text;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        if (entry.delivered || entry.fate != Fate::open) continue;
        const sctp::SendOptions& options = entry.options;
        text +=
            fmt::format(" {} (stream {}{}, {} bytes{}{})", i, std::to_underlying(options.stream),
                        options.unordered ? " unordered" : "", entry.payload.size(),
                        options.lifetime > Duration::zero() ? ", with a lifetime" : "",
                        options.ancillary.send_at ? ", held at first" : "");
    }
    return text;
}

} // namespace hawser::test
