#include "server/service_config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <functional>
#include <sstream>

#include "ledger/printable.h"
#include "server/address.h"
#include "server/identity/provider.h"
#include "server/identity/public_key.h"
#include "server/identity/url.h"

namespace daybook {
namespace {

using C = ServiceConfig;
constexpr int64_t kTextMax = 1000, kSecondsMax = 3600;

constexpr std::array kKeys = std::to_array<ConfigKey>({
    {"ledger.folder", &C::ledger, 0, kTextMax, "the ledger's folder, unless `--ledger` names another; empty: the environment's DAYBOOK_LEDGER"},
    {"ledger.root_key", &C::root_key, 0, kTextMax, "the root key's file; empty: as the ledger says"},
    {"ledger.tick", &C::tick_seconds, 1, kSecondsMax, "seconds from one look for deadlines that have passed to the next; each is recorded once"},
    {"public.listen", &C::listen, 1, kTextMax,
     "ADDRESS:PORT for everybody, an IPv6 address in brackets; port 0: any that is free. Without a certificate a loopback address"},
    {"public.names", &C::names, 1, 64, "the hosts that requests may name, in lower case, without a port"},
    {"public.certificate", &C::certificate, 0, kTextMax, "the certificate and those above it, PEM; read again at SIGHUP"},
    {"public.certificate_key", &C::certificate_key, 0, kTextMax, "its key, PEM, which others cannot read"},
    {"public.proxies", &C::proxies, 0, 64, "addresses of proxies whose X-Forwarded-For is believed"},
    {"public.origin", &C::origin, 0, kTextMax,
     "where the pages of the service are for browsers, such as https://daybook.example.org; empty: as the request says. Behind a proxy with TLS it "
     "must be said"},
    {"operations.listen", &C::operations, 0, kTextMax, "ADDRESS:PORT for /metrics, on a loopback address; empty: nowhere"},
    {"limits.line_bytes", &C::line_bytes, 256, 65'536, "the request line"},
    {"limits.head_bytes", &C::head_bytes, 1024, 65'536, "all fields of a request together"},
    {"limits.fields", &C::fields, 8, 1000, "fields of a request"},
    {"limits.body_bytes", &C::body_bytes, 0, 64 << 20, "the body of a request"},
    {"limits.import_bytes", &C::import_bytes, 1024, 256 << 20,
     "a spreadsheet that is imported; two are read at once, and three kept until it is their turn"},
    {"limits.requests_per_connection", &C::requests_per_connection, 1, 1'000'000, "then the connection is closed"},
    {"limits.connections", &C::connections, 1, 1'000'000,
     "at once, from everybody; beyond them nobody is let in until one goes. Fewer where the system gives too few files"},
    {"limits.connections_per_address", &C::connections_per_address, 0, 1'000'000,
     "at once, of an IPv4 address or an IPv6 /64; 0: no such limit. Proxies have none"},
    {"limits.reserved_files", &C::reserved_files, 64, 1'000'000, "open files that connections leave to the ledger"},
    {"limits.requests_a_second", &C::requests_a_second, 0, 1'000'000, "of an address, in the long run; 0: no such limit"},
    {"limits.requests_at_once", &C::requests_at_once, 1, 1'000'000, "of an address that was quiet before"},
    {"limits.streams", &C::streams, 1, 1'000'000, "answers that are sent as they come, at once, to everybody; one more is told to come again (503)"},
    {"limits.streams_per_account", &C::streams_per_account, 1, 1'000'000, "feeds at once of somebody who is signed in; one more is refused (429)"},
    {"limits.user_requests_a_second", &C::user_requests_a_second, 0, 1'000'000, "of somebody who is signed in, from wherever; 0: no such limit"},
    {"limits.user_requests_at_once", &C::user_requests_at_once, 1, 1'000'000, "of somebody who was quiet before"},
    {"limits.user_requests_handled", &C::user_requests_handled, 0, 1'000'000,
     "of one user, handled at the same time; 0: no such limit. Fewer than threads.workers, so that nobody takes them all"},
    {"deadlines.handshake", &C::handshake_seconds, 1, kSecondsMax, "seconds for all of the TLS handshake"},
    {"deadlines.head", &C::head_seconds, 1, kSecondsMax, "seconds from the first byte of a request to the end of its fields"},
    {"deadlines.body", &C::body_seconds, 1, kSecondsMax, "seconds for all of the body"},
    {"deadlines.handling", &C::handling_seconds, 1, kSecondsMax, "seconds from the whole request to its answer"},
    {"deadlines.write", &C::write_seconds, 1, kSecondsMax, "seconds for the answer; where it is sent as it comes, for each part of it"},
    {"deadlines.idle", &C::idle_seconds, 1, kSecondsMax, "seconds from an answer to the next request"},
    {"deadlines.drain", &C::drain_seconds, 0, kSecondsMax, "seconds that a stop waits for what was asked to be answered"},
    {"threads.sockets", &C::socket_threads, 1, 64, "threads that serve sockets and never block"},
    {"threads.workers", &C::workers, 1, 1024,
     "threads that handle requests; each waits until its look is on disk, so that as many looks at once are one write"},
    {"threads.waiting", &C::waiting, 1, 1'000'000, "requests that wait for a worker; the next one is told to come again (503)"},
    {"tokens.issuer", &C::issuer, 0, kTextMax, "the issuer whose access tokens are taken, exactly as it spells itself; empty: no tokens"},
    {"tokens.audience", &C::audience, 0, kTextMax, "the name of this service in them"},
    {"tokens.algorithms", &C::algorithms, 1, 3, "by which it may sign: RS256, ES256, EdDSA"},
    {"tokens.person_claim", &C::person_claim, 0, 100, "the claim that says whom the record knows; empty: nobody is known by a token"},
    {"tokens.person_is", &C::person_is, 1, 20, "what the claim has: staff-number, or address (which must be verified, if the claim is `email`)"},
    {"tokens.trust_file", &C::trust_file, 0, kTextMax,
     "certificates, PEM, that are trusted beside the system's when the issuer is asked for its keys"},
    {"tokens.private_issuer", &C::private_issuer, 0, 1, "1: the issuer may be on this machine or in a private network"},
    {"keys.ask_again", &C::keys_ask_again_seconds, 1, kSecondsMax,
     "seconds that lie at least between two questions for an issuer's keys, whatever the reason: so long a token by a new key may be refused"},
    {"keys.kept", &C::keys_kept_seconds, 1, 24 * kSecondsMax,
     "seconds after which they are asked for anew: so long a key counts that was taken back. While the issuer is away they count for six hours"},
    {"sign_in.issuer", &C::provider, 0, kTextMax,
     "the OpenID provider by which people sign in with a browser, exactly as it spells itself; empty: none. It must know public.origin with "
     "/v1/sign-in/callback behind it to come back to, public.origin with / for after signing out, and, if it has back-channel logout, "
     "/v1/sign-in/back-channel-logout"},
    {"sign_in.client_id", &C::client_id, 0, kTextMax, "what it calls this service"},
    {"sign_in.client_secret_file", &C::client_secret_file, 0, kTextMax,
     "a file with the secret that it gave, one line, which others cannot read (mode 0600); empty: a public client, which PKCE alone protects"},
    {"sign_in.scope", &C::scope, 1, kTextMax, "what is asked of it: openid, and what more the claim wants, with spaces between"},
    {"sign_in.algorithms", &C::provider_algorithms, 1, 3, "by which it may sign: RS256, ES256, EdDSA"},
    {"sign_in.person_claim", &C::provider_person_claim, 0, 100,
     "the claim of its ID tokens that says whom the record knows; empty: nobody is known by a browser's sign-in"},
    {"sign_in.person_is", &C::provider_person_is, 1, 20, "what the claim has, as tokens.person_is"},
    {"sign_in.trust_file", &C::provider_trust_file, 0, kTextMax,
     "certificates, PEM, that are trusted beside the system's when the provider is asked for something"},
    {"sign_in.private_issuer", &C::private_provider, 0, 1, "1: the provider may be on this machine or in a private network"},
    {"sign_in.device_client", &C::device_client, 0, kTextMax,
     "by which name the command line asks tokens.issuer for a token of whoever sits before it (RFC 8628); a public client there; empty: it takes a "
     "token from a file"},
    {"sign_in.device_scope", &C::device_scope, 1, kTextMax, "what it asks for"},
    {"sessions.idle", &C::session_idle_minutes, 1, 24 * 60, "minutes without a request after which a browser is signed out"},
    {"sessions.most", &C::session_hours, 1, 7 * 24, "hours after which it is signed out whatever it does"},
    {"demo.people", &C::demo_people, 0, 100,
     "who may sign in with a code that is printed at the start, good once and for ten minutes, by their names in the record: for a demo, on a "
     "loopback address without a proxy"},
    {"ready.checkpoint_lag", &C::checkpoint_lag_seconds, 1, kSecondsMax,
     "seconds after which /readyz says that events are not under a signed checkpoint"},
    {"log.level", &C::log_level, 1, 10, "debug, info, warning or error"},
});

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string list_text(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : ", ") + quoted(item);
  return "[" + text + "]";
}

std::string shown(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  const auto text = out.str();
  return printable(text.size() > 60 ? text.substr(0, 57) + "..." : text);
}

// Puts what a node says into the configuration; what it should have said if it cannot be.
struct Setter {
  ServiceConfig& config;
  const ConfigKey& key;
  const toml::node& node;

  std::string operator()(int64_t C::* member) const {
    const auto value = node.value_exact<int64_t>();
    if (!value || *value < key.least || *value > key.most) return fmt::format("a whole number from {} to {}", key.least, key.most);
    config.*member = *value;
    return {};
  }
  std::string operator()(std::string C::* member) const {
    const auto value = node.value_exact<std::string>();
    const auto bytes = value ? static_cast<int64_t>(value->size()) : -1;
    if (bytes < key.least || bytes > key.most || printable(*value) != *value) return fmt::format("text of {} to {} bytes", key.least, key.most);
    config.*member = *value;
    return {};
  }
  std::string operator()(std::vector<std::string> C::* member) const {
    const auto wanted = fmt::format("a list of {} to {} texts", key.least, key.most);
    const auto* list = node.as_array();
    if (!list || static_cast<int64_t>(list->size()) < key.least || static_cast<int64_t>(list->size()) > key.most) return wanted;
    std::vector<std::string> texts;
    for (const auto& item : *list) {
      const auto text = item.value_exact<std::string>();
      if (!text || text->empty() || printable(*text) != *text) return wanted;
      texts.push_back(*text);
    }
    config.*member = std::move(texts);
    return {};
  }
};

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void read(const toml::table& table, const std::string& path) {
    for (const auto& [name, node] : table) {
      const auto full = path.empty() ? std::string(name.str()) : path + "." + std::string(name.str());
      const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&](const ConfigKey& k) { return k.name == full; });
      const bool above = std::any_of(kKeys.begin(), kKeys.end(), [&](const ConfigKey& k) { return k.name.starts_with(full + "."); });
      if (key != kKeys.end()) {
        if (const auto wanted = std::visit(Setter{config, *key, node}, key->member); !wanted.empty()) add(node.source(), full, shown(node), wanted);
      } else if (above && node.is_table()) {
        read(*node.as_table(), full);
      } else {
        add(name.source(), printable(full), "a key of that name", "one that CONFIG.md lists");
      }
    }
  }
  void add(const toml::source_region& where, std::string_view key, std::string_view found, std::string_view wanted) {
    faults += fmt::format("{}{}:{}: {}: found {}, want {}", faults.empty() ? "" : "\n", file_, where.begin.line, key, found, wanted);
  }

