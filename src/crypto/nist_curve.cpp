#include "crypto/nist_curve.hpp"

#include "crypto/evp.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

// Through EVP each private key is made anew from its parts, with a group of its own, for every
// handshake: that costs as much as the arithmetic. These functions share one group per curve.

namespace hawser::crypto {
namespace {

using Number = std::unique_ptr<BIGNUM, FreeBy<BN_clear_free>>;
using NumberContext = std::unique_ptr<BN_CTX, FreeBy<BN_CTX_free>>;
using Point = std::unique_ptr<EC_POINT, FreeBy<EC_POINT_clear_free>>;

const EC_GROUP* group_of(NistCurve curve) {
    static const EC_GROUP* const p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    static const EC_GROUP* const p384 = EC_GROUP_new_by_curve_name(NID_secp384r1);
    const EC_GROUP* group = curve == NistCurve::p256 ? p256 : p384;
    HAWSER_ASSERT(group != nullptr);
    return group;
}

/// A number whose value must not show in how long a calculation takes.
Number secret_number(Bytes big_endian) {
    Number number{BN_new()};
    HAWSER_ASSERT(number != nullptr);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    HAWSER_ASSERT(BN_bin2bn(raw(big_endian), static_cast<int>(big_endian.size()), number.get()) !=
                  nullptr);
    return number;
}

Secret to_secret(const BIGNUM* number, std::size_t size) {
    Secret secret{size};
    const int wanted = static_cast<int>(size);
    HAWSER_ASSERT(BN_bn2binpad(number, raw(secret.bytes()), wanted) == wanted);
    return secret;
}

NumberContext make_context() {
    NumberContext context{BN_CTX_new()};
    HAWSER_ASSERT(context != nullptr);
    return context;
}

Point make_point(const EC_GROUP* group) {
    Point point{EC_POINT_new(group)};
    HAWSER_ASSERT(point != nullptr);
    return point;
}

} // namespace

Secret scalar_from(NistCurve curve, const Entropy& entropy) {
    const NumberContext context = make_context();
    const std::size_t wide_bytes = curve == NistCurve::p256 ? 48 : 56;
    const Number wide = secret_number(Bytes{entropy}.first(wide_bytes));
    const Number limit{BN_dup(EC_GROUP_get0_order(group_of(curve)))};
    const Number scalar{BN_new()};
    HAWSER_ASSERT(limit != nullptr && scalar != nullptr);
    HAWSER_ASSERT(BN_sub_word(limit.get(), 1) == 1);
    HAWSER_ASSERT(BN_mod(scalar.get(), wide.get(), limit.get(), context.get()) == 1);
    HAWSER_ASSERT(BN_add_word(scalar.get(), 1) == 1);
    return to_secret(scalar.get(), scalar_bytes(curve));
}

std::vector<std::byte> public_point(NistCurve curve, Bytes scalar) {
    const EC_GROUP* const group = group_of(curve);
    const NumberContext context = make_context();
    const Number factor = secret_number(scalar);
    const Point point = make_point(group);
    HAWSER_ASSERT(EC_POINT_mul(group, point.get(), factor.get(), nullptr, nullptr, context.get()) ==
                  1);
    std::vector<std::byte> octets(point_bytes(curve));
    HAWSER_ASSERT(EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                     raw(MutableBytes{octets}), octets.size(),
                                     context.get()) == octets.size());
    return octets;
}

Result<Secret> agree(NistCurve curve, Bytes scalar, Bytes peer) {
    const DropErrors drop_errors;
    if (peer.size() != point_bytes(curve) || peer[0] != std::byte{4}) {
        return fail(Errc::malformed, "key share: not an uncompressed point of the curve's length");
    }
    const EC_GROUP* const group = group_of(curve);
    const NumberContext context = make_context();
    const Point theirs = make_point(group);
    if (EC_POINT_oct2point(group, theirs.get(), raw(peer), peer.size(), context.get()) != 1) {
        return fail(Errc::malformed, "key share: not a point of the curve");
    }
    const Number factor = secret_number(scalar);
    const Point product = make_point(group);
    const Number x{BN_new()};
    HAWSER_ASSERT(x != nullptr);
    HAWSER_ASSERT(EC_POINT_mul(group, product.get(), nullptr, theirs.get(), factor.get(),
                               context.get()) == 1);
    // The group's order is prime and the factor below it: the product is never at infinity.
    HAWSER_ASSERT(EC_POINT_get_affine_coordinates(group, product.get(), x.get(), nullptr,
                                                  context.get()) == 1);
    return to_secret(x.get(), scalar_bytes(curve));
}

} // namespace hawser::crypto
