// DATA: RFC 9260 §6.2.
#include "sctp/association/association.hpp"

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/data.hpp>

namespace hawser::sctp {

using wire::sctp::CauseCode;

Verdict Association::on_data(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (transfer_->negotiated.interleaving) return violation("DATA where I-DATA was agreed on");
    const auto data = wire::sctp::Data::parse(chunk.flags, chunk.value);
    if (!data) return no_user_data(chunk);
    user_data_came();
    if (may_be_of_the_new(data->tsn)) return Verdict::no_room;
    note_mark(data->tsn, arrival);
    if (!has_inbound(data->stream)) return refuse_stream(data->tsn, data->stream);
    return judge(transfer_->receiver.data(*data, arrival.datagram));
}

// --- what DATA and I-DATA have in common ---

Verdict Association::no_user_data(const wire::sctp::Chunk& chunk) {
    if (chunk.value.size() < sizeof(std::uint32_t)) return Verdict::malformed;
    return violation(CauseCode::no_user_data, chunk.value.first(sizeof(std::uint32_t)));
}

/// RFC 9260 §9.2: SHUTDOWN goes again, with the new Cumulative TSN.
void Association::user_data_came() {
    auto* sent = in<ShutdownSent>();
    if (sent == nullptr) return;
    sent->shutdown.ask_again();
    transfer_->receiver.request_sack();
}

bool Association::has_inbound(StreamId stream) const {
    return std::to_underlying(stream) < transfer_->negotiated.inbound_streams;
}

/// RFC 9260 §6.5: acknowledged, reported, thrown away.
Verdict Association::refuse_stream(Tsn tsn, StreamId stream) {
    const Receiver::Result result = transfer_->receiver.discard(tsn);
    if (result == Receiver::Result::taken) {
        std::array<std::byte, 4> value{};
        wire::store_big(value.data(), std::to_underlying(stream));
        queue_error(CauseCode::invalid_stream_identifier, value);
    }
    return judge(result);
}

/// What became of DATA decides about the packet, or about the whole association.
Verdict Association::judge(Receiver::Result result) {
    switch (result) {
    case Receiver::Result::taken:
    case Receiver::Result::duplicate: return Verdict::accepted;
    case Receiver::Result::no_room: return Verdict::no_room;
    case Receiver::Result::violation: return violation("fragments that do not fit together");
    case Receiver::Result::too_large: return violation(CauseCode::out_of_resource, {});
    }
    return Verdict::accepted;
}

} // namespace hawser::sctp
