// Two SCTP engines with a simulated link between them, in virtual time.
#pragma once

#include "row.hpp"
#include "support/simulated_link.hpp"

#include <hawser/sctp/options.hpp>

#include <chrono>

namespace hawser::bench {

using test::LinkShape;
using test::SimulatedLink;

/// The link's rate and delay both ways, its loss on the way of the data alone.
///
/// Bytes of whole messages a second that one association brings across which always has something
/// to send, from its beginning on.
Outcome<double> simulated_bytes_per_second(const LinkShape& shape, std::chrono::seconds duration,
                                           sctp::Congestion congestion);

/// The same between two ends that have two such links, and use them as `multipath` says.
Outcome<double> simulated_bytes_per_second(const LinkShape& each, std::chrono::seconds duration,
                                           sctp::Multipath multipath);

} // namespace hawser::bench
