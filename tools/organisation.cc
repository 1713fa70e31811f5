#include "tools/organisation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "ledger/civil_time.h"
#include "tools/simulated_coaching.h"
#include "tools/simulated_cycles.h"
#include "tools/simulated_people.h"
#include "tools/simulated_records.h"

namespace daybook {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::minutes;

// More people, longer steps: so many commands go into one write.
minutes step_for(uint64_t people) { return minutes{std::clamp<uint64_t>(people / 200, 1, 240)}; }

Day day_of(Instant at) { return std::chrono::floor<days>(at); }

}  // namespace

Instant life_begins() { return *parse_instant("2023-01-01T06:00:00Z"); }

class Organisation::Life {
 public:
  Life(Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness, SimulatedClock& clock, const OrganisationSize& size)
      : sequencer_(sequencer),
        size_(size),
        begins_(clock.now()),
        ends_(Instant(add_months(day_of(clock.now()), 12 * size.years))),
        chance_(size.seed),
        agenda_(sequencer, clock, step_for(size.people)),
        records_(agenda_, sequencer, keys, randomness, chance_),
        coaching_(agenda_, records_, chance_),
        charters_(yearly_charters(day_of(clock.now()), day_of(ends_), size.people)) {}

  Result<void> live(const std::function<void(Instant)>& month) {
    month_ = month;
    agenda_.at(begins_, [this] { begin(); });
    for (const auto& charter : charters_) plan(charter);
    plan_month(day_of(begins_));
    return agenda_.run(ends_);
  }

 private:
  struct Person {
    StaffRecorded facts;
    bool left = false;
  };
  struct RunningCycle {
    const YearlyCharter* charter;
    std::set<std::string> followed;  // applications whose seat or referral was seen to
  };
  struct CoachOnList {
    std::string number;
    CoachRecorded facts;
  };
  using Rows = SimulatedRecords::Rows;

  Instant office_hour(Day day) {
    const auto weekday = std::chrono::weekday(day).c_encoding();
    return Instant(day + days{weekday == 6 ? 2 : weekday == 0 ? 1 : 0}) + hours{8} + minutes{chance_.from_to(0, 600)};
  }
  Day today() const { return day_of(agenda_.now()); }

  // ---- the calendar ----
  void begin() {
    Rows staff, earlier;
    for (uint64_t i = 0; i < size_.people; ++i) staff.push_back(staff_row(hire(false)));
    for (const auto& person : people_) {
      if (person.facts.organisation == "IOM" && chance_.percent(8)) earlier.push_back(earlier_row(person.facts.staff_number));
    }
    records_.import("staff", staff, begins_);
    records_.import("participations", earlier, begins_);
  }

  void plan(const YearlyCharter& charter) {
    const Day opens = charter.rules.opens_on, closes = charter.rules.closes_on;
    agenda_.at(office_hour(opens - days{40}), [this, &charter] {
      if (!charter.shipped) records_.by_hand(AdoptCharter{charter.charter.text});
    });
    agenda_.at(office_hour(opens - days{14}), [this, &charter] { call_for_coaches(charter); });
    agenda_.at(office_hour(opens - days{5}), [this, &charter] { call_for_applications(charter); });
    agenda_.at(office_hour(closes + days{14}), [this, &charter] { decide(charter); });
  }

  void plan_month(Day day) {
    const auto next = std::chrono::year_month_day(add_months(day, 1));
    const Day first = Day(next.year() / next.month() / 1);
    agenda_.at(office_hour(first), [this, first] {
      if (month_) month_(Instant(first));
      do_monthly_duties();
      plan_month(first);
    });
  }

  // What is done on the first working day of each month, in this order.
  void do_monthly_duties() {
    static constexpr void (Life::* kDuties[])() = {&Life::record_deadlines, &Life::change_staff,   &Life::take_wrong_file,
                                                   &Life::hand_in_sheets,   &Life::change_coaches, &Life::decide_late};
    for (const auto duty : kDuties) (this->*duty)();
  }

  void record_deadlines() { records_.let_time_pass(); }

