#include "ledger/action_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/printable.h"
#include "ledger/sheet.h"

namespace daybook {

std::optional<std::string> take(KeyValues& values, std::string_view key) {
  const auto it = std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.first == key; });
  if (it == values.end()) return std::nullopt;
  auto value = std::move(it->second);
  values.erase(it);
  return value;
}

namespace {

// The keys of one action, each taken once; what it needs and does not get is a fault, and so is what is left over.
class Keys {
 public:
  Keys(std::string_view action, std::string_view usage, KeyValues values) : action_(action), usage_(usage), values_(std::move(values)) {}

  std::string needed(std::string_view key) {
    auto value = take(values_, key);
    good_ = good_ && value && !value->empty();
    return value.value_or("");
  }
  std::string given(std::string_view key) {  // may be empty, but must be there
    auto value = take(values_, key);
    good_ = good_ && value;
    return value.value_or("");
  }
  std::string optional(std::string_view key) { return take(values_, key).value_or(""); }
  Day day(std::string_view key) {
    const auto day = parse_day(needed(key));
    good_ = good_ && day;
    return day.value_or(Day{});
  }
  std::optional<Day> optional_day(std::string_view key) { return values_has(key) ? std::optional(day(key)) : std::nullopt; }
  std::optional<uint64_t> count(std::string_view key) {
    const auto text = take(values_, key);
    if (!text) return std::nullopt;
    const bool digits = !text->empty() && text->size() < 10 && text->find_first_not_of("0123456789") == std::string::npos;
    good_ = good_ && digits;
    return digits ? std::optional(std::stoull(*text)) : std::nullopt;
  }
  void want(bool holds) { good_ = good_ && holds; }
  KeyValues rest() { return std::exchange(values_, {}); }

  Result<CommandBody> finish(CommandBody body) const {
    if (good_ && values_.empty()) return body;
    return Error{Fault::kRejected, fmt::format("{}: want {}", action_, usage_)};
  }

