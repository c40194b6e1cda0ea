// Answers first hellos and keeps nothing of them, until a client has shown that it is there.
#pragma once

#include "dtls/cookie.hpp"
#include "dtls/inbox.hpp"
#include "dtls/services.hpp"
#include "engine/rate_limit.hpp"

#include <hawser/dtls/options.hpp>
#include <hawser/wire/dtls/handshake.hpp>
#include <hawser/wire/dtls/hello.hpp>
#include <hawser/wire/dtls/record.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::dtls {

/// A hello that may begin a connection.
struct Greeting {
    std::vector<std::byte> body;
    std::uint16_t sequence = 0;
    std::vector<std::byte> first_hello_hash; ///< 1.3, after a HelloRetryRequest
    std::vector<std::byte> retry_request;
};

class Greeter {
public:
    /// Hellos in several fragments that are put together at the same time: a hello with a
    /// post-quantum share has two or three. The oldest gives way, so a flood costs no more.
    static constexpr std::size_t kPartialHellos = 64;
    /// Room for the longest name, protocols, PSK identity or ticket that check_options.cpp allows.
    static constexpr std::size_t kHelloBytesMax = 16 * 1024;
    static constexpr std::uint16_t kHelloSequenceMax = 15;

    Greeter(Services& services, const EndpointOptions& options, Instant now);

    /// A handshake record of epoch 0 from somebody unknown. A greeting when its hello is to be
    /// answered by a connection; else `verdict` says what became of it.
    std::optional<Greeting> on_record(const wire::dtls::Record& record, const Path& path,
                                      const Options& options, Verdict& verdict, Instant now);

    /// Says no without a word of state, once a datagram, and in no more bytes than the question
    /// has.
    void refuse(wire::dtls::AlertDescription alert, std::uint64_t record_sequence, const Path& path,
                const Options& options, Instant now);
    /// Another datagram than the one before.
    void on_datagram() { refused_ = false; }

    /// Whether a hello of somebody on this path is being put together.
    bool assembles(const Path& path) const {
        return std::ranges::find(partials_, path, &Partial::path) != partials_.end();
    }

private:
    struct Partial {
        Path path;
        std::unique_ptr<Inbox> inbox;
        Instant begun{};
    };

    std::optional<HandshakeMessage> on_fragment(const wire::dtls::HandshakeFragment& fragment,
                                                const wire::dtls::Record& record, const Path& path,
                                                const Options& options, Verdict& verdict,
                                                Instant now);
    std::optional<HandshakeMessage> assemble(const wire::dtls::HandshakeFragment& fragment,
                                             const Path& path, Instant now);
    std::optional<Greeting> judge(HandshakeMessage&& message, const wire::dtls::ClientHello& hello,
                                  std::uint64_t record_sequence, const Path& path,
                                  const Options& options, Verdict& verdict, Instant now);
    std::optional<Greeting> judge12(HandshakeMessage&& message,
                                    const wire::dtls::ClientHello& hello,
                                    std::uint64_t record_sequence, const Path& path,
                                    const Options& options, Verdict& verdict, Instant now);
    std::optional<Greeting> judge13(HandshakeMessage&& message,
                                    const wire::dtls::ClientHello& hello,
                                    std::uint64_t record_sequence, const Path& path,
                                    const Options& options, Verdict& verdict, Instant now);
    void answer(HandshakeType type, Bytes body, wire::dtls::Version version, std::uint16_t sequence,
                std::uint64_t record_sequence, const Path& path, const Options& options);
    void complain(wire::dtls::AlertDescription alert, const wire::dtls::Record& record,
                  const Path& path, const Options& options, Instant now);
    bool may_answer(Instant now);

    Services& services_;
    const EndpointOptions& options_;
    CookieJar cookies_;
    std::vector<Partial> partials_;
    RateLimit answers_;
    bool refused_ = false; ///< something in the datagram at hand
};

} // namespace hawser::dtls
