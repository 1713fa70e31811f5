// Names of people, which do not go into an address: asked for once, in a body, they become random ids, which do.
#pragma once

#include "tools/remote.h"

namespace daybook {

// Whether it has the form of a person's random id.
bool is_person_id(std::string_view text);

// The id of whoever goes by that staff number; an id is itself, and nothing stays nothing. kNotFound: nobody whom the reader may be told of.
Result<std::string> person_named(Remote& remote, const std::string& text);

// The same of what may also be a reference: where nobody goes by it, it stands as it is.
Result<std::string> thing_named(Remote& remote, const std::string& text);

}  // namespace daybook
