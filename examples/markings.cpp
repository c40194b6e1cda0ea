// Every message has its own marking, and says with what it arrived.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>

namespace asio = boost::asio;
using namespace hawser;

asio::awaitable<void> talk(asio::any_io_executor executor) {
    auto endpoint = SctpEndpoint::open(executor, {.udp_port = 0});
    if (!endpoint) co_return;
    auto listener = endpoint->listen(7001);
    const std::uint16_t udp_port = endpoint->local_address().port();
    auto here = co_await endpoint->connect("[::1]:7001", {.peer_udp_port = udp_port});
    if (!here) co_return void(std::cerr << to_string(here.error()) << '\n');
    auto there = co_await listener->accept();

    for (const Dscp dscp : {Dscp::ef, Dscp::af41, Dscp::cs0, Dscp::le}) {
        const Ancillary marking{.dscp = dscp, .ecn = Ecn::ect1, .hop_limit = 42};
        // A marking that this kernel cannot set is an error, and nothing is sent.
        const auto sent = here->send(as_bytes("marked"), {.ancillary = marking});
        if (!sent) co_return void(std::cerr << to_string(sent.error()) << '\n');
        const auto message = co_await there->receive();
        std::cout << to_string(marking) << " arrived as " << to_string(message->ancillary) << '\n';
    }
}

int main() {
    asio::io_context io;
    co_spawn(io, talk(io.get_executor()), asio::detached);
    io.run();
}
