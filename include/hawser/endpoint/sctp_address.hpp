// Where an SCTP endpoint is: one port, and one or more addresses.
#pragma once

#include <hawser/core/address.hpp>
#include <hawser/endpoint/completion.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace hawser {

/// An SCTP port and the addresses it can be reached at, in the order in which they are tried.
struct SctpAddress {
    std::vector<Address> hosts; ///< their own ports mean nothing here
    std::uint16_t port = 0;     ///< the SCTP port

    /// Reads `10.50.1.1/[2001:db8::1]/[fe80::1%eth0]:2904`. Fails with `invalid_argument`, also for
    /// names: those are for `resolve`.
    static Result<SctpAddress> parse(std::string_view text);
};

/// `10.50.1.1/[2001:db8::1]:2904`.
std::string to_string(const SctpAddress& address);

namespace detail {
/// Keeps the executor that names are resolved on.
struct Resolving {
    boost::asio::any_io_executor executor;
};
inline boost::asio::any_io_executor executor_of(const Resolving& resolving) {
    return resolving.executor;
}
void start_resolve(Resolving& resolving, std::string text, WaitPointer<SctpAddress> wait);
} // namespace detail

/// Finds every A and AAAA record of the names in `text`, e.g. `alpha.example/10.50.1.1:2904`, in
/// the order of the text and, for each name, of the system's resolver. Numbers cost nothing.
///
/// Fails with `invalid_argument`, `not_found` (no such name), `timed_out` (the name server or
/// `within`), `io` (the resolver failed), `cancelled`.
template <CompletesWith<SctpAddress> Token = Awaitable>
auto resolve(boost::asio::any_io_executor executor, std::string text, Duration within = kForever,
             Token&& token = Token{}) {
    return detail::initiate<SctpAddress>(
        std::make_shared<detail::Resolving>(std::move(executor)), within,
        [text = std::move(text)](auto& resolving, auto wait) mutable {
            detail::start_resolve(resolving, std::move(text), std::move(wait));
        },
        token);
}

} // namespace hawser
