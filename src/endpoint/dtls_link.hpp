// One DTLS connection as the application's side of it: what waits, and who waits for it.
#pragma once

#include <hawser/dtls/endpoint.hpp>
#include <hawser/endpoint/dtls_connection.hpp>

#include "endpoint/link.hpp"
#include "endpoint/wait_queue.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::detail {

class DtlsCore;

class DtlsLink : public Link<DtlsLink, DtlsCore, dtls::ConnectionHandle, Ancillary> {
public:
    /// Called once: nullptr when the connection is up, else why it is not.
    using Outcome = std::move_only_function<void(const Error*)>;

    DtlsLink(std::shared_ptr<DtlsCore> core, dtls::ConnectionHandle handle);

    // --- facts ---
    dtls::Connected agreed{};
    Path path;
    std::optional<dtls::Closed> closed;
    std::optional<dtls::Session> session;
    std::optional<int> unreachable; ///< system error, until something comes
    std::uint64_t dropped = 0, refused = 0;
    Outcome outcome; ///< while we are opening it

    // --- the application asks ---
    void receive(WaitPointer<DtlsMessage> wait);
    void await_confirmation(WaitPointer<void> wait);
    void close();
    Result<std::vector<std::byte>> export_state();
    /// Nobody holds a handle any more.
    void abandon();

    // --- the engine says ---
    void on(dtls::Connected&& event);
    void on(dtls::Received&& event);
    void on(dtls::Closed&& event);
    void on(dtls::PathChanged&& event) { path = event.path; }
    void on(const dtls::SendRefused&) { ++refused; }
    void on(const dtls::HandshakeConfirmed&);
    void on(const dtls::PathUnreachable& event);
    void on(dtls::TicketReceived&& event) { session = std::move(event.session); }

    /// The endpoint ends: whoever waits is told.
    void end(const Error& error);

private:
    friend Link;
    std::optional<Error> gone() const;
    Result<> send_now(Bytes payload, const Ancillary& ancillary);
    void on_waiting();

    /// A record as the application gets it.
    auto taking() const {
        return [this](dtls::Received&& record) { return take(std::move(record)); };
    }
    DtlsMessage take(dtls::Received&& record) const;
    void fail_waits(const Error& error);

    Mailbox<dtls::Received, DtlsMessage> inbox_;
    bool confirmed_ = true; ///< false: a client of 1.3 whose Finished is on its way
    WaitQueue<void> confirmations_;
};

/// Keeps a connection for the application.
class DtlsClaim {
public:
    explicit DtlsClaim(std::shared_ptr<DtlsLink> held) : link(std::move(held)) {}
    DtlsClaim(const DtlsClaim&) = delete;
    DtlsClaim& operator=(const DtlsClaim&) = delete;
    ~DtlsClaim();

    const std::shared_ptr<DtlsLink> link;
};

} // namespace hawser::detail
