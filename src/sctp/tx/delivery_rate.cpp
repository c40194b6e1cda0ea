#include "sctp/tx/delivery_rate.hpp"

#include <algorithm>
#include <utility>

namespace hawser::sctp {

void DeliveryRate::left(const Departure& departure) {
    if (departure.in_flight == 0) return; // nothing of it is acknowledged
    if (std::exchange(landed_, false)) first_sent_at_ = delivered_at_ = departure.now;
    if (departure.application_limited) limit_by_application(departure.in_flight);
    const bool is_same = count_ > 0 && at(count_ - 1).sent_at == departure.now;
    Record& record = is_same ? at(count_ - 1) : push();
    record = {.sent_at = departure.now,
              .first_sent_at = first_sent_at_,
              .delivered_at = delivered_at_,
              .delivered = delivered_,
              .lost = lost_,
              .in_flight = static_cast<std::uint32_t>(departure.in_flight),
              .application_limited = is_application_limited()};
}

std::optional<RateSample> DeliveryRate::acked(std::size_t bytes, std::optional<Instant> sent_at,
                                              Instant now, Duration least_interval) {
    delivered_ += bytes;
    delivered_at_ = now;
    Record* const record = sent_at ? find(*sent_at) : nullptr;
    if (record == nullptr) return std::nullopt;
    RateSample sample{.delivered = delivered_ - record->delivered,
                      .delivered_until = record->delivered,
                      .in_flight = record->in_flight,
                      .application_limited = record->application_limited};
    const Duration interval =
        std::max(record->sent_at - record->first_sent_at, now - record->delivered_at);
    if (interval > Duration::zero() && interval >= least_interval) {
        sample.rate =
            static_cast<double>(sample.delivered) / std::chrono::duration<double>(interval).count();
    }
    first_sent_at_ = std::max(first_sent_at_, record->sent_at);
    forget_before(*sent_at - 2 * (now - *sent_at)); // losses are found sooner
    return sample;
}

DeliveryRate::AtDeparture DeliveryRate::lost(std::size_t bytes, Instant sent_at) {
    lost_ += bytes;
    const Record* const record = find(sent_at);
    if (record == nullptr) return {.in_flight = 0, .lost_since = 0, .application_limited = true};
    return {.in_flight = record->in_flight,
            .lost_since = lost_ - record->lost,
            .application_limited = record->application_limited};
}

DeliveryRate::Record& DeliveryRate::push() {
    if (count_ == records_.size() && count_ < kRecordsMax) {
        std::vector<Record> larger(std::max<std::size_t>(16, 2 * count_));
        for (std::size_t i = 0; i < count_; ++i)
            larger[i] = at(i);
        records_ = std::move(larger);
        first_ = 0;
    }
    if (count_ == records_.size()) {
        first_ = (first_ + 1) & (records_.size() - 1); // the oldest goes
        --count_;
    }
    return at(count_++);
}

/// That of the train, or of the last one before it; null where all of those are forgotten.
DeliveryRate::Record* DeliveryRate::find(Instant sent_at) {
    std::size_t low = 0;
    for (std::size_t high = count_; low < high;) {
        const std::size_t middle = low + (high - low) / 2;
        if (at(middle).sent_at <= sent_at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? nullptr : &at(low - 1);
}

void DeliveryRate::forget_before(Instant sent_at) {
    while (count_ > 1 && at(0).sent_at < sent_at) {
        first_ = (first_ + 1) & (records_.size() - 1);
        --count_;
    }
}

} // namespace hawser::sctp
