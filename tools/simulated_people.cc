#include "tools/simulated_people.h"

#include <fmt/format.h>

#include "ledger/civil_time.h"

namespace daybook {
namespace {

using std::chrono::days;

struct Place {
  std::string_view station, country, region, zone;
};
constexpr Place kPlaces[] = {{"Geneva", "Switzerland", "Europe", "Europe/Zurich"},    {"New York", "United States", "Americas", "America/New_York"},
                             {"Nairobi", "Kenya", "Africa", "Africa/Nairobi"},        {"Bangkok", "Thailand", "Asia", "Asia/Bangkok"},
                             {"Panama City", "Panama", "Americas", "America/Panama"}, {"Dakar", "Senegal", "Africa", "Africa/Dakar"},
                             {"Kathmandu", "Nepal", "Asia", "Asia/Kathmandu"},        {"Manila", "Philippines", "Asia", "Asia/Manila"},
                             {"Bogota", "Colombia", "Americas", "America/Bogota"},    {"Auckland", "New Zealand", "Pacific", "Pacific/Auckland"}};
constexpr std::string_view kFirstNames[] = {"Noor", "Rosa", "Amadou", "Ingrid", "Tomás", "Mei", "Jean-Luc", "Aïcha", "Olena", "Kofi", "Zoë", "Ravi"};
constexpr std::string_view kLastNames[] = {"Nguyễn", "Eriksen", "Diallo", "García", "O'Neill", "Wang", "Müller", "Sow", "Ivanova", "Mensah", "Díaz"};
constexpr std::string_view kGrades[] = {"G5", "G6", "G7", "NOA", "NOB", "NOC", "P2", "P3", "P3", "P4", "P4", "P5", "P5", "D1", "D2"};
constexpr std::string_view kSeniorPosts[] = {"head-of-office", "chief-of-mission", "deputy-chief-of-mission", "senior-adviser", "director"};
constexpr std::string_view kPosts[] = {"programme-officer", "project-assistant", "finance-officer", "legal-adviser", "data-analyst"};
constexpr std::string_view kIomContracts[] = {
    "regular",    "regular", "fixed-term", "fixed-term", "special-fixed-term", "special-short-term-graded", "special-short-term-ungraded",
    "consultant", "intern"};
constexpr std::string_view kUnContracts[] = {"continuing", "permanent", "fixed-term", "fixed-term", "temporary", "consultant", "unv"};
constexpr std::string_view kLanguages[] = {"en", "en;fr", "en;es", "fr;en;ar", "en;ru", "es;en", "zh;en", "ar;en"};
constexpr std::string_view kMotivations[] = {"I would like to plan my next steps.", "J'aimerais mieux gérer mon temps.\nEt déléguer.",
                                             "To lead a new team, \"calmly\".", "Quiero mejorar mi comunicación; y escuchar.", "新しい役割のために"};
constexpr std::string_view kComments[] = {"helped me to reflect", "un regard neuf", "clear next steps", "we ran out of time", "muy útil", ""};

bool senior(std::string_view grade) { return grade == "P5" || grade == "D1" || grade == "D2"; }

bool of_iom(const StaffRecorded& staff) { return staff.organisation == "IOM"; }

std::string a_contract(const StaffRecorded& staff, Chance& chance) {
  return std::string(of_iom(staff) ? chance.one_of(kIomContracts) : chance.one_of(kUnContracts));
}

std::string training_day(Day entered, Day today, Chance& chance) {
  const Day day = entered + days{chance.from_to(20, 900)};
  return chance.percent(12) || day > today ? "" : to_text(day);
}

}  // namespace

StaffRecorded make_staff(uint64_t number, Day today, bool newcomer, Chance& chance) {
  StaffRecorded staff;
  const bool iom = number % 5 < 3;
  const auto& place = chance.one_of(kPlaces);
  const auto first = chance.one_of(kFirstNames), last = chance.one_of(kLastNames);
  staff.staff_number = fmt::format("{}{:06}", iom ? 'I' : 'U', number);
  staff.name = fmt::format("{} {}", first, last);
  staff.email = fmt::format("{}@staff.example", staff.staff_number);
  staff.organisation = iom ? "IOM" : "UN Secretariat";
  staff.entity = chance.percent(50) ? "Operations" : "Policy";
  staff.duty_station = place.station;
  staff.country = place.country;
  staff.region = place.region;
  staff.time_zone = place.zone;
  staff.job_network = chance.percent(50) ? "POLNET" : "LOGNET";
  staff.grade = chance.one_of(kGrades);
  staff.post = senior(staff.grade) ? chance.one_of(kSeniorPosts) : chance.one_of(kPosts);
  staff.contract_type = a_contract(staff, chance);
  staff.gender = chance.percent(49) ? "m" : chance.percent(96) ? "f" : "x";
  staff.languages = chance.one_of(kLanguages);
  const Day entered = today - days{newcomer ? chance.from_to(0, 27) : chance.from_to(30, 7000)};
  staff.entry_on_duty = to_text(entered);
  staff.training_completed_on = training_day(entered, today, chance);
  return staff;
}

void correct(StaffRecorded& staff, Day today, Chance& chance) {
  const Day entered = *parse_day(staff.entry_on_duty);
  switch (chance.below(3)) {
    case 0:
      staff.contract_type = a_contract(staff, chance);
      return;
    case 1:
      staff.entry_on_duty = to_text(entered - days{chance.from_to(1, 400)});
      return;
    default:
      staff.training_completed_on = to_text(std::min(today, entered + days{chance.from_to(20, 400)}));
  }
}

CoachRecorded make_coach(const std::string& programme, uint32_t capacity_max, Day today, Chance& chance) {
  CoachRecorded coach;
  coach.programme = programme;
  coach.capacity = static_cast<uint32_t>(chance.percent(8) ? capacity_max + 1 : chance.from_to(1, capacity_max));
  coach.review = chance.percent(88) ? "accepted" : chance.percent(50) ? "declined" : "";
  coach.credential_kind = chance.percent(70) ? "icf-certification" : chance.percent(95) ? "icf-training" : "diploma";
  if (coach.credential_kind == "icf-training") coach.training_hours = std::to_string(chance.from_to(40, 120));
  coach.credential_reference = fmt::format("ICF-{}", chance.from_to(100'000, 999'999));
  if (!chance.percent(8)) coach.pledged_on = to_text(today - days{chance.from_to(5, 40)});
  if (!coach.review.empty()) coach.reviewed_on = to_text(today - days{chance.from_to(1, 4)});
  coach.areas = "leadership;transition";
  coach.languages = chance.one_of(kLanguages);
  coach.time_zone = chance.one_of(kPlaces).zone;
  return coach;
}

std::string a_motivation(Chance& chance) { return std::string(chance.one_of(kMotivations)); }
std::string a_comment(Chance& chance) { return std::string(chance.one_of(kComments)); }

std::vector<std::string> staff_row(const StaffRecorded& s) {
  return {s.staff_number,          s.name,       s.email,       s.organisation,  s.entity, s.duty_station, s.country,   s.region,
          s.job_network,           s.grade,      s.post,        s.contract_type, s.gender, s.languages,    s.time_zone, s.entry_on_duty,
          s.training_completed_on, s.supervisor, s.separated_on};
}

std::vector<std::string> coach_row(const std::string& staff_number, const CoachRecorded& c) {
  return {c.programme, staff_number, c.credential_kind,          c.training_hours, c.credential_reference, c.areas,
          c.languages, c.time_zone,  std::to_string(c.capacity), c.pledged_on,     c.reviewed_on,          c.review};
}

}  // namespace daybook
