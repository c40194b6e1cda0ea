// Many associations through one handle: RFC 6458 §3 calls it the one-to-many style.
#pragma once

#include <hawser/endpoint/completion.hpp>
#include <hawser/endpoint/connect_options.hpp>
#include <hawser/endpoint/connection.hpp>
#include <hawser/endpoint/sctp_address.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace hawser {

namespace detail {
class ManyClaim;
boost::asio::any_io_executor executor_of(const ManyClaim& claim);
Result<> send(ManyClaim& claim, sctp::AssociationId association, Bytes message,
              const sctp::SendOptions& options);
void start_send(ManyClaim& claim, sctp::AssociationId association, Bytes message,
                const sctp::SendOptions& options, WaitPointer<void> wait);
void start_receive(ManyClaim& claim, WaitPointer<Message> wait);
void start_connect(ManyClaim& claim, std::string target, const ConnectOptions& options,
                   WaitPointer<sctp::AssociationId> wait);
void start_shutdown(ManyClaim& claim, sctp::AssociationId association, WaitPointer<void> wait);
} // namespace detail

/// All associations of one SCTP port. Messages carry the association they came by, and answers go
/// to it. A cheap handle: with the last one gone its associations are shut down gracefully in the
/// background and the port is free.
class OneToMany {
public:
    explicit OneToMany(std::shared_ptr<detail::ManyClaim> claim) : claim_(std::move(claim)) {}

    OneToMany within(Duration limit) const {
        OneToMany limited = *this;
        limited.within_ = limit;
        return limited;
    }

    /// The next message of any association, in the order of arrival.
    template <CompletesWith<Message> Token = Awaitable>
    auto receive(Token&& token = Token{}) const {
        return detail::initiate<Message>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_receive(claim, std::move(wait)); }, token);
    }

    /// As Connection::send; `not_found` for an association that is not ours or has ended.
    Result<> send(sctp::AssociationId association, Bytes message,
                  const sctp::SendOptions& options = {}) const {
        return detail::send(*claim_, association, message, options);
    }
    /// As Connection::async_send.
    template <CompletesWith<void> Token = Awaitable>
    auto async_send(sctp::AssociationId association, Bytes message, sctp::SendOptions options = {},
                    Token&& token = Token{}) const {
        return detail::initiate<void>(
            claim_, within_,
            [association, message, options = std::move(options)](auto& claim, auto wait) {
                detail::start_send(claim, association, message, options, std::move(wait));
            },
            token);
    }

    /// Opens an association that belongs to this handle, as SctpEndpoint::connect does.
    template <CompletesWith<sctp::AssociationId> Token = Awaitable>
    auto connect(std::string target, ConnectOptions options = {}, Token&& token = Token{}) const {
        return detail::initiate<sctp::AssociationId>(
            claim_, options.within,
            [target = std::move(target), options](auto& claim, auto wait) mutable {
                detail::start_connect(claim, std::move(target), options, std::move(wait));
            },
            token);
    }

    /// Connected, Closed and everything else that happens beside messages, of every association.
    EventStream events() const;

    /// As Connection::shutdown, abort, status, paths, set_primary and set_path_options.
    template <CompletesWith<void> Token = Awaitable>
    auto shutdown(sctp::AssociationId association, Token&& token = Token{}) const {
        return detail::initiate<void>(
            claim_, within_,
            [association](auto& claim, auto wait) {
                detail::start_shutdown(claim, association, std::move(wait));
            },
            token);
    }
    Result<> abort(sctp::AssociationId association, Bytes reason = {}) const;
    Result<sctp::Status> status(sctp::AssociationId association) const;
    Result<std::vector<sctp::PathStatus>> paths(sctp::AssociationId association) const;
    Result<> set_primary(sctp::AssociationId association, const Address& remote) const;
    Result<> set_path_options(sctp::AssociationId association, const Address& remote,
                              const sctp::PathOptions& options) const;

    /// Takes one association out: a Connection of its own, with the messages of it that wait here.
    /// Fails with `not_found`.
    Result<Connection> peel_off(sctp::AssociationId association) const;

    /// As Connection::export_state and SctpEndpoint::import_state. Fails also with `not_found`.
    Result<std::vector<std::byte>> export_state(sctp::AssociationId association,
                                                const StateKey& key,
                                                Duration valid_for = StateExport{}.valid_for) const;
    Result<sctp::AssociationId> import_state(Bytes state, const StateKey& key) const;

    /// The SCTP port, 0 when it only connects.
    std::uint16_t port() const;

private:
    std::shared_ptr<detail::ManyClaim> claim_;
    Duration within_ = kForever;
};

} // namespace hawser