 private:
  bool values_has(std::string_view key) const {
    return std::any_of(values_.begin(), values_.end(), [&](const auto& value) { return value.first == key; });
  }
  const std::string_view action_, usage_;
  KeyValues values_;
  bool good_ = true;
};

Result<CommandBody> read_referral(Keys keys) {
  DecideReferral c;
  c.application = keys.given("application");
  const auto outcome = keys.given("outcome");
  keys.want(outcome == "eligible" || outcome == "not-eligible");
  c.eligible = outcome == "eligible";
  c.reason = keys.given("reason");
  return keys.finish(std::move(c));
}

CycleId read_cycle(Keys& keys) {
  CycleId id;
  id.programme = keys.given("programme");
  id.cycle = keys.given("cycle");
  return id;
}

Result<CommandBody> read_role(Keys keys, bool granted) {
  EndRole c;
  c.person = keys.needed("person");
  c.role = keys.needed("role");
  c.programme = keys.optional("programme");
  c.unit = keys.optional("unit");
  const auto last_day = granted ? keys.optional_day("until") : std::nullopt;
  c.reason = keys.given("reason");
  if (!granted) return keys.finish(std::move(c));
  return keys.finish(GrantRole{c.person, c.role, c.programme, c.unit, last_day, c.reason});
}

// Its id is given to it when it is carried out.
Result<CommandBody> read_glass(Keys keys) {
  BreakGlass c;
  const auto about = keys.needed("about"), classes = keys.needed("classes");
  if (const auto cycle = parse_cycle(about)) {
    c.about = *cycle;
  } else {
    c.person = about;
  }
  for (size_t begin = 0; begin <= classes.size();) {
    const auto end = std::min(classes.find(',', begin), classes.size());
    c.classes.push_back(classes.substr(begin, end - begin));
    begin = end + 1;
  }
  const auto minutes = keys.count("minutes");
  keys.want(minutes.has_value());
  c.minutes = minutes.value_or(0);
  c.reason = keys.given("reason");
  c.told = keys.given("told");
  return keys.finish(std::move(c));
}

// Each value in the form of its cell.
template <class Kind, size_t N>
Result<RightValues> read_corrections(std::string_view action, std::string_view sheet, const CorrectableField<Kind> (&fields)[N], KeyValues values) {
  std::string columns;
  for (const auto& field : fields) columns += fmt::format("{}{}", columns.empty() ? "" : ", ", field.column);
  if (values.empty()) return Error{Fault::kRejected, fmt::format("{}: found nothing to put right, want COLUMN=VALUE of {}", action, columns)};
  for (const auto& [column, unused] : values) {
    const bool known = std::any_of(std::begin(fields), std::end(fields), [&](const auto& field) { return field.column == column; });
    if (!known) return Error{Fault::kRejected, fmt::format("{}: found a key {}, want one of {}", action, printable(column), columns)};
  }
  if (const auto bad = bad_cells(*find_sheet(sheet), values); !bad.empty()) {
    return Error{Fault::kRejected, fmt::format("{}: {}: found {}, want {}", action, bad[0].column, bad[0].found, bad[0].wanted)};
  }
  return values;
}

Result<CommandBody> read_rectify_staff(Keys keys) {
  RectifyStaff c;
  c.staff_number = keys.needed("staff_number");
  c.reason = keys.needed("reason");
  DAYBOOK_TRY(c.values, read_corrections("rectify-staff", "staff", kStaffFields, keys.rest()));
  return keys.finish(std::move(c));
}

Result<CommandBody> read_rectify_form(Keys keys) {
  RectifyForm c;
  c.application = keys.needed("application");
  c.reason = keys.needed("reason");
  DAYBOOK_TRY(c.values, read_corrections("rectify-form", "applications", kFormFields, keys.rest()));
  return keys.finish(std::move(c));
}

struct Reader {
  std::string_view action, usage;
  Result<CommandBody> (*read)(Keys keys);
};
constexpr Reader kReaders[] = {
    {"decide-referral", "application=REF outcome=eligible|not-eligible reason=TEXT", read_referral},
    {"grant-seat", "programme=PROGRAMME cycle=CYCLE",
     [](Keys keys) {
       const auto id = read_cycle(keys);
       return keys.finish(GrantSeat{id});
     }},
    {"offer-seat", "programme=PROGRAMME cycle=CYCLE answer_by=YYYY-MM-DD",
     [](Keys keys) {
       const auto id = read_cycle(keys);
       const auto answer_by = keys.day("answer_by");
       return keys.finish(OfferSeat{id, answer_by});
     }},
    {"accept-offer", "application=REF",
     [](Keys keys) {
       const auto application = keys.given("application");
       return keys.finish(AcceptOffer{application});
     }},
    {"decline-offer", "application=REF reason=TEXT",
     [](Keys keys) {
       const auto application = keys.given("application"), reason = keys.given("reason");
       return keys.finish(DeclineOffer{application, reason});
     }},
    {"undo-import", "batch=BATCH reason=TEXT and, if you like, rows=N",
     [](Keys keys) {
       const auto batch = keys.given("batch"), reason = keys.given("reason");
       const auto rows = keys.count("rows");
       return keys.finish(UndoImport{batch, reason, rows});
     }},
    {"decide", "programme=PROGRAMME cycle=CYCLE",
     [](Keys keys) {
       const auto id = read_cycle(keys);
       return keys.finish(DecideCycle{id});
     }},
    {"charter-add", "text=TOML",
     [](Keys keys) {
       const auto text = keys.needed("text");
       return keys.finish(AdoptCharter{text});
     }},
    {"role-grant", "person=PERSON role=ROLE reason=TEXT and, if you like, programme=PROGRAMME unit=UNIT until=YYYY-MM-DD",
     [](Keys keys) { return read_role(std::move(keys), true); }},
    {"role-end", "person=PERSON role=ROLE reason=TEXT and, as it was granted, programme=PROGRAMME unit=UNIT",
     [](Keys keys) { return read_role(std::move(keys), false); }},
    {"place-hold", "person=STAFF_NUMBER reason=TEXT",
     [](Keys keys) {
       const auto person = keys.needed("person"), reason = keys.needed("reason");
       return keys.finish(PlaceHold{person, reason});
     }},
    {"lift-hold", "person=STAFF_NUMBER reason=TEXT",
     [](Keys keys) {
       const auto person = keys.needed("person"), reason = keys.needed("reason");
       return keys.finish(LiftHold{person, reason});
     }},
    {"erase", "person=ID known_until=YYYY-MM-DD reason=TEXT",
     [](Keys keys) {
       const PersonId person{keys.needed("person")};
       const auto known_until = keys.day("known_until");
       const auto reason = keys.needed("reason");
       return keys.finish(ErasePerson{person, known_until, reason});
     }},
    {"expire-cohort", "programme=PROGRAMME cycle=CYCLE",
     [](Keys keys) {
       const auto id = read_cycle(keys);
       return keys.finish(ExpireCohort{id});
     }},
    {"break-glass", "about=PROGRAMME/CYCLE|PERSON classes=CLASS,.. minutes=N reason=TEXT told=STAFF_NUMBER", read_glass},
    {"review-glass", "glass=ID finding=proper|improper|unclear reason=TEXT",
     [](Keys keys) {
       const auto glass = keys.needed("glass"), finding = keys.needed("finding"), reason = keys.needed("reason");
       return keys.finish(ReviewGlass{glass, finding, reason});
     }},
    {"rectify-staff", "staff_number=STAFF_NUMBER reason=TEXT COLUMN=VALUE ...", read_rectify_staff},
    {"rectify-form", "application=REF reason=TEXT COLUMN=VALUE ...", read_rectify_form},
};

// What each body was read from.
struct Writer {
  KeyValues out;

