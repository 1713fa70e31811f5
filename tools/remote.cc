#include "tools/remote.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "ledger/digest.h"
#include "ledger/private_file.h"
#include "tools/remote_json.h"

namespace daybook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWaitMax{20'000}, kAskMax{100'000};  // all the waiting between tries; all tries together
constexpr unsigned kBehindTriesMax = 5;                     // where the record does not reach far enough
constexpr unsigned kTriesMax = 4;                           // where the line breaks

bool is_number(std::string_view text, size_t digits) {
  return !text.empty() && text.size() <= digits && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

uint64_t number_of(const std::string& text) { return is_number(text, 18) ? std::stoull(text) : 0; }

// A string as RFC 8941 has it.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string random_key() {
  SystemRandomness randomness;
  std::array<uint8_t, 16> bytes{};
  randomness.fill(bytes);
  return to_hex(bytes);
}

// Where the Link field leads next; empty: nowhere.
std::string next_of(const WireAnswer& answer) {
  const auto link = answer.field("link");
  const auto end = link.find(">; rel=\"next\"");
  if (!link.starts_with("</v1/") || end == std::string_view::npos) return {};
  return std::string(link.substr(1, end - 1));
}

// What a problem means for whoever asked.
Fault fault_of(unsigned status, std::string_view problem) {
  if (problem == "damaged") return Fault::kCorrupt;
  if (problem == "full") return Fault::kFull;
  if (problem == "storage" || problem == "took-too-long") return Fault::kStorage;
  static constexpr std::array<std::string_view, 7> kNoes = {"not-found", "not-allowed", "past-the-end", "role-not-held",
                                                            "refused",   "key-reused",  "moved-on"};
  if (std::find(kNoes.begin(), kNoes.end(), problem) != kNoes.end()) return Fault::kNotFound;
  return status >= 500 || status == 429 || status == 408 || problem.empty() ? Fault::kBusy : Fault::kRejected;
}

std::string advice_for(std::string_view problem, const std::string& server) {
  if (problem == "sign-in-wanted" || problem == "sign-in-refused" || problem == "fresh-sign-in-wanted") {
    return fmt::format("\n`daybook --server {} sign-in`, or --token-file FILE with a token that is good", server);
  }
  return {};
}

}  // namespace

bool fits_field(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; });
}

std::string token_file_of(const Settings& settings) {
  const char* named = std::getenv("DAYBOOK_TOKEN_FILE");
  return !settings.token_file.empty() || !named ? settings.token_file : std::string(named);
}

Result<void> want_remote_use(const Settings& settings) {
  const auto rejected = [](const char* words) { return Error{Fault::kRejected, words}; };
  if (!settings.as.empty()) return rejected("--as: over the wire whoever is signed in asks and acts; --role says in which role");
  if (!settings.ledger.empty()) return rejected("--ledger: the service has its own; it goes without --server");
  if (!settings.root_key.empty()) return rejected("--root-key: no key leaves this machine; it goes without --server");
  if (settings.confirm_clock) return rejected("--confirm-clock: the service has its own clock");
  if (!fits_field(settings.role) || !fits_field(settings.purpose))
    return rejected("--role and --purpose: over the wire want printable ASCII, which is what fields of a request may hold");
  if (!fits_field(settings.key) || settings.key.size() > 200) return rejected("--idempotency-key: want at most 200 letters of printable ASCII");
  return success();
}

Remote::Remote(const Settings& settings, WebAddress server, Wire wire, Remembered remembered, Rest rest)
    : settings_(settings),
      server_(std::move(server)),
      wire_(std::move(wire)),
      remembered_(std::move(remembered)),
      rest_(std::move(rest)),
      key_(settings.key.empty() ? random_key() : settings.key) {}

