// A peer whose calls block: one thread sends, another receives. What is below is a Wire.
#pragma once

#include "interop/load.hpp"
#include "interop/peer_arguments.hpp"

#include <hawser/core/bytes.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::interop {

/// What one call of `Wire::receive` brought.
struct Arrival {
    enum class Kind : std::uint8_t {
        data, ///< some of a message
        note, ///< `note` tells of the association
        end,  ///< nothing more comes
    };
    Kind kind = Kind::end;

    Bytes some; ///< borrowed until the next call
    bool ends_message = false;
    std::uint16_t stream = 0, ssn = 0;
    std::uint32_t ppid = 0, tsn = 0, cumulative_tsn = 0;
    bool unordered = false;

    std::string note;
    std::optional<std::string> reason; ///< why the association ended: shutdown or lost
};

/// One association of some SCTP implementation.
class Wire {
public:
    virtual ~Wire() = default;
    /// Blocks while the send buffer is full. False when the association has ended.
    virtual bool send(const Load::Message& message) = 0;
    virtual Arrival receive() = 0;
    /// Asks for something of RFC 6525; `receive` tells of it once it is done. False when this peer
    /// cannot.
    virtual bool ask(Wish) { return false; }
    /// Begins the graceful end.
    virtual void shut_down() = 0;
};

/// Plays the role in `arguments` over the wire until the association has ended, and reports.
void play(const PeerArguments& arguments, Wire& wire);

/// Says what failed and errno's words, and ends the process with status 1.
[[noreturn]] void die(std::string_view what);

} // namespace hawser::interop