  ServiceConfig config;
  std::string faults;

 private:
  const std::string file_;
};

// What stands in a cell of the page.
struct Cells {
  const ConfigKey& key;
  const ServiceConfig standard = {};
  std::array<std::string, 2> operator()(int64_t C::* member) const {
    return {std::to_string(standard.*member), fmt::format("{} to {}", key.least, key.most)};
  }
  std::array<std::string, 2> operator()(std::string C::* member) const {
    return {quoted(standard.*member), key.least == 0 ? "text, or empty" : "text"};
  }
  std::array<std::string, 2> operator()(std::vector<std::string> C::* member) const {
    return {list_text(standard.*member), fmt::format("{} to {} texts", key.least, key.most)};
  }
};

void check_provider(const ServiceConfig& config, const std::function<void(bool, std::string_view)>& want) {
  want(config.provider.empty() == config.client_id.empty(), "sign_in.issuer and sign_in.client_id: want both, or neither");
  want(config.provider.empty() || discovery_url(config.provider).has_value(), "sign_in.issuer: want an https address without a query");
  want(config.provider.empty() || !config.origin.empty(), "sign_in.issuer: want public.origin beside it, to which browsers come back");
  want((" " + config.scope + " ").find(" openid ") != std::string::npos, "sign_in.scope: want openid, alone or among others");
  want(config.provider_person_is == "staff-number" || config.provider_person_is == "address", "sign_in.person_is: want staff-number or address");
  for (const auto& name : config.provider_algorithms)
    want(algorithm_named(name).has_value(), "sign_in.algorithms: want RS256, ES256 and EdDSA, or some of them");
  want(config.device_client.empty() || !config.issuer.empty(), "sign_in.device_client: want tokens.issuer beside it, whose tokens are taken");
}

