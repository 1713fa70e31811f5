// Fields of a JSON object that may be missing or of another kind than wanted.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

namespace daybook {

// The text at `key`; none where there is none or it is something else.
std::optional<std::string_view> text_at(const boost::json::object& object, std::string_view key);

// Whether the array of texts at `key` holds `wanted`; none where there is no array at all.
std::optional<bool> listed_at(const boost::json::object& object, std::string_view key, std::string_view wanted);

}  // namespace daybook
