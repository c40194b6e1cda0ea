// Associations that peers open, one after the other.
#pragma once

#include <hawser/endpoint/completion.hpp>
#include <hawser/endpoint/connection.hpp>

#include <cstdint>
#include <memory>

namespace hawser {

struct ListenOptions {
    /// Associations that are up and wait for `accept`; above it a new one is aborted. 1 or more.
    /// 1024, so that a burst of clients need not come back.
    std::size_t backlog_max = 1024;
};

namespace detail {
class ListenClaim;
boost::asio::any_io_executor executor_of(const ListenClaim& claim);
void start_accept(ListenClaim& claim, WaitPointer<Connection> wait);
} // namespace detail

/// Takes associations on one SCTP port. A cheap handle: with the last one gone the port is free
/// and associations that nobody accepted are aborted; those that were accepted stay.
class Listener {
public:
    explicit Listener(std::shared_ptr<detail::ListenClaim> claim) : claim_(std::move(claim)) {}

    Listener within(Duration limit) const {
        Listener limited = *this;
        limited.within_ = limit;
        return limited;
    }

    /// The next association that a peer has opened. Fails with `closed` when the endpoint has ended
    /// or `close` was called, `timed_out`, `cancelled`.
    template <CompletesWith<Connection> Token = Awaitable>
    auto accept(Token&& token = Token{}) const {
        return detail::initiate<Connection>(
            claim_, within_,
            [](auto& claim, auto wait) { detail::start_accept(claim, std::move(wait)); }, token);
    }

    /// The SCTP port.
    std::uint16_t port() const;
    /// As if every handle were gone.
    void close() const;

private:
    std::shared_ptr<detail::ListenClaim> claim_;
    Duration within_ = kForever;
};

} // namespace hawser
