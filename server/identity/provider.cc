#include "server/identity/provider.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "ledger/printable.h"
#include "server/identity/json_fields.h"
#include "server/identity/public_key.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

using boost::json::object;

constexpr size_t kDocumentBytesMax = 64 * 1024, kDepthMax = 8;

Error rejected(std::string words) { return {Fault::kRejected, "provider: " + std::move(words)}; }

Result<Url> address_at(const object& document, std::string_view key, bool local) {
  const auto text = text_at(document, key);
  if (!text) return rejected(fmt::format("found no address at \"{}\"", key));
  DAYBOOK_TRY(auto url, read_safe_url(*text));
  if (url.scheme == "http" && !local) return rejected(fmt::format("found http at \"{}\", want https as the issuer has", key));
  return url;
}

// What it says that it can do; what it does not say at all is left to be seen.
Result<void> can_sign_in(const object& document) {
  const auto& algorithms = kAlgorithmNames;
  const bool signs = std::any_of(algorithms.begin(), algorithms.end(), [&](std::string_view name) {
    return listed_at(document, "id_token_signing_alg_values_supported", name).value_or(false);
  });
  if (!listed_at(document, "response_types_supported", "code").value_or(false)) return rejected("found no response type \"code\"");
  if (!listed_at(document, "code_challenge_methods_supported", "S256").value_or(true)) return rejected("found no code challenge by \"S256\"");
  if (!signs) return rejected(fmt::format("found no signing algorithm of {}", fmt::join(algorithms, ", ")));
  return success();
}

}  // namespace

Result<Url> discovery_url(std::string_view issuer) {
  DAYBOOK_TRY(auto url, read_safe_url(issuer));
  if (url.target.find('?') != std::string::npos) return rejected("found an issuer with a query");
  if (url.target.ends_with('/')) url.target.pop_back();
  url.target += "/.well-known/openid-configuration";
  return url;
}

Result<Provider> read_provider(std::string_view text, std::string_view issuer) {
  DAYBOOK_TRY(const auto own, read_safe_url(issuer));
  DAYBOOK_TRY(const auto value, read_json(text, {.bytes_max = kDocumentBytesMax, .depth_max = kDepthMax}));
  const auto* document = value.if_object();
  if (document == nullptr) return rejected("found JSON that is no object");
  if (text_at(*document, "issuer") != issuer) {
    return rejected(fmt::format("found the issuer \"{}\", want \"{}\"", printable(text_at(*document, "issuer").value_or("").substr(0, 200)), issuer));
  }
  const bool local = own.scheme == "http";
  DAYBOOK_TRY(auto authorization, address_at(*document, "authorization_endpoint", local));
  DAYBOOK_TRY(auto token, address_at(*document, "token_endpoint", local));
  DAYBOOK_TRY(auto keys, address_at(*document, "jwks_uri", local));
  std::optional<Url> end_session;
  if (document->contains("end_session_endpoint")) {
    DAYBOOK_TRY(end_session, address_at(*document, "end_session_endpoint", local));
  }
  DAYBOOK_TRY(can_sign_in(*document));
  const auto* with_issuer = document->if_contains("authorization_response_iss_parameter_supported");
  return Provider{.issuer = std::string(issuer),
                  .authorization = std::move(authorization),
                  .token = std::move(token),
                  .keys = std::move(keys),
                  .end_session = std::move(end_session),
                  .answers_with_issuer = with_issuer != nullptr && with_issuer->is_bool() && with_issuer->get_bool(),
                  .secret_in_header = listed_at(*document, "token_endpoint_auth_methods_supported", "client_secret_basic").value_or(true)};
}

Result<Provider> discover(const Fetch& fetch, std::string_view issuer) {
  DAYBOOK_TRY(const auto url, discovery_url(issuer));
  DAYBOOK_TRY(const auto text, fetch_json(fetch, url));
  return read_provider(text, issuer);
}

}  // namespace daybook
