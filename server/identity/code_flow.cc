#include "server/identity/code_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "ledger/printable.h"
#include "server/identity/base64url.h"
#include "server/identity/json_fields.h"
#include "server/identity/secret.h"
#include "server/query.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr size_t kAnswerBytesMax = 8192, kCodeBytesMax = 2048, kTokenAnswerBytesMax = 64 * 1024;

Error rejected(std::string words) { return {Fault::kRejected, "sign-in: " + std::move(words)}; }

std::string challenge_of(std::string_view verifier) { return to_base64url(sha256({as_bytes(verifier)})); }

std::string form_of(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, percent_encoded(value));
  return form;
}

FetchRequest token_question(const std::string& code, const PendingSignIn& pending, const Provider& provider, const Client& client) {
  const std::string redirect = client.redirect.text();
  std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", redirect}, {"code_verifier", pending.verifier}};
  const bool in_header = !client.secret.empty() && provider.secret_in_header;
  if (!in_header) fields.emplace_back("client_id", client.id);
  if (!in_header && !client.secret.empty()) fields.emplace_back("client_secret", client.secret);
  // RFC 6749 2.3.1: both are encoded before they are joined.
  const std::string both = percent_encoded(client.id) + ":" + percent_encoded(client.secret);
  return {.url = provider.token, .form = form_of(fields), .authorization = in_header ? "Basic " + to_base64(as_bytes(both)) : ""};
}

struct Tokens {
  std::string id_token, access_token;
};

// RFC 6749 5.1 and 5.2.
Result<Tokens> read_token_answer(const FetchAnswer& answer) {
  const auto value = read_json(answer.body, {.bytes_max = kTokenAnswerBytesMax, .depth_max = 8});
  const auto* object = value.has_value() ? value.value().if_object() : nullptr;
  if (answer.status >= 500) return Error{Fault::kBusy, fmt::format("sign-in: the provider answered with status {}", answer.status)};
  if (object == nullptr) return rejected(fmt::format("the provider answered with status {} and no JSON object", answer.status));
  if (answer.status != 200) {
    return rejected(
        fmt::format("the provider answered with status {}: \"{}\"", answer.status, printable(text_at(*object, "error").value_or("").substr(0, 80))));
  }
  const auto id_token = text_at(*object, "id_token"), access_token = text_at(*object, "access_token"), type = text_at(*object, "token_type");
  if (!id_token || !access_token) return rejected("the provider's answer has no ID token, or no access token");
  if (type != "Bearer" && type != "bearer") return rejected("the provider's answer has another type of token than Bearer");
  return Tokens{std::string(*id_token), std::string(*access_token)};
}

}  // namespace

SignInQuestion ask_to_sign_in(const Provider& provider, const Client& client, const Freshness& freshness, Randomness& randomness) {
  PendingSignIn pending{
      .state = make_secret(randomness), .nonce = make_secret(randomness), .verifier = make_secret(randomness), .max_age = freshness.max_age};
  const std::string redirect = client.redirect.text(), challenge = challenge_of(pending.verifier);
  std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"response_type", "code"}, {"client_id", client.id}, {"redirect_uri", redirect},    {"scope", client.scope},
      {"state", pending.state},  {"nonce", pending.nonce}, {"code_challenge", challenge}, {"code_challenge_method", "S256"}};
  const std::string age = pending.max_age ? std::to_string(pending.max_age->count()) : "";
  if (pending.max_age) fields.emplace_back("max_age", age);
  if (pending.max_age == std::chrono::seconds(0)) fields.emplace_back("prompt", "login");  // some providers know the one, some the other
  const std::string_view joint = provider.authorization.target.find('?') == std::string::npos ? "?" : "&";
  return {fmt::format("{}{}{}", provider.authorization.text(), joint, form_of(fields)), std::move(pending)};
}

Result<std::string> read_answer(std::string_view query, const PendingSignIn& pending, const Provider& provider) {
  const auto read = read_form(query, kAnswerBytesMax);
  if (!read) return rejected("the answer: " + read.error().message);
  const auto& answer = read.value();
  if (!same_secret(parameter_of(answer, "state"), pending.state)) return rejected("found another \"state\" than was sent, or none");
  const bool must_name_issuer = provider.answers_with_issuer || answer.contains("iss");
  if (must_name_issuer && parameter_of(answer, "iss") != provider.issuer) return rejected("found an answer of another issuer than was asked");
  if (answer.contains("error")) return rejected(fmt::format("the provider said \"{}\"", printable(parameter_of(answer, "error").substr(0, 80))));
  const std::string code(parameter_of(answer, "code"));
  if (code.empty() || code.size() > kCodeBytesMax) return rejected("found no code of 1 to 2,048 bytes");
  return code;
}

Result<Claims> redeem(const std::string& code, const PendingSignIn& pending, const Provider& provider, const Client& client, const Fetch& fetch,
                      const FindKey& find_key, Instant now) {
  DAYBOOK_TRY(const auto answer, fetch(token_question(code, pending, provider, client)));
  DAYBOOK_TRY(const auto tokens, read_token_answer(answer));
  const TokenWants wants{.kind = TokenKind::kId,
                         .issuer = provider.issuer,
                         .audience = client.id,
                         .algorithms = client.algorithms,
                         .skew = client.skew,
                         .person_claim = client.person_claim,
                         .nonce = pending.nonce,
                         .access_token = tokens.access_token,
                         .max_age = pending.max_age};
  return verify_token(tokens.id_token, wants, find_key, now);
}

std::optional<std::string> sign_out_address(const Provider& provider, const Client& client) {
  if (!provider.end_session) return std::nullopt;
  const std::string back = client.after_sign_out.text();
  const std::string_view joint = provider.end_session->target.find('?') == std::string::npos ? "?" : "&";
  return fmt::format("{}{}{}", provider.end_session->text(), joint, form_of({{"client_id", client.id}, {"post_logout_redirect_uri", back}}));
}

}  // namespace daybook
