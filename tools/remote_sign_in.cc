// Signing this machine in to a service, and out: on another device (RFC 8628), or with a single-use code of the demo.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <iostream>
#include <thread>

#include "ledger/durable_file.h"
#include "tools/remote.h"
#include "tools/remote_json.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

constexpr uint64_t kPollSeconds = 5, kPollSecondsMax = 60, kValidSecondsMax = 1800;
constexpr size_t kCodeBytesMax = 200;

// What the service says of tokens, and what its provider says of itself.
struct Provider {
  std::string client, scope, audience;
  WebAddress devices, tokens;
};

Error provider_error(const WebAddress& of, std::string_view words) { return {Fault::kBusy, fmt::format("{}: {}", of.origin(), words)}; }

Result<boost::json::object> ask_provider(const Remote& remote, const WebAddress& to, const std::string& form) {
  WireRequest request{form.empty() ? "GET" : "POST", to, {{"accept", "application/json"}}, form};
  if (!form.empty()) request.fields.emplace_back("content-type", "application/x-www-form-urlencoded");
  DAYBOOK_TRY(const auto answer, remote.wire()(request));
  const auto object = read_object(answer.body);
  if (!object) return provider_error(to, fmt::format("found an answer of status {} that is no JSON object", answer.status));
  return object;
}

