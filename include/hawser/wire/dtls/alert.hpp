// Alerts: why a peer ends a connection.
#pragma once

#include <hawser/core/bytes.hpp>
#include <hawser/core/result.hpp>
#include <hawser/wire/dtls/numbers.hpp>
#include <hawser/wire/writer.hpp>

namespace hawser::wire::dtls {

/// RFC 5246 §7.2, RFC 8446 §6.
struct Alert {
    static constexpr std::size_t kBytes = 2;

    AlertLevel level = AlertLevel::fatal;
    AlertDescription description{};

    friend bool operator==(const Alert&, const Alert&) = default;

    /// `payload` of a record: fails with `malformed` unless it is exactly one alert.
    static Result<Alert> parse(Bytes payload);
    void write(Writer& out) const;
};

} // namespace hawser::wire::dtls