  void add(std::string_view key, std::string_view value) {
    if (!value.empty()) out.emplace_back(key, value);
  }
  void must(std::string_view key, std::string_view value) { out.emplace_back(key, value); }
  void cycle(const CycleId& id) { must("programme", id.programme), must("cycle", id.cycle); }

  template <class Body>
  void operator()(const Body&) {}
  void operator()(const Act& c) {
    add("ref", c.ref), add("programme", c.programme), add("cycle", c.cycle), add("client", c.client), add("coach", c.coach);
    if (c.session) add("session", std::to_string(*c.session));
    if (c.held_on) add("held_on", to_text(*c.held_on));
    add("minutes", c.minutes), add("rating", c.rating), add("reason", c.reason), add("comment", c.comment);
  }
  void operator()(const DecideReferral& c) {
    must("application", c.application), must("outcome", c.eligible ? "eligible" : "not-eligible"), must("reason", c.reason);
  }
  void operator()(const DecideCycle& c) { cycle(c.cycle); }
  void operator()(const GrantSeat& c) { cycle(c.cycle); }
  void operator()(const OfferSeat& c) { cycle(c.cycle), must("answer_by", to_text(c.answer_by)); }
  void operator()(const AcceptOffer& c) { must("application", c.application); }
  void operator()(const DeclineOffer& c) { must("application", c.application), must("reason", c.reason); }
  void operator()(const UndoImport& c) {
    must("batch", c.batch), must("reason", c.reason);
    if (c.rows) add("rows", std::to_string(*c.rows));
  }
  void operator()(const AdoptCharter& c) { must("text", c.text); }
  void operator()(const GrantRole& c) {
    must("person", c.person), must("role", c.role), add("programme", c.programme), add("unit", c.unit);
    if (c.last_day) add("until", to_text(*c.last_day));
    must("reason", c.reason);
  }
  void operator()(const EndRole& c) {
    must("person", c.person), must("role", c.role), add("programme", c.programme), add("unit", c.unit), must("reason", c.reason);
  }
  void operator()(const PlaceHold& c) { must("person", c.person), must("reason", c.reason); }
  void operator()(const LiftHold& c) { must("person", c.person), must("reason", c.reason); }
  void operator()(const ErasePerson& c) { must("person", c.person.value), must("known_until", to_text(c.known_until)), must("reason", c.reason); }
  void operator()(const ExpireCohort& c) { cycle(c.cycle); }
  void operator()(const BreakGlass& c) {
    must("about", c.person.empty() ? c.about.text() : c.person), must("classes", fmt::format("{}", fmt::join(c.classes, ",")));
    must("minutes", std::to_string(c.minutes)), must("reason", c.reason), must("told", c.told);
  }
  void operator()(const ReviewGlass& c) { must("glass", c.glass), must("finding", c.finding), must("reason", c.reason); }
  void operator()(const RectifyStaff& c) {
    must("staff_number", c.staff_number), must("reason", c.reason);
    out.insert(out.end(), c.values.begin(), c.values.end());
  }
  void operator()(const RectifyForm& c) {
    must("application", c.application), must("reason", c.reason);
    out.insert(out.end(), c.values.begin(), c.values.end());
  }
};

}  // namespace

Result<CommandBody> read_action_text(std::string_view action, KeyValues values) {
  for (const auto& reader : kReaders) {
    if (reader.action == action) return reader.read(Keys(action, reader.usage, std::move(values)));
  }
  if (action == "request-own-pairing") action = "request-pairing";  // the table names apart what the charter tells apart
  const auto it = std::find(std::begin(kActionNames), std::end(kActionNames), action);
  if (it == std::end(kActionNames)) return Error{Fault::kRejected, fmt::format("found action \"{}\"", printable(action))};
  DAYBOOK_TRY(auto act, read_action(static_cast<Action>(it - std::begin(kActionNames)), values));
  return CommandBody(std::move(act));
}

KeyValues values_of(const Command& command) {
  Writer writer;
  std::visit(writer, command.body);
  if (command.happened_at) writer.add("at", to_text(*command.happened_at));
  return std::move(writer.out);
}

std::string to_lines(const KeyValues& values) {
  std::string lines;
  for (const auto& [key, value] : values) {
    lines += key + "=";
    for (const char c : value) {
      if (c == '\n' || c == '\\') lines += '\\';
      lines += c == '\n' ? 'n' : c;
    }
    lines += "\n";
  }
  return lines;
}

KeyValues from_lines(std::string_view lines) {
  KeyValues values;
  bool in_value = false, escaped = false;
  std::pair<std::string, std::string> one;
  for (const char c : lines) {
    if (!in_value) {
      c == '=' ? void(in_value = true) : one.first.push_back(c);
    } else if (escaped) {
      one.second.push_back(c == 'n' ? '\n' : c);
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (c == '\n') {
      values.push_back(std::exchange(one, {}));
      in_value = false;
    } else {
      one.second.push_back(c);
    }
  }
  return values;
}

}  // namespace daybook
