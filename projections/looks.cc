#include "projections/looks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "ledger/civil_time.h"
#include "ledger/cohort.h"
#include "ledger/printable.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

bool in_time(const LookFilter& filter, const Event& event) {
  const auto at = event.envelope.recorded_at;
  return (!filter.since || at >= *filter.since) && (!filter.until || at < *filter.until);
}

// Which looks are at somebody and may be told of. What may be told goes by the look's cycle and is worked out once for each, of looks at others too:
// done for theirs alone, the time that a question takes would tell somebody who may not ask how many there are.
class LooksAt {
 public:
  LooksAt(PersonId who, const Desk& desk) : who_(std::move(who)), desk_(desk) {}

  bool passes(const RecordViewed& look) {
    const bool told = may_be_told({look.programme, look.cycle});
    const bool theirs = std::find(look.subjects.begin(), look.subjects.end(), who_.value) != look.subjects.end();
    if (theirs && !told) withheld_ = true;
    return theirs && told;
  }
  // Some are at them, and may not be told of.
  bool withheld() const { return withheld_; }

 private:
  bool may_be_told(const CycleId& cycle) {
    const auto [known, is_new] = told_.try_emplace(cycle, false);
    if (is_new) known->second = desk_.sight("access-book", {who_, cycle, ""}) >= Sight::kMasked;
    return known->second;
  }
  const PersonId who_;
  Desk desk_;  // of its own: nothing counts as handed out
  std::map<CycleId, bool> told_;
  bool withheld_ = false;
};

// Where in the book the looks of the filter's time stand, which are those of a stretch: no look was recorded before the one before it.
Result<LookFilter> narrowed(const EventLog& book, LookFilter filter) {
  const auto before = [&](Instant moment) { return end_as_of(book, {{}, moment - Instant::duration(1), {}}); };
  filter.from = std::max(book.first(), filter.from);
  filter.to = std::min(book.end(), filter.to);
  if (filter.since) {
    DAYBOOK_TRY(const auto since, before(*filter.since));
    filter.from = std::max(filter.from, since);
  }
  if (filter.until) {
    DAYBOOK_TRY(const auto until, before(*filter.until));
    filter.to = std::min(filter.to, until);
  }
  return filter;
}

// What stands in every look that passes, where whoever asks may know how many have it: of themselves, and of everybody where all looks are told to
// them. To others the time that it takes would tell.
std::vector<std::string> texts_of(const LookFilter& filter, const Desk& desk) {
  const auto* reader = desk.reader();
  std::vector<std::string> texts;
  if (!reader) return texts;
  const bool of_all = Desk(desk).sight("access-book", {}) == Sight::kShown;  // asked of a desk apart, it is no look
  const bool all = of_all && !is_in_a_pairing(*reader->state, reader->actor);
  if (filter.about && (all || *filter.about == reader->actor)) texts.push_back(filter.about->value);
  if (filter.by && all) texts.push_back(filter.by->value);
  return texts;
}

// One look as the reader may see it.
class Told {
 public:
  Told(const Event& event, const LookFilter& filter, Desk& desk) : event_(event), look_(std::get<RecordViewed>(event.body)), desk_(desk) {
    std::vector<std::string> asked = look_.subjects;
    if (filter.about) asked = {filter.about->value};
    for (const auto& subject : asked) take(PersonId{subject});
    if (asked.empty()) take(PersonId{});
  }

  Sight sight() const { return sight_; }

  Result<std::vector<std::string>> row(const Vault& names) const {
    const bool whole = sight_ == Sight::kShown;
    const auto& by = event_.envelope.provenance;
    std::vector<std::string> cells = {
        std::to_string(event_.envelope.position.value), to_text(event_.envelope.recorded_at), "", "", by.role, look_.unit};
    if (whole) {
      cells[2] = by.actor.value;
      DAYBOOK_TRY(const auto name, names.name(by.actor));
      if (desk_.sight("names", matter_) == Sight::kShown) cells[3] = name.value_or("");
    }
    DAYBOOK_TRY(auto purpose, text(names, "purpose"));
    DAYBOOK_TRY(auto from, whole ? text(names, "operator") : Result<std::string>(std::string()));
    cells.insert(cells.end(), {std::move(purpose), look_.verb, look_.denied ? "denied" : "shown", std::move(from),
                               fmt::format("{}", fmt::join(subjects_, ";")), fmt::format("{}", fmt::join(look_.classes, ";")), look_.programme,
                               look_.cycle, look_.glass > 0 ? std::to_string(look_.glass - 1) : ""});
    return cells;
  }

