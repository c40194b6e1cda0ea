#include <hawser/endpoint/sctp_address.hpp>

#include <hawser/net/resolve.hpp>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/udp.hpp>

#include <algorithm>
#include <utility>

namespace hawser {

namespace {

namespace asio = boost::asio;
using Resolver = asio::ip::basic_resolver<asio::ip::udp, asio::any_io_executor>;

Address to_address(const asio::ip::address& address) {
    if (address.is_v4()) return Address::ipv4(address.to_v4().to_bytes());
    const asio::ip::address_v6 v6 = address.to_v6();
    return Address::ipv6(v6.to_bytes(), 0, static_cast<std::uint32_t>(v6.scope_id()));
}

Error to_error(const boost::system::error_code& error) {
    if (error == asio::error::host_not_found || error == asio::error::no_data ||
        error == asio::error::service_not_found) {
        return {Errc::not_found, "no such host name"};
    }
    if (error == asio::error::host_not_found_try_again) {
        return {Errc::timed_out, "the name server is silent"};
    }
    return {Errc::io, "the resolver failed", error.value()};
}

/// Looks up the hosts of a list one after the other, so that their order is kept.
class Lookup : public std::enable_shared_from_this<Lookup> {
public:
    Lookup(const asio::any_io_executor& executor, HostList list,
           detail::WaitPointer<SctpAddress> wait)
        : list_(std::move(list)), wait_(std::move(wait)), resolver_(executor) {
        found_.port = list_.port;
    }

    void go_on() {
        for (; next_ < list_.hosts.size(); ++next_) {
            const auto number = net::parse_address(list_.hosts[next_]);
            if (!number && list_.hosts[next_].contains('%')) {
                wait_->finish(std::unexpected{number.error()});
                return;
            }
            if (!number) break;
            add(*number);
        }
        if (next_ == list_.hosts.size()) {
            wait_->finish(std::move(found_));
            return;
        }
        wait_->on_give_up([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->resolver_.cancel();
        });
        resolver_.async_resolve(list_.hosts[next_++], "",
                                [self = shared_from_this()](const boost::system::error_code& error,
                                                            const Resolver::results_type& results) {
                                    self->take(error, results);
                                });
    }

private:
    void take(const boost::system::error_code& error, const Resolver::results_type& results) {
        if (wait_->finished()) return;
        if (error) {
            wait_->finish(std::unexpected{to_error(error)});
            return;
        }
        for (const auto& result : results)
            add(to_address(result.endpoint().address()));
        go_on();
    }

    void add(const Address& host) {
        if (std::ranges::find(found_.hosts, host) == found_.hosts.end()) {
            found_.hosts.push_back(host);
        }
    }

    HostList list_;
    detail::WaitPointer<SctpAddress> wait_;
    Resolver resolver_;
    SctpAddress found_;
    std::size_t next_ = 0;
};

} // namespace

Result<SctpAddress> SctpAddress::parse(std::string_view text) {
    const auto list = HostList::parse(text);
    if (!list) return std::unexpected{list.error()};
    SctpAddress address;
    address.port = list->port;
    for (const std::string& host : list->hosts) {
        const auto number = net::parse_address(host);
        if (!number) return fail(Errc::invalid_argument, "a name in place of an address");
        address.hosts.push_back(*number);
    }
    return address;
}

std::string to_string(const SctpAddress& address) {
    HostList list;
    list.port = address.port;
    for (const Address& host : address.hosts)
        list.hosts.push_back(host_to_string(host));
    return to_string(list);
}

void detail::start_resolve(Resolving& resolving, std::string text, WaitPointer<SctpAddress> wait) {
    if (wait->finished()) return;
    auto list = HostList::parse(text);
    if (!list) {
        wait->finish(std::unexpected{list.error()});
        return;
    }
    std::make_shared<Lookup>(resolving.executor, std::move(*list), std::move(wait))->go_on();
}

} // namespace hawser
