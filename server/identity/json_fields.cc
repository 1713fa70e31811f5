#include "server/identity/json_fields.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace daybook {

std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string().data(), value->get_string().size());
}

std::optional<bool> listed_at(const boost::json::object& object, std::string_view key, std::string_view wanted) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return std::nullopt;
  const auto& items = value->get_array();
  return std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.is_string() && item.get_string() == wanted; });
}

}  // namespace daybook
