// Strong entity tags (RFC 9110, 8.8.3) and the question whether a client has the newest already.
#pragma once

#include <string>
#include <string_view>

namespace daybook {

// "..." of the bytes' SHA-256, with its quotes.
std::string entity_tag(std::string_view body);

// Whether an If-None-Match field names `tag`, or is "*". A weak tag matches too: nothing is changed by being told so. What is no list of tags
// matches nothing.
bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace daybook
