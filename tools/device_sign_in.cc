#include "tools/device_sign_in.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/printable.h"
#include "tools/remote_json.h"

namespace daybook {
namespace {

constexpr uint64_t kPollSeconds = 5, kPollSecondsMax = 60, kValidSecondsMax = 1800;

// What the service says of tokens, and what its provider says of itself.
struct Provider {
  std::string client, scope, audience;
  WebAddress devices, tokens;
};

Error refused(std::string words) { return {Fault::kNotFound, std::move(words)}; }

Error provider_error(const WebAddress& of, std::string_view words) { return {Fault::kBusy, fmt::format("{}: {}", of.origin(), words)}; }

Result<boost::json::object> ask_provider(const Wire& wire, const WebAddress& to, const std::string& form) {
  WireRequest request{form.empty() ? "GET" : "POST", to, {{"accept", "application/json"}}, form};
  if (!form.empty()) request.fields.emplace_back("content-type", "application/x-www-form-urlencoded");
  DAYBOOK_TRY(const auto answer, wire(request));
  const auto object = read_object(answer.body);
  if (!object) return provider_error(to, fmt::format("found an answer of status {} that is no JSON object", answer.status));
  return object;
}

Result<Provider> find_provider(const Wire& wire, const boost::json::object& tokens) {
  Provider provider{member_text(tokens, "device_client"), member_text(tokens, "scope"), member_text(tokens, "audience"), {}, {}};
  const auto issuer = member_text(tokens, "issuer");
  DAYBOOK_TRY(const auto page, read_web_address(issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration"));
  DAYBOOK_TRY(const auto found, ask_provider(wire, page, ""));
  if (member_text(found, "issuer") != issuer)
    return provider_error(page, fmt::format("calls itself {}, want {}", printable(member_text(found, "issuer")), printable(issuer)));
  const auto devices = member_text(found, "device_authorization_endpoint");
  if (devices.empty()) return Error{Fault::kRejected, page.origin() + ": signs nobody in on another device; --token-file FILE takes a token"};
  DAYBOOK_TRY(provider.devices, read_web_address(devices));
  DAYBOOK_TRY(provider.tokens, read_web_address(member_text(found, "token_endpoint")));
  return provider;
}

// Asks whether somebody has agreed, as often as the provider wants, as long as the code is good.
Result<std::string> wait_for_token(const Wire& wire, const Provider& provider, const boost::json::object& device, const DeviceRest& rest) {
  const auto form = form_of({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                             {"device_code", member_text(device, "device_code")},
                             {"client_id", provider.client},
                             {"resource", provider.audience}});
  auto every = std::clamp(member_number(device, "interval").value_or(kPollSeconds), uint64_t{1}, kPollSecondsMax);
  const auto valid = std::min(member_number(device, "expires_in").value_or(kValidSecondsMax), kValidSecondsMax);
  for (uint64_t waited = 0; waited < valid; waited += every) {
    rest(std::chrono::seconds(every));
    const auto asked = ask_provider(wire, provider.tokens, form);
    if (!asked && asked.error().fault != Fault::kStorage && asked.error().fault != Fault::kBusy) return asked.error();
    if (!asked) continue;  // the line broke: the code is still good
    if (auto token = member_text(asked.value(), "access_token"); !token.empty()) return token;
    const auto error = member_text(asked.value(), "error");
    if (error == "slow_down") every = std::min(every + 5, kPollSecondsMax);
    if (error != "authorization_pending" && error != "slow_down")
      return refused(
          fmt::format("{}: the sign-in was refused: {} {}", provider.tokens.origin(), error, member_text(asked.value(), "error_description")));
  }
  return refused("nobody agreed to the sign-in while its code was good");
}

}  // namespace

Result<std::string> token_by_device(const Wire& wire, const boost::json::object& tokens, const DeviceRest& rest,
                                    const std::function<void(const DeviceCode&)>& show) {
  DAYBOOK_TRY(const auto provider, find_provider(wire, tokens));
  const auto form =
      form_of({{"client_id", provider.client}, {"scope", provider.scope}, {"resource", provider.audience}, {"max_age", "0"}, {"prompt", "login"}});
  DAYBOOK_TRY(const auto device, ask_provider(wire, provider.devices, form));
  const DeviceCode code{provider.devices.origin(), member_text(device, "verification_uri"), member_text(device, "verification_uri_complete"),
                        member_text(device, "user_code")};
  if (code.page.empty() || code.code.empty() || member_text(device, "device_code").empty()) {
    return provider_error(provider.devices, fmt::format("gives no code: {} {}", printable(member_text(device, "error")),
                                                        printable(member_text(device, "error_description"))));
  }
  show(code);
  return wait_for_token(wire, provider, device, rest);
}

}  // namespace daybook
