// Expected texts that stand in files.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

namespace hawser::test {

/// Compares `actual` with tests/`file` and shows the first line that differs. With
/// HAWSER_UPDATE_GOLDEN=1 the file is written instead, to be read and committed by a person.
testing::AssertionResult matches_golden(std::string_view file, std::string_view actual);

} // namespace hawser::test
