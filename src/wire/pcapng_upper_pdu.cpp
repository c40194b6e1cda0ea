#include <hawser/wire/pcapng_upper_pdu.hpp>

#include <hawser/wire/byte_order.hpp>
#include <hawser/wire/reader.hpp>

#include <array>
#include <limits>
#include <span>
#include <utility>

namespace hawser::wire::pcapng {
namespace {

enum class Tag : std::uint16_t {
    end = 0,
    dissector = 12,
    ipv4_source = 20,
    ipv4_destination = 21,
    ipv6_source = 22,
    ipv6_destination = 23,
    port_type = 24,
    source_port = 25,
    destination_port = 26,
    original_frame = 30,
    protocol_column = 33,
};

void append_u16(std::vector<std::byte>& out, std::uint16_t value) {
    out.resize(out.size() + sizeof value);
    store_big(out.data() + out.size() - sizeof value, value);
}

/// The length counts the padding too, as Wireshark's own exports do; zeros end a text.
void append_tag(std::vector<std::byte>& out, Tag tag, Bytes value) {
    const std::size_t padding = (4 - value.size() % 4) % 4;
    append_u16(out, std::to_underlying(tag));
    append_u16(out, static_cast<std::uint16_t>(value.size() + padding));
    out.insert(out.end(), value.begin(), value.end());
    out.resize(out.size() + padding);
}

void append_tag(std::vector<std::byte>& out, Tag tag, std::uint32_t value) {
    std::array<std::byte, 4> bytes;
    store_big(bytes.data(), value);
    append_tag(out, tag, bytes);
}

std::string_view text_of(Bytes value) {
    const std::string_view text = as_text(value);
    return text.substr(0, text.find('\0'));
}

template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> octets_of(Bytes value) {
    if (value.size() != N) return std::nullopt;
    std::array<std::uint8_t, N> octets;
    for (std::size_t i = 0; i < N; ++i)
        octets[i] = std::to_integer<std::uint8_t>(value[i]);
    return octets;
}

std::optional<Address> address_of(Tag tag, Bytes value) {
    if (tag == Tag::ipv4_source || tag == Tag::ipv4_destination) {
        const auto octets = octets_of<4>(value);
        if (octets) return Address::ipv4(*octets);
        return std::nullopt;
    }
    const auto octets = octets_of<16>(value);
    if (octets) return Address::ipv6(*octets);
    return std::nullopt;
}

std::uint32_t number_of(Bytes value) {
    return value.size() == 4 ? load_big<std::uint32_t>(value.data()) : 0;
}

void set_port(std::optional<Address>& address, std::uint32_t port) {
    if (address && port <= std::numeric_limits<std::uint16_t>::max()) {
        address = address->with_port(static_cast<std::uint16_t>(port));
    }
}

} // namespace

Result<UpperPdu> UpperPdu::parse(Bytes frame) {
    Reader in{frame};
    UpperPdu pdu;
    std::uint32_t source_port = 0;
    std::uint32_t destination_port = 0;
    while (in.ok()) {
        const Tag tag{in.u16()};
        const Bytes value = in.bytes(in.u16());
        if (in.ok()) in.skip((4 - value.size() % 4) % 4);
        if (tag == Tag::end) break;
        switch (tag) {
        case Tag::dissector: pdu.dissector = text_of(value); break;
        case Tag::ipv4_source:
        case Tag::ipv6_source: pdu.source = address_of(tag, value); break;
        case Tag::ipv4_destination:
        case Tag::ipv6_destination: pdu.destination = address_of(tag, value); break;
        case Tag::port_type: pdu.port_type = PortType{number_of(value)}; break;
        case Tag::source_port: source_port = number_of(value); break;
        case Tag::destination_port: destination_port = number_of(value); break;
        case Tag::original_frame: pdu.original_frame = number_of(value); break;
        case Tag::protocol_column: pdu.protocol_column = text_of(value); break;
        default: break; // a tag that we do not use
        }
    }
    set_port(pdu.source, source_port);
    set_port(pdu.destination, destination_port);
    pdu.payload = in.rest();
    return in.finish(std::move(pdu), "upper PDU whose tags do not end");
}

void UpperPdu::append_tags_to(std::vector<std::byte>& out) const {
    append_tag(out, Tag::dissector, as_bytes(dissector));
    if (source) {
        append_tag(out, source->is_ipv4() ? Tag::ipv4_source : Tag::ipv6_source, source->octets());
    }
    if (destination) {
        append_tag(out, destination->is_ipv4() ? Tag::ipv4_destination : Tag::ipv6_destination,
                   destination->octets());
    }
    if (source && destination) {
        append_tag(out, Tag::port_type, std::to_underlying(port_type));
        append_tag(out, Tag::source_port, source->port());
        append_tag(out, Tag::destination_port, destination->port());
    }
    if (original_frame) append_tag(out, Tag::original_frame, *original_frame);
    if (!protocol_column.empty()) {
        append_tag(out, Tag::protocol_column, as_bytes(protocol_column));
    }
    append_tag(out, Tag::end, Bytes{});
}

void UpperPdu::append_to(std::vector<std::byte>& out) const {
    append_tags_to(out);
    out.insert(out.end(), payload.begin(), payload.end());
}

} // namespace hawser::wire::pcapng
