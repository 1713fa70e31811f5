// Signing this machine in to a service, and out: on another device (RFC 8628), or with a single-use code of the demo.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <iostream>
#include <thread>

#include "ledger/durable_file.h"
#include "tools/device_sign_in.h"
#include "tools/remote.h"
#include "tools/remote_json.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

constexpr size_t kCodeBytesMax = 200;

void show_code(const DeviceCode& code) {
  std::fprintf(stderr, "to sign in at %s, open on any device:\n  %s\nand type the code %s\n", printable(code.provider).c_str(),
               printable(code.page).c_str(), printable(code.code).c_str());
  if (!code.whole_page.empty()) std::fprintf(stderr, "or open %s\n", printable(code.whole_page).c_str());
}

Result<void> by_device(const Remote& remote, const boost::json::object& tokens) {
  const auto file = token_file_of(remote.settings());
  const auto rest = [](std::chrono::seconds time) { std::this_thread::sleep_for(time); };
  DAYBOOK_TRY(const auto token, token_by_device(remote.wire(), tokens, rest, show_code));
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

// A token that is named is none of what sign-in kept.
int sign_out(const Settings& settings) {
  const auto remote = Remote::reach(settings, Remote::SignedIn::kBySession);
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
