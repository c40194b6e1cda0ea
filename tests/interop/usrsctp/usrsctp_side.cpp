#include "interop/usrsctp/usrsctp_side.hpp"

#include "interop/usrsctp/usrsctp_clock.hpp"

#include <hawser/core/check.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace hawser::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTick = 10ms;
constexpr std::uint32_t kPacketBytes = 1200;
constexpr std::uint16_t kRetransmissionsMax = 1000;
/// Missing from its header, as its code knows it.
constexpr int kInterleavingSupported = 0x1206;
/// Virtual time goes on from one world to the next, as usrsctp's does.
std::chrono::nanoseconds time_before_this_world = 24h;

void silent(const char*, ...) {}

template <class T>
void set(struct socket* so, int option, const T& value, int level = IPPROTO_SCTP) {
    HAWSER_ASSERT(usrsctp_setsockopt(so, level, option, &value, sizeof value) == 0);
}

sctp_assoc_value of_future(std::uint32_t value) {
    sctp_assoc_value all{};
    all.assoc_id = SCTP_FUTURE_ASSOC;
    all.assoc_value = value;
    return all;
}

void interleave(struct socket* so) {
    set(so, SCTP_FRAGMENT_INTERLEAVE, int{2});
    set(so, kInterleavingSupported, of_future(1));
    set(so, SCTP_PLUGGABLE_SS, of_future(SCTP_SS_ROUND_ROBIN_PACKET));
}

void authenticate(struct socket* so, const std::vector<std::uint8_t>& types) {
    for (const std::uint8_t type : types)
        set(so, SCTP_AUTH_CHUNK, sctp_authchunk{type});
    constexpr std::string_view kSecret = UsrsctpSide::kSecret;
    std::array<std::byte, sizeof(sctp_authkey) + kSecret.size()> room{};
    sctp_authkey key{};
    key.sca_assoc_id = SCTP_FUTURE_ASSOC;
    key.sca_keynumber = 1;
    key.sca_keylength = kSecret.size();
    std::memcpy(room.data(), &key, sizeof key);
    std::memcpy(room.data() + offsetof(sctp_authkey, sca_key), kSecret.data(), kSecret.size());
    const auto bytes = static_cast<socklen_t>(offsetof(sctp_authkey, sca_key) + kSecret.size());
    HAWSER_ASSERT(usrsctp_setsockopt(so, IPPROTO_SCTP, SCTP_AUTH_KEY, room.data(), bytes) == 0);
    sctp_authkeyid first{};
    first.scact_assoc_id = SCTP_FUTURE_ASSOC;
    first.scact_keynumber = 1;
    set(so, SCTP_AUTH_ACTIVE_KEY, first);
}

void hear(struct socket* so) {
    for (const int kind :
         {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_PARTIAL_DELIVERY_EVENT}) {
        sctp_event event{};
        event.se_assoc_id = SCTP_FUTURE_ASSOC;
        event.se_type = static_cast<std::uint16_t>(kind);
        event.se_on = 1;
        set(so, SCTP_EVENT, event);
    }
}

} // namespace

void UsrsctpSide::start_library() {
    static const bool started = [] {
        usrsctp_init_nothreads(0, on_output, silent);
        usrsctp_sysctl_set_sctp_ecn_enable(0);
        usrsctp_sysctl_set_sctp_blackhole(2);
        usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
        usrsctp_sysctl_set_sctp_init_rtx_max_default(kRetransmissionsMax);
        usrsctp_sysctl_set_sctp_assoc_rtx_max_default(kRetransmissionsMax);
        usrsctp_sysctl_set_sctp_path_rtx_max_default(kRetransmissionsMax);
        return true;
    }();
    HAWSER_ASSERT(started);
}

UsrsctpSide::UsrsctpSide(World& world, const Address& address, const Address& remote,
                         const UsrsctpOptions& options, std::uint64_t seed)
    : remote_{remote}, next_tick_{world.now() + kTick} {
    seed_usrsctp(seed);
    time_before_this_world = usrsctp_time() - world.now().time_since_epoch();
    start_library();
    usrsctp_register_address(this);
    world.attach(*this, address);
    socket_ = open_socket(options);
}

