// The hellos and what stands around them: a selector, then the message's body.
#include "dtls_round_trips.hpp"

namespace hawser::wire::dtls {
namespace {

void try_hello(unsigned which, Bytes body) {
    switch (which % 4) {
    case 0: return round_trip_client_hello(body);
    case 1: return round_trip_server_hello(body);
    case 2:
        if (const auto request = HelloVerifyRequest::parse(body)) {
            comes_back(body, [&](Writer& out) { request->write(out); });
        }
        return;
    default:
        if (const auto extensions = parse_encrypted_extensions(body)) {
            check_extensions(*extensions);
            comes_back(body, [&](Writer& out) {
                write_extensions(out, [&](Writer& to) { to.bytes(extensions->bytes()); });
            });
        }
        return;
    }
}

} // namespace
} // namespace hawser::wire::dtls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    hawser::wire::dtls::try_hello(data[0], hawser::fuzz::input_of(data + 1, size - 1));
    return 0;
}
