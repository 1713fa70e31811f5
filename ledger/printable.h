// Text from outside, fit for a message or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace daybook {

// `text` with everything a terminal or a reader's eye would act on made visible: control characters, also those of
// U+0080 to U+009F, marks that turn the direction of writing, and bytes that are not UTF-8.
std::string printable(std::string_view text);

}  // namespace daybook
