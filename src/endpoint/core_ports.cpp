// The core's ports and associations: who opens, owns and ends them.
#include "endpoint/core.hpp"
#include "endpoint/many.hpp"
#include "endpoint/sctp_link.hpp"
#include "endpoint/shard_group.hpp"

#include <utility>

namespace hawser::detail {

Result<std::shared_ptr<Listening>> Core::listen(std::uint16_t port, const ListenOptions& options) {
    if (ending()) return fail(Errc::closed, kEndpointEnded);
    if (options.backlog_max == 0) return fail(Errc::invalid_argument, "backlog_max is 0");
    if (auto taken = take_port(port); !taken) return std::unexpected{taken.error()};
    if (auto taken = engine().listen(port); !taken) return std::unexpected{taken.error()};
    auto listening = std::make_shared<Listening>();
    listening->port = port;
    listening->backlog_max = options.backlog_max;
    listeners_.emplace(port, listening);
    return listening;
}

void Core::stop(Listening& listening) {
    if (std::exchange(listening.closed, true)) return;
    if (!closed()) {
        engine().stop_listening(listening.port);
        listeners_.erase(listening.port);
    }
    while (!listening.backlog.empty()) {
        const auto association = listening.backlog.pop_front();
        association->listening.reset();
        association->turn_away("nobody accepts");
    }
    listening.accepts.fail_all({Errc::closed, "the listener was closed"});
}

void Core::accept(Listening& listening, WaitPointer<Connection> wait) {
    if (wait->finished()) return;
    if (listening.closed) {
        wait->finish(fail(Errc::closed, closed() ? kEndpointEnded : "the listener was closed"));
    } else if (listening.backlog.empty()) {
        listening.accepts.push(std::move(wait));
    } else {
        auto association = listening.backlog.pop_front();
        association->listening.reset();
        wait->finish(Connection{std::make_shared<Claim>(std::move(association))});
    }
}

Result<std::shared_ptr<Many>> Core::one_to_many(std::uint16_t port) {
    if (ending()) return fail(Errc::closed, kEndpointEnded);
    auto many = std::make_shared<Many>();
    many->port = port;
    if (port != 0) {
        if (auto taken = take_port(port); !taken) return std::unexpected{taken.error()};
        if (auto taken = engine().listen(port); !taken) {
            return std::unexpected{taken.error()};
        }
    }
    many_.push_back(many);
    return many;
}

void Core::stop(const std::shared_ptr<Many>& many) {
    if (std::exchange(many->closed, true)) return;
    if (!closed() && many->port != 0) engine().stop_listening(many->port);
    std::erase(many_, many);
    const Error error{Errc::closed, kEndpointEnded};
    many->inbox.readers.fail_all(error);
    while (!closed() && !many->inbox.held.empty())
        take(many->inbox.held.pop_front());
    many->inbox.held.clear();
    if (many->events) many->events->end(error);
    for (const auto& [id, association] : associations_) {
        if (association->many != many) continue;
        association->many.reset();
        association->abandon();
    }
}

/// A marking that cannot be honoured is refused before anything leaves.
Result<> Core::check_path(const sctp::ConnectOptions& options, const Path& path) const {
    Ancillary marking = options.paths.ancillary;
    marking.send_at.reset(); // which the engine refuses
    return marking.empty() ? Result<>{} : check(marking, path);
}

Result<std::shared_ptr<SctpLink>> Core::connect(const Path& path, std::uint16_t remote_port,
                                                const sctp::ConnectOptions& options,
                                                Duration handshake_timeout) {
    if (ending()) return fail(Errc::closed, kEndpointEnded);
    if (options_.dtls && options_.dtls->endpoint.shards > 1)
        return fail(Errc::unsupported, "shards under DTLS: an answer would not find its shard");
    if (auto possible = check_path(options, path); !possible)
        return std::unexpected{possible.error()};
    sctp::ConnectOptions begun = options;
    const bool any = is_raw() && options.local_port == 0;
    if (any) {
        const auto port = take_any_port();
        if (!port) return std::unexpected{port.error()};
        begun.local_port = *port;
    } else if (auto taken = take_port(options.local_port); !taken) {
        return std::unexpected{taken.error()};
    }
    const auto id = running_->engine.connect(path, remote_port, begun, now(), handshake_timeout);
    if (any && id) raw_ports_.use(begun.local_port, *id);
    if (any && !id) raw_ports_.give_back(begun.local_port);
    if (!id) return std::unexpected{id.error()};
    auto association = std::make_shared<SctpLink>(shared_from_this(), *id, path);
    associations_.emplace(*id, association);
    flush_soon();
    return association;
}

Result<> Core::take_port(std::uint16_t port) {
    if (!is_raw() || port == 0) return {};
    const std::size_t before = raw_ports_.count();
    if (auto taken = raw_ports_.take(port); !taken) return taken;
    return raw_ports_.count() == before ? Result<>{} : running_->driver.hear(raw_ports_.all());
}

Result<std::uint16_t> Core::take_any_port() {
    const auto port = raw_ports_.take_any(running_->random);
    if (!port) return port;
    if (auto heard = running_->driver.hear(raw_ports_.all()); !heard)
        return std::unexpected{heard.error()};
    return port;
}

// --- the end ---

void Core::shutdown(WaitPointer<void> wait) {
    if (wait->finished()) return;
    if (closed()) {
        wait->finish({});
        return;
    }
    wait->on_give_up([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->close();
    });
    endings_.push(std::move(wait));
    if (std::exchange(ending_, true)) return;
    for (const auto& [port, listening] : std::exchange(listeners_, {}))
        stop(*listening);
    for (const auto& [id, association] : associations_) {
        if (association->outcome) {
            static_cast<void>(association->abort({}));
        } else {
            static_cast<void>(engine().shutdown(id, now()));
        }
    }
    if (associations_.empty()) post(&Core::finish_shutdown);
    flush_soon();
}

void Core::finish_shutdown() {
    while (const auto wait = endings_.next())
        wait->finish({});
    close();
}

void Core::close() {
    if (closed()) return;
    if (shards_) shards_->leave(options_.sctp.shard);
    for (const auto& [id, association] : associations_) {
        static_cast<void>(engine().abort(id, {}, now()));
    }
    while (dispatch_next()) { // what had not arrived comes back
    }
    running_->driver.flush();
    running_->engine.close(now()); // after the last that SCTP had to say
    running_->driver.flush();
    mark_closed();

    const Error error{Errc::closed, kEndpointEnded};
    last_.reset();
    for (const auto& [id, association] : std::exchange(associations_, {})) {
        association->many.reset();
        association->end(error);
    }
    for (const auto& [port, listening] : std::exchange(listeners_, {}))
        stop(*listening);
    for (const auto& many : std::exchange(many_, {}))
        stop(many);
    endings_.fail_all(error);
    end();
}

} // namespace hawser::detail
