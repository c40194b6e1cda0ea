// The benchmarks, one function for each name.
#pragma once

#include "row.hpp"

namespace hawser::bench {

Outcome<std::vector<Row>> run_limit_gso();
Outcome<std::vector<Row>> run_limit_no_gso();

} // namespace hawser::bench
