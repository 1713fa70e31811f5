// Names of people, which do not go into an address: they go in a body, or become random ids, which do.
#pragma once

#include "tools/remote.h"

namespace daybook {

// Whether it has the form of a person's random id.
bool is_person_id(std::string_view text);

// The id of whoever goes by that staff number; an id is itself, and nothing stays nothing. kNotFound: nobody whom the reader may be told of.
Result<std::string> person_named(Remote& remote, const std::string& text);

// A question that names people, each by the name of what it is there; a reference may stand for one of them. Where all of them are ids, and where
// there is none, they stand in the address, else in a body.
Question question_about(const std::string& path, const NamedTexts& people, const NamedTexts& others);

// The report of an import whose rows go by staff numbers: a service keeps none, the spreadsheet has them, each by the number of its row. A row that
// failed, as on a full disk, is not in the report.
Result<std::string> with_staff_numbers(const std::string& report, const std::string& sheet, bool for_spreadsheet);

}  // namespace daybook
