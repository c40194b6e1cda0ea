#include <hawser/stack/sctp_stack.hpp>

#include "stack/sealed.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace hawser::stack {
namespace {

bool lacks_active_key(const sctp::Options& options) {
    return options.authentication && !options.authentication->has_active_key();
}

bool has_no_shard(const sctp::Options& options) {
    return options.shard >= options.shards;
}

bool lacks_authentication(const sctp::Options& options) {
    return options.dynamic_addresses && !options.authentication;
}

} // namespace

sctp::Options SctpStack::inner_options(const sctp::Options& options, bool sealed) {
    sctp::Options inner = options;
    // `ready` says so
    if (lacks_active_key(options)) inner.authentication.reset();
    if (!inner.authentication) inner.dynamic_addresses = false;
    if (has_no_shard(options)) inner.shards = 1, inner.shard = 0;
    if (!sealed) return inner;
    constexpr std::size_t kSmallest = 512;
    const std::size_t left =
        options.packet_bytes_max - std::min(options.packet_bytes_max, kSealBytesMax);
    inner.packet_bytes_max = std::max(kSmallest, left & ~std::size_t{3});
    inner.zero_checksum = true;
    // A connection is one path, and has none of the network's addresses: RFC 8261 §6.
    inner.local_addresses.clear();
    // Whose a datagram is says its connection ID.
    inner.shards = 1;
    inner.shard = 0;
    inner.peer_addresses_max = 1;
    inner.dynamic_addresses = false;
    return inner;
}

SctpStack::SctpStack(const sctp::Options& options, std::optional<Sealing> sealing,
                     Environment environment, Instant now)
    : sealed_{sealing ? std::make_unique<Sealed>(*sealing, environment, now) : nullptr},
      sctp_{inner_options(options, sealing.has_value()),
            {environment.random, environment.packets, environment.buffers,
             sealing ? nullptr : environment.shard_map},
            now} {
    if (lacks_active_key(options)) {
        ready_ = fail(Errc::invalid_argument,
                      "authentication.active_key: none of authentication.keys has this identifier");
    } else if (has_no_shard(options)) {
        ready_ = fail(Errc::invalid_argument, "shard is below shards, which is 1 to 255");
    } else if (lacks_authentication(options)) {
        ready_ = fail(Errc::invalid_argument,
                      "dynamic_addresses needs authentication (RFC 5061 §4.1.1)");
    } else if (sealed_) {
        ready_ = sealed_->listen();
    } else if (options.zero_checksum) {
        ready_ = fail(Errc::invalid_argument,
                      "zero_checksum needs DTLS below: nothing else would notice a changed bit");
    }
}

SctpStack::~SctpStack() = default;

dtls::Endpoint* SctpStack::dtls() {
    return sealed_ ? &sealed_->dtls() : nullptr;
}

Result<sctp::AssociationId> SctpStack::connect(const Path& path, std::uint16_t remote_port,
                                               const sctp::ConnectOptions& options, Instant now,
                                               std::optional<Duration> handshake_timeout) {
    if (!sealed_) return sctp_.connect(path, remote_port, options, now);
    if (!options.remote_addresses.empty())
        return fail(Errc::unsupported, "remote_addresses: DTLS connections have one path");
    const auto inner = sealed_->connect(path, now, handshake_timeout);
    if (!inner) return std::unexpected{inner.error()};
    const auto association = sctp_.connect(*inner, remote_port, options, now);
    if (association) sealed_->join(*inner, *association);
    return association;
}

std::optional<sctp::Status> SctpStack::status(sctp::AssociationId association) const {
    auto status = sctp_.status(association);
    if (status && sealed_) status->path = sealed_->outer(status->path);
    return status;
}

std::vector<sctp::PathStatus> SctpStack::paths(sctp::AssociationId association) const {
    auto paths = sctp_.paths(association);
    if (sealed_)
        for (sctp::PathStatus& status : paths)
            status.path = sealed_->outer(status.path);
    return paths;
}

