// The payload of a handshake record: its fragments come back, and the body of each that is whole is
// read as every message it may be, by its type, and comes back.
#include "dtls_round_trips.hpp"

#include <hawser/wire/dtls/alert.hpp>

namespace hawser::wire::dtls {
namespace {

void round_trip_certificate(Bytes body) {
    if (const auto chain = parse_certificate12(body)) {
        const auto all = bytes_of(*chain);
        comes_back(body, [&](Writer& out) { write_certificate12(out, all); });
    }
    if (const auto key = parse_raw_public_key12(body)) {
        comes_back(body, [&](Writer& out) { write_raw_public_key12(out, *key); });
    }
    const auto certificate = Certificate13::parse(body);
    if (!certificate) return;
    std::vector<Bytes> chain;
    Bytes leaf_extensions;
    bool of_leaf_alone = true;
    for (const CertificateEntry& entry : certificate->entries) {
        check_extensions(entry.extensions);
        if (chain.empty()) {
            leaf_extensions = entry.extensions.bytes();
        } else {
            of_leaf_alone = of_leaf_alone && entry.extensions.empty();
        }
        chain.push_back(entry.data);
    }
    if (of_leaf_alone) {
        comes_back(body, [&](Writer& out) {
            write_certificate13(out, certificate->context, chain, leaf_extensions);
        });
    }
}

void round_trip_certificate_request(Bytes body) {
    if (const auto request = CertificateRequest12::parse(body)) {
        const auto types = numbers_of(request->types);
        const auto schemes = numbers_of(request->schemes);
        const auto authorities = bytes_of(request->authorities);
        comes_back(body, [&](Writer& out) {
            write_certificate_request12(out, types, schemes, authorities);
        });
    }
    if (const auto request = CertificateRequest13::parse(body)) {
        check_extensions(request->extensions);
        comes_back(body, [&](Writer& out) {
            write_certificate_request13(out, request->context,
                                        [&](Writer& to) { to.bytes(request->extensions.bytes()); });
        });
    }
}

/// For messages that are a struct with `parse` and `write`.
template <class Message>
void round_trip(Bytes body) {
    if (const auto message = Message::parse(body)) {
        comes_back(body, [&](Writer& out) { message->write(out); });
    }
}

void round_trip_key_exchanges(HandshakeType type, Bytes body) {
    if (type == HandshakeType::client_key_exchange) {
        round_trip<EcdheClientKeyExchange>(body);
        round_trip<PskClientKeyExchange>(body);
        round_trip<EcdhePskClientKeyExchange>(body);
        return;
    }
    round_trip<EcdheServerKeyExchange>(body);
    round_trip<PskServerKeyExchange>(body);
    round_trip<EcdhePskServerKeyExchange>(body);
    if (const auto exchange = EcdheServerKeyExchange::parse(body)) {
        comes_back(exchange->signed_params, [&](Writer& out) { exchange->params.write(out); });
    }
}

void round_trip_cids(HandshakeType type, Bytes body) {
    if (type == HandshakeType::request_connection_id) {
        if (const auto count = parse_request_connection_id(body)) {
            comes_back(body, [&](Writer& out) { write_request_connection_id(out, *count); });
        }
        return;
    }
    if (const auto message = NewConnectionId::parse(body)) {
        const auto cids = bytes_of(message->cids);
        comes_back(body, [&](Writer& out) { write_new_connection_id(out, cids, message->usage); });
    }
}

/// What stands in records of its own, too: nothing in it says which it is.
void round_trip_records(Bytes payload) {
    round_trip<Alert>(payload);
    round_trip<RrcMessage>(payload);
    if (const auto numbers = parse_ack(payload)) {
        const auto all = items_of(*numbers);
        comes_back(payload, [&](Writer& out) { write_ack(out, all); });
    }
    if (const auto request = parse_key_update(payload)) {
        comes_back(payload, [&](Writer& out) { write_key_update(out, *request); });
    }
}

void round_trip_message(HandshakeType type, Bytes body) {
    switch (type) {
    case HandshakeType::client_hello: return round_trip_client_hello(body);
    case HandshakeType::server_hello: return round_trip_server_hello(body);
    case HandshakeType::hello_verify_request: return round_trip<HelloVerifyRequest>(body);
    case HandshakeType::certificate: return round_trip_certificate(body);
    case HandshakeType::certificate_request: return round_trip_certificate_request(body);
    case HandshakeType::certificate_verify: return round_trip<CertificateVerify>(body);
    case HandshakeType::certificate_status: return round_trip<CertificateStatus>(body);
    case HandshakeType::server_key_exchange:
    case HandshakeType::client_key_exchange: return round_trip_key_exchanges(type, body);
    case HandshakeType::new_session_ticket:
        round_trip<NewSessionTicket12>(body);
        return round_trip<NewSessionTicket13>(body);
    case HandshakeType::new_connection_id:
    case HandshakeType::request_connection_id: return round_trip_cids(type, body);
    default: return round_trip_records(body);
    }
}

void try_payload(Bytes payload) {
    std::size_t walked = 0;
    HandshakeFragments fragments{payload};
    const std::vector<std::byte> again = written([&](Writer& out) {
        HandshakeFragments all{payload};
        while (const auto fragment = all.next()) {
            fragment->header.write(out);
            out.bytes(fragment->body);
        }
    });
    while (const auto fragment = fragments.next()) {
        const HandshakeHeader& header = fragment->header;
        HAWSER_ASSERT(fragment->body.size() == header.fragment_length);
        HAWSER_ASSERT(header.fragment_offset + header.fragment_length <= header.length);
        walked += kHandshakeHeaderBytes + fragment->body.size();
        if (header.is_whole()) round_trip_message(header.type, fragment->body);
    }
    HAWSER_ASSERT(walked <= payload.size());
    HAWSER_ASSERT(fragments.malformed() == (walked != payload.size()));
    HAWSER_ASSERT(same(again, payload.first(walked)));
}

} // namespace
} // namespace hawser::wire::dtls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::wire::dtls::try_payload(hawser::fuzz::input_of(data, size));
    return 0;
}