void check_sign_in(const ServiceConfig& config, const std::function<void(bool, std::string_view)>& want) {
  want(config.issuer.empty() == config.audience.empty(), "tokens.issuer and tokens.audience: want both, or neither");
  want(config.issuer.empty() || discovery_url(config.issuer).has_value(), "tokens.issuer: want an https address without a query");
  want(config.person_is == "staff-number" || config.person_is == "address", "tokens.person_is: want staff-number or address");
  for (const auto& name : config.algorithms)
    want(algorithm_named(name).has_value(), "tokens.algorithms: want RS256, ES256 and EdDSA, or some of them");
  const auto origin = read_safe_url(config.origin);
  want(config.origin.empty() || (origin && origin.value().origin() == config.origin), "public.origin: want https://HOST, or empty");
  const auto open = parse_endpoint(config.listen);
  want(config.demo_people.empty() || (open && open->loopback() && config.proxies.empty()),
       "demo.people: want public.listen on a loopback address, and no proxies");
}

}  // namespace

bool Endpoint::loopback() const { return is_loopback_address(address); }

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto address = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  const bool digits = !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::stoi(std::string(port)) > 65535) return std::nullopt;
  if (!is_address(address) || bracketed != (address.find(':') != std::string_view::npos)) return std::nullopt;
  return Endpoint{std::string(address), static_cast<uint16_t>(std::stoi(std::string(port)))};
}

