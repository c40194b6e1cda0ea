// I-DATA: RFC 8260 §2.2.3.
#include "sctp/association/association.hpp"

#include <hawser/wire/sctp/i_data.hpp>

namespace hawser::sctp {

Verdict Association::on_i_data(const wire::sctp::Chunk& chunk, const Arrival& arrival) {
    if (!transfer_->negotiated.interleaving) return violation("I-DATA where DATA was agreed on");
    const auto data = wire::sctp::IData::parse(chunk.flags, chunk.value);
    if (!data) return no_user_data(chunk);
    user_data_came();
    if (may_be_of_the_new(data->tsn)) return Verdict::no_room;
    note_mark(data->tsn, arrival);
    if (!has_inbound(data->stream)) return refuse_stream(data->tsn, data->stream);
    return judge(transfer_->receiver.i_data(*data, arrival.datagram));
}

} // namespace hawser::sctp
