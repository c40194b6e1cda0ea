#include <hawser/sctp/endpoint.hpp>

namespace hawser::sctp {

std::string_view name(State state) {
    switch (state) {
    case State::closed: return "closed";
    case State::cookie_wait: return "cookie_wait";
    case State::cookie_echoed: return "cookie_echoed";
    case State::established: return "established";
    case State::shutdown_pending: return "shutdown_pending";
    case State::shutdown_sent: return "shutdown_sent";
    case State::shutdown_received: return "shutdown_received";
    case State::shutdown_ack_sent: return "shutdown_ack_sent";
    }
    return "unknown";
}

std::string_view name(CloseReason reason) {
    switch (reason) {
    case CloseReason::shutdown: return "shutdown";
    case CloseReason::aborted_locally: return "aborted_locally";
    case CloseReason::aborted_by_peer: return "aborted_by_peer";
    case CloseReason::timed_out: return "timed_out";
    case CloseReason::refused: return "refused";
    case CloseReason::unreachable: return "unreachable";
    case CloseReason::protocol_violation: return "protocol_violation";
    case CloseReason::out_of_resource: return "out_of_resource";
    }
    return "unknown";
}

Options Options::rfc9260() {
    using namespace std::chrono_literals;
    Options options;
    options.rto_min = 1s;
    options.delayed_ack = 200ms;
    options.recovery = Recovery::rfc9260;
    options.congestion = Congestion::rfc9260;
    options.receive_window_bytes_max = 0;   // what INIT said
    options.send_queue_bytes_grown_max = 0; // and what was asked for
    options.potentially_failed_retransmissions_max = options.path_retransmissions_max;
    return options;
}

} // namespace hawser::sctp
