// What a conformance runner asks of the shim: the flags of BoringSSL's, as far as they make sense
// here.
#pragma once

#include <hawser/core/result.hpp>
#include <hawser/dtls/options.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace hawser::shim {

/// A flag that is not known here: the runner counts the test as not implemented.
inline constexpr int kNotImplemented = 89;

struct Flags {
    std::uint16_t port = 0;
    std::uint64_t shim_id = 0;
    bool ipv6 = false;
    bool server = false;

    dtls::Options options;
    std::string certificate_file, key_file, anchors_file;
    std::uint32_t resumptions = 0;

    bool writes_first = false;
    bool shuts_down = false;
    bool updates_keys = false;
    std::size_t export_bytes = 0;
    std::string export_label, export_context;

    std::optional<std::uint16_t> expect_version, expect_group, expect_cipher;
    std::optional<std::string> expect_alpn, expect_server_name;
    std::optional<std::uint64_t> expect_renegotiations;
};

/// Fails with `unsupported` for a flag that is not known, or a value that cannot be had.
Result<Flags> parse_flags(std::span<char* const> arguments);

} // namespace hawser::shim
