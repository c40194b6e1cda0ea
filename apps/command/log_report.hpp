// A capture's summary as text.
#pragma once

#include <hawser/capture/summary.hpp>

#include <string>

namespace hawser::command {

std::string log_report(const capture::Summary& summary);

} // namespace hawser::command
