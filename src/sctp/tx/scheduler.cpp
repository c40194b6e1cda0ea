#include "sctp/tx/scheduler.hpp"

#include <utility>

namespace hawser::sctp {

std::unique_ptr<Scheduler> make_scheduler(StreamScheduler kind) {
    switch (kind) {
    case StreamScheduler::first_come_first_served: return make_fcfs_scheduler();
    case StreamScheduler::round_robin: return make_round_robin_scheduler();
    case StreamScheduler::round_robin_per_packet: return make_packet_round_robin_scheduler();
    case StreamScheduler::priority: return make_priority_scheduler();
    case StreamScheduler::fair_capacity: return make_fair_capacity_scheduler();
    case StreamScheduler::weighted_fair_queueing: return make_weighted_fair_scheduler();
    }
    std::unreachable();
}

} // namespace hawser::sctp
