#include "pipelines/stages/pii_pseudonym.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "corpus/base/status.h"
#include "corpus/io/file.h"

namespace corpusmill {
namespace {

using Digest = std::array<uint8_t, 32>;

Digest Hmac(std::string_view key, std::string_view message) {
  Digest digest{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       nullptr);
  return digest;
}

/// The first `bytes` bytes as a number, most significant first.
uint64_t Number(const Digest& digest, size_t bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i) number = number << 8 | digest[i];
  return number;
}

/// Decimal digits of the digest, each as likely as the others to 1 in 2^57.
std::string Digits(const Digest& digest, size_t count) {
  std::string digits;
  for (size_t i = 0; i < count; ++i) {
    uint64_t part = 0;
    for (size_t j = 0; j < 8; ++j) part = part << 8 | digest[(i * 3 + j) % digest.size()];
    digits += static_cast<char>('0' + part % 10);
  }
  return digits;
}

std::string Ip(const Digest& digest, bool is_ipv4) {
  if (is_ipv4) {
    return absl::StrFormat("%d.%d.%d.%d", 240 | (digest[0] & 14), digest[1], digest[2], digest[3]);
  }
  std::string address = "2001:db8";
  for (size_t i = 0; i < 12; i += 2) {
    absl::StrAppendFormat(&address, ":%x", digest[i] << 8 | digest[i + 1]);
  }
  return address;
}

}  // namespace

absl::StatusOr<PiiPseudonyms> PiiPseudonyms::FromFile(const std::string& path, Context& context) {
  CM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenFile(path, &context));
  PiiPseudonyms pseudonyms{std::string()};
  const absl::Status status = ReadAll(*source, kMostKeyBytes, &pseudonyms.key_);
  if (absl::IsDataLoss(status)) {
    return UsageError(absl::StrFormat("key-file: %s has more than %d bytes; try a file of 32 bytes",
                                      path, kMostKeyBytes));
  }
  CM_RETURN_IF_ERROR(status);
  if (pseudonyms.key_.size() < kLeastKeyBytes) {
    return UsageError(absl::StrFormat(
        "key-file: %s has %d bytes and needs %d; try `head -c 32 /dev/urandom > %s`", path,
        pseudonyms.key_.size(), kLeastKeyBytes, path));
  }
  return pseudonyms;
}

PiiPseudonyms::~PiiPseudonyms() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string PiiPseudonyms::Of(const PiiMatch& match) const {
  std::string message(PiiKindName(match.kind));
  message.append(1, '\0').append(match.value);
  const Digest digest = Hmac(key_, message);
  switch (match.kind) {
    case PiiKind::kEmail:
      return absl::StrFormat("user-%016x@example.invalid", Number(digest, 8));
    case PiiKind::kPhone:
      return "+999-" + Digits(digest, 10);
    case PiiKind::kIp:
      return Ip(digest, match.value.size() == 8);
    case PiiKind::kCard:
      return "9999" + Digits(digest, 12);
    case PiiKind::kIban:
      return "XX00" + Digits(digest, 18);
    case PiiKind::kChineseId:
      return "999999" + Digits(digest, 12);
  }
  return {};
}

}  // namespace corpusmill
