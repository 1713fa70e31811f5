#include "ledger/civil_time.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <fstream>

namespace daybook {
namespace {

using std::chrono::days;
using std::chrono::microseconds;

// What four digits of a year can say.
constexpr Day kFirst{std::chrono::year{0} / 1 / 1}, kEnd = Day{std::chrono::year{9999} / 12 / 31} + days{1};

const date::time_zone& zone_of(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

// Reads exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Day> take_day(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return Day{date};
}

// Takes ".123" and cuts it to microseconds; nothing there is zero.
std::optional<microseconds> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return microseconds{0};
  int64_t value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < 6) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) value *= 10;
  return microseconds{value};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return std::chrono::minutes{0};
  const bool west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return west ? -offset : offset;
}

}  // namespace

std::optional<Zone> Zone::find(std::string_view iana_name) {
  if (iana_name == "localtime") return std::nullopt;  // this machine's own: another machine would read other days
  try {
    std::string name(iana_name);
    const auto* zone = date::locate_zone(name);
    return Zone(std::move(name), zone);
  } catch (const std::exception&) {  // the library's way to say "no such zone"
    return std::nullopt;
  }
}

Zone Zone::utc() { return Zone("UTC", date::locate_zone("UTC")); }

Day Zone::day_of(Instant at) const {
  const auto local = zone_of(zone_).to_local(date::floor<std::chrono::seconds>(at));
  return Day{days{date::floor<date::days>(local).time_since_epoch().count()}};
}

Instant Zone::last_instant(Day day) const {
  const date::local_seconds midnight{std::chrono::duration_cast<std::chrono::seconds>((day + days{1}).time_since_epoch())};
  const auto& zone = zone_of(zone_);
  for (const auto choice : {date::choose::latest, date::choose::earliest}) {
    const Instant last = zone.to_sys(midnight, choice) - microseconds{1};
    if (day_of(last) <= day) return last;
  }
  return zone.to_sys(midnight, date::choose::earliest) - microseconds{1};
}

std::string zone_database_version() {
  static const std::string version = [] {
    std::ifstream compact("/usr/share/zoneinfo/tzdata.zi");
    std::string hash, word, edition;
    if (compact >> hash >> word >> edition && word == "version") return edition;
    return std::string("unknown");
  }();
  return version;
}

Day add_months(Day day, int months) {
  std::chrono::year_month_day date{day};
  date += std::chrono::months{months};
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return Day{date};
}

std::optional<Day> parse_day(std::string_view text) {
  const auto day = take_day(text);
  return text.empty() ? day : std::nullopt;
}

std::optional<Instant> parse_instant(std::string_view text) {
  const auto day = take_day(text);
  if (!day || !take(text, "Tt")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const auto within = *second == 60 ? microseconds{0} : *fraction;
  const Instant at = Instant{*day} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second} + within - *offset;
  return at >= kFirst && at < kEnd ? std::optional(at) : std::nullopt;
}

std::string to_text(Day day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string to_text(Instant at) {
  const Day day = std::chrono::floor<days>(at);
  const std::chrono::hh_mm_ss time{at - day};
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", to_text(day), time.hours().count(), time.minutes().count(), time.seconds().count());
  if (const auto fraction = time.subseconds().count(); fraction != 0) {
    text += fmt::format(".{:06}", fraction);
    while (text.back() == '0') text.pop_back();
  }
  return text + "Z";
}

}  // namespace daybook