  void account_for() const {
    for (const auto& subject : subjects_) desk_.add(PersonId{subject}, FieldClass::kPurpose);
    desk_.add({}, FieldClass::kPurpose);
    if (sight_ == Sight::kShown) desk_.add({}, FieldClass::kOperator);
  }

 private:
  void take(const PersonId& subject) {
    const Matter matter{subject, {look_.programme, look_.cycle}, ""};
    const auto sight = desk_.sight("access-book", matter);
    if (sight < Sight::kMasked) return desk_.withhold(subject);
    if (!subject.empty()) subjects_.push_back(subject.value);
    if (sight > sight_) matter_ = matter;
    sight_ = std::max(sight_, sight);
  }

  // A field of the look's own, which is in the book's vault.
  Result<std::string> text(const Vault& names, std::string_view field) const {
    for (const auto& info : kind_of(event_.body).fields) {
      if (info.name != field || desk_.sight(class_name(info.field_class), matter_) != Sight::kShown) continue;
      DAYBOOK_TRY(const auto record, names.record(event_.envelope.position, info.field_class));
      const auto* value = record ? record->find(info.number) : nullptr;
      return value ? *value : std::string(kSealed);
    }
    return std::string(kSealed);
  }

  const Event& event_;
  const RecordViewed& look_;
  Desk& desk_;
  Sight sight_ = Sight::kAbsent;
  Matter matter_;  // by which it is seen
  std::vector<std::string> subjects_;
};

Result<std::optional<Instant>> read_moment(const std::string& prefix, std::string_view option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto day = parse_day(text);
  const auto moment = day ? std::optional(Instant(*day)) : parse_instant(text);
  const auto repeated = prefix.empty() ? std::string() : fmt::format("found \"{}\", ", printable(text));
  if (!moment) return Error{Fault::kRejected, fmt::format("{}{}: {}want a day (its start, UTC) or a time", prefix, option, repeated)};
  return moment;
}

}  // namespace

// A name that leads to nobody, or to somebody out of reach, is held against the ids as it stands: it finds nothing.
Result<LookFilter> read_question(const LookQuestion& question, const Vault& names, const Inquiry& view) {
  LookFilter filter;
  DAYBOOK_TRY(filter.since, read_moment(question.prefix, "since", question.since));
  DAYBOOK_TRY(filter.until, read_moment(question.prefix, "until", question.until));
  const auto& reader = view.reader;
  if (const auto& about = question.about; !about.empty()) {
    const bool looked_up = question.by_name || view.state().person(PersonId{about});
    const auto found = looked_up ? view.desk->find(about, "access-book") : std::nullopt;
    filter.about = found.value_or(PersonId{about});
  } else if (!is_granted(reader.role)) {
    filter.about = reader.actor;  // their own record
  }
  if (question.by.empty()) return filter;
  filter.by = PersonId{question.by};
  if (!question.by_name) return filter;
  DAYBOOK_TRY(const auto by, names.person(question.by));
  if (by) filter.by = *by;
  return filter;
}

Result<Table> looks(const EventLog& book, const Vault& names, const LookFilter& filter, Desk& desk) {
  DAYBOOK_TRY(auto page, look_page(book, names, filter, desk));
  return std::move(page.table);
}

Result<LookPage> look_page(const EventLog& book, const Vault& names, const LookFilter& filter, Desk& desk) {
  LookPage page{{{number("position"), "at", "actor", "actor_name", "role", "unit", "purpose", "asked_for", "answer", "through", "subjects", "classes",
                  "programme", "cycle", number("glass")},
                 {}},
                std::nullopt};
  Position last;
  std::optional<Error> failed;
  std::optional<LooksAt> at;
  if (filter.about) at.emplace(*filter.about, desk);
  DAYBOOK_TRY(const auto stretch, narrowed(book, filter));
  DAYBOOK_TRY(read_events_with(book, stretch.from, stretch.to, texts_of(filter, desk), [&](const Event& event) {
    const auto* look = std::get_if<RecordViewed>(&event.body);
    if (!look || !in_time(filter, event) || (at && !at->passes(*look))) return true;
    const Told told(event, filter, desk);
    if (told.sight() < Sight::kMasked) return true;
    // Who looked is held against the question where it may be told: else the question would tell it.
    if (filter.by && (told.sight() != Sight::kShown || event.envelope.provenance.actor != *filter.by)) return true;
    if (filter.limit > 0 && page.table.rows.size() == filter.limit) {
      page.next = last;
      return false;
    }
    last = event.envelope.position;
    auto row = told.row(names);
    if (!row) failed = row.error();
    if (row) page.table.add(std::move(row).value());
    told.account_for();
    return !failed;
  }));
  if (failed) return *failed;
  if (at && at->withheld()) desk.withhold(*filter.about);
  return page;
}

}  // namespace daybook
