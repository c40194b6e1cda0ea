// Which views of an endpoint's packets a tap is shown.
#pragma once

namespace hawser {

/// Which views a tap is shown.
struct TapViews {
    bool wire = true; ///< UDP datagrams, as the network carries them
    /// What is inside: SCTP packets; with DTLS its handshake messages, and its keys for key logs.
    /// Off, since on bare UDP the wire view shows SCTP already.
    bool clear = false;
};

} // namespace hawser
