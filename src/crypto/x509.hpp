// Everything about certificates: what one says, ours, and whether to believe the peer's.
#pragma once

#include "crypto/certificate.hpp" // IWYU pragma: export
#include "crypto/identity.hpp"    // IWYU pragma: export
#include "crypto/trust.hpp"       // IWYU pragma: export
