// What `hawser log` prints of DTLS connections.
#pragma once

#include <hawser/capture/dtls_summary.hpp>

#include <cstddef>
#include <string>

namespace hawser::command {

std::string dtls_report(std::size_t number, const capture::DtlsSummary& connection);

} // namespace hawser::command
