// SPDX-License-Identifier: Apache-2.0
#include "digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/copy_elements.hpp>

#include "hexadecimal.hpp"

namespace ingot::tools {

namespace {
void require(int status) {
  if (status != 1) {
    throw value_error({.where = "sha256", .found = "OpenSSL refused to compute a digest"});
  }
}
}  // namespace

std::string sha256(const tensor_data& tensor) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  require(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
  copy_buffer buffer;
  copy_elements(
      tensor, buffer,
      [&](std::span<const std::byte> piece) {
        require(EVP_DigestUpdate(context.get(), piece.data(), piece.size()));
      },
      "tensor");
  std::array<unsigned char, 32> digest{};
  require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr));
  return hexadecimal({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace ingot::tools
