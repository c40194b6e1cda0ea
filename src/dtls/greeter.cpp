#include "dtls/greeter.hpp"

#include "dtls/check_hello.hpp"
#include "dtls/retry.hpp"
#include "dtls/server.hpp"

#include "crypto/hash.hpp"

#include <hawser/wire/dtls/alert.hpp>
#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/writer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace hawser::dtls {

using wire::dtls::ClientHello;
using wire::dtls::ExtensionType;

namespace {

crypto::Digest hello_hash(crypto::Hash hash, Bytes body) {
    std::array<std::byte, wire::dtls::kTlsHandshakeHeaderBytes> header;
    wire::Writer out{header};
    wire::dtls::write_tls_handshake_header(out, HandshakeType::client_hello, body.size());
    return crypto::digest(hash, {header, body});
}

} // namespace

Greeter::Greeter(Services& services, const EndpointOptions& options, Instant now)
    : services_{services},
      options_{options},
      cookies_{services.random(), options.cookie_lifetime, now},
      answers_{options.hello_answers_per_second, now} {}

std::optional<Greeting> Greeter::on_record(const wire::dtls::Record& record, const Path& path,
                                           const Options& options, Verdict& verdict, Instant now) {
    wire::dtls::HandshakeFragments fragments{record.payload};
    std::optional<HandshakeMessage> message;
    verdict = Verdict::accepted;
    while (!message && verdict == Verdict::accepted) {
        const auto fragment = fragments.next();
        if (!fragment) break;
        message = on_fragment(*fragment, record, path, options, verdict, now);
    }
    if (!message && (fragments.malformed() || record.payload.empty())) {
        verdict = Verdict::malformed;
        complain(wire::dtls::AlertDescription::decode_error, record, path, options, now);
    }
    if (!message) return std::nullopt;
    const auto hello = ClientHello::parse(message->body);
    if (!hello) {
        verdict = Verdict::malformed;
        complain(wire::dtls::AlertDescription::decode_error, record, path, options, now);
        return std::nullopt;
    }
    return judge(std::move(*message), *hello, record.sequence, path, options, verdict, now);
}

/// The hello, once all of it is there.
std::optional<HandshakeMessage> Greeter::on_fragment(const wire::dtls::HandshakeFragment& fragment,
                                                     const wire::dtls::Record& record,
                                                     const Path& path, const Options& options,
                                                     Verdict& verdict, Instant now) {
    const auto& header = fragment.header;
    // First hellos are numbered 0, and one more for each time that a cookie was asked for.
    if (header.type != HandshakeType::client_hello || header.message_seq > kHelloSequenceMax) {
        verdict = Verdict::unknown_connection;
        complain(wire::dtls::AlertDescription::unexpected_message, record, path, options, now);
        return std::nullopt;
    }
    if (header.length > kHelloBytesMax) {
        verdict = Verdict::no_room;
        complain(wire::dtls::AlertDescription::handshake_failure, record, path, options, now);
        return std::nullopt;
    }
    if (!header.is_whole()) return assemble(fragment, path, now);
    return HandshakeMessage{
        header.type, header.message_seq, 0, {fragment.body.begin(), fragment.body.end()}};
}

std::optional<HandshakeMessage> Greeter::assemble(const wire::dtls::HandshakeFragment& fragment,
                                                  const Path& path, Instant now) {
    auto found = std::ranges::find(partials_, path, &Partial::path);
    const std::uint16_t sequence = fragment.header.message_seq;
    if (found == partials_.end()) {
        if (partials_.size() < kPartialHellos) {
            found = partials_.insert(partials_.end(), Partial{});
        } else {
            found = std::ranges::min_element(partials_, {}, &Partial::begun);
        }
        *found = Partial{path, std::make_unique<Inbox>(sequence), now};
    } else if (found->inbox->next_sequence() != sequence) {
        found->inbox = std::make_unique<Inbox>(sequence);
    }
    static_cast<void>(found->inbox->add(fragment, 0));
    auto message = found->inbox->take();
    if (message) partials_.erase(found);
    return message;
}

std::optional<Greeting> Greeter::judge(HandshakeMessage&& message, const ClientHello& hello,
                                       std::uint64_t record_sequence, const Path& path,
                                       const Options& options, Verdict& verdict, Instant now) {
    if (!options.cookie_exchange)
        return Greeting{std::move(message.body), message.sequence, {}, {}};
    const bool wants_13 = speaks(options, Version::v1_3, Role::server) && offers13(hello);
    if (const Step sound = check_hello(hello, wants_13); !sound) {
        refuse(sound.error().alert, record_sequence, path, options, now);
        verdict = Verdict::malformed;
        return std::nullopt;
    }
    const bool speaks_13 = wants_13 && choose_retry(services_.tickets, options, hello, now);
    const bool speaks_12 = speaks(options, Version::v1_2, Role::server) && offers12(hello);
    // Who names its versions hears at once that none is spoken here. An older client is asked for a
    // cookie first: then our user may be told of it, too.
    const bool names_versions = hello.extensions.contains(ExtensionType::supported_versions);
    if (names_versions && !speaks_13 && !speaks_12) {
        using enum wire::dtls::AlertDescription;
        refuse(wants_13 ? handshake_failure : protocol_version, record_sequence, path, options,
               now);
        verdict = Verdict::unexpected;
        return std::nullopt;
    }
    return speaks_13
               ? judge13(std::move(message), hello, record_sequence, path, options, verdict, now)
               : judge12(std::move(message), hello, record_sequence, path, options, verdict, now);
}

