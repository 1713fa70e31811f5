#include "server/identity/provider_sign_in.h"

#include "server/query.h"

namespace daybook {
namespace {

constexpr size_t kLogoutBytesMax = 32 * 1024;

// One of the places, given back at the end.
class Place {
 public:
  explicit Place(std::counting_semaphore<>& places) : places_(places), taken_(places.try_acquire()) {}
  ~Place() {
    if (taken_) places_.release();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool taken() const { return taken_; }

 private:
  std::counting_semaphore<>& places_;
  const bool taken_;
};

}  // namespace

ProviderSignIn::ProviderSignIn(Issuer& issuer, Client client, Fetch fetch, const Clock& clock, Randomness& randomness, unsigned at_once)
    : issuer_(issuer),
      client_(std::move(client)),
      fetch_(std::move(fetch)),
      clock_(clock),
      randomness_(randomness),
      pending_(clock, randomness, kTimeToComeBack),
      places_(at_once) {}

// A document that cannot be used is the operator's to mend: for whoever signs in, the provider is away.
Result<Provider> ProviderSignIn::provider() {
  auto found = issuer_.provider();
  if (!found) return Error{Fault::kBusy, found.error().message};
  return found;
}

FindKey ProviderSignIn::find_key() {
  return [this](std::string_view kid) { return issuer_.find_key(kid); };
}

Result<ProviderSignIn::Question> ProviderSignIn::begin(const std::string& return_to, const std::string& from, bool fresh) {
  DAYBOOK_TRY(const auto asked, provider());
  Freshness freshness;
  if (fresh) freshness.max_age = std::chrono::seconds(0);
  const std::lock_guard lock(mutex_);
  auto question = ask_to_sign_in(asked, client_, freshness, randomness_);
  auto cookie = pending_.begin({std::move(question.pending), from, return_to, clock_.now()});
  return Question{std::move(question.url), std::move(cookie)};
}

Result<ProviderSignIn::Answer> ProviderSignIn::finish(std::string_view cookie, std::string_view query, const std::string& trace) {
  const Place place(places_);
  if (!place.taken()) return Error{Fault::kBusy, "sign-in: found as many that wait for the provider as there may be"};
  auto started = pending_.take(cookie);
  if (!started) return Error{Fault::kRejected, "sign-in: found nothing that this browser began and has not finished"};
  auto& pending = started->pending;
  DAYBOOK_TRY(const auto asked, provider());
  DAYBOOK_TRY(const auto code, read_answer(query, pending, asked));
  const auto now = clock_.now();
  // "No longer ago" is meant from when it was asked: somebody may think for a while after they showed who they are.
  if (pending.max_age) *pending.max_age += std::chrono::ceil<std::chrono::seconds>(now - started->asked_at);
  const Fetch traced = [&](FetchRequest question) {
    question.trace = trace;
    return fetch_(question);
  };
  DAYBOOK_TRY(auto claims, redeem(code, pending, asked, client_, traced, find_key(), now));
  BrowserSession session{std::move(claims.who), claims.signed_in_at, std::move(claims.session), std::move(claims.person)};
  return Answer{std::move(session), std::move(started->return_to)};
}

Result<Claims> ProviderSignIn::read_logout(std::string_view form) {
  DAYBOOK_TRY(const auto fields, read_form(form, kLogoutBytesMax));
  TokenWants wants;
  wants.kind = TokenKind::kLogout;
  wants.issuer = issuer_.name();
  wants.audience = client_.id;
  wants.algorithms = client_.algorithms;
  wants.skew = client_.skew;
  return verify_token(parameter_of(fields, "logout_token"), wants, find_key(), clock_.now());
}

std::optional<std::string> ProviderSignIn::sign_out_address(const BrowserSession& session) {
  if (session.who.issuer != issuer_.name()) return std::nullopt;
  const auto asked = issuer_.provider();  // known since somebody was signed in by it
  return asked ? daybook::sign_out_address(asked.value(), client_) : std::nullopt;
}

}  // namespace daybook
