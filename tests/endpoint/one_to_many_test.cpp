#include "endpoint/play.hpp"

#include <map>
#include <set>

namespace hawser::test {
namespace {

class ManyAssociations : public Play {};

TEST_F(ManyAssociations, ShareOneUdpPortOnBothSides) {
    play([this]() -> Act {
        constexpr int kCount = 300;
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const Listener listener = must(server.listen(kPort));
        const auto greet = [](Connection connection) -> Act {
            const Message message = must(co_await connection.receive());
            must(connection.send(message.bytes()));
            co_await connection.receive(); // until the client is gone
        };
        const auto serve = [&]() -> Act {
            for (int i = 0; i < kCount; ++i) {
                asio::co_spawn(io, greet(must(co_await listener.accept())), asio::detached);
            }
        };
        asio::co_spawn(io, serve(), asio::detached);
        int answered = 0;
        const auto visit = [&](int number) -> Act {
            const Connection connection =
                must(co_await client.connect("127.0.0.1:2904", to(server)), "connect");
            must(connection.send(as_bytes(std::to_string(number))));
            const Message answer = must(co_await connection.within(10s).receive());
            EXPECT_EQ(answer.text(), std::to_string(number));
            ++answered;
            EXPECT_GE(client.association_count(), static_cast<std::size_t>(answered));
            while (answered < kCount)
                co_await asio::post(asio::use_awaitable);
        };
        for (int i = 0; i < kCount; ++i)
            asio::co_spawn(io, visit(i), asio::detached);
        while (answered < kCount || client.association_count() > 0) {
            co_await asio::post(asio::use_awaitable);
        }
        EXPECT_EQ(answered, kCount);
    });
}

TEST_F(ManyAssociations, AnswerThroughOneHandle) {
    play([this]() -> Act {
        constexpr int kCount = 20;
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const OneToMany room = must(server.one_to_many(kPort));
        const EventStream events = room.events();
        std::vector<Connection> guests;
        for (int i = 0; i < kCount; ++i) {
            guests.push_back(must(co_await client.connect("127.0.0.1:2904", to(server))));
            must(guests.back().send(as_bytes(std::to_string(i))));
        }
        std::set<sctp::AssociationId> seen;
        for (int i = 0; i < kCount; ++i) {
            const Message message = must(co_await room.within(5s).receive());
            seen.insert(message.association);
            must(co_await room.async_send(message.association, message.bytes()));
        }
        EXPECT_EQ(seen.size(), std::size_t{kCount});
        for (int i = 0; i < kCount; ++i) {
            const Message answer = must(co_await guests[static_cast<std::size_t>(i)].receive());
            EXPECT_EQ(answer.text(), std::to_string(i));
            const Event up = must(co_await events.within(5s).next());
            EXPECT_TRUE(seen.contains(std::get<sctp::Connected>(up).association));
        }
        EXPECT_EQ(error_of(room.send(sctp::AssociationId{123456}, as_bytes("x"))), Errc::not_found);
        must(co_await room.within(5s).shutdown(*seen.begin()));
        EXPECT_EQ(server.association_count(), std::size_t{kCount - 1});
    });
}

TEST_F(ManyAssociations, AreOpenedThroughOneHandleToo) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const OneToMany there = must(server.one_to_many(kPort));
        const OneToMany here = must(client.one_to_many());
        const auto id = must(co_await here.connect("127.0.0.1:2904", to(server)), "connect");
        must(here.send(id, as_bytes("question")));
        const Message question = must(co_await there.within(5s).receive());
        must(there.send(question.association, as_bytes("answer")));
        const Message answer = must(co_await here.within(5s).receive());
        EXPECT_EQ(answer.association, id);
        EXPECT_EQ(answer.text(), "answer");
        EXPECT_EQ(must(here.status(id)).state, sctp::State::established);
        EXPECT_EQ(error_of(co_await here.connect("127.0.0.1:2905", to(server))), Errc::refused);
        must(there.abort(question.association, as_bytes("go")));
        while (here.status(id))
            co_await asio::post(asio::use_awaitable);
    });
}

TEST_F(ManyAssociations, ArePeeledOffWithTheirMessages) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        const OneToMany room = must(server.one_to_many(kPort));
        const Connection one = must(co_await client.connect("127.0.0.1:2904", to(server)));
        const Connection two = must(co_await client.connect("127.0.0.1:2904", to(server)));
        must(one.send(as_bytes("hello")));
        const auto id = must(co_await room.within(5s).receive()).association;
        must(one.send(as_bytes("one")));
        must(two.send(as_bytes("two")));
        while (must(one.status()).queued_bytes > 0 || must(two.status()).queued_bytes > 0) {
            co_await asio::post(asio::use_awaitable);
        }
        const Connection peeled = must(room.peel_off(id));
        EXPECT_EQ(must(co_await peeled.within(5s).receive()).text(), "one");
        EXPECT_EQ(must(co_await room.within(5s).receive()).text(), "two");
        must(peeled.send(as_bytes("back")));
        EXPECT_EQ(must(co_await one.within(5s).receive()).text(), "back");
        EXPECT_EQ(error_of(room.peel_off(id)), Errc::not_found);
        EXPECT_EQ(error_of(room.send(id, as_bytes("x"))), Errc::not_found);
    });
}

TEST_F(ManyAssociations, EndGracefullyWithTheirHandle) {
    play([this]() -> Act {
        SctpEndpoint server = open();
        SctpEndpoint client = open();
        std::optional<OneToMany> room = must(server.one_to_many(kPort));
        const Connection guest = must(co_await client.connect("127.0.0.1:2904", to(server)));
        must(guest.send(as_bytes("hello")));
        const auto id = must(co_await room->within(5s).receive()).association;
        must(room->send(id, as_bytes("goodbye")));
        room.reset();
        EXPECT_EQ(must(co_await guest.within(5s).receive()).text(), "goodbye");
        EXPECT_EQ(error_of(co_await guest.within(5s).receive()), Errc::closed);
        EXPECT_EQ(guest.close_reason(), sctp::CloseReason::shutdown);
        EXPECT_EQ(error_of(co_await client.connect("127.0.0.1:2904", to(server))), Errc::refused);
        EXPECT_EQ(must(server.one_to_many(kPort)).port(), kPort);
    });
}

} // namespace
} // namespace hawser::test
