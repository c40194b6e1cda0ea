// Uses the whole library: binds an endpoint on loopback and asks where it is.
#include <hawser/endpoint/sctp_endpoint.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdio>

int main() {
    boost::asio::io_context context;
    hawser::SctpEndpointOptions options;
    options.local = hawser::Address::parse("127.0.0.1:0").value();
    options.udp_port = 0;
    auto endpoint = hawser::SctpEndpoint::open(context.get_executor(), options);
    if (!endpoint) return 1;
    std::printf("SCTP on UDP port %u\n", unsigned{endpoint->local_address().port()});
    return endpoint->local_address().port() == 0 ? 1 : 0;
}