  // ---- staff ----
  const StaffRecorded& hire(bool newcomer) {
    people_.push_back({make_staff(people_.size() + 1, today(), newcomer, chance_)});
    return people_.back().facts;
  }

  std::vector<std::string> earlier_row(const std::string& number) {
    const bool executive = chance_.percent(20);
    return {number, executive ? "iom-executive-coaching" : "iom-coaching", "CDT", std::to_string(chance_.from_to(2018, 2022)),
            std::to_string(chance_.from_to(1, 4))};
  }

  // About a hundredth of the organisation, as whole people.
  uint64_t a_few(unsigned tenths_of_percent) {
    const uint64_t thousandths = people_.size() * tenths_of_percent;
    return thousandths / 1000 + (chance_.below(1000) < thousandths % 1000);
  }

  void change_staff() {
    Rows rows, earlier;
    for (uint64_t n = a_few(10); n > 0; --n) rows.push_back(staff_row(hire(true)));
    for (uint64_t n = a_few(9); n > 0; --n) {
      auto& person = people_[chance_.below(people_.size())];
      if (!person.left) leave(person, rows);
    }
    for (uint64_t n = a_few(12); n > 0; --n) {
      auto& facts = people_[chance_.below(people_.size())].facts;
      correct(facts, today(), chance_);
      rows.push_back(staff_row(facts));
      if (chance_.percent(10)) earlier.push_back(earlier_row(facts.staff_number));
    }
    records_.import("staff", rows, chance_.percent(50) ? std::optional(Instant(today() - days{chance_.from_to(1, 30)})) : std::nullopt);
    if (chance_.percent(15)) records_.import("staff", rows);  // the same file once more, by mistake
    records_.import("participations", earlier);
  }

  void leave(Person& person, Rows& rows) {
    person.left = true;
    person.facts.separated_on = to_text(today() - days{chance_.from_to(0, 25)});
    rows.push_back(staff_row(person.facts));
    coaching_.leave(person.facts.staff_number);
  }

  // The file of another office is imported, and taken back when somebody sees it.
  void take_wrong_file() {
    if (!chance_.percent(15)) return;
    Rows rows;
    for (int n = 0; n < 8; ++n) rows.push_back(earlier_row(people_[chance_.below(people_.size())].facts.staff_number));
    records_.import("participations", rows);
    const auto batch = newest_import();
    agenda_.at(office_hour(today() + days{chance_.from_to(1, 20)}),
               [this, batch] { records_.by_hand(UndoImport{batch, "the file of another office", std::nullopt}); });
  }

  std::string newest_import() {
    std::string batch;
    sequencer_.look([&](const State& state) {
      const auto newest = std::max_element(state.imports.begin(), state.imports.end(),
                                           [](const auto& a, const auto& b) { return a.second.started < b.second.started; });
      batch = newest->first;
    });
    return batch;
  }

  bool may_take_part(const Person& person, const YearlyCharter& charter) const {
    return !person.left && (person.facts.organisation == "IOM") == charter.charter.programme.starts_with("iom");
  }

  // ---- coaches ----
  void call_for_coaches(const YearlyCharter& charter) {
    auto& list = coaches_[charter.charter.programme];
    const uint64_t wanted = 2 + size_.people / (list.empty() ? 40 : 160);
    std::vector<CoachOnList> asked;
    for (uint64_t tries = 0; asked.size() < wanted && tries < 50 * wanted; ++tries) {
      const auto& person = people_[chance_.below(people_.size())];
      if (!may_take_part(person, charter)) continue;
      asked.push_back({person.facts.staff_number, make_coach(charter.charter.programme, charter.charter.capacity_max, today(), chance_)});
    }
    take_coaches(asked);
  }

  void change_coaches() {
    std::vector<CoachOnList> rows;
    for (auto& [programme, list] : coaches_) {
      for (auto coach : list) {
        const bool pending = coach.facts.review.empty();
        if (!chance_.percent(pending ? 60 : 4)) continue;
        if (pending) {
          coach.facts.review = "accepted";
        } else {
          coach.facts.capacity = static_cast<uint32_t>(chance_.from_to(1, 1 + coach.facts.capacity));
        }
        coach.facts.reviewed_on = to_text(today() - days{chance_.from_to(1, 20)});
        rows.push_back(std::move(coach));
      }
    }
    take_coaches(rows);
  }

