// A sink of one's own: the packet log goes to standard output, for `... | wireshark -k -i -`.
#include <hawser/capture/log.hpp>

#include <cstdio>
#include <memory>

namespace {

class StandardOutput final : public hawser::capture::Sink {
public:
    hawser::Result<> write(hawser::Bytes bytes) override {
        if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
        return hawser::fail(hawser::Errc::io, "standard output is closed");
    }
    hawser::Result<> flush() override {
        std::fflush(stdout);
        return {};
    }
};

} // namespace

int main() {
    auto log = hawser::capture::Log::open(std::make_unique<StandardOutput>());
    if (!log) return 1;
    const auto tap = log->attach("signalling"); // give it to any endpoint, now or later
    const hawser::Path path{.local = hawser::Address::loopback(hawser::Family::ipv4, 9899),
                            .remote = hawser::Address::loopback(hawser::Family::ipv4, 40000)};
    tap->seen({.at = {},
               .direction = hawser::Direction::out,
               .layer = hawser::Layer::wire,
               .path = path,
               .ancillary = {},
               .bytes = hawser::as_bytes("a datagram")});
    return log->close() ? 0 : 1;
}
