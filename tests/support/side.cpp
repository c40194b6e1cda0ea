#include "support/side.hpp"

#include <hawser/core/check.hpp>

#include <utility>

namespace hawser::test {
namespace {

constexpr int kDrainMax = 100'000;
constexpr std::size_t kSocketDatagramsMax = 64;

} // namespace

Side::Side(World& world, const Address& address, const sctp::Options& options, std::uint64_t seed)
    : random{seed}, world_{world} {
    world.attach(*this, address);
    restart(options);
}

Result<sctp::AssociationId> Side::connect(const Address& remote, std::uint16_t remote_port,
                                          const sctp::ConnectOptions& options) {
    const Path path{.local = world_.network.address(id), .remote = remote};
    const auto made = engine->connect(path, remote_port, options, world_.now());
    if (made) association_ = *made;
    return made;
}

Result<> Side::send(Bytes message, const sctp::SendOptions& options) {
    return engine->send(association_, message, options, world_.now());
}

Result<> Side::send(std::string_view message, const sctp::SendOptions& options) {
    return send(as_bytes(message), options);
}

Result<> Side::abort(std::string_view reason) {
    return engine->abort(association_, as_bytes(reason), world_.now());
}

std::optional<sctp::Message> Side::message() {
    if (messages.empty()) return std::nullopt;
    std::optional<sctp::Message> first{std::move(messages.front())};
    messages.pop_front();
    return first;
}

std::optional<std::string> Side::received() {
    const auto first = message();
    if (!first) return std::nullopt;
    return std::string{as_text(first->payload.bytes())};
}

sctp::State Side::state() const {
    if (!engine) return sctp::State::closed;
    const auto status = engine->status(association_);
    return status ? status->state : sctp::State::closed;
}

void Side::crash() {
    if (engine) last_counters = engine->counters();
    engine.reset();
    messages.clear();
    events.clear();
}

void Side::restart(const sctp::Options& options) {
    crash();
    begin_anew(options);
}

WallTime Side::wall() const {
    return WallTime{std::chrono::hours{24} + world_.now().time_since_epoch()};
}

Result<> Side::hand_over(const sctp::Options& options) {
    auto state =
        engine->export_association(association_, {.key = kStateKey, .now = wall()}, world_.now());
    if (!state) return std::unexpected{state.error()};
    last_state = std::move(*state);
    last_counters = engine->counters();
    begin_anew(options);
    const auto taken = engine->import_association(
        last_state, {.key = kStateKey, .now = wall(), .path = {}}, world_.now());
    if (!taken) return std::unexpected{taken.error()};
    association_ = *taken;
    return {};
}

void Side::begin_anew(const sctp::Options& options) {
    association_ = {};
    strangers_.clear();
    engine = std::make_unique<sctp::Endpoint>(
        options,
        sctp::Endpoint::Environment{.random = random, .packets = packets, .buffers = buffers},
        world_.now());
    engine->set_tap(tap_);
}

void Side::set_tap(Tap* tap) {
    tap_ = tap;
    engine->set_tap(tap);
}

void Side::wake() {
    suspended_ = false;
    for (WireDatagram& wire : std::exchange(socket_, {})) {
        Datagram datagram{
            .id = wire.id, .path = wire.path, .ancillary = wire.ancillary, .payload = wire.bytes};
        receive(datagram, world_.now());
    }
}

void Side::receive(Datagram& datagram, Instant now) {
    if (suspended_) {
        if (socket_.size() == kSocketDatagramsMax) return;
        socket_.push_back({.id = datagram.id,
                           .path = datagram.path,
                           .ancillary = datagram.ancillary,
                           .bytes = {datagram.payload.begin(), datagram.payload.end()}});
        return;
    }
    if (engine) last_verdict = engine->receive(datagram, now);
}

void Side::path_event(const PathEvent& event, Instant now) {
    if (engine && !suspended_) engine->path_event(event, now);
}

void Side::advance(Instant now) {
    if (engine) engine->advance(now);
}

bool Side::drain(FakeNetwork& network, Instant now) {
    if (!engine || suspended_) return false;
    take_events();
    bool any = false;
    for (int i = 0; auto transmit = engine->poll_transmit(now, framing); ++i) {
        HAWSER_ASSERT(i < kDrainMax && "poll_transmit answers without end");
        HAWSER_ASSERT(transmit->path.remote.port() != 0);
        network.send(id, *transmit, now);
        any = true;
    }
    take_events();
    return any;
}

void Side::dismiss_strangers() {
    const auto strangers = strangers_;
    for (const sctp::AssociationId stranger : strangers)
        static_cast<void>(engine->abort(stranger, {}, world_.now()));
    take_events();
}

bool Side::is_of_stranger(const sctp::Event& event) {
    const auto of = std::visit([](const auto& any) { return any.association; }, event);
    const auto* const up = std::get_if<sctp::Connected>(&event);
    if (up != nullptr && up->remote_port == stranger_port) strangers_.insert(of);
    if (std::holds_alternative<sctp::Closed>(event)) return strangers_.erase(of) > 0;
    return strangers_.contains(of);
}

void Side::take_events() {
    for (int i = 0; auto event = engine->poll_event(); ++i) {
        HAWSER_ASSERT(i < kDrainMax && "poll_event answers without end");
        if (is_of_stranger(*event)) continue;
        if (auto* arrived = std::get_if<sctp::Message>(&*event)) {
            messages.push_back(std::move(*arrived));
            continue;
        }
        if (const auto* up = std::get_if<sctp::Connected>(&*event)) association_ = up->association;
        events.push_back(std::move(*event));
    }
}

} // namespace hawser::test