std::optional<Greeting> Greeter::judge12(HandshakeMessage&& message, const ClientHello& hello,
                                         std::uint64_t record_sequence, const Path& path,
                                         const Options& options, Verdict& verdict, Instant now) {
    // Not the session ID, which a client must repeat too (RFC 6347 §4.2.1): Mbed TLS makes a new
    // one for each hello that shows a ticket.
    std::vector<std::byte> repeated{hello.random.begin(), hello.random.end()};
    const Bytes suites = hello.cipher_suites.bytes();
    repeated.insert(repeated.end(), suites.begin(), suites.end());
    if (!hello.cookie.empty()) {
        if (cookies_.verify12(path.remote, repeated, hello.cookie, now))
            return Greeting{std::move(message.body), message.sequence, {}, {}};
        ++services_.counters.cookies_refused;
    }
    if (!may_answer(now)) {
        verdict = Verdict::rate_limited;
        return std::nullopt;
    }
    const auto cookie = cookies_.make12(path.remote, repeated, now);
    std::array<std::byte, 64> room;
    wire::Writer out{room};
    wire::dtls::HelloVerifyRequest{.cookie = cookie}.write(out);
    // The number is the hello's, so that a server that keeps nothing repeats none.
    answer(HandshakeType::hello_verify_request, out.output(), wire::dtls::Version::v1_0,
           message.sequence, record_sequence, path, options);
    return std::nullopt;
}

std::optional<Greeting> Greeter::judge13(HandshakeMessage&& message, const ClientHello& hello,
                                         std::uint64_t record_sequence, const Path& path,
                                         const Options& options, Verdict& verdict, Instant now) {
    if (const auto value = hello.extensions.find(ExtensionType::cookie)) {
        const auto cookie = wire::dtls::parse_cookie(*value);
        const auto state = cookie ? cookies_.verify13(path.remote, *cookie, now) : std::nullopt;
        if (state) {
            RetryChoice choice{state->suite, std::nullopt};
            if (state->group != 0) choice.group = static_cast<wire::dtls::NamedGroup>(state->group);
            return Greeting{std::move(message.body), message.sequence, state->first_hello_hash,
                            retry_request(choice, *cookie)};
        }
        ++services_.counters.cookies_refused;
        refuse(wire::dtls::AlertDescription::illegal_parameter, record_sequence, path, options,
               now);
        verdict = Verdict::bad_cookie; // RFC 9147 §5.1
        return std::nullopt;
    }
    if (!may_answer(now)) {
        verdict = Verdict::rate_limited;
        return std::nullopt;
    }
    const RetryChoice choice = *choose_retry(services_.tickets, options, hello, now);
    const crypto::Hash hash = hash_of(*wire::dtls::find_cipher_suite(choice.suite));
    const crypto::Digest first = hello_hash(hash, message.body);
    const RetryState state{choice.suite,
                           choice.group ? static_cast<std::uint16_t>(*choice.group)
                                        : std::uint16_t{0},
                           {first.bytes().begin(), first.bytes().end()}};
    const auto cookie = cookies_.make13(path.remote, state, now);
    const std::vector<std::byte> request = retry_request(choice, cookie);
    if (request.size() > message.body.size()) { // a hello that is made to be answered elsewhere
        ++services_.counters.answers_suppressed;
        verdict = Verdict::rate_limited;
        return std::nullopt;
    }
    answer(HandshakeType::server_hello, request, wire::dtls::Version::v1_2, message.sequence,
           record_sequence, path, options);
    return std::nullopt;
}

/// Of what may have come from somebody else: never more than they said.
void Greeter::complain(wire::dtls::AlertDescription alert, const wire::dtls::Record& record,
                       const Path& path, const Options& options, Instant now) {
    constexpr std::size_t kBytes = wire::dtls::kRecordHeaderBytes + wire::dtls::Alert::kBytes;
    if (record.whole.size() >= kBytes) refuse(alert, record.sequence, path, options, now);
}

void Greeter::refuse(wire::dtls::AlertDescription alert, std::uint64_t record_sequence,
                     const Path& path, const Options& options, Instant now) {
    if (refused_ || !may_answer(now)) return;
    refused_ = true;
    constexpr std::size_t kBytes = wire::dtls::kRecordHeaderBytes + wire::dtls::Alert::kBytes;
    wire::Writer out{services_.outgoing.append(path, options.handshake_ancillary, kBytes)};
    wire::dtls::RecordHeader{.type = wire::dtls::ContentType::alert, .sequence = record_sequence}
        .write(out, wire::dtls::Alert::kBytes);
    wire::dtls::Alert{wire::dtls::AlertLevel::fatal, alert}.write(out);
    ++services_.counters.datagrams_sent;
}

bool Greeter::may_answer(Instant now) {
    if (answers_.take(now)) return true;
    ++services_.counters.answers_suppressed;
    return false;
}

void Greeter::answer(HandshakeType type, Bytes body, wire::dtls::Version version,
                     std::uint16_t sequence, std::uint64_t record_sequence, const Path& path,
                     const Options& options) {
    ++services_.counters.cookies_sent;
    const std::size_t payload = wire::dtls::kHandshakeHeaderBytes + body.size();
    const MutableBytes room = services_.outgoing.append(path, options.handshake_ancillary,
                                                        wire::dtls::kRecordHeaderBytes + payload);
    wire::Writer out{room};
    wire::dtls::RecordHeader{
        .type = wire::dtls::ContentType::handshake, .version = version, .sequence = record_sequence}
        .write(out, payload);
    wire::dtls::HandshakeHeader::whole(type, sequence, body.size()).write(out);
    out.bytes(body);
    ++services_.counters.datagrams_sent;
}

} // namespace hawser::dtls
