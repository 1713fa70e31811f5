#include "projections/things.h"

#include <map>

#include "ledger/printable.h"
#include "ledger/replay.h"
#include "ledger/sheet.h"
#include "projections/explain.h"
#include "projections/show.h"

namespace daybook {
namespace {

using Cards = std::vector<Card>;

Result<void> add_refusals(const Asked& asked, const RefusedFilter& filter, Card& card) {
  if (asked.whole && !asked.happened && !asked.marks) {
    const auto in_reach = [&](const RefusedRow& row) { return reaches(row, asked.desk); };
    DAYBOOK_TRY(const auto rows, refused_rows_known(asked.log, asked.state, filter, in_reach));
    explain_refusals(rows, asked.desk, card);
    return success();
  }
  DAYBOOK_TRY(const auto rows, refused_rows(asked.log, asked.state.end, asked.happened, filter, asked.marks));
  explain_refusals(rows, asked.desk, card);
  return success();
}

// What was undone of a thing: on its card, or where nothing is left of it on one of its own.
Result<void> add_undone_to(const Asked& asked, const std::string& stream, bool there, Cards& cards) {
  Card gone{stream + ": what was recorded is undone", {}};
  auto& card = there && !cards.empty() ? cards.back() : gone;
  DAYBOOK_TRY(const bool any, add_undone(asked.state, asked.log, stream, asked.desk, card));
  if (any && &card == &gone) cards.push_back(std::move(gone));
  return success();
}

// A card about somebody is a look at them, also where their values are sealed.
void account(const Asked& asked, const PersonId& person, FieldClass looked_at) {
  if (asked.desk.may_look()) asked.desk.add(person, looked_at);
}

Result<bool> reaches_event(const Asked& asked, Position at) {
  bool reached = false;
  DAYBOOK_TRY(read_events(asked.log, at, Position{at.value + 1}, [&](const Event& event) { return reached = asked.desk.reaches(event), true; }));
  return reached;
}

// What a reader is told beside the lines: of the events behind them those that are in reach, and no heading where nothing is.
Result<void> keep_told(const Asked& asked, Cards& cards) {
  std::map<Position, bool> reached;
  for (auto& card : cards) {
    std::erase_if(card.sections, [](const Section& section) { return section.lines.empty(); });
    for (auto& section : card.sections) {
      for (auto& line : section.lines) {
        for (const auto at : line.events) {
          if (reached.contains(at)) continue;
          DAYBOOK_TRY(const bool in_reach, reaches_event(asked, at));
          reached.emplace(at, in_reach);
        }
        std::erase_if(line.events, [&](Position at) { return !reached.at(at); });
      }
    }
  }
  return success();
}

std::optional<PersonId> person_asked_for(const Asked& asked, const std::string& text, std::string_view thing = "people",
                                         const std::string& programme = "") {
  if (!asked.by_name && !asked.state.person(PersonId{text})) return std::nullopt;
  return asked.desk.find(text, thing, programme);
}

// PROGRAMME/CYCLE, or a coach by PROGRAMME/STAFF_NUMBER.
Result<void> add_in_programme(const Asked& asked, const std::string& programme, const std::string& name, Cards& cards) {
  const auto& state = asked.state;
  if (!state.programme(programme)) return success();
  if (const auto* cycle = state.cycle({programme, name})) cards.push_back(show_cycle(state, *cycle, asked.desk));
  const auto person = person_asked_for(asked, name, "coaches", programme);
  if (!person) return success();
  const auto* coach = state.coach(programme, *person);
  if (!asked.desk.reaches_coach(programme, *person, coach ? *coach : CoachState{})) return success();  // who is undone is not accepted
  if (coach) cards.push_back(show_coach(state, programme, *person, *coach, asked.desk));
  if (coach) account(asked, *person, FieldClass::kProfile);
  DAYBOOK_TRY(add_undone_to(asked, "coach/" + programme + "/" + person->value, coach, cards));
  Card refused{"coach " + programme + "/" + person->value + ": rows that were refused", {}};
  DAYBOOK_TRY(add_refusals(asked, {"coaches", "", programme, std::nullopt, person}, refused));
  if (!refused.sections.empty()) cards.push_back(std::move(refused));
  return success();
}

Result<void> add_application(const Asked& asked, const std::string& ref, bool explained, Cards& cards) {
  const auto* application = asked.state.application(ref);
  const bool there = application && asked.desk.reaches(explained ? "decisions" : "applications", {application->person, application->cycle, ""});
  if (there)
    cards.push_back(explained ? explain_application(asked.state, *application, asked.desk) : show_application(asked.state, *application, asked.desk));
  if (there) account(asked, application->person, FieldClass::kRegistration);
  if (there && explained) {
    DAYBOOK_TRY(add_refusals(asked, {"applications", ref, "", std::nullopt, std::nullopt}, cards.back()));
  }
  return add_undone_to(asked, "application/" + ref, there, cards);
}

Result<void> add_pairing(const Asked& asked, const std::string& ref, bool explained, Cards& cards) {
  const auto* pairing = asked.state.pairing(ref);
  const bool there = pairing && asked.desk.reaches(*pairing);
  if (there) cards.push_back(explained ? explain_pairing(asked.state, *pairing, asked.desk) : show_pairing(asked.state, *pairing, asked.desk));
  if (there) account(asked, pairing->client, FieldClass::kSession);
  if (there) account(asked, pairing->coach, FieldClass::kSession);
  if (there && !explained && asked.desk.may_look()) {
    DAYBOOK_TRY(add_words(asked.log, *pairing, asked.desk, cards.back()));
  }
  if (there && explained) {
    DAYBOOK_TRY(add_refusals(asked, {"activity", ref, "", std::nullopt, std::nullopt}, cards.back()));
  }
  return add_undone_to(asked, "pairing/" + ref, there, cards);
}

// What a reference stands for, or the rows under it that were refused.
Result<void> add_by_ref(const Asked& asked, const std::string& ref, bool explained, Cards& cards) {
  DAYBOOK_TRY(add_application(asked, ref, explained, cards));
  DAYBOOK_TRY(add_pairing(asked, ref, explained, cards));
  if (!cards.empty() || !is_ref(ref)) return success();
  Card card{ref + ": nothing was recorded under this reference", {}};
  DAYBOOK_TRY(add_refusals(asked, {"", ref, "", std::nullopt, std::nullopt}, card));
  const bool recorded = asked.state.application(ref) || asked.state.pairing(ref);  // then the card would say what is not so
  if (!card.sections.empty() && !recorded) cards.push_back(std::move(card));
  return success();
}

Result<Cards> all_cards(const Asked& asked, const std::string& id, bool explained) {
  Cards cards;
  DAYBOOK_TRY(add_by_ref(asked, id, explained, cards));
  if (const auto slash = id.find('/'); slash != std::string::npos) {
    DAYBOOK_TRY(add_in_programme(asked, id.substr(0, slash), id.substr(slash + 1), cards));
  }
  if (!cards.empty()) return cards;
  const auto person = person_asked_for(asked, id);
  if (person) cards.push_back(show_person(asked.state, *person, asked.desk));
  if (person) account(asked, *person, FieldClass::kContact);
  DAYBOOK_TRY(add_undone_to(asked, "person/" + (person ? person->value : id), person.has_value(), cards));
  return cards;
}

}  // namespace

Result<Cards> things(const Asked& asked, const std::string& id, bool explained) {
  DAYBOOK_TRY(auto cards, all_cards(asked, id, explained));
  if (asked.desk.may_look()) {
    DAYBOOK_TRY(keep_told(asked, cards));
  }
  return cards;
}

Error nothing_goes_by(const std::string& id, const Desk& desk) {
  const auto* hint = desk.may_look() ? "" : "; a staff number is looked up with --as ACTOR --role ROLE --purpose TEXT";
  return {Fault::kNotFound, "nothing goes by " + printable(id) + hint};
}

}  // namespace daybook
