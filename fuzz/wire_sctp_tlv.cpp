// The walker agrees with a naive one about every item and about where the bytes stop making sense,
// and what it walked can be written and walked again.
#include "fuzzing.hpp"

#include <hawser/wire/sctp/tlv.hpp>

namespace hawser::wire::sctp {
namespace {

struct Span {
    std::size_t start;
    std::size_t size;
};

struct Walk {
    std::vector<Span> items;
    bool malformed = false;
};

/// By index, one byte of padding after the other.
Walk walk_naively(Bytes input) {
    Walk walk;
    std::size_t at = 0;
    while (at != input.size()) {
        if (at + 4 > input.size()) {
            walk.malformed = true;
            break;
        }
        const std::size_t size = std::to_integer<std::size_t>(input[at + 2]) * 256 +
                                 std::to_integer<std::size_t>(input[at + 3]);
        if (size < 4 || at + size > input.size()) {
            walk.malformed = true;
            break;
        }
        walk.items.push_back({at, size});
        at += size;
        while (at % 4 != 0 && at != input.size())
            ++at;
    }
    return walk;
}

template <class Item>
void agree(Bytes input, const Walk& naive) {
    Tlvs<Item> walker{input};
    for (const Span& span : naive.items) {
        const auto item = walker.next();
        HAWSER_ASSERT(item.has_value());
        HAWSER_ASSERT(item->whole.data() == input.data() + span.start);
        HAWSER_ASSERT(item->whole.size() == span.size);
        HAWSER_ASSERT(item->value.data() == item->whole.data() + kTlvHeaderBytes);
        HAWSER_ASSERT(item->value.size() == span.size - kTlvHeaderBytes);
    }
    HAWSER_ASSERT(!walker.next());
    HAWSER_ASSERT(walker.malformed() == naive.malformed);
    HAWSER_ASSERT(well_formed<Item>(input) == !naive.malformed);
}

template <class Item, class Write>
void come_back(Bytes input, Write&& write) {
    const std::vector<std::byte> again = fuzz::written([&](Writer& out) {
        Tlvs<Item> items{input};
        while (const auto item = items.next())
            write(out, *item);
    });
    Tlvs<Item> before{input};
    Tlvs<Item> after{again};
    while (const auto item = before.next()) {
        const auto same_item = after.next();
        HAWSER_ASSERT(same_item && fuzz::same(same_item->whole, item->whole));
    }
    HAWSER_ASSERT(!after.next() && !after.malformed());
}

void try_walk(Bytes input) {
    const Walk naive = walk_naively(input);
    agree<Chunk>(input, naive);
    agree<Parameter>(input, naive);
    agree<Cause>(input, naive);
    come_back<Chunk>(input, [](Writer& out, const Chunk& chunk) {
        write_chunk(out, chunk.type, chunk.flags, chunk.value);
    });
    come_back<Parameter>(input, [](Writer& out, const Parameter& parameter) {
        write_item(out, parameter.type, parameter.value);
    });
}

} // namespace
} // namespace hawser::wire::sctp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hawser::wire::sctp::try_walk(hawser::fuzz::input_of(data, size));
    return 0;
}
