// An association over DTLS leaves for another process with its connection, or comes from one.
#include "engine/sealed_state.hpp"
#include "stack/sealed.hpp"

#include "crypto/secret.hpp"

#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <utility>

namespace hawser::stack {
namespace {

constexpr std::uint8_t kVersion = 1;

using State = std::vector<std::byte>;

void write_address(wire::Writer& out, const Address& address) {
    out.u8(static_cast<std::uint8_t>(address.family()));
    out.bytes(address.octets());
    out.u16(address.port());
    out.u32(address.scope());
}

/// Zeros where it runs short.
Address read_address(wire::Reader& in) {
    const bool is_ipv4 = in.u8() == static_cast<std::uint8_t>(Family::ipv4);
    Address::V4 four{};
    Address::V6 six{};
    const MutableBytes octets = std::as_writable_bytes(is_ipv4 ? std::span<std::uint8_t>{four}
                                                               : std::span<std::uint8_t>{six});
    std::ranges::copy(in.bytes(octets.size()), octets.begin());
    const std::uint16_t port = in.u16();
    const std::uint32_t scope = in.u32();
    return is_ipv4 ? Address::ipv4(four, port) : Address::ipv6(six, port, scope);
}

/// What is sealed: the connection, and the association, which is sealed by itself.
struct Pair {
    bool accepted = false;
    Path outer;
    State connection;
    State association;

    State write() const {
        constexpr std::size_t kFixedBytes = 128;
        State room(kFixedBytes + connection.size() + association.size());
        wire::Writer out{room};
        out.u8(accepted ? 1 : 0);
        write_address(out, outer.local);
        write_address(out, outer.remote);
        for (const State* part : {&connection, &association}) {
            out.u32(static_cast<std::uint32_t>(part->size()));
            out.bytes(*part);
        }
        room.resize(out.written());
        return room;
    }
    static Result<Pair> read(Bytes content) {
        wire::Reader in{content};
        Pair pair;
        pair.accepted = in.u8() == 1;
        pair.outer.local = read_address(in);
        pair.outer.remote = read_address(in);
        for (State* part : {&pair.connection, &pair.association}) {
            const Bytes bytes = in.bytes(in.u32());
            part->assign(bytes.begin(), bytes.end());
        }
        if (in.remaining() != 0) return fail(Errc::malformed, "state: longer than it says");
        return in.finish(std::move(pair));
    }
};

} // namespace

Result<State> SctpStack::Sealed::export_association(sctp::Endpoint& sctp,
                                                    sctp::AssociationId association,
                                                    const StateExport& how,
                                                    std::vector<sctp::Message>&& unread,
                                                    Instant now) {
    const auto status = sctp.status(association);
    if (!status) return fail(Errc::not_found, "no such association");
    if (auto fits = how.check(); !fits) return std::unexpected{fits.error()};
    const Link* const link = by_inner(status->path);
    if (link == nullptr || !link->up || status->state < sctp::State::established)
        return fail(Errc::exhausted, "the handshake is under way: export after Connected");
    const bool alone = std::ranges::all_of(link->associations,
                                           [association](auto one) { return one == association; });
    if (!alone) return fail(Errc::in_use, "its connection has other associations");
    auto connection = dtls_.export_state(link->connection);
    if (!connection) return std::unexpected{connection.error()};
    Pair pair{.accepted = link->accepted,
              .outer = link->outer,
              .connection = std::move(*connection),
              .association = {}};
    remove(link->connection);
    auto state = sctp.export_association(association, how, now, std::move(unread));
    if (!state) return state; // which cannot be: all that it asks for was looked at
    pair.association = std::move(*state);
    State content = pair.write();
    crypto::wipe(pair.connection);
    return seal_state(StateKind::sealed_association, kVersion, content, how, random_);
}

Result<sctp::AssociationId> SctpStack::Sealed::import_association(sctp::Endpoint& sctp, Bytes state,
                                                                  const StateImport& how,
                                                                  Instant now) {
    const auto opened = open_state(StateKind::sealed_association, kVersion, state, how);
    if (!opened) return std::unexpected{opened.error()};
    auto pair = Pair::read(opened->content);
    if (!pair) return std::unexpected{pair.error()};
    const auto& options = pair->accepted ? sealing_.server : sealing_.client;
    if (!options)
        return fail(Errc::invalid_argument, "this endpoint has no DTLS options for its role");
    const Path outer = how.path.value_or(pair->outer);
    const auto connection = dtls_.import_state(pair->connection, outer, *options, now);
    crypto::wipe(pair->connection);
    if (!connection) return std::unexpected{connection.error()};
    Link& link = add(*connection, outer);
    link.up = true;
    link.accepted = pair->accepted;
    widen(dtls_.overhead(*connection));
    StateImport inner = how;
    inner.path = link.inner;
    auto association = sctp.import_association(pair->association, inner, now);
    if (association) {
        link.associations.push_back(*association);
        return association;
    }
    static_cast<void>(dtls_.export_state(*connection)); // it goes without a word
    remove(*connection);
    return association;
}

/// It has gone, or was never here.
void SctpStack::Sealed::remove(dtls::ConnectionHandle connection) {
    recent_ = nullptr;
    links_.erase(static_cast<std::uint64_t>(connection));
    if (links_.empty()) room_ = {};
}

} // namespace hawser::stack
