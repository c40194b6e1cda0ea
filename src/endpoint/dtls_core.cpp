#include "endpoint/dtls_core.hpp"

#include "endpoint/dtls_state.hpp"
#include "endpoint/open_socket.hpp"
#include "endpoint/steering.hpp"

#include <hawser/core/match.hpp>

#include <utility>

namespace hawser::detail {

namespace {

constexpr std::string_view kNotListening = "the server takes no more connections";

DtlsConnection handle_to(std::shared_ptr<DtlsLink> link) {
    return DtlsConnection{std::make_shared<DtlsClaim>(std::move(link))};
}

} // namespace

DtlsCore::DtlsCore(boost::asio::any_io_executor executor, const DtlsEndpointOptions& options)
    : Looped(std::move(executor)), options_(options) {}

Result<std::shared_ptr<DtlsCore>> DtlsCore::open(boost::asio::any_io_executor executor,
                                                 const DtlsEndpointOptions& options) {
    if (options.inbox_max == 0) return fail(Errc::invalid_argument, "inbox_max is 0");
    if (options.backlog_max == 0) return fail(Errc::invalid_argument, "backlog_max is 0");
    const std::uint8_t shards = options.endpoint.shards;
    auto socket = open_socket(options.local, options.udp_port,
                              {.reuse_port = shards > 1, .send_at = options.send_at});
    if (!socket) return std::unexpected{socket.error()};
    if (shards > 1) {
        if (auto steered = socket->steer(kByConnectionId, shards); !steered)
            return std::unexpected{steered.error()};
    }
    auto core = std::make_shared<DtlsCore>(std::move(executor), options);
    Pools& pools = *core->pools();
    std::vector<net::Socket> sockets;
    sockets.push_back(std::move(*socket));
    core->run(std::move(sockets), [&](net::SystemRandom& random) {
        return dtls::Endpoint{options.endpoint,
                              {.random = random,
                               .packets = pools.packets,
                               .buffers = pools.buffers,
                               .wall = net::Clock::wall_clock()},
                              now()};
    });
    core->set_tap(options.tap, options.tap_views);
    core->begin();
    return core;
}

void DtlsCore::set_tap(Tap* tap, TapViews views) {
    running_->driver.set_tap(views.wire ? tap : nullptr, options_.name);
    engine().set_tap(views.clear ? tap : nullptr);
}

Result<> DtlsCore::listen(const dtls::Options& dtls) {
    for (const Ancillary* defaults : {&dtls.ancillary, &dtls.handshake_ancillary}) {
        auto possible = check_defaults(running_->driver.sockets().front(), *defaults);
        if (!possible) return possible;
    }
    auto taken = engine().listen(dtls);
    listening_ = taken.has_value();
    return taken;
}

Path DtlsCore::path_to(const Address& remote) const {
    const Address bound = local_address();
    return {.local = bound.is_unspecified() ? Address::any(remote.family()) : bound,
            .remote = remote};
}

Result<> DtlsCore::check_defaults_on(const Path& path, const dtls::Options& dtls) const {
    for (const Ancillary* defaults : {&dtls.ancillary, &dtls.handshake_ancillary}) {
        if (defaults->empty()) continue;
        if (auto possible = check(*defaults, path); !possible) return possible;
    }
    return {};
}

std::shared_ptr<DtlsLink> DtlsCore::add_link(dtls::ConnectionHandle handle, const Path& path) {
    auto link = std::make_shared<DtlsLink>(shared_from_this(), handle);
    link->path = path;
    links_.emplace(handle, link);
    return link;
}

Result<std::shared_ptr<DtlsLink>> DtlsCore::connect(const Path& path, const dtls::Options& dtls) {
    if (closed()) return fail(Errc::closed, kEndpointEnded);
    if (auto fits = check_defaults_on(path, dtls); !fits) return std::unexpected{fits.error()};
    const auto handle = engine().connect(path, dtls, now());
    if (!handle) return std::unexpected{handle.error()};
    flush_soon();
    return add_link(*handle, path);
}

Result<std::shared_ptr<DtlsLink>> DtlsCore::import_state(Bytes bytes, const Address& remote,
                                                         const dtls::Options& dtls) {
    if (closed()) return fail(Errc::closed, kEndpointEnded);
    const Path path = path_to(remote);
    if (auto fits = check_defaults_on(path, dtls); !fits) return std::unexpected{fits.error()};
    auto state = read_state(bytes);
    if (!state)
        return fail(Errc::malformed, "not the state of a connection, or of another version");
    const auto handle = engine().import_state(state->engine, path, dtls, now());
    if (!handle) return std::unexpected{handle.error()};
    auto link = add_link(*handle, path);
    link->agreed = std::move(state->agreed);
    link->agreed.connection = *handle;
    link->agreed.path = path;
    return link;
}

std::shared_ptr<DtlsLink> DtlsCore::find(dtls::ConnectionHandle handle) const {
    const auto found = links_.find(handle);
    return found == links_.end() ? nullptr : found->second;
}

void DtlsCore::wait_for_room(std::shared_ptr<DtlsLink> link) {
    waiting_for_room_.push_back(std::move(link));
}

// --- those that peers open ---

void DtlsCore::accept(WaitPointer<DtlsConnection> wait) {
    if (wait->finished()) return;
    if (closed()) {
        wait->finish(fail(Errc::closed, kEndpointEnded));
    } else if (!backlog_.empty()) {
        wait->finish(handle_to(backlog_.pop_front()));
    } else if (!listening_) {
        wait->finish(fail(Errc::closed, kNotListening));
    } else {
        accepts_.push(std::move(wait));
    }
}

void DtlsCore::stop_listening() {
    if (closed()) return;
    listening_ = false;
    engine().stop_listening();
    accepts_.fail_all({Errc::closed, kNotListening});
    while (!backlog_.empty())
        backlog_.pop_front()->abandon();
}

// --- the loop ---

void DtlsCore::dispatch(dtls::Event&& event) {
    match(
        std::move(event),
        [this](dtls::Connected&& connected) { on_connected(std::move(connected)); },
        [this](dtls::Closed&& closed) { on_closed(std::move(closed)); },
        [this](auto&& other) {
            if (const auto link = find(other.connection))
                link->on(std::forward<decltype(other)>(other));
        });
}

void DtlsCore::settled() {
    for (auto& link : std::exchange(waiting_for_room_, {})) {
        if (link->resume_senders()) wait_for_room(std::move(link));
    }
}

void DtlsCore::on_connected(dtls::Connected&& event) {
    if (const auto ours = find(event.connection)) {
        ours->on(std::move(event));
        return;
    }
    const auto link = std::make_shared<DtlsLink>(shared_from_this(), event.connection);
    links_.emplace(event.connection, link);
    link->on(std::move(event));
    if (const auto wait = accepts_.next()) {
        wait->finish(handle_to(link));
    } else if (listening_ && backlog_.size() < options_.backlog_max) {
        backlog_.push_back(link);
    } else {
        link->abandon();
    }
}

void DtlsCore::on_closed(dtls::Closed&& event) {
    if (!event.connected && options_.on_failed_handshake) options_.on_failed_handshake(event);
    const auto link = find(event.connection);
    if (!link) return;
    links_.erase(event.connection);
    link->on(std::move(event));
}

// --- the end ---

void DtlsCore::close() {
    if (closed()) return;
    const auto links = std::exchange(links_, {});
    for (const auto& [handle, link] : links)
        static_cast<void>(engine().close(handle, now()));
    running_->driver.flush();
    mark_closed();

    const Error error{Errc::closed, kEndpointEnded};
    for (const auto& [handle, link] : links)
        link->end(error);
    backlog_.clear();
    waiting_for_room_.clear();
    accepts_.fail_all(error);
    end();
}

} // namespace hawser::detail