Result<std::unique_ptr<Remote>> Remote::reach(const Settings& settings, SignedIn signed_in) {
  DAYBOOK_TRY(want_remote_use(settings));
  DAYBOOK_TRY(auto server, read_server_address(settings.server));
  DAYBOOK_TRY(auto remembered, Remembered::of(server));
  WireOptions options;
  options.trust_file = settings.trust_file;
  DAYBOOK_TRY(auto wire, make_wire(options));
  auto remote = std::make_unique<Remote>(settings, std::move(server), std::move(wire), std::move(remembered),
                                         [](milliseconds time) { std::this_thread::sleep_for(time); });
  if (signed_in == SignedIn::kNotYet) return remote;
  DAYBOOK_TRY(signed_in == SignedIn::kBySession ? remote->read_session() : remote->read_credentials());
  return remote;
}

Result<void> Remote::read_session() {
  DAYBOOK_TRY(cookie_, remembered_.read(kSessionFile));
  if (!fits_field(cookie_)) return Error{Fault::kRejected, remembered_.path(kSessionFile) + ": holds more than a cookie"};
  return success();
}

// A token that is named comes first; then what `sign-in` kept.
Result<void> Remote::read_credentials() {
  const auto file = token_file_of(settings_);
  std::string token;
  if (!file.empty()) {
    auto read = read_private_file(file);
    if (!read) return Error{Fault::kRejected, "--token-file: " + read.error().message};
    token = std::move(read).value();
    if (token.empty()) return Error{Fault::kRejected, "--token-file: " + file + ": found nothing in it"};
  } else {
    DAYBOOK_TRY(token, remembered_.read(kTokenFile));
  }
  if (!fits_field(token) || token.find(' ') != std::string::npos) return Error{Fault::kRejected, "the token file holds more than a token"};
  if (!token.empty()) authorization_ = "Bearer " + token;
  if (token.empty()) {
    DAYBOOK_TRY(read_session());
  }
  DAYBOOK_TRY(const auto seen, remembered_.read(kPositionFile));
  seen_ = number_of(seen);
  return success();
}

