// DATA: RFC 9260 §6.2.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/causes.hpp>
#include <hawser/wire/sctp/data.hpp>

namespace hawser::sctp {

using wire::sctp::CauseCode;

Verdict Association::on_data(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    const auto data = wire::sctp::Data::parse(chunk.flags, chunk.value);
    if (!data) {
        if (chunk.value.size() < sizeof(std::uint32_t)) return Verdict::malformed;
        return violation(CauseCode::no_user_data, chunk.value.first(sizeof(std::uint32_t)));
    }
    Receiver& receiver = transfer_->receiver;
    if (auto* sent = in<ShutdownSent>()) { // §9.2: with the new Cumulative TSN
        sent->shutdown.ask_again();
        receiver.request_sack();
    }
    if (std::to_underlying(data->stream) >= transfer_->negotiated.inbound_streams) {
        // §6.5: acknowledged, reported, thrown away.
        const Receiver::Result result = receiver.discard(data->tsn);
        if (result == Receiver::Result::taken) {
            const std::array<std::byte, 4> value{chunk.value[4], chunk.value[5], {}, {}};
            queue_error(CauseCode::invalid_stream_identifier, value);
        }
        return judge(result);
    }
    return judge(receiver.data(*data, arrival.datagram));
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
