// What daybookd.toml can say: one table of keys, from which it is read, checked and documented (CONFIG.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/result.h"

namespace daybook {

struct Endpoint {
  std::string address;  // IPv4, or IPv6 without its brackets
  uint16_t port = 0;    // 0: any that is free
  bool loopback() const;
};
// ADDRESS:PORT, an IPv6 address in brackets.
std::optional<Endpoint> parse_endpoint(std::string_view text);

struct ServiceConfig {
  std::string ledger, root_key;
  int64_t tick_seconds = 60;
  std::string listen = "127.0.0.1:8443", operations = "127.0.0.1:8444";
  std::vector<std::string> names = {"localhost", "127.0.0.1", "[::1]"}, proxies;
  std::string certificate, certificate_key;
  int64_t line_bytes = 4096, head_bytes = 8192, fields = 64, body_bytes = 256 * 1024, import_bytes = 64 << 20, requests_per_connection = 1000;
  int64_t connections = 8192, connections_per_address = 256, reserved_files = 1024;
  int64_t requests_a_second = 200, requests_at_once = 400, streams = 1024, streams_per_account = 20;
  int64_t user_requests_a_second = 200, user_requests_at_once = 400, user_requests_handled = 32;
  int64_t handshake_seconds = 5, head_seconds = 5, body_seconds = 15, handling_seconds = 30, write_seconds = 30, idle_seconds = 30, drain_seconds = 8;
  int64_t socket_threads = 1, workers = 96, waiting = 512;
  int64_t checkpoint_lag_seconds = 10;
  std::string origin;
  std::string issuer, audience, person_claim, person_is = "staff-number", trust_file;
  std::vector<std::string> algorithms = {"RS256", "ES256", "EdDSA"}, demo_people;
  int64_t private_issuer = 0, session_idle_minutes = 30, session_hours = 12;
  std::string provider, client_id, client_secret_file, scope = "openid", provider_person_claim, provider_person_is = "staff-number";
  std::string provider_trust_file, device_client, device_scope = "openid";
  std::vector<std::string> provider_algorithms = {"RS256", "ES256", "EdDSA"};
  int64_t private_provider = 0, keys_ask_again_seconds = 60, keys_kept_seconds = 600;
  std::string log_level = "info";
};

struct ConfigKey {
  std::string_view name;  // "limits.line_bytes": the key line_bytes of the table [limits]
  std::variant<int64_t ServiceConfig::*, std::string ServiceConfig::*, std::vector<std::string> ServiceConfig::*> member;
  int64_t least, most;  // of a number; of a text its bytes, of a list its texts
  std::string_view meaning;
};
std::span<const ConfigKey> config_keys();

// The configuration that `text`, the file `name`, describes. kRejected: every fault on a line of its own, FILE:LINE: KEY: found, want.
Result<ServiceConfig> parse_service_config(std::string_view text, const std::string& name);

// What does not go together, each fault on a line; success if all does. parse_service_config asks it too.
Result<void> check_service_config(const ServiceConfig& config);

// CONFIG.md: every key with its default, its bounds and what it means.
std::string config_page();

}  // namespace daybook
