#include <hawser/wire/dtls/post_handshake.hpp>

#include <utility>

namespace hawser::wire::dtls {

Result<Bytes> parse_finished(Bytes body, std::size_t verify_data_bytes) {
    if (body.size() != verify_data_bytes) return fail(Errc::malformed, "length of Finished");
    return body;
}

Result<NewSessionTicket12> NewSessionTicket12::parse(Bytes body) {
    Reader in{body};
    NewSessionTicket12 ticket;
    ticket.lifetime_hint_s = in.u32();
    ticket.ticket = read_vector<2>(in);
    return finish_exactly(in, ticket, "NewSessionTicket and its length differ");
}

void NewSessionTicket12::write(Writer& out) const {
    out.u32(lifetime_hint_s);
    write_vector<2>(out, ticket);
}

Result<NewSessionTicket13> NewSessionTicket13::parse(Bytes body) {
    Reader in{body};
    NewSessionTicket13 ticket;
    ticket.lifetime_s = in.u32();
    ticket.age_add = in.u32();
    ticket.nonce = read_vector<1>(in);
    ticket.ticket = read_vector<2>(in);
    if (ticket.ticket.empty()) return fail(Errc::malformed, "NewSessionTicket without a ticket");
    const auto extensions = read_extensions(in, ExtensionBlock::required);
    if (!extensions) return std::unexpected{extensions.error()};
    ticket.extensions = *extensions;
    return finish_exactly(in, ticket, "NewSessionTicket and its length differ");
}

void NewSessionTicket13::write(Writer& out) const {
    if (ticket.empty()) return out.fail();
    out.u32(lifetime_s);
    out.u32(age_add);
    write_vector<1>(out, nonce);
    write_vector<2>(out, ticket);
    write_vector<2>(out, extensions.bytes());
}

Result<KeyUpdateRequest> parse_key_update(Bytes body) {
    Reader in{body};
    const std::uint8_t request = in.u8();
    if (request > std::to_underlying(KeyUpdateRequest::update_requested)) {
        return fail(Errc::malformed, "KeyUpdate asks for what nobody knows");
    }
    return finish_exactly(in, KeyUpdateRequest{request}, "KeyUpdate and its length differ");
}

void write_key_update(Writer& out, KeyUpdateRequest request) {
    out.u8(std::to_underlying(request));
}

Result<NewConnectionId> NewConnectionId::parse(Bytes body) {
    Reader in{body};
    const auto cids = List<ConnectionId>::parse(read_vector<2>(in));
    if (!cids) return fail(Errc::malformed, "connection IDs of NewConnectionId");
    const std::uint8_t usage = in.u8();
    if (usage > std::to_underlying(ConnectionIdUsage::spare)) {
        return fail(Errc::malformed, "usage of NewConnectionId");
    }
    return finish_exactly(in, NewConnectionId{*cids, ConnectionIdUsage{usage}},
                          "NewConnectionId and its length differ");
}

void write_new_connection_id(Writer& out, std::span<const Bytes> cids, ConnectionIdUsage usage) {
    write_opaques<2, 1>(out, cids);
    out.u8(std::to_underlying(usage));
}

Result<std::uint8_t> parse_request_connection_id(Bytes body) {
    Reader in{body};
    const std::uint8_t count = in.u8();
    return finish_exactly(in, count, "RequestConnectionId and its length differ");
}

void write_request_connection_id(Writer& out, std::uint8_t count) {
    out.u8(count);
}

std::optional<RecordNumber> RecordNumber::take(Reader& in) {
    RecordNumber number;
    number.epoch = in.u64();
    number.sequence = in.u64();
    if (!in.ok()) return std::nullopt;
    return number;
}

Result<List<RecordNumber>> parse_ack(Bytes payload) {
    return parse_list<2, RecordNumber>(payload, "record numbers of ACK");
}

void write_ack(Writer& out, std::span<const RecordNumber> numbers) {
    write_vector<2>(out, [numbers](Writer& to) {
        for (const RecordNumber& number : numbers) {
            to.u64(number.epoch);
            to.u64(number.sequence);
        }
    });
}

Result<RrcMessage> RrcMessage::parse(Bytes payload) {
    Reader in{payload};
    RrcMessage message;
    message.type = RrcType{in.u8()};
    if (!in.ok()) return fail(Errc::malformed, "return routability check without a type");
    if (message.type > RrcType::path_drop) {
        return fail(Errc::unsupported, "return routability check of a type that nobody knows");
    }
    message.cookie = in.u64();
    return finish_exactly(in, message, "return routability check and its length differ");
}

void RrcMessage::write(Writer& out) const {
    out.u8(std::to_underlying(type));
    out.u64(cookie);
}

} // namespace hawser::wire::dtls
