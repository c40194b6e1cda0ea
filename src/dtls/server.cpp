#include "dtls/server.hpp"

#include "dtls/check_hello.hpp"
#include "dtls/check_options.hpp"
#include "dtls/identity_choice.hpp"
#include "dtls/server12.hpp"
#include "dtls/server13.hpp"
#include "dtls/stapling.hpp"

#include <hawser/wire/dtls/extensions.hpp>
#include <hawser/wire/dtls/handshake.hpp>

#include <algorithm>

namespace hawser::dtls {

using wire::Writer;
using wire::dtls::CertificateType;
using wire::dtls::ClientHello;
using wire::dtls::ExtensionList;
using wire::dtls::ExtensionType;
using wire::dtls::NamedGroup;

bool offers12(const ClientHello& hello) {
    if (const auto value = hello.extensions.find(ExtensionType::supported_versions)) {
        const auto versions = wire::dtls::parse_supported_versions(*value);
        return versions && versions->contains(Version::v1_2);
    }
    constexpr auto kNewest = Version{0x8000}; // they count downwards, and those of TLS upwards
    return hello.legacy_version >= kNewest && hello.legacy_version <= Version::v1_2;
}

bool offers13(const ClientHello& hello) {
    const auto value = hello.extensions.find(ExtensionType::supported_versions);
    if (!value) return false;
    const auto versions = wire::dtls::parse_supported_versions(*value);
    return versions && versions->contains(Version::v1_3);
}

Step Server::on_first_hello(const ClientHelloReceived& received, Turn& turn) {
    const auto hello = ClientHello::parse(received.body);
    if (!hello) return fault(AlertDescription::decode_error, "a malformed ClientHello");
    std::ranges::copy(hello->random, client_random_.begin());
    forming_.client_random = client_random_;
    session_id_.assign(hello->session_id.begin(), hello->session_id.end());
    random_.fill(server_random_);
    const bool is_1_3 = offers13(*hello) && speaks(Version::v1_3) && !again();
    if (const Step sound = check_hello(*hello, is_1_3); !sound) return sound;
    const auto go_on = [&](auto rest) {
        const Step begun = rest->begin(received, *hello, turn);
        turn.then(GoOnWith{std::move(rest)});
        return begun;
    };
    if (is_1_3) return go_on(std::make_unique<Server13>(std::move(*this)));
    if (!speaks(Version::v1_2) || !offers12(*hello))
        return fault(AlertDescription::protocol_version,
                     "the client offers no version of DTLS that is spoken here");
    return go_on(std::make_unique<Server12>(std::move(*this)));
}

Step Server::on_message(HandshakeMessage&& message, Turn& turn) {
    if (message.type != HandshakeType::client_hello || message.epoch != base_)
        return fault(AlertDescription::unexpected_message, "not the hello of a renegotiation");
    return on_first_hello({message.body, message.sequence, {}, {}}, turn);
}

void Server::forget_hello() {
    result_ = {};
    shown_ = {};
    identity_ = nullptr;
    wishes_ = {};
    own_raw_key_ = peer_raw_key_ = false;
    peer_schemes_.clear();
    peer_groups_.clear();
    own_scheme_.reset();
    asks_status_ = false;
    record_limit_.reset();
    connection_id_ = false;
    client_cid_.clear();
    forming_.return_routability = false;
}

Step Server::take_common(const ClientHello& hello, Turn& turn) {
    forget_hello();
    const ExtensionList& extensions = hello.extensions;
    if (const Step taken = take_alpn(extensions); !taken) return taken;
    if (const auto value = extensions.find(ExtensionType::server_name)) {
        const auto name = wire::dtls::parse_server_name(*value);
        if (!name) return fault(AlertDescription::decode_error, "a malformed server name");
        result_.server_name = *name;
    }
    if (const auto value = extensions.find(ExtensionType::signature_algorithms)) {
        const auto schemes = wire::dtls::parse_signature_algorithms(*value);
        if (!schemes) return fault(AlertDescription::decode_error, "malformed algorithms");
        peer_schemes_.assign(schemes->begin(), schemes->end());
    }
    if (const auto value = extensions.find(ExtensionType::supported_groups)) {
        const auto groups = wire::dtls::parse_supported_groups(*value);
        if (!groups) return fault(AlertDescription::decode_error, "malformed groups");
        peer_groups_.assign(groups->begin(), groups->end());
    }
    const auto asks_status = take_status_request(extensions);
    if (!asks_status) return std::unexpected{asks_status.error()};
    asks_status_ = *asks_status;
    if (const Step taken = take_srtp(extensions); !taken) return taken;
    if (const auto value = extensions.find(ExtensionType::record_size_limit)) {
        const auto limit = wire::dtls::parse_record_size_limit(*value);
        if (!limit || *limit < wire::dtls::kRecordSizeLimitMin)
            return fault(AlertDescription::illegal_parameter, "a wrong record_size_limit");
        record_limit_ = *limit;
    }
    if (const Step taken = take_certificate_types(extensions); !taken) return taken;
    if (const Step taken = take_authorities(wishes_, extensions); !taken) return taken;
    return take_connection_id(extensions, turn);
}

/// Our CertificateRequest has nothing that an extension beside a certificate could answer.
Step Server::check_entry(const ExtensionList& extensions) const {
    if (extensions.empty()) return {};
    return fault(AlertDescription::unsupported_extension,
                 "the client's certificate has an extension that was not asked for");
}

Bytes Server::stapled() const {
    const bool wanted = asks_status_ && identity_ != nullptr && !own_raw_key_;
    return wanted ? identity_->ocsp_response() : Bytes{};
}

/// RFC 7250 §4.2.
Step Server::take_certificate_types(const ExtensionList& extensions) {
    using Types = wire::dtls::NumberList<CertificateType>;
    const auto types_of = [&](ExtensionType type) -> std::optional<Types> {
        const auto value = extensions.find(type);
        const auto types = value ? wire::dtls::parse_certificate_types(*value)
                                 : Result<Types>{hawser::fail(Errc::not_found, "")};
        return types ? std::optional<Types>{*types} : std::nullopt;
    };
    const auto raw = [this](const std::optional<Types>& types) {
        return types && options().raw_public_key &&
               types->contains(CertificateType::raw_public_key);
    };
    const auto ours = types_of(ExtensionType::server_certificate_type);
    wishes_.takes_certificates = !ours || ours->contains(CertificateType::x509);
    wishes_.takes_raw_keys = ours && ours->contains(CertificateType::raw_public_key);
    peer_raw_key_ = raw(types_of(ExtensionType::client_certificate_type));
    const auto all = identities();
    const bool none_fits = std::ranges::none_of(all, [this](const Identity* identity) {
        return shown_raw(*identity, wishes_, options()).has_value();
    });
    if (ours && !all.empty() && none_fits)
        return fault(AlertDescription::unsupported_certificate,
                     "the client takes no certificate of the kind that there is");
    return {};
}

Step Server::take_srtp(const ExtensionList& extensions) {
    const auto value = extensions.find(ExtensionType::use_srtp);
    if (!value || options().srtp_profiles.empty()) return {};
    const auto srtp = wire::dtls::parse_use_srtp(*value);
    if (!srtp) return fault(AlertDescription::decode_error, "a malformed use_srtp");
    for (const wire::dtls::SrtpProfile profile : options().srtp_profiles) {
        if (!srtp->profiles.contains(profile)) continue;
        result_.srtp_profile = profile;
        if (options().take_srtp_mki) result_.srtp_mki.assign(srtp->mki.begin(), srtp->mki.end());
        break;
    }
    return {};
}

Step Server::take_alpn(const ExtensionList& extensions) {
    const auto value = extensions.find(ExtensionType::alpn);
    if (!value || options().alpn.empty()) return {};
    const auto offered = wire::dtls::parse_alpn(*value);
    if (!offered) return fault(AlertDescription::decode_error, "a malformed ALPN offer");
    for (const std::string& name : options().alpn) {
        for (const auto& protocol : *offered) {
            if (!std::ranges::equal(protocol.bytes, std::as_bytes(std::span{name}))) continue;
            result_.alpn = name;
            return {};
        }
    }
    return fault(AlertDescription::no_application_protocol,
                 "the client offers no protocol (ALPN) that is spoken here");
}

Step Server::take_connection_id(const ExtensionList& extensions, Turn& turn) {
    const auto value = extensions.find(ExtensionType::connection_id);
    const bool wanted = value && options().connection_id_bytes;
    const auto id = wanted ? wire::dtls::parse_connection_id(*value) : Result<Bytes>{Bytes{}};
    if (!id) return fault(AlertDescription::decode_error, "a malformed connection ID");
    if (again() && !keeps_connection_ids(*id, wanted))
        return fault(AlertDescription::handshake_failure,
                     "the client changed the connection IDs in a renegotiation");
    if (!wanted) {
        drop_own_cid(turn);
        return {};
    }
    connection_id_ = true;
    client_cid_.assign(id->begin(), id->end());
    forming_.return_routability = extensions.contains(ExtensionType::rrc);
    return {};
}

void Server::write_connection_id(Writer& out) {
    if (!connection_id_) return;
    wire::dtls::write_connection_id(out, own_cid_);
    if (forming_.return_routability) wire::dtls::write_extension(out, ExtensionType::rrc);
}

void Server::write_common(Writer& out) {
    // RFC 6066 §3: not where a session is taken up.
    if (options().answer_server_name && !result_.server_name.empty() && !result_.resumed)
        wire::dtls::write_extension(out, ExtensionType::server_name);
    if (!result_.alpn.empty())
        wire::dtls::write_selected_alpn(out, std::as_bytes(std::span{result_.alpn}));
    if (result_.srtp_profile)
        wire::dtls::write_use_srtp(out, std::span{&*result_.srtp_profile, 1}, result_.srtp_mki);
    if (record_limit_)
        wire::dtls::write_record_size_limit(out, shown_record_limit(suite_->is_1_3()));
    if (own_raw_key_)
        wire::dtls::write_selected_certificate_type(out, ExtensionType::server_certificate_type,
                                                    CertificateType::raw_public_key);
    if (peer_raw_key_ && asks_certificate_)
        wire::dtls::write_selected_certificate_type(out, ExtensionType::client_certificate_type,
                                                    CertificateType::raw_public_key);
}

bool Server::knows_psk(std::string_view identity) const {
    return find_psk(std::as_bytes(std::span{identity})).has_value();
}

std::optional<Psk> Server::find_psk(Bytes identity) const {
    const std::string_view name{reinterpret_cast<const char*>(identity.data()), identity.size()};
    for (const Psk& psk : options().psks) {
        if (psk.identity == name) return psk;
    }
    if (!options().find_psk) return std::nullopt;
    const Renegotiable* const before = forming_.renegotiable.get();
    auto found =
        options().find_psk(PskQuery{name, before != nullptr ? before->session_id : session_id_});
    if (found && !is_usable(*found)) found.reset();
    return found;
}

} // namespace hawser::dtls
