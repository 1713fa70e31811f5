// Calendar days, deadlines and zones. Every local day of the record is computed here, once, before an event is
// written; folds never ask the zone database.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/result.h"
#include "ledger/types.h"

namespace daybook {

// A time zone by its IANA name, such as Europe/Zurich. Cheap to copy; valid for the life of the process. Clock changes
// are known up to the end of 2037: the library reads no rules beyond, so charters take no later day.
class Zone {
 public:
  static std::optional<Zone> find(std::string_view iana_name);
  static Zone utc();

  // The calendar day of `at` in this zone.
  Day day_of(Instant at) const;

  // The last instant, to the microsecond, whose day here is `day` or earlier. Clocks that are set back over midnight
  // show a day twice: the later showing counts. A day that a zone skipped ends where the day before it ended.
  Instant last_instant(Day day) const;

  const std::string& name() const { return name_; }

 private:
  Zone(std::string name, const void* zone) : name_(std::move(name)), zone_(zone) {}
  std::string name_;
  const void* zone_;  // a date::time_zone, owned by the library for the life of the process
};

// Which edition of the zone database answered, such as "2024a"; "unknown" where the system does not say.
std::string zone_database_version();

// `months` calendar months after `day`, clamped to the end of the month: 31 October + 4 is 28 or 29 February (E-04).
Day add_months(Day day, int months);

// RFC 3339 with seconds and an offset, such as 2024-01-29T23:59:59+01:00. Fractions past the microsecond are cut off;
// a leap second counts as the first instant of the next minute. Nothing else is read,
// and nothing outside the years 0000 to 9999, UTC.
std::optional<Instant> parse_instant(std::string_view text);

// YYYY-MM-DD, a day that exists.
std::optional<Day> parse_day(std::string_view text);

std::string to_text(Instant at);  // 2024-01-29T22:59:59Z, with a fraction only where there is one
std::string to_text(Day day);     // 2024-01-29

}  // namespace daybook