  // Imports coaches rows; those that are recorded are on the list from now on.
  void take_coaches(const std::vector<CoachOnList>& coaches) {
    Rows rows;
    for (const auto& coach : coaches) rows.push_back(coach_row(coach.number, coach.facts));
    records_.import("coaches", rows, std::nullopt, [&](const ReportRow& row) {
      if (row.outcome != "recorded") return;
      const auto& coach = coaches[row.row - 1];
      auto& list = coaches_[coach.facts.programme];
      std::erase_if(list, [&](const CoachOnList& other) { return other.number == coach.number; });
      list.push_back(coach);
      coaching_.take_coach(coach.number, coach.facts);
    });
  }

  // ---- applications ----
  unsigned interest(const Person& person, const YearlyCharter& charter) const {
    if (!charter.charter.programme.ends_with("executive-coaching")) return 24;
    return person.facts.grade == "P5" || person.facts.grade.starts_with("D") ? 45 : 4;
  }

  void call_for_applications(const YearlyCharter& charter) {
    running_.push_back({&charter, {}});
    for (const auto& person : people_) {
      if (!may_take_part(person, charter) || !chance_.percent(interest(person, charter))) continue;
      const auto at = application_time(charter.rules);
      send_form(charter, person, at);
      if (chance_.percent(4)) send_form(charter, person, at + hours{chance_.from_to(1, 90)});  // forgotten, and sent again
    }
    for (const Day monday : mondays(charter.rules)) {
      agenda_.at(Instant(monday) + hours{9}, [this, &charter, monday] { export_forms(charter, Instant(monday)); });
    }
  }

  // Most within the period, some a day or two beside it.
  Instant application_time(const CycleRules& rules) {
    const auto within = static_cast<int64_t>((rules.closes_on - rules.opens_on).count());
    const auto day = chance_.percent(3) ? -chance_.from_to(1, 3) : chance_.percent(5) ? within + chance_.from_to(1, 4) : chance_.from_to(0, within);
    return Instant(rules.opens_on + days{day}) + minutes{chance_.from_to(0, 1439)};
  }

  std::vector<Day> mondays(const CycleRules& rules) const {
    std::vector<Day> all;
    for (Day day = rules.opens_on - days{3}; day <= rules.closes_on + days{75}; day += days{1}) {
      if (std::chrono::weekday(day) == std::chrono::Monday) all.push_back(day);
    }
    return all;
  }

  struct Form {
    Instant submitted, exported;
    std::vector<std::string> cells;
  };

  void send_form(const YearlyCharter& charter, const Person& person, Instant at) {
    const auto ref = fmt::format("A{:06}", ++applications_);
    applicants_[ref] = person.facts.staff_number;
    const bool mistyped = chance_.percent(1);
    Form form{at,
              at + days{chance_.percent(5) ? chance_.from_to(10, 60) : 0},  // some lie in a mailbox
              {ref, charter.charter.programme, charter.rules.name, mistyped ? "X" + person.facts.staff_number : person.facts.staff_number,
               to_text(at), "v1", chance_.percent(94) ? "yes" : "no", chance_.percent(50) ? "both" : "professional", person.facts.languages,
               person.facts.time_zone, a_motivation(chance_)}};
    forms_[charter.id()].push_back(std::move(form));
  }

  // Every Monday the forms of the last week are imported.
  void export_forms(const YearlyCharter& charter, Instant until) {
    auto& forms = forms_[charter.id()];
    const auto waiting = std::stable_partition(forms.begin(), forms.end(), [&](const Form& form) { return form.exported < until; });
    std::stable_sort(forms.begin(), waiting, [](const Form& a, const Form& b) { return a.submitted < b.submitted; });
    Rows rows;
    for (auto form = forms.begin(); form != waiting; ++form) rows.push_back(std::move(form->cells));
    forms.erase(forms.begin(), waiting);
    records_.import("applications", rows);
  }