Result<Provider> find_provider(const Remote& remote, const boost::json::object& tokens) {
  Provider provider{member_text(tokens, "device_client"), member_text(tokens, "scope"), member_text(tokens, "audience"), {}, {}};
  const auto issuer = member_text(tokens, "issuer");
  DAYBOOK_TRY(const auto page, read_web_address(issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration"));
  DAYBOOK_TRY(const auto found, ask_provider(remote, page, ""));
  if (member_text(found, "issuer") != issuer)
    return provider_error(page, fmt::format("calls itself {}, want {}", printable(member_text(found, "issuer")), printable(issuer)));
  const auto devices = member_text(found, "device_authorization_endpoint");
  if (devices.empty()) return Error{Fault::kRejected, page.origin() + ": signs nobody in on another device; --token-file FILE takes a token"};
  DAYBOOK_TRY(provider.devices, read_web_address(devices));
  DAYBOOK_TRY(provider.tokens, read_web_address(member_text(found, "token_endpoint")));
  return provider;
}

// Asks whether somebody has agreed, as often as the provider wants, as long as the code is good.
Result<std::string> wait_for_token(const Remote& remote, const Provider& provider, const boost::json::object& device) {
  const auto form = form_of({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                             {"device_code", member_text(device, "device_code")},
                             {"client_id", provider.client},
                             {"resource", provider.audience}});
  auto every = std::min(member_number(device, "interval").value_or(kPollSeconds), kPollSecondsMax);
  const auto valid = std::min(member_number(device, "expires_in").value_or(kValidSecondsMax), kValidSecondsMax);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(valid);
  while (std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::seconds(every));
    const auto asked = ask_provider(remote, provider.tokens, form);
    if (!asked && asked.error().fault != Fault::kStorage && asked.error().fault != Fault::kBusy) return asked.error();
    if (!asked) continue;  // the line broke: the code is still good
    if (auto token = member_text(asked.value(), "access_token"); !token.empty()) return token;
    const auto error = member_text(asked.value(), "error");
    if (error == "slow_down") every = std::min(every + 5, kPollSecondsMax);
    if (error != "authorization_pending" && error != "slow_down")
      return not_there(
          fmt::format("{}: the sign-in was refused: {} {}", provider.tokens.origin(), error, member_text(asked.value(), "error_description")));
  }
  return not_there("nobody agreed to the sign-in while its code was good");
}

Result<std::string> token_by_device(const Remote& remote, const boost::json::object& tokens) {
  DAYBOOK_TRY(const auto provider, find_provider(remote, tokens));
  const auto form =
      form_of({{"client_id", provider.client}, {"scope", provider.scope}, {"resource", provider.audience}, {"max_age", "0"}, {"prompt", "login"}});
  DAYBOOK_TRY(const auto device, ask_provider(remote, provider.devices, form));
  const auto page = member_text(device, "verification_uri"), code = member_text(device, "user_code");
  if (page.empty() || code.empty() || member_text(device, "device_code").empty())
    return provider_error(provider.devices, fmt::format("gives no code: {} {}", printable(member_text(device, "error")),
                                                        printable(member_text(device, "error_description"))));
  const auto whole = member_text(device, "verification_uri_complete");
  std::fprintf(stderr, "to sign in at %s, open on any device:\n  %s\nand type the code %s\n%s%s%s", printable(provider.devices.origin()).c_str(),
               printable(page).c_str(), printable(code).c_str(), whole.empty() ? "" : "or open ", printable(whole).c_str(),
               whole.empty() ? "" : "\n");
  return wait_for_token(remote, provider, device);
}

Result<void> by_device(const Remote& remote, const boost::json::object& tokens) {
  const auto& file = remote.settings().token_file;
  DAYBOOK_TRY(const auto token, token_by_device(remote, tokens));
  if (!file.empty()) return replace_file(file, token + "\n", 0600);
  DAYBOOK_TRY(remote.remembered().keep(kTokenFile, token));
  return remote.remembered().forget(kSessionFile);
}

// One line of standard input.
Result<std::string> read_code() {
  if (::isatty(0) == 1) std::fprintf(stderr, "single-use code, as the service printed it: ");
  std::string code;
  if (!std::getline(std::cin, code) || code.empty() || code.size() > kCodeBytesMax)
    return Error{Fault::kRejected, "sign-in: want the single-use code in a line of standard input"};
  return code;
}

Result<void> by_code(Remote& remote) {
  DAYBOOK_TRY(const auto code, read_code());
  const boost::json::object body{{"code", code}};
  DAYBOOK_TRY(const auto answer,
              remote.want({.path = "/v1/sign-in/demo", .body = boost::json::serialize(body), .method = "POST", .confidential = false, .once = true}));
  const auto cookie = answer.field("set-cookie");
  const auto value = cookie.substr(0, cookie.find(';'));
  if (value.find('=') == std::string_view::npos) return Error{Fault::kBusy, remote.server().origin() + ": signed in, and sent no session"};
  DAYBOOK_TRY(remote.remembered().forget(kTokenFile));
  return remote.remembered().keep(kSessionFile, value);
}

Result<void> sign_in_as_told(Remote& remote) {
  const auto metadata = remote.want_object({.path = "/v1/sign-in/metadata", .confidential = false});
  if (!metadata) return metadata.error();
  const auto* value = metadata.value().if_contains("tokens");
  const auto* tokens = value ? value->if_object() : nullptr;
  if (tokens && !member_text(*tokens, "device_client").empty()) return by_device(remote, *tokens);
  const auto* demo = metadata.value().if_contains("demo");
  if (demo && demo->is_bool() && demo->get_bool()) return by_code(remote);
  return Error{Fault::kRejected,
               remote.server().origin() + ": signs no command line in; --token-file FILE takes a token that the organisation's provider gave"};
}

// In which roles whoever is signed in may ask.
Result<std::string> roles_of(const Settings& settings) {
  DAYBOOK_TRY(const auto remote, Remote::reach(settings));
  DAYBOOK_TRY(const auto session, remote->want_object({.path = "/v1/session", .confidential = false}));
  std::string roles;
  const auto* list = session.if_contains("roles");
  if (!list || !list->is_array()) return roles;
  for (const auto& role : list->get_array()) {
    if (role.is_string()) roles += (roles.empty() ? "" : ", ") + std::string(role.get_string());
  }
  return roles;
}

}  // namespace

int sign_in(const Settings& settings) {
  const auto remote = Remote::reach(settings, Remote::SignedIn::kNotYet);
  if (!remote) return complain(remote.error());
  if (const auto done = sign_in_as_told(*remote.value()); !done) return complain(done.error());
  const auto roles = roles_of(settings);
  if (!roles) return complain(roles.error());
  std::printf("signed in to %s; roles: %s\n", remote.value()->server().origin().c_str(),
              roles.value().empty() ? "none" : printable(roles.value()).c_str());
  return kDone;
}

int sign_out(const Settings& settings) {
  const auto remote = Remote::reach(settings);
  if (!remote) return complain(remote.error());
  const auto& remembered = remote.value()->remembered();
  const auto session = remembered.read(kSessionFile);
  if (!session) return complain(session.error());
  if (!session.value().empty()) {
    const auto ended = remote.value()->want({.path = "/v1/sign-out", .method = "POST", .confidential = false});
    if (!ended) return complain(ended.error());
  }
  for (const auto file : {kSessionFile, kTokenFile}) {
    if (const auto gone = remembered.forget(file); !gone) return complain(gone.error());
  }
  std::printf("signed out of %s\n", remote.value()->server().origin().c_str());
  return kDone;
}

}  // namespace daybook