/// What SCTP calls that address of the peer's; what is none of them stays as it is.
Address SctpStack::inner_address(sctp::AssociationId association, const Address& remote) const {
    if (!sealed_) return remote;
    for (const sctp::PathStatus& status : sctp_.paths(association))
        if (sealed_->outer(status.path).remote.is_same_host(remote)) return status.path.remote;
    return remote;
}

Result<> SctpStack::set_primary(sctp::AssociationId association, const Address& remote,
                                Instant now) {
    return sctp_.set_primary(association, inner_address(association, remote), now);
}

Result<> SctpStack::heartbeat(sctp::AssociationId association, const Address& remote,
                              std::uint64_t context, const Ancillary& ancillary, Instant now) {
    return sctp_.heartbeat(association, inner_address(association, remote), context, ancillary,
                           now);
}

Result<std::vector<std::byte>> SctpStack::export_association(sctp::AssociationId association,
                                                             const StateExport& how, Instant now,
                                                             std::vector<sctp::Message>&& unread) {
    if (!sealed_) return sctp_.export_association(association, how, now, std::move(unread));
    return sealed_->export_association(sctp_, association, how, std::move(unread), now);
}

Result<sctp::AssociationId> SctpStack::import_association(Bytes state, const StateImport& how,
                                                          Instant now) {
    return sealed_ ? sealed_->import_association(sctp_, state, how, now)
                   : sctp_.import_association(state, how, now);
}

Result<> SctpStack::set_path_options(sctp::AssociationId association, const Address& remote,
                                     const sctp::PathOptions& options, Instant now) {
    return sctp_.set_path_options(association, inner_address(association, remote), options, now);
}

Result<> SctpStack::send(sctp::AssociationId association, Bytes message,
                         const sctp::SendOptions& options, Instant now) {
    if (!sealed_ || !options.remote) return sctp_.send(association, message, options, now);
    sctp::SendOptions inner = options;
    inner.remote = inner_address(association, *options.remote);
    return sctp_.send(association, message, inner, now);
}

void SctpStack::close(Instant now) {
    if (sealed_) sealed_->close(now);
}

void SctpStack::set_tap(Tap* tap) {
    if (sealed_) return sealed_->set_tap(tap, sctp_);
    sctp_.set_tap(tap);
}

Verdict SctpStack::receive(Datagram& datagram, Instant now) {
    return sealed_ ? sealed_->receive(datagram, sctp_, now) : sctp_.receive(datagram, now);
}

void SctpStack::path_event(const PathEvent& event, Instant now) {
    if (sealed_) return sealed_->path_event(event, sctp_, now);
    sctp_.path_event(event, now);
}

void SctpStack::advance(Instant now) {
    sctp_.advance(now);
    if (!sealed_) return;
    sealed_->dtls().advance(now);
    sealed_->take_events(sctp_, now);
}

std::optional<Transmit> SctpStack::poll_transmit(Instant now, const Framing& framing) {
    return sealed_ ? sealed_->poll_transmit(sctp_, now, framing)
                   : sctp_.poll_transmit(now, framing);
}

Instant SctpStack::deadline() const {
    return sealed_ ? std::min(sctp_.deadline(), sealed_->dtls().deadline()) : sctp_.deadline();
}

std::optional<SctpStack::Event> SctpStack::poll_event() {
    if (sealed_) {
        if (auto event = sealed_->poll_event()) return event;
    }
    auto event = sctp_.poll_event();
    if (!event) return std::nullopt;
    return std::visit(
        [this](auto&& one) -> Event {
            using One = std::remove_cvref_t<decltype(one)>;
            if (sealed_) {
                if constexpr (std::is_same_v<One, sctp::Connected>)
                    sealed_->join(one.path, one.association);
                if constexpr (std::is_same_v<One, sctp::Closed>) sealed_->leave(one.association);
                if constexpr (requires { one.path; }) one.path = sealed_->outer(one.path);
            }
            return Event{std::forward<decltype(one)>(one)};
        },
        std::move(*event));
}

std::optional<sctp::Message> SctpStack::poll_message() {
    if (sealed_ && sealed_->has_events()) return std::nullopt; // those come first
    auto message = sctp_.poll_message();
    if (message && sealed_) message->path = sealed_->outer(message->path);
    return message;
}

} // namespace hawser::stack