std::vector<std::pair<std::string, std::string>> Remote::fields_of(const Question& question) const {
  std::vector<std::pair<std::string, std::string>> fields = {{"accept", "application/json"}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  add("authorization", authorization_);
  add("cookie", cookie_);
  if (question.method != "GET") {  // as a page of the service's own sends it
    add("origin", server_.origin());
    add("daybook-console", "daybook");
    add("content-type", question.content_type);  // of an empty spreadsheet too
  }
  add("daybook-role", settings_.role);
  add("daybook-purpose", settings_.purpose);
  if (seen_ > 0) add("daybook-after", std::to_string(seen_));
  if (!question.key.empty()) add("idempotency-key", in_quotes(question.key));
  return fields;
}

WireRequest Remote::request_of(const Question& question) const {
  WireRequest request{question.method, server_, fields_of(question), question.body};
  request.to.target = question.path;
  return request;
}

// nullopt: what came is the answer.
std::optional<milliseconds> Remote::wait_before_again(const Question& question, const Result<WireAnswer>& answer, unsigned tries) const {
  if (!answer) {
    const bool broke = answer.error().fault == Fault::kStorage || tries > 0;  // nobody there at the first try: there is nothing to wait for
    if (question.once || !broke || answer.error().fault == Fault::kRejected || tries + 1 >= kTriesMax) return std::nullopt;
    return milliseconds(250U << tries);
  }
  const std::string after(answer.value().field("retry-after"));
  if ((answer.value().status != 503 && answer.value().status != 429) || !is_number(after, 4)) return std::nullopt;
  if (tries >= kBehindTriesMax && problem_in(answer.value().body).name == "behind") return std::nullopt;
  return milliseconds(1000) * std::max<int>(1, std::stoi(after));
}

Result<WireAnswer> Remote::ask(const Question& question) {
  if (question.confidential && (settings_.role.empty() || settings_.purpose.empty())) {
    return Error{Fault::kRejected, "over the wire want --role ROLE and --purpose TEXT: a look at confidential fields is written down"};
  }
  const auto request = request_of(question);
  const auto began = std::chrono::steady_clock::now();
  milliseconds waited{0};
  for (unsigned tries = 0;; ++tries) {
    auto answer = wire_(request);
    const auto wait = wait_before_again(question, answer, tries);
    if (!wait || waited + *wait > kWaitMax || std::chrono::steady_clock::now() - began > kAskMax) return answer;
    waited += *wait;
    rest_(*wait);
  }
}

Error Remote::error_of(const WireAnswer& answer) const {
  const auto problem = problem_in(answer.body);
  const auto fault = fault_of(answer.status, problem.name);
  if (problem.name.empty()) {
    return {fault, fmt::format("{}: found an answer of status {}, want one of a Daybook service", server_.origin(), answer.status)};
  }
  if (problem.name == "behind") {
    return {Fault::kBusy, fmt::format("{}: its record does not reach position {}, which it told this machine of before: it lags, or has lost events"
                                      "\n{} holds that position",
                                      server_.origin(), seen_, remembered_.path(kPositionFile))};
  }
  const auto detail = problem.detail.empty() ? "" : ": " + problem.detail;
  return {fault, fmt::format("{}: {}{} ({}, trace {}){}", server_.origin(), problem.title, detail, problem.name, problem.trace,
                             advice_for(problem.name, server_.origin()))};
}

Result<WireAnswer> Remote::want(const Question& question) {
  DAYBOOK_TRY(auto answer, ask(question));
  if (answer.status / 100 != 2) return error_of(answer);
  return answer;
}

void Remote::note(const boost::json::object& answer) {
  for (const auto look : member_positions(answer, "looks")) {
    looks_.push_back(look);
    std::fprintf(stderr, "daybook: this is look %llu of the access book\n", static_cast<unsigned long long>(look.value));
  }
  const auto position = member_number(answer, "position").value_or(0);
  if (position <= seen_) return;
  seen_ = position;
  const auto kept = remembered_.keep(kPositionFile, std::to_string(seen_));
  if (!kept) std::fprintf(stderr, "daybook: %s\n", printable(kept.error().message).c_str());  // the answer is good all the same
}

Result<boost::json::object> Remote::want_object(const Question& question) {
  DAYBOOK_TRY(const auto answer, want(question));
  DAYBOOK_TRY(auto object, read_object(answer.body));
  note(object);
  return object;
}

Result<Remote::Pages> Remote::want_pages(const Question& first, std::string_view member, uint64_t most) {
  Pages pages;
  for (auto question = first; !question.path.empty();) {
    DAYBOOK_TRY(const auto answer, want(question));
    DAYBOOK_TRY(pages.last, read_object(answer.body));
    note(pages.last);
    auto* items = pages.last.if_contains(boost::json::string_view(member.data(), member.size()));
    if (!items || !items->is_array()) return Error{Fault::kBusy, fmt::format("{}: found an answer without {}", server_.origin(), member)};
    for (auto& item : items->get_array()) pages.items.push_back(std::move(item));
    question = {.path = next_of(answer), .confidential = question.confidential};  // in whatever way the first page was asked for
    pages.more = !question.path.empty() || pages.items.size() > most;
    if (pages.items.size() >= most) break;
  }
  if (pages.items.size() > most) pages.items.resize(most);
  return pages;
}

Result<std::variant<boost::json::object, Refusal>> Remote::command(const std::string& action, const KeyValues& values) {
  using Answered = std::variant<boost::json::object, Refusal>;
  boost::json::object keys;
  for (const auto& [key, value] : values) keys[key] = value;
  const Question question{
      .path = "/v1/commands/" + escaped(action), .body = boost::json::serialize(keys), .method = "POST", .key = key_, .confidential = false};
  const auto again = [&](Error error) {
    const bool unknown = error.fault == Fault::kStorage || error.fault == Fault::kBusy || error.fault == Fault::kFull;
    if (unknown) error.message += fmt::format("\nthe same command with --idempotency-key {} before the verb is carried out once", key_);
    return error;
  };
  const auto answer = ask(question);
  if (!answer) return again(answer.error());
  if (answer.value().status / 100 != 2) {
    auto problem = problem_in(answer.value().body);
    if (problem.refusal) return Answered(std::move(*problem.refusal));
    return again(error_of(answer.value()));
  }
  auto done = read_object(answer.value().body);
  if (!done) return again(done.error());
  note(done.value());
  return Answered(std::move(done).value());
}

}  // namespace daybook
