// How usrsctp is set up for a fair comparison: the same packets, and otherwise what made it
// fastest. Its Nagle algorithm stays on, because it then bundles small messages and is more than
// twice as fast at them.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <usrsctp.h>

namespace hawser::bench::usrsctp {

constexpr std::uint32_t kPacketBytes = 1200; ///< from the SCTP common header on
constexpr std::uint32_t kSendBytes = 1024 * 1024;
constexpr std::uint16_t kPort = 5001;

[[noreturn]] inline void die(const char* what) {
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

/// Prints the result and ends the process: usrsctp_finish would wait for associations that nobody
/// serves any more.
[[noreturn]] inline void report(double result) {
    std::printf("%f\n", result);
    std::fflush(stdout);
    std::_Exit(0);
}

inline void silent(const char*, ...) {}

/// For every association of this process; to be called between init and the first socket.
///
/// `window_bytes` is what the receiver offers. Larger is not faster: in memory the data then leaves
/// the cache, and over UDP it overruns the system's socket buffer, which usrsctp leaves as it is.
inline void tune(std::uint32_t window_bytes) {
    usrsctp_sysctl_set_sctp_sendspace(kSendBytes);
    usrsctp_sysctl_set_sctp_recvspace(window_bytes);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_blackhole(2);
    usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
}

template <class T>
void set(struct socket* so, int option, const T& value) {
    if (usrsctp_setsockopt(so, IPPROTO_SCTP, option, &value, sizeof value) != 0) die("setsockopt");
}

/// `path_mtu` as usrsctp counts it: with the headers below SCTP. `family` is that of the socket.
inline void tune(struct socket* so, std::uint32_t path_mtu, sa_family_t family) {
    sctp_paddrparams path{};
    path.spp_address.ss_family = family; // and no address: for every path
    path.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_DISABLE;
    path.spp_pathmtu = path_mtu;
    set(so, SCTP_PEER_ADDR_PARAMS, path);
}

} // namespace hawser::bench::usrsctp
