// Files in the making, and what is left of them by receivers that were killed.
#include "command/hidden_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace hawser::command {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Hidden : public testing::TestWithParam<Hiding> {
protected:
    Hidden() {
        std::string pattern = (std::filesystem::temp_directory_path() / "hidden-XXXXXX").string();
        path = mkdtemp(pattern.data());
        folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    ~Hidden() override {
        close(folder);
        std::filesystem::remove_all(path);
    }

    HiddenFile make(std::string_view text) const {
        auto file = HiddenFile::make(folder, "file", GetParam());
        EXPECT_TRUE(file);
        EXPECT_EQ(write(file->descriptor(), text.data(), text.size()), std::ssize(text));
        return *std::move(file);
    }
    void put(const std::string& name, std::string_view text) const {
        std::ofstream{path / name} << text;
    }
    std::string read(const std::string& name) const {
        std::ifstream file{path / name};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator{path})
            found.push_back(entry.path().filename());
        std::ranges::sort(found);
        return found;
    }

    std::filesystem::path path;
    int folder = -1;
};

INSTANTIATE_TEST_SUITE_P(BothWays, Hidden, testing::Values(Hiding::nameless, Hiding::named));

TEST_P(Hidden, AppearsUnderItsNameAndGoesWithoutOne) {
    {
        HiddenFile file = make("whole");
        make("not whole");
        EXPECT_THAT(names(), testing::Not(testing::Contains("file")));
        EXPECT_EQ(file.appear(false), 0);
    }
    EXPECT_THAT(names(), ElementsAre("file"));
    EXPECT_EQ(read("file"), "whole");
}

TEST_P(Hidden, ReplacesAnotherFileOnlyWhenAsked) {
    put("file", "old");
    EXPECT_EQ(make("new").appear(false), EEXIST);
    EXPECT_EQ(read("file"), "old");
    EXPECT_EQ(make("new").appear(true), 0);
    EXPECT_EQ(read("file"), "new");
    EXPECT_THAT(names(), ElementsAre("file"));
}

TEST_P(Hidden, StaysWhileSomebodyWritesIt) {
    HiddenFile file = make("half");
    EXPECT_EQ(remove_orphans(folder), 0u);
    EXPECT_EQ(file.appear(false), 0);
    EXPECT_EQ(remove_orphans(folder), 0u);
    EXPECT_EQ(read("file"), "half");
}

TEST_P(Hidden, IsRemovedOnceItsWriterIsGone) {
    put(".file.hawser-0123abcd", "half");
    const HiddenFile other = make("half");
    EXPECT_EQ(remove_orphans(folder), 1u);
    EXPECT_THAT(names(), SizeIs(GetParam() == Hiding::named ? 1 : 0));
}

TEST_P(Hidden, IsToldFromWhatOnlyLooksLikeIt) {
    const std::vector<std::string> others{".hawser-0123abcd",       ".x.hawser-0123ABCD",
                                          ".x.hawser-0123abc",      "x.hawser-0123abcd",
                                          ".x.hawser-0123abcd.txt", ".x.other-0123abcd"};
    for (const std::string& name : others)
        put(name, "somebody's");
    std::filesystem::create_directory(path / ".d.hawser-0123abcd");
    std::filesystem::create_symlink(others.front(), path / ".l.hawser-0123abcd");
    EXPECT_EQ(remove_orphans(folder), 0u);
    EXPECT_THAT(names(), SizeIs(others.size() + 2));
}

} // namespace
} // namespace hawser::command
