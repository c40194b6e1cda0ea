// A fragment that came before its turn.
#pragma once

#include <hawser/core/ancillary.hpp>
#include <hawser/core/buffer.hpp>
#include <hawser/core/path.hpp>
#include <hawser/wire/sctp/types.hpp>

#include <cstdint>

namespace hawser::sctp {

/// Held until the fragments between it and its message's ends have come.
struct HeldFragment {
    Buffer payload;
    Ancillary ancillary;
    Path path;
    Ppid ppid{};
    StreamId stream{};
    Ssn ssn{};
    bool unordered = false;
    bool beginning = false;
    bool ending = false;

    // A run is a row of fragments of one message without a hole. Its first and last fragment know
    // the other end and the run's size, so that two runs are joined in one step.
    Tsn run_other_end{};
    std::uint32_t run_bytes = 0;

    /// `Reassembly::take_early` sets the rest anew.
    void recycle() {
        payload = {};
        ancillary.extra.clear();
    }
};

} // namespace hawser::sctp