std::span<const ConfigKey> config_keys() { return kKeys; }

Result<void> check_service_config(const ServiceConfig& config) {
  std::string faults;
  const auto want = [&](bool holds, std::string_view fault) {
    if (!holds) faults += (faults.empty() ? "" : "\n") + std::string(fault);
  };
  const auto open = parse_endpoint(config.listen), operations = parse_endpoint(config.operations);
  want(open.has_value(), "public.listen: want ADDRESS:PORT, such as 127.0.0.1:8443 or [::]:443");
  want(config.certificate.empty() == config.certificate_key.empty(), "public.certificate and public.certificate_key: want both, or neither");
  want(!open || open->loopback() || !config.certificate.empty(),
       "public.listen: found an address that others reach and no certificate, want a loopback address, or public.certificate");
  want(config.operations.empty() || (operations && operations->loopback()), "operations.listen: want a loopback address and a port, or nothing");
  constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};
  want(std::find(kLevels.begin(), kLevels.end(), config.log_level) != kLevels.end(), "log.level: want debug, info, warning or error");
  check_sign_in(config, want);
  check_provider(config, want);
  for (const auto& name : config.names) {
    want(std::none_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == ' ' || c == '/'; }),
         "public.names: want hosts in lower case, without a port");
  }
  for (const auto& proxy : config.proxies) {
    const auto address = canonical_address(proxy);
    want(address == proxy, fmt::format("public.proxies: found \"{}\", want {}", proxy, address ? "\"" + *address + "\"" : "an address"));
  }
  if (!faults.empty()) return Error{Fault::kRejected, faults};
  return success();
}

Result<ServiceConfig> parse_service_config(std::string_view text, const std::string& name) {
  Reader reader(name);
  try {
    const auto table = toml::parse(text, name);
    reader.read(table, "");
  } catch (const toml::parse_error& e) {
    return Error{Fault::kRejected, fmt::format("{}:{}: no TOML: {}", name, e.source().begin.line, printable(e.description()))};
  }
  if (!reader.faults.empty()) return Error{Fault::kRejected, reader.faults};
  const auto checked = check_service_config(reader.config);
  if (!checked) return Error{Fault::kRejected, name + ": " + checked.error().message};
  return std::move(reader.config);
}

std::string config_page() {
  std::string page =
      "# The configuration of daybookd\n\nA TOML file: `daybookd --config FILE`. Every key may be left out. `daybookd --config FILE --check-config` "
      "says what is wrong with one,\n"
      "each fault with its line, and serves nothing. This page is made from the table of keys in `service_config.cc` (`daybookd --config-page`).\n\n"
      "| key | default | may be | what it is |\n| --- | --- | --- | --- |\n";
  for (const auto& key : kKeys) {
    const auto [standard, bounds] = std::visit(Cells{key}, key.member);
    page += fmt::format("| `{}` | `{}` | {} | {} |\n", key.name, standard, bounds, key.meaning);
  }
  return page;
}

}  // namespace daybook