UsrsctpSide::~UsrsctpSide() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    for (struct socket* const so : {accepted_, socket_}) {
        if (so == nullptr) continue;
        static_cast<void>(usrsctp_setsockopt(so, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
        usrsctp_close(so);
    }
    // What is left of the association goes by timers.
    set_usrsctp_time(usrsctp_time() + 1min);
    for (int i = 0; i < 60; ++i)
        usrsctp_handle_timers(1000);
    usrsctp_deregister_address(this);
}

struct socket* UsrsctpSide::open_socket(const UsrsctpOptions& options) {
    struct socket* const so =
        usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, nullptr, 0, this);
    HAWSER_ASSERT(so != nullptr);
    usrsctp_set_non_blocking(so, 1);
    set(so, SCTP_NODELAY, int{1});
    set(so, SO_SNDBUF, int{300'000}, SOL_SOCKET);
    // What is under construction on all streams at a time has to fit: it gives out whole messages.
    set(so, SO_RCVBUF, int{1'000'000}, SOL_SOCKET);
    sctp_paddrparams path{};
    path.spp_address.ss_family = AF_CONN;
    path.spp_flags = SPP_PMTUD_DISABLE;
    path.spp_pathmtu = kPacketBytes;
    set(so, SCTP_PEER_ADDR_PARAMS, path);
    sctp_initmsg streams{};
    streams.sinit_num_ostreams = options.streams;
    streams.sinit_max_instreams = options.streams;
    set(so, SCTP_INITMSG, streams);
    set(so, SCTP_ENABLE_STREAM_RESET, of_future(SCTP_ENABLE_RESET_STREAM_REQ));
    hear(so);
    if (options.interleaving) interleave(so);
    if (!options.authenticated.empty()) authenticate(so, options.authenticated);
    return so;
}

/// The remote end has the same one, as there is nobody else in this network.
sockaddr_conn UsrsctpSide::address_of(std::uint16_t port) {
    sockaddr_conn address{};
    address.sconn_family = AF_CONN;
    address.sconn_port = htons(port);
    address.sconn_addr = this;
    return address;
}

void UsrsctpSide::listen(std::uint16_t port) {
    sockaddr_conn address = address_of(port);
    HAWSER_ASSERT(usrsctp_bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                  0);
    HAWSER_ASSERT(usrsctp_listen(socket_, 1) == 0);
}

void UsrsctpSide::connect(std::uint16_t port) {
    sockaddr_conn own = address_of(port);
    HAWSER_ASSERT(usrsctp_bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0);
    sockaddr_conn remote = address_of(port);
    const int begun = usrsctp_connect(socket_, reinterpret_cast<sockaddr*>(&remote), sizeof remote);
    HAWSER_ASSERT(begun == 0 || errno == EINPROGRESS);
}

bool UsrsctpSide::send(std::uint16_t stream, bool unordered, const UsrsctpLimit& limit,
                       Bytes message) {
    sctp_sendv_spa beside{};
    beside.sendv_flags = SCTP_SEND_SNDINFO_VALID;
    beside.sendv_sndinfo.snd_sid = stream;
    if (unordered) beside.sendv_sndinfo.snd_flags = SCTP_UNORDERED;
    if (limit.policy != SCTP_PR_SCTP_NONE) {
        beside.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        beside.sendv_prinfo.pr_policy = limit.policy;
        beside.sendv_prinfo.pr_value = limit.value;
    }
    struct socket* const so = accepted_ != nullptr ? accepted_ : socket_;
    return usrsctp_sendv(so, message.data(), message.size(), nullptr, 0, &beside, sizeof beside,
                         SCTP_SENDV_SPA, 0) > 0;
}

bool UsrsctpSide::reset_outgoing() {
    if (resetting_) return false;
    sctp_reset_streams reset{};
    reset.srs_flags = SCTP_STREAM_RESET_OUTGOING;
    struct socket* const so = accepted_ != nullptr ? accepted_ : socket_;
    resetting_ =
        usrsctp_setsockopt(so, IPPROTO_SCTP, SCTP_RESET_STREAMS, &reset, sizeof reset) == 0;
    return resetting_;
}

void UsrsctpSide::shutdown() {
    usrsctp_shutdown(accepted_ != nullptr ? accepted_ : socket_, SHUT_WR);
}

void UsrsctpSide::receive(Datagram& datagram, Instant now) {
    set_usrsctp_time(time_before_this_world + now.time_since_epoch());
    usrsctp_conninput(this, datagram.payload.data(), datagram.payload.size(), 0);
    if (accepted_ == nullptr && up_) accepted_ = usrsctp_accept(socket_, nullptr, nullptr);
}

void UsrsctpSide::advance(Instant now) {
    set_usrsctp_time(time_before_this_world + now.time_since_epoch());
    for (; next_tick_ <= now; next_tick_ += kTick)
        usrsctp_handle_timers(static_cast<std::uint32_t>(kTick / 1ms));
}

bool UsrsctpSide::drain(FakeNetwork& network, Instant now) {
    bool any = false;
    for (; !packets_.empty(); packets_.pop_front(), any = true) {
        const auto& bytes = packets_.front();
        Transmit transmit{.path = {.local = network.address(id), .remote = remote_},
                          .payload = pool_.take(bytes.size())};
        transmit.payload.resize(bytes.size());
        std::ranges::copy(bytes, transmit.payload.bytes().begin());
        network.send(id, transmit, now);
    }
    return any;
}

int UsrsctpSide::on_output(void* address, void* buffer, std::size_t size, std::uint8_t,
                           std::uint8_t) {
    const auto* first = static_cast<const std::byte*>(buffer);
    static_cast<UsrsctpSide*>(address)->packets_.emplace_back(first, first + size);
    return 0;
}

int UsrsctpSide::on_receive(struct socket*, sctp_sockstore, void* data, std::size_t size,
                            sctp_rcvinfo info, int flags, void* side) {
    auto* const self = static_cast<UsrsctpSide*>(side);
    if (data == nullptr) return 1;
    if ((flags & MSG_NOTIFICATION) != 0)
        self->notified(*static_cast<const sctp_notification*>(data));
    else
        self->take({static_cast<const std::byte*>(data), size}, info, flags);
    std::free(data); // NOLINT: given to us by usrsctp's malloc
    return 1;
}

void UsrsctpSide::notified(const sctp_notification& note) {
    if (note.sn_header.sn_type == SCTP_STREAM_RESET_EVENT) {
        const std::uint16_t flags = note.sn_strreset_event.strreset_flags;
        if ((flags & SCTP_STREAM_RESET_INCOMING_SSN) == 0) resetting_ = false;
        return;
    }
    if (note.sn_header.sn_type == SCTP_PARTIAL_DELIVERY_EVENT) {
        for (const std::uint32_t order : {0u, 1u})
            partial_.erase(note.sn_pdapi_event.pdapi_stream << 1 | order);
        return;
    }
    if (note.sn_header.sn_type != SCTP_ASSOC_CHANGE) return;
    switch (note.sn_assoc_change.sac_state) {
    case SCTP_COMM_UP: up_ = true; break;
    case SCTP_SHUTDOWN_COMP: over_ = true; break;
    case SCTP_COMM_LOST: lost = "communication lost"; break;
    case SCTP_RESTART: lost = "restarted"; break;
    default: lost = "not started"; break;
    }
}

void UsrsctpSide::take(Bytes some, const sctp_rcvinfo& info, int flags) {
    const bool unordered = (info.rcv_flags & SCTP_UNORDERED) != 0;
    auto& whole = partial_[static_cast<std::uint32_t>(info.rcv_sid) << 1 | (unordered ? 1u : 0u)];
    whole.insert(whole.end(), some.begin(), some.end());
    if ((flags & MSG_EOR) == 0) return;
    messages.push_back(
        {.stream = info.rcv_sid, .unordered = unordered, .payload = std::exchange(whole, {})});
}

} // namespace hawser::test
