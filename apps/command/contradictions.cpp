#include "command/contradictions.hpp"

#include <fmt/format.h>

#include <array>

namespace hawser::command {

Outcome<> keep_apart(const Subcommand& command, const std::string& beside,
                     const std::vector<std::string>& options, std::string_view why) {
    if (!command.has(beside)) return {};
    for (const std::string& option : options) {
        if (!command.has(option)) continue;
        return failure(ExitCode::usage,
                       fmt::format("{} does not apply with {}: {}", option, beside, why));
    }
    return {};
}

Outcome<> check_stream(unsigned stream, const NetworkOptions& options) {
    if (stream < options.streams) return {};
    return failure(ExitCode::usage, fmt::format("--stream {} is beyond --streams {}, which are 0 "
                                                "to {}",
                                                stream, options.streams, options.streams - 1));
}

Outcome<> check_stream_count(std::string_view what, unsigned needed,
                             const NetworkOptions& options) {
    if (needed <= options.streams) return {};
    return failure(ExitCode::usage, fmt::format("--streams {} are too few: {} needs {}",
                                                options.streams, what, needed));
}

Outcome<> check_raw_ip(const NetworkOptions& options) {
    if (!options.raw_ip) return {};
    const auto refused = [](std::string_view option) {
        return failure(
            ExitCode::usage,
            fmt::format("{} does not apply with --raw-ip: there is no UDP then", option));
    };
    if (options.udp_port) return refused("--udp-port");
    if (options.peer_udp_port) return refused("--peer-udp-port");
    if (options.dtls.enabled) return refused("--dtls");
    return {};
}

namespace {

/// Who takes anybody has no use for what tells the right one.
Outcome<> check_insecure(const DtlsOptions& options) {
    struct Given {
        std::string_view option;
        bool given;
    };
    const std::array rules{Given{"--ca", !options.authorities.empty()},
                           Given{"--name", !options.name.empty()},
                           Given{"--fingerprint", !options.fingerprints.empty()},
                           Given{"--psk", !options.psk.empty()}};
    for (const Given& rule : rules) {
        if (!options.insecure || !rule.given) continue;
        return failure(ExitCode::usage,
                       fmt::format("--insecure takes anybody, {} the right peer alone: one of them "
                                   "has to go",
                                   rule.option));
    }
    return {};
}

} // namespace

Outcome<> check_dtls(const NetworkOptions& options) {
    if (auto one = check_insecure(options.dtls); !one) return one;
    if (!options.dtls.name.empty() && options.dtls.authorities.empty()) {
        return failure(ExitCode::usage, "--name is looked at with --ca only");
    }
    if (options.log_keys && !options.dtls.enabled) {
        return failure(ExitCode::usage, "--log-keys: without --dtls there are no keys");
    }
    if (options.log_keys && options.log_view == "clear") {
        return failure(ExitCode::usage, "--log-keys does not apply with --log-view clear, in which "
                                        "nothing is sealed");
    }
    return {};
}

} // namespace hawser::command
