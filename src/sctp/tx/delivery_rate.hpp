// How fast a path delivers, by what each SACK acknowledges (draft-cheng-iccrg-delivery-rate-
// estimation).
#pragma once

#include "sctp/tx/congestion.hpp"

#include <hawser/core/instant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace hawser::sctp {

/// What one SACK says of the way of the chunk that it acknowledged and that left last.
struct RateSample {
    double rate = 0;                   ///< bytes a second; 0: from too short a time to say
    std::uint64_t delivered = 0;       ///< bytes, from its departure on
    std::uint64_t delivered_until = 0; ///< bytes of all times, before its departure
    std::size_t in_flight = 0;         ///< when it had left, itself in it
    bool application_limited = false;  ///< nothing more was there to be sent
};

/// Bytes delivered of all times, and what they were whenever a train left: the rate is the
/// difference over the longer of two times, that which the trains took to leave and that which
/// their SACKs took to come. Chunks say by the instant of their departure which train it was, so
/// that none of them has to carry what belongs to all of it.
class DeliveryRate {
public:
    /// A train has left.
    void left(const Departure& departure);
    /// `bytes` were acknowledged, of which the last to leave did so at `sent_at`; nullopt: when is
    /// not known. What came in less than `least_interval` has been compressed on its way.
    std::optional<RateSample> acked(std::size_t bytes, std::optional<Instant> sent_at, Instant now,
                                    Duration least_interval);
    /// Nothing is under way any more: the next train begins a flight of its own.
    void landed() { landed_ = true; }
    bool has_landed() const { return landed_; }
    /// Until something arrives that leaves after all that is `in_flight`, rates say nothing of what
    /// the path carries.
    void limit_by_application(std::size_t in_flight) { limited_until_ = delivered_ + in_flight; }
    bool is_application_limited() const {
        return limited_until_ != 0 && limited_until_ >= delivered_;
    }

    /// What was known when the train at an instant had left, and what was lost since.
    struct AtDeparture {
        std::size_t in_flight;
        std::uint64_t lost_since;
        bool application_limited;
    };
    /// A chunk of so many bytes is lost, which left then.
    AtDeparture lost(std::size_t bytes, Instant sent_at);

    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t lost() const { return lost_; }

private:
    static constexpr std::size_t kRecordsMax = 4096;

    struct Record {
        Instant sent_at{};
        Instant first_sent_at{}; ///< of the flight that it is measured with
        Instant delivered_at{};  ///< when something last arrived
        std::uint64_t delivered = 0;
        std::uint64_t lost = 0;
        std::uint32_t in_flight = 0;
        bool application_limited = false;
    };

    Record& at(std::size_t index) { return records_[(first_ + index) & (records_.size() - 1)]; }
    Record& push();
    Record* find(Instant sent_at);
    void forget_before(Instant sent_at);

    std::vector<Record> records_; // a ring, in the order in which they left
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t limited_until_ = 0; // of `delivered_`
    Instant delivered_at_{};
    Instant first_sent_at_{};
    bool landed_ = true;
};

} // namespace hawser::sctp
