// Who is behind a request: a system with a token, somebody with a session, or nobody who says so; whom the ledger knows them as; in which role
// they ask, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ledger/ledger_folder.h"
#include "projections/inquiry.h"
#include "server/caps.h"
#include "server/http.h"
#include "server/identity/bearer.h"
#include "server/identity/cookie.h"
#include "server/identity/identity.h"
#include "server/identity/sessions.h"
#include "server/service_log.h"

namespace daybook {

struct Caller {
  Identity who;                              // its issuer empty: nobody is signed in
  std::optional<Instant> signed_in_at;       // when they last showed who they are; none: nobody said
  std::optional<KnownPerson> person;         // none: the ledger knows nobody by that identity
  std::string role, purpose;                 // as the request has them; a role is one of kRoleNames
  std::optional<Instant> until, idle_until;  // when token or session is over; `idle_until`: a session, unless something is asked before
  UserCaps::Place place = {};                // among the requests of that user which are handled, as long as somebody holds it

  bool signed_in() const { return !who.issuer.empty(); }
  // By an issuer, not by the page of codes that the demo prints.
  bool vouched_for() const;
  // The user: issuer and subject.
  std::string account() const { return who.issuer + " " + who.subject; }
  std::string name() const { return person ? person->name : account(); }
  Asker asker() const { return {name(), account(), role, purpose}; }
};

// What issuers call people in the claim that is configured.
enum class CalledBy { kStaffNumber, kAddress };

// Whom the ledger knows: the demo's subjects by their names there, the others by what their issuer calls them.
class LedgerPeople final : public People {
 public:
  // `ledger` is borrowed.
  LedgerPeople(const Ledger& ledger, CalledBy called_by) : ledger_(ledger), called_by_(called_by) {}
  Result<std::optional<KnownPerson>> person_of(const Identity& identity, const std::string& called) const override;

 private:
  const Ledger& ledger_;
  const CalledBy called_by_;
};

// For any number of threads.
class Callers {
 public:
  // `people`: by what the tokens' issuer calls them; `of_sessions`: by what the provider of sessions does, null: in the same way.
  // `bearer` null: no token is taken. `origin`: of our own pages, such as https://daybook.example.org; empty: what the request was sent to. `caps`
  // null: each user asks as much as they like. All are borrowed.
  Callers(const People& people, const BearerTokens* bearer, Sessions& sessions, std::string origin, ServiceLog& log,
          const People* of_sessions = nullptr, UserCaps* caps = nullptr)
      : people_(people),
        of_sessions_(of_sessions ? *of_sessions : people),
        bearer_(bearer),
        sessions_(sessions),
        origin_(std::move(origin)),
        log_(log),
        caps_(caps) {}

  // Who asks; or the answer that says why they are not believed (401), sent by somebody else's page (403), not understood (400), or asked too much
  // (429). A session that is over is nobody's: it asks as one who is not signed in.
  std::variant<Caller, Response> of(const Request& request) const { return read(request, Session::kUsed); }
  // The same later, for an answer that goes on: no session lasts longer for it, and it has no place among those that are handled.
  std::variant<Caller, Response> again(const Request& request) const { return read(request, Session::kLeft); }

  // Whom the record knows by a session, which need not be one that goes on.
  Result<std::optional<KnownPerson>> person_of(const BrowserSession& session) const { return of_sessions_.person_of(session.who, session.person); }

  std::string origin_of(const Request& request) const;
  Transport transport_of(const Request& request) const { return origin_of(request).starts_with("https:") ? Transport::kTls : Transport::kLoopback; }

 private:
  enum class Session { kUsed, kLeft };  // whether it counts as a request in it
  std::variant<Caller, Response> read(const Request& request, Session session) const;
  std::optional<Response> by_token(const Request& request, Caller& caller, std::string& called) const;
  std::optional<Response> by_session(const Request& request, Session how, Caller& caller, std::string& called) const;
  std::optional<Response> take_place(const Request& request, Caller& caller) const;
  const People &people_, &of_sessions_;
  const BearerTokens* const bearer_;
  Sessions& sessions_;
  const std::string origin_;
  ServiceLog& log_;
  UserCaps* const caps_;
};

// 401 where nobody is signed in; nullopt: go on.
std::optional<Response> want_sign_in(const Caller& caller, const Trace& trace);
// The same, and 400 without a role or a purpose: whoever wants to be told of anybody says in which role, and why.
std::optional<Response> want_reader(const Caller& caller, const Trace& trace);
// 401 where `deed` wants a sign-in of the last minutes (fresh_sign_in.h), and theirs is none.
std::optional<Response> want_fresh(const Caller& caller, std::string_view deed, Instant now, const Trace& trace);

}  // namespace daybook
