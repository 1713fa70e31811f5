#include "server/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace daybook {
namespace {

using V4 = std::array<uint8_t, 4>;
using V6 = std::array<uint8_t, 16>;

template <size_t kSize>
struct Network {
  std::array<uint8_t, kSize> start;
  unsigned bits;

  bool holds(const std::array<uint8_t, kSize>& address) const {
    for (unsigned bit = 0; bit < bits; ++bit) {
      if ((start[bit / 8] ^ address[bit / 8]) & 0x80 >> bit % 8) return false;
    }
    return true;
  }
};

// Of the registries of RFC 6890: what is not reached from everywhere.
constexpr auto kReservedV4 = std::to_array<Network<4>>({{{0}, 8},
                                                        {{10}, 8},
                                                        {{100, 64}, 10},
                                                        {{127}, 8},
                                                        {{169, 254}, 16},
                                                        {{172, 16}, 12},
                                                        {{192, 0, 0}, 24},
                                                        {{192, 0, 2}, 24},
                                                        {{192, 88, 99}, 24},
                                                        {{192, 168}, 16},
                                                        {{198, 18}, 15},
                                                        {{198, 51, 100}, 24},
                                                        {{203, 0, 113}, 24},
                                                        {{224}, 4},
                                                        {{240}, 4}});
constexpr Network<16> kGlobalV6{{0x20}, 3};
constexpr auto kReservedV6 = std::to_array<Network<16>>({{{0x20, 0x01}, 23}, {{0x20, 0x01, 0x0d, 0xb8}, 32}, {{0x3f, 0xff}, 20}});
constexpr Network<16> kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Network<16> kNat64{{0, 0x64, 0xff, 0x9b}, 96};
constexpr Network<16> k6to4{{0x20, 0x02}, 16};

template <class Address>
std::optional<Address> read(int family, std::string_view text) {
  Address address;
  if (::inet_pton(family, std::string(text).c_str(), address.data()) != 1 || text.find('\0') != std::string_view::npos) return std::nullopt;
  return address;
}

// The IPv4 address that `text` is or holds.
std::optional<V4> v4_in(std::string_view text) {
  if (const auto v4 = read<V4>(AF_INET, text)) return v4;
  const auto v6 = read<V6>(AF_INET6, text);
  if (!v6) return std::nullopt;
  const auto four_from = [&](size_t at) { return V4{(*v6)[at], (*v6)[at + 1], (*v6)[at + 2], (*v6)[at + 3]}; };
  if (kMapped.holds(*v6) || kNat64.holds(*v6)) return four_from(12);
  if (k6to4.holds(*v6)) return four_from(2);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> canonical_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const auto v6 = read<V6>(AF_INET6, text);
  if (v6 && !kMapped.holds(*v6)) return ::inet_ntop(AF_INET6, v6->data(), out.data(), out.size());
  const auto v4 = v6 ? v4_in(text) : read<V4>(AF_INET, text);
  if (!v4) return std::nullopt;
  return ::inet_ntop(AF_INET, v4->data(), out.data(), out.size());
}

bool is_address(std::string_view text) { return read<V4>(AF_INET, text) || read<V6>(AF_INET6, text); }

bool is_public_address(std::string_view address) {
  const auto in = [](const auto& networks, const auto& bytes) {
    return std::any_of(networks.begin(), networks.end(), [&](const auto& network) { return network.holds(bytes); });
  };
  if (const auto v4 = v4_in(address)) return !in(kReservedV4, *v4);
  const auto v6 = read<V6>(AF_INET6, address);
  return v6 && kGlobalV6.holds(*v6) && !in(kReservedV6, *v6);
}

bool is_loopback_address(std::string_view address) {
  if (const auto v4 = v4_in(address)) return v4->front() == 127;
  static constexpr Network<16> kThisMachine{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
  const auto v6 = read<V6>(AF_INET6, address);
  return v6 && kThisMachine.holds(*v6);
}

}  // namespace daybook
