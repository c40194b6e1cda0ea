// Markings on the command line, between hawsers, and in tables.
#pragma once

#include "command/command_line.hpp"
#include "command/outcome.hpp"

#include <hawser/core/ancillary.hpp>
#include <hawser/wire/reader.hpp>
#include <hawser/wire/writer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::command {

/// The part of an Ancillary that routers look at and rewrite.
struct Marking {
    std::optional<Dscp> dscp;
    std::optional<Ecn> ecn;
    std::optional<std::uint8_t> hop_limit;

    static Marking of(const Ancillary& ancillary) {
        return {ancillary.dscp, ancillary.ecn, ancillary.hop_limit};
    }
    Ancillary ancillary() const { return {.dscp = dscp, .ecn = ecn, .hop_limit = hop_limit}; }
    /// "EF/ECT(1)"; what is not set is the system's default, CS0/Not-ECT.
    std::string text() const;

    friend bool operator==(const Marking&, const Marking&) = default;
};

/// 4 octets in what hawsers say to each other.
void write_marking(wire::Writer& out, const Marking& marking);
Marking read_marking(wire::Reader& in);

/// `ef`, `af41/ect0`, `/ect1`: a DSCP, an ECN codepoint, or both. Fails with `usage`.
Outcome<Marking> parse_class(std::string_view text);

/// What `--dscp`, `--ecn` ... ask of every message.
struct MarkingOptions {
    std::string dscp, ecn;
    std::optional<unsigned> hop_limit, flow_label, mark, priority;

    /// The text was checked on the command line.
    Ancillary ancillary() const;
};

/// `--dscp` and `--ecn`.
void add_class_options(Subcommand command, MarkingOptions& options);
/// Those, and every other marking that has an option.
void add_marking_options(Subcommand command, MarkingOptions& options);

} // namespace hawser::command
