// What one says, all others hear: many associations through one handle.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio.hpp>
#include <set>

namespace asio = boost::asio;
using namespace hawser;

asio::awaitable<void> chat(asio::any_io_executor executor) {
    auto endpoint = SctpEndpoint::open(executor);
    if (!endpoint) co_return;
    auto room = endpoint->one_to_many(7001);
    if (!room) co_return;

    std::set<sctp::AssociationId> guests;
    auto door = [&guests](EventStream events) -> asio::awaitable<void> {
        while (auto event = co_await events.next()) {
            if (auto* up = std::get_if<sctp::Connected>(&*event)) guests.insert(up->association);
            if (auto* gone = std::get_if<Closed>(&*event)) guests.erase(gone->association);
        }
    };
    co_spawn(executor, door(room->events()), asio::detached);

    while (auto said = co_await room->receive()) {
        for (const auto guest : guests) {
            // A guest who does not listen misses something; nobody waits for that one.
            if (guest != said->association) static_cast<void>(room->send(guest, said->bytes()));
        }
    }
}

int main() {
    asio::io_context io;
    co_spawn(io, chat(io.get_executor()), asio::detached);
    io.run();
}
