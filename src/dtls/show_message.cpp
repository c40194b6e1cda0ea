#include "dtls/show_message.hpp"

#include "dtls/services.hpp"
#include "dtls/standing.hpp"

#include <hawser/wire/dtls/record.hpp>

namespace hawser::dtls {

void show_message(Services& services, const Standing& standing, const ShownMessage& message,
                  const Call& call) {
    const std::size_t payload = wire::dtls::kHandshakeHeaderBytes + message.body.size();
    if (services.tap == nullptr || payload > UINT16_MAX) return;
    // Wireshark 4.0 takes it for the ticket of 1.2, and malformed; and whoever has one has a
    // secret.
    if (message.type == HandshakeType::new_session_ticket &&
        standing.agreement.version == Version::v1_3)
        return;
    std::vector<std::byte> bytes(wire::dtls::kRecordHeaderBytes + payload);
    wire::Writer out{bytes};
    wire::dtls::RecordHeader{.type = wire::dtls::ContentType::handshake,
                             .sequence = message.sequence}
        .write(out, payload);
    wire::dtls::HandshakeHeader::whole(message.type, message.sequence, message.body.size())
        .write(out);
    out.bytes(message.body);
    services.tap->seen(Sighting{.at = call.now,
                                .direction = message.direction,
                                .layer = Layer::dtls,
                                .path = standing.path,
                                .ancillary = standing.options->handshake_ancillary,
                                .bytes = bytes,
                                .packet_id = call.packet,
                                .note = wire::dtls::name(message.type)});
}

} // namespace hawser::dtls
