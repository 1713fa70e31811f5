#include "server/identity/fetch.h"

#include <fmt/format.h>

#include "ledger/printable.h"

namespace daybook {

Result<std::string> fetch_json(const Fetch& fetch, const Url& url) {
  DAYBOOK_TRY(auto answer, fetch({.url = url, .form = {}, .authorization = {}}));
  const std::string type = answer.content_type.substr(0, answer.content_type.find(';'));
  if (answer.status != 200) return Error{Fault::kBusy, fmt::format("{}: found status {}, want 200", url.text(), answer.status)};
  if (!type.starts_with("application/") || !type.ends_with("json")) {
    return Error{Fault::kBusy, fmt::format("{}: found the type \"{}\", want application/json", url.text(), printable(type.substr(0, 80)))};
  }
  return std::move(answer.body);
}

}  // namespace daybook