  void decide(const YearlyCharter& charter) {
    const auto on = chance_.percent(30) ? std::optional(agenda_.now() - hours{chance_.from_to(5, 30)}) : std::nullopt;  // the board met before
    records_.by_hand(DecideCycle{charter.id()}, on, [this, &charter](const Answer&) { see_to(charter); });
  }

  void decide_late() {
    for (const auto& cycle : running_) {
      const Day closed = cycle.charter->rules.closes_on;
      if (today() > closed + days{20} && today() < closed + days{110}) decide(*cycle.charter);
    }
  }

  // Who has a seat now begins; who is referred is judged by a person.
  void see_to(const YearlyCharter& charter) {
    const auto running = std::find_if(running_.begin(), running_.end(), [&](const RunningCycle& cycle) { return cycle.charter == &charter; });
    std::vector<std::string> seated, referred;
    sequencer_.look([&](const State& state) {
      for (const auto& ref : state.cycle(charter.id())->applications) {
        const auto& application = *state.application(ref);
        if (application.seat == SeatStatus::kSeated) seated.push_back(ref);
        if (application.outcome == "referred") referred.push_back(ref);
      }
    });
    for (const auto& ref : seated) {
      if (running->followed.insert("seat " + ref).second) coaching_.seat(applicants_[ref], charter);
    }
    for (const auto& ref : referred) {
      if (running->followed.insert(ref).second)
        agenda_.at(office_hour(today() + days{chance_.from_to(3, 25)}), [this, &charter, ref] { judge(charter, ref); });
    }
  }

  void judge(const YearlyCharter& charter, const std::string& ref) {
    const bool eligible = chance_.percent(60);
    records_.by_hand(DecideReferral{ref, eligible, eligible ? "leads a large office" : "no team to lead"}, std::nullopt,
                     [&, eligible](const Answer&) {
                       if (eligible)
                         agenda_.at(office_hour(today() + days{chance_.from_to(1, 9)}),
                                    [this, &charter] { chance_.percent(30) ? grant_seat(charter) : offer_seat(charter); });
                     });
  }

  void grant_seat(const YearlyCharter& charter) {
    records_.by_hand(GrantSeat{charter.id()}, std::nullopt, [this, &charter](const Answer&) { see_to(charter); });
  }

  void offer_seat(const YearlyCharter& charter) {
    records_.by_hand(OfferSeat{charter.id(), today() + days{10}}, std::nullopt, [this, &charter](const Answer& answer) {
      if (answer.outcome == Outcome::kRecorded)
        agenda_.at(office_hour(today() + days{chance_.from_to(1, 7)}), [this, &charter] { answer_offers(charter); });
    });
  }

  // Some say yes, some no, some nothing.
  void answer_offers(const YearlyCharter& charter) {
    std::vector<std::string> offers;
    sequencer_.look([&](const State& state) { offers = state.cycle(charter.id())->offers; });
    for (const auto& ref : offers) {
      const auto said = chance_.below(100);
      if (said < 50) records_.by_hand(AcceptOffer{ref}, std::nullopt, [this, &charter](const Answer&) { see_to(charter); });
      if (said >= 70) records_.by_hand(DeclineOffer{ref, "a new post abroad"});
    }
  }

  void hand_in_sheets() { records_.hand_in(); }

  Sequencer& sequencer_;
  const OrganisationSize size_;
  const Instant begins_, ends_;
  Chance chance_;
  Agenda agenda_;
  SimulatedRecords records_;
  SimulatedCoaching coaching_;
  const std::vector<YearlyCharter> charters_;
  std::function<void(Instant)> month_;
  std::vector<Person> people_;
  std::map<std::string, std::vector<CoachOnList>> coaches_;  // by programme
  std::vector<RunningCycle> running_;
  std::map<CycleId, std::vector<Form>> forms_;
  std::unordered_map<std::string, std::string> applicants_;  // application -> staff number
  uint64_t applications_ = 0;
};

Organisation::Organisation(Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness, SimulatedClock& clock, const OrganisationSize& size)
    : life_(std::make_unique<Life>(sequencer, keys, randomness, clock, size)) {}
Organisation::~Organisation() = default;

Result<void> Organisation::live(const std::function<void(Instant)>& month) { return life_->live(month); }

}  // namespace daybook
