#include "server/entity_tag.h"

#include "ledger/digest.h"

namespace daybook {

std::string entity_tag(std::string_view body) {
  const auto digest = sha256({as_bytes(body)});
  return '"' + to_hex(Bytes(digest).first(16)) + '"';
}

bool names_tag(std::string_view list, std::string_view tag) {
  if (list == "*") return true;
  bool named = false;
  while (!list.empty()) {
    if (list.starts_with("W/")) list.remove_prefix(2);
    const auto end = list.starts_with('"') ? list.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return false;
    named |= list.substr(0, end + 1) == tag;
    list.remove_prefix(end + 1);
    const auto next = list.find_first_not_of(" ,");
    if (next == 0) return false;  // tags without a comma between
    list.remove_prefix(std::min(next, list.size()));
  }
  return named;
}

}  // namespace daybook
