// Between events and bytes. What is confidential is read here from the text of the schema, apart from the reflection
// that the codec uses, and the commitments are worked out by hand.
#include "ledger/codec.h"

#include <algorithm>
#include <boost/core/demangle.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <tuple>

#include "tests/ledger/reflected_codec.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using namespace std::chrono_literals;

// ---- The schema, read as text.

struct SchemaField {
  uint16_t number = 0;
  std::string name, type, field_class, owner;
};
struct Schema {
  std::vector<std::string> order;                         // kinds as the union of bodies has them
  std::map<std::string, std::vector<SchemaField>> kinds;  // structs that have a stream
  std::vector<std::string> classes, owners;
};

Schema read_schema() {
  std::ifstream file(DAYBOOK_SOURCE_DIR "/ledger/schema/event.capnp");
  REQUIRE(file.good());
  Schema schema;
  std::string line, structure, enumeration;
  std::smatch found;
  bool in_body = false;
  while (std::getline(file, line)) {
    if (std::regex_search(line, found, std::regex(R"(^struct (\w+) (\$stream)?)"))) structure = found[2].matched ? found[1].str() : "";
    if (std::regex_search(line, found, std::regex(R"(^enum (\w+))"))) enumeration = found[1];
    if (line == "}") structure.clear(), enumeration.clear();
    if (line.find("body :union") != std::string::npos) in_body = true;
    if (in_body && std::regex_search(line, found, std::regex(R"(^ +\w+ @\d+ :(\w+);)"))) schema.order.push_back(found[1]);
    if (in_body && line == "  }") in_body = false;
    if (std::regex_search(line, found, std::regex(R"(^  (\w+) @\d+;)"))) {
      if (enumeration == "Class") schema.classes.push_back(found[1]);
      if (enumeration == "Owner") schema.owners.push_back(found[1]);
    }
    if (!structure.empty() && std::regex_search(line, found, std::regex(R"(^  (\w+) @(\d+) :([\w()]+)([^;]*);)"))) {
      SchemaField field{static_cast<uint16_t>(std::stoi(found[2])), found[1], found[3], "", ""};
      const std::string notes = found[4];
      if (std::regex_search(notes, found, std::regex(R"(\$class\((\w+)\))"))) field.field_class = found[1];
      if (std::regex_search(notes, found, std::regex(R"(\$owner\((\w+)\))"))) field.owner = found[1];
      schema.kinds[structure].push_back(field);
    }
  }
  return schema;
}

const Schema& schema() {
  static const Schema read = read_schema();
  return read;
}

template <size_t... I>
std::vector<std::string> body_names(std::index_sequence<I...>) {
  return {boost::core::demangle(typeid(std::variant_alternative_t<I, Body>).name())...};
}
std::string name_of(const Body& body) {
  static const auto names = body_names(std::make_index_sequence<std::variant_size_v<Body>>());
  return names.at(body.index()).substr(std::string("daybook::").size());
}

// ---- One event of each kind, every field with a value of its own.

const Day kDay = *parse_day("2024-02-29"), kLater = *parse_day("1969-12-31");

std::vector<Body> bodies() {
  return {
      CharterAdopted{"prog", 3, "CDT", "title = \"\xc3\xa9\"\n"},
      CycleOpened{"prog", "2024", 4, kDay, kLater, "Europe/Zurich", 350},
      ImportStarted{"batch7", "staff", "", ""},
      ImportFinished{"batch7", 1, UINT64_MAX, 3},
      RowRefused{"batch7", "staff", 12, "request-pairing", "P1", "coach-full", "prog", "2024", 99, "", "a coach with a free place"},
      StaffRecorded{},
      ParticipationRecorded{},
      CoachRecorded{"prog", "accepted", 12, true, {}, {}, {}, {}, {}, {}, {}, {}},
      ApplicationSubmitted{"A1", "prog", "2024", kDay, {}, {}, {}, {}, {}, {}},
      EligibilityDecided{"A1",
                         "prog",
                         "2024",
                         "referred",
                         kDay,
                         "2024a",
                         {{"contract", "met", "regular", "7"}, {"service", "failed", "12", "7;9"}, {"x", "referred", "", ""}},
                         {"", "", ""}},
      ReferralDecided{"A1", "prog", "2024", "eligible", {}},
      SeatGranted{"A1", "prog", "2024", 350, true},
      WaitlistJoined{"A1", "prog", "2024", 7},
      PairingRequested{"P1", "prog", "2024", "coachid", "A1"},
      PairingAccepted{"P1", kDay, kLater, true},
      PairingDeclined{"P1", {}},
      PairingEnded{"P1", kLater, {}},
      WindowExtended{"P1", kLater, kDay, {}},
      SessionMarkedDone{"P1", UINT32_MAX, kDay, true, false, true, {}},
      SessionMarkedMissed{"P1", 4, kDay, true, {}},
      SessionWithdrawn{"P1", 4, true, {}},
      FeedbackGiven{"P1", 4, {}, {}},
      RecordViewed{"show", {"s1", "s2"}, {"contact"}, "prog", "2024", UINT64_MAX, true, {}, {}, true, 17, "DHRM"},
      TailDropped{"programme/000012.log", 4711, UINT64_MAX},
      RowUndone{"batch7", UINT64_MAX, 13, {}, "prog", "2024"},
      WindowElapsed{"P1", kDay, 3, "2024a"},
      CycleClosed{"prog", "2024", kLater, "2024a"},
      SeatOffered{"A1", "prog", "2024", kDay},
      OfferDeclined{"A1", "prog", "2024", {}},
      OfferExpired{"A1", "prog", "2024", kLater, UINT32_MAX, "2024a"},
      EditionPublished{"prog", "2024", "sponsor", 3, kDay, UINT64_MAX, 11, "{}"},
      LedgerRestored{"ledger.example/2", "ledger.example", UINT64_MAX, "cm9vdA==", {}},
      ProposalMade{"p7", "erase", "prog", "2024", {}, {}},
      ProposalClosed{"p7", "seconded", {}, "prog", "2024"},
      RoleGranted{"administrator", "prog", "DHRM", kLater, true, {}},
      RoleEnded{"administrator", "prog", "DHRM", {}, true},
      GlassBroken{"g7", {"contact", "registration"}, "prog", "2024", UINT64_MAX, "personid", {}},
      GlassReviewed{"g7", "proper", {}},
      PersonErased{19, UINT64_MAX, kDay},
      ErasureCertified{4712, UINT32_MAX, kLater},
      HoldPlaced{{}},
      HoldLifted{{}},
      FormRectified{"A1", "prog", "2024", {}, {}, {}, {}, {}, {}},
      WrappingKeyChanged{1, UINT32_MAX, UINT64_MAX},
      CohortExpired{"prog", "2024", UINT64_MAX},
      LooksExpired{UINT64_MAX, 365},
  };
}

// The confidential fields of each kind, in order of number.
using Texts = std::vector<std::string*>;
template <class T>
Texts secrets(T&) {
  return {};
}
Texts secrets(ImportStarted& e) { return {&e.operator_name, &e.file_digest}; }
Texts secrets(RowRefused& e) { return {&e.saw}; }
Texts secrets(RowUndone& e) { return {&e.reason}; }
Texts secrets(StaffRecorded& e) {
  return {&e.staff_number,          &e.name,       &e.email,       &e.organisation,  &e.entity, &e.duty_station, &e.country,   &e.region,
          &e.job_network,           &e.grade,      &e.post,        &e.contract_type, &e.gender, &e.languages,    &e.time_zone, &e.entry_on_duty,
          &e.training_completed_on, &e.supervisor, &e.separated_on};
}
Texts secrets(ParticipationRecorded& e) { return {&e.programme, &e.sponsor, &e.edition, &e.sessions_done}; }
Texts secrets(CoachRecorded& e) {
  return {&e.credential_kind, &e.training_hours, &e.credential_reference, &e.pledged_on, &e.reviewed_on, &e.areas, &e.languages, &e.time_zone};
}
Texts secrets(ApplicationSubmitted& e) { return {&e.form_version, &e.commitment, &e.goal_type, &e.languages, &e.time_zone, &e.motivation}; }
Texts secrets(EligibilityDecided& e) {
  Texts texts;
  for (auto& fact : e.facts) texts.push_back(&fact);
  return texts;
}
Texts secrets(ReferralDecided& e) { return {&e.reason}; }
Texts secrets(PairingDeclined& e) { return {&e.reason}; }
Texts secrets(PairingEnded& e) { return {&e.reason}; }
Texts secrets(WindowExtended& e) { return {&e.reason}; }
Texts secrets(SessionMarkedDone& e) { return {&e.minutes}; }
Texts secrets(SessionMarkedMissed& e) { return {&e.minutes}; }
Texts secrets(SessionWithdrawn& e) { return {&e.reason}; }
Texts secrets(FeedbackGiven& e) { return {&e.rating, &e.comment}; }
Texts secrets(OfferDeclined& e) { return {&e.reason}; }
Texts secrets(LedgerRestored& e) { return {&e.reason}; }
Texts secrets(ProposalMade& e) { return {&e.arguments, &e.reason}; }
Texts secrets(ProposalClosed& e) { return {&e.reason}; }
Texts secrets(RoleGranted& e) { return {&e.reason}; }
Texts secrets(RoleEnded& e) { return {&e.reason}; }
Texts secrets(GlassBroken& e) { return {&e.reason}; }
Texts secrets(GlassReviewed& e) { return {&e.reason}; }
Texts secrets(HoldPlaced& e) { return {&e.reason}; }
Texts secrets(HoldLifted& e) { return {&e.reason}; }
Texts secrets(FormRectified& e) { return {&e.form_version, &e.commitment, &e.languages, &e.time_zone, &e.motivation, &e.reason}; }
Texts secrets(RecordViewed& e) { return {&e.purpose, &e.operator_name}; }
Texts secrets_of(Body& body) {
  return std::visit([](auto& e) { return secrets(e); }, body);
}

// All fields of a kind, to compare.
auto fields(const CharterAdopted& e) { return std::tie(e.programme, e.version, e.sponsor, e.text); }
auto fields(const CycleOpened& e) { return std::tie(e.programme, e.cycle, e.charter_version, e.opens_on, e.closes_on, e.time_zone, e.seats); }
auto fields(const ImportStarted& e) { return std::tie(e.batch, e.sheet, e.operator_name, e.file_digest); }
auto fields(const ImportFinished& e) { return std::tie(e.batch, e.recorded, e.refused, e.unchanged); }
auto fields(const RowRefused& e) {
  return std::tie(e.batch, e.sheet, e.row, e.action, e.ref, e.reason, e.programme, e.cycle, e.blocked_by, e.saw, e.wants);
}
auto fields(const StaffRecorded& e) {
  return std::tie(e.staff_number, e.name, e.email, e.organisation, e.entity, e.duty_station, e.country, e.region, e.job_network, e.grade, e.post,
                  e.contract_type, e.gender, e.languages, e.time_zone, e.entry_on_duty, e.training_completed_on, e.supervisor, e.separated_on);
}
auto fields(const ParticipationRecorded& e) { return std::tie(e.programme, e.sponsor, e.edition, e.sessions_done); }
auto fields(const CoachRecorded& e) {
  return std::tie(e.programme, e.review, e.capacity, e.pledged, e.credential_kind, e.training_hours, e.credential_reference, e.pledged_on,
                  e.reviewed_on, e.areas, e.languages, e.time_zone);
}
auto fields(const ApplicationSubmitted& e) {
  return std::tie(e.application, e.programme, e.cycle, e.submitted_on, e.form_version, e.commitment, e.goal_type, e.languages, e.time_zone,
                  e.motivation);
}
auto fields(const EligibilityDecided& e) {
  return std::tie(e.application, e.programme, e.cycle, e.outcome, e.as_of, e.zone_data, e.criteria);  // without facts, which are a list
}
auto fields(const ReferralDecided& e) { return std::tie(e.application, e.programme, e.cycle, e.outcome, e.reason); }
auto fields(const SeatGranted& e) { return std::tie(e.application, e.programme, e.cycle, e.seat, e.from_waitlist); }
auto fields(const WaitlistJoined& e) { return std::tie(e.application, e.programme, e.cycle, e.rank); }
auto fields(const PairingRequested& e) { return std::tie(e.pairing, e.programme, e.cycle, e.coach, e.application); }
auto fields(const PairingAccepted& e) { return std::tie(e.pairing, e.paired_on, e.window_last, e.sets_window); }
auto fields(const PairingDeclined& e) { return std::tie(e.pairing, e.reason); }
auto fields(const PairingEnded& e) { return std::tie(e.pairing, e.ended_on, e.reason); }
auto fields(const WindowExtended& e) { return std::tie(e.pairing, e.old_last, e.new_last, e.reason); }
auto fields(const SessionMarkedDone& e) { return std::tie(e.pairing, e.session, e.held_on, e.sponsored, e.unsponsored, e.outside_window, e.minutes); }
auto fields(const SessionMarkedMissed& e) { return std::tie(e.pairing, e.session, e.held_on, e.same_miss, e.minutes); }
auto fields(const SessionWithdrawn& e) { return std::tie(e.pairing, e.session, e.gives_back, e.reason); }
auto fields(const FeedbackGiven& e) { return std::tie(e.pairing, e.session, e.rating, e.comment); }
auto fields(const RowUndone& e) { return std::tie(e.batch, e.row, e.stands_again, e.reason, e.programme, e.cycle); }
auto fields(const TailDropped& e) { return std::tie(e.file, e.offset, e.bytes); }
auto fields(const WindowElapsed& e) { return std::tie(e.pairing, e.window_last, e.sessions_left, e.zone_data); }
auto fields(const CycleClosed& e) { return std::tie(e.programme, e.cycle, e.closes_on, e.zone_data); }
auto fields(const SeatOffered& e) { return std::tie(e.application, e.programme, e.cycle, e.answer_by); }
auto fields(const OfferDeclined& e) { return std::tie(e.application, e.programme, e.cycle, e.reason); }
auto fields(const OfferExpired& e) { return std::tie(e.application, e.programme, e.cycle, e.answer_by, e.rank, e.zone_data); }
auto fields(const EditionPublished& e) { return std::tie(e.programme, e.cycle, e.audience, e.edition, e.due_on, e.counted_to, e.minimum, e.tables); }
auto fields(const LedgerRestored& e) { return std::tie(e.origin, e.former_origin, e.former_size, e.former_root, e.reason); }
auto fields(const ProposalMade& e) { return std::tie(e.proposal, e.action, e.programme, e.cycle, e.arguments, e.reason); }
auto fields(const ProposalClosed& e) { return std::tie(e.proposal, e.outcome, e.reason, e.programme, e.cycle); }
auto fields(const RoleGranted& e) { return std::tie(e.role, e.programme, e.unit, e.last_day, e.alone, e.reason); }
auto fields(const RoleEnded& e) { return std::tie(e.role, e.programme, e.unit, e.reason, e.alone); }
auto fields(const GlassBroken& e) { return std::tie(e.glass, e.classes, e.programme, e.cycle, e.ends_at, e.told, e.reason); }
auto fields(const GlassReviewed& e) { return std::tie(e.glass, e.finding, e.reason); }
auto fields(const PersonErased& e) { return std::tie(e.records, e.rows, e.repeat_until); }
auto fields(const ErasureCertified& e) { return std::tie(e.erased, e.key_version, e.backup_horizon); }
auto fields(const HoldPlaced& e) { return std::tie(e.reason); }
auto fields(const HoldLifted& e) { return std::tie(e.reason); }
auto fields(const FormRectified& e) {
  return std::tie(e.application, e.programme, e.cycle, e.form_version, e.commitment, e.languages, e.time_zone, e.motivation, e.reason);
}
auto fields(const WrappingKeyChanged& e) { return std::tie(e.retired, e.version, e.owners); }
auto fields(const CohortExpired& e) { return std::tie(e.programme, e.cycle, e.records); }
auto fields(const LooksExpired& e) { return std::tie(e.through, e.kept_days); }
auto fields(const RecordViewed& e) {
  return std::tie(e.verb, e.subjects, e.classes, e.programme, e.cycle, e.book_end, e.authenticated, e.purpose, e.operator_name, e.denied, e.glass,
                  e.unit);
}
bool same_body(const Body& a, const Body& b) {
  return a.index() == b.index() && std::visit([&](const auto& e) { return fields(e) == fields(std::get<std::decay_t<decltype(e)>>(b)); }, a);
}

Event event_with(Body body) {
  Event event;
  auto& envelope = event.envelope;
  envelope.position = Position{UINT64_MAX - 1};
  envelope.event_id = std::string("\0ID of 16 bytes\xff", 16);
  envelope.stream = "pairing/P00017";
  envelope.version = 1ull << 40;
  envelope.recorded_at = Instant{1'700'000'000'123'456us};
  envelope.happened_at = Instant{-1us};
  envelope.provenance = {PersonId{"actorid"}, "coach", PersonId{"clerkid"}, Channel::kService, "batch7", UINT32_MAX};
  envelope.subject = PersonId{"subjectid"};
  envelope.correlation = std::string(
      "\xff"
      "correlation 16\0",
      16);
  envelope.caused_by = 17;
  envelope.corrects = 18;
  envelope.charter_version = 19;
  envelope.idempotency_key = std::string("key\0\xff", 5);
  event.body = std::move(body);
  return event;
}

// Puts random values into every field: empty and long texts, any bits of a number, any count of a list.
class Scrambler {
 public:
  explicit Scrambler(uint64_t seed) : random_(seed) {}
  uint64_t number() { return random_() >> random_() % 64; }
  std::string text() {
    std::string text(number() % 8 == 0 ? random_() % 3000 : random_() % 40, ' ');
    for (auto& c : text) c = static_cast<char>(' ' + random_() % 90);
    return text;
  }
  void operator()(std::string& value) { value = text(); }
  void operator()(bool& value) { value = random_() % 2 == 0; }
  void operator()(uint32_t& value) { value = static_cast<uint32_t>(number()); }
  void operator()(uint64_t& value) { value = number(); }
  void operator()(Day& value) { value = Day{std::chrono::days{static_cast<int32_t>(number())}}; }
  void operator()(std::vector<std::string>& values) {
    values.resize(random_() % 6);
    for (auto& value : values) value = text();
  }
  void operator()(std::vector<Criterion>& values) {
    values.resize(random_() % 6);
    for (auto& value : values) value = {text(), text(), text(), text()};
  }

 private:
  std::mt19937_64 random_;
};

const CycleId kCohort{"prog", "2024"};

EncodedEvent encoded(const Event& event, uint64_t seed = 1) {
  SeededRandomness randomness(seed);
  auto result = encode(event, kCohort, randomness);
  if (result.has_error()) FAIL(result.error().message);
  return std::move(result).value();
}

Event decoded(std::string_view entry) {
  auto result = decode(as_bytes(entry));
  if (result.has_error()) FAIL(result.error().message);
  return std::move(result).value();
}

// Each kind with a text in every confidential field that stands nowhere else.
std::vector<Body> marked_bodies() {
  auto all = bodies();
  for (auto& body : all) {
    int count = 0;
    for (auto* text : secrets_of(body)) *text = "SECRET of " + name_of(body) + " no. " + std::to_string(count++);
  }
  return all;
}

// What the log should commit to: number, class, owner, value of every confidential field.
struct Confidential {
  uint16_t number;
  std::string field_class, owner, value;
};
std::vector<Confidential> confidential(Body body) {
  std::vector<Confidential> all;
  auto texts = secrets_of(body);
  size_t next = 0;
  for (const auto& field : schema().kinds.at(name_of(body))) {
    if (field.field_class == "open") continue;
    const std::string owner = field.owner == "cohort" ? "cohort/prog/2024" : field.owner == "actor" ? "person/actorid" : "person/subjectid";
    if (field.type == "List(Text)") {
      for (size_t item = 0; next < texts.size(); ++item) {
        all.push_back({static_cast<uint16_t>(256 * (item + 1) + field.number), field.field_class, owner, *texts[next++]});
      }
    } else {
      all.push_back({field.number, field.field_class, owner, *texts.at(next++)});
    }
  }
  REQUIRE(next == texts.size());
  return all;
}

const std::string* sealed_value(const EncodedEvent& event, const Confidential& field, Hash& seed) {
  for (const auto& [field_class, record] : event.sealed) {
    if (class_name(field_class) != field.field_class) continue;
    CHECK(record.owner == field.owner);
    seed = record.seed;
    return record.find(field.number);
  }
  return nullptr;
}

std::string number_bytes(uint16_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)}; }

}  // namespace

TEST_CASE("every field has a class; every confidential one has an owner and is text", "[codec][S0-06]") {
  REQUIRE(schema().kinds.size() == std::variant_size_v<Body>);
  const std::set<std::string> classes(schema().classes.begin(), schema().classes.end());

  for (const auto& [kind, fields] : schema().kinds) {
    for (const auto& field : fields) {
      INFO(kind << "." << field.name);
      CHECK(classes.contains(field.field_class));
      if (field.field_class == "open") {
        CHECK(field.owner.empty());
      } else {
        CHECK((field.owner == "subject" || field.owner == "actor" || field.owner == "cohort"));
        CHECK((field.type == "Text" || field.type == "List(Text)"));
      }
    }
  }
}

TEST_CASE("the kinds are those of the schema, in the order of its union, named as their structs", "[codec]") {
  REQUIRE(kinds().size() == std::variant_size_v<Body>);
  const auto all = bodies();
  REQUIRE(all.size() == kinds().size());

  for (size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i].index() == i);
    CHECK(kinds()[i].name == name_of(all[i]));
    CHECK(kinds()[i].name == schema().order.at(i));
    CHECK(&kind_of(all[i]) == &kinds()[i]);
    CHECK_FALSE(kinds()[i].stream.empty());
    CHECK_FALSE(kinds()[i].requirements.empty());
  }
}

TEST_CASE("what reflection says of a field is what the schema's text says", "[codec][S0-06]") {
  for (const auto& kind : kinds()) {
    const auto& want = schema().kinds.at(kind.name);
    REQUIRE(kind.fields.size() == want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      INFO(kind.name << "." << want[i].name);
      const auto& field = kind.fields[i];
      CHECK(field.number == want[i].number);
      CHECK(field.name == want[i].name);
      CHECK(class_name(field.field_class) == want[i].field_class);
      CHECK(schema().owners.at(static_cast<size_t>(field.owner)) == (want[i].owner.empty() ? "nobody" : want[i].owner));
      CHECK(field.list == want[i].type.starts_with("List("));
    }
  }
}

TEST_CASE("each kind of event comes back with its envelope and open fields, and without the confidential ones", "[codec]") {
  for (const auto& body : marked_bodies()) {
    INFO(name_of(body));
    const Event event = event_with(body);

    const Event back = decoded(encoded(event).entry);

    Body open = body;
    for (auto* text : secrets_of(open)) text->clear();
    CHECK(same_body(back.body, open));
    const auto &a = back.envelope, &b = event.envelope;
    CHECK(a.position == b.position);
    CHECK(a.event_id == b.event_id);
    CHECK(a.stream == b.stream);
    CHECK(a.version == b.version);
    CHECK(a.recorded_at == b.recorded_at);
    CHECK(a.happened_at == b.happened_at);
    CHECK(a.provenance.actor == b.provenance.actor);
    CHECK(a.provenance.role == b.provenance.role);
    CHECK(a.provenance.recorded_by == b.provenance.recorded_by);
    CHECK(a.provenance.channel == b.provenance.channel);
    CHECK(a.provenance.batch == b.provenance.batch);
    CHECK(a.provenance.row == b.provenance.row);
    CHECK(a.subject == b.subject);
    CHECK(a.correlation == b.correlation);
    CHECK(a.caused_by == b.caused_by);
    CHECK(a.corrects == b.corrects);
    CHECK(a.charter_version == b.charter_version);
    CHECK(a.idempotency_key == b.idempotency_key);
    for (auto* text : secrets_of(const_cast<Body&>(back.body))) CHECK(text->empty());
  }
}

TEST_CASE("no confidential value stands in an entry: each stands in the sealed record of its class and owner", "[codec][S0-06]") {
  for (const auto& body : marked_bodies()) {
    INFO(name_of(body));
    const EncodedEvent event = encoded(event_with(body));
    const auto wanted = confidential(body);

    CHECK(event.entry.find("SECRET") == std::string::npos);
    size_t values = 0;
    for (const auto& [field_class, record] : event.sealed) {
      CHECK_FALSE(record.values.empty());
      CHECK(std::is_sorted(record.values.begin(), record.values.end()));
      values += record.values.size();
    }
    CHECK(values == wanted.size());
    CHECK(std::is_sorted(event.sealed.begin(), event.sealed.end(), [](const auto& a, const auto& b) { return a.first < b.first; }));
    for (const auto& field : wanted) {
      Hash seed;
      const auto* value = sealed_value(event, field, seed);
      REQUIRE(value != nullptr);
      CHECK(*value == field.value);
    }
  }
}

TEST_CASE("an entry commits to each confidential field, empty ones too, sorted by number", "[codec][S0-06]") {
  for (const bool empty : {false, true}) {
    for (const auto& body : empty ? bodies() : marked_bodies()) {
      INFO(name_of(body) << (empty ? " with empty fields" : ""));
      const EncodedEvent event = encoded(event_with(body));
      const auto wanted = confidential(body);

      const auto commitments = commitments_of(as_bytes(event.entry));

      REQUIRE(commitments.has_value());
      REQUIRE(commitments.value().size() == wanted.size());
      for (size_t i = 0; i < wanted.size(); ++i) {
        const auto& [number, digest] = commitments.value()[i];
        Hash seed;
        REQUIRE(sealed_value(event, wanted[i], seed) != nullptr);
        CHECK(number == wanted[i].number);
        CHECK(to_hex(digest) == to_hex(commitment(seed, wanted[i].number, wanted[i].value)));
        const std::string field = number_bytes(wanted[i].number);
        const Hash salt = hmac_sha256(seed, {as_bytes(field)});
        CHECK(to_hex(digest) == to_hex(sha256({as_bytes("\x02"), salt, as_bytes(field), as_bytes(wanted[i].value)})));
      }
    }
  }
}

TEST_CASE("random events of every kind have the bytes, and come back with the fields, that slow reflection gives them", "[codec]") {
  Scrambler scrambler(20240229);
  Event reused;  // read into again and again, of whatever kind it was before
  for (int round = 0; round < 200; ++round) {
    for (auto body : bodies()) {
      INFO(name_of(body) << ", round " << round);
      std::visit([&](auto& e) { describe(scrambler, e); }, body);
      Event event = event_with(body);
      for (auto* text : {&event.envelope.stream, &event.envelope.provenance.role, &event.envelope.subject.value}) *text = scrambler.text();
      const auto made = encoded(event, static_cast<uint64_t>(round));

      CHECK(made.entry == reflected_entry(event, commitments_of(as_bytes(made.entry)).value()));

      REQUIRE(decode_into(reused, as_bytes(made.entry)).has_value());
      Event slow;
      slow.body = bodies()[body.index()];
      std::visit([](auto& e) { e = {}; }, slow.body);
      reflected_body(made.entry, slow);
      CHECK(same_body(reused.body, slow.body));
      if (const auto* decided = std::get_if<EligibilityDecided>(&reused.body)) CHECK(decided->facts.empty());
      CHECK(reused.envelope.stream == event.envelope.stream);
      CHECK(reused.envelope.provenance.role == event.envelope.provenance.role);
      CHECK(reused.envelope.subject == event.envelope.subject);
    }
  }
}

TEST_CASE("two events with the same values have seeds and commitments of their own", "[codec][S0-06]") {
  SeededRandomness randomness;
  for (const auto& body : marked_bodies()) {
    INFO(name_of(body));
    const auto first = encode(event_with(body), kCohort, randomness).value(), second = encode(event_with(body), kCohort, randomness).value();

    std::set<Hash> seeds, digests;
    for (const auto* event : {&first, &second}) {
      for (const auto& [field_class, record] : event->sealed) CHECK(seeds.insert(record.seed).second);
      const auto commitments = commitments_of(as_bytes(event->entry)).value();
      for (const auto& [number, digest] : commitments) CHECK(digests.insert(digest).second);
    }
  }
}

TEST_CASE("an entry of more than 65,535 bytes is refused; a long confidential value does not count", "[codec]") {
  SeededRandomness randomness;

  const auto large = encode(event_with(CharterAdopted{"prog", 1, "CDT", std::string(65'536, 'x')}), kCohort, randomness);
  const auto secret = encode(event_with(PairingDeclined{"P1", std::string(100'000, 'x')}), kCohort, randomness);

  REQUIRE(large.has_error());
  CHECK(large.error().fault == Fault::kRejected);
  CHECK_FALSE(large.error().message.empty());
  REQUIRE(secret.has_value());
  CHECK(secret.value().entry.size() < 2'000);

  size_t largest = 0;
  for (size_t size = 64'000; size < 65'536; ++size) {
    const auto entry = encode(event_with(CharterAdopted{"prog", 1, "CDT", std::string(size, 'x')}), kCohort, randomness);
    if (entry.has_error()) break;
    REQUIRE(entry.value().entry.size() <= kEntryBytesMax);
    largest = entry.value().entry.size();
    REQUIRE(std::get<CharterAdopted>(decoded(entry.value().entry).body).text.size() == size);
  }
  CHECK(largest > kEntryBytesMax - 8);
}

TEST_CASE("an entry is read at any address", "[codec]") {
  for (const auto& body : marked_bodies()) {
    const std::string entry = encoded(event_with(body)).entry;
    for (size_t shift = 0; shift < 8; ++shift) {
      const std::string moved = std::string(shift, 'x') + entry;
      REQUIRE(same_body(decoded(std::string_view(moved).substr(shift)).body, decoded(entry).body));
    }
  }
}

TEST_CASE("an entry with any one bit flipped is refused or read, and never stops the process", "[codec]") {
  size_t refused = 0, read = 0;
  for (const auto& body : marked_bodies()) {
    std::string entry = encoded(event_with(body)).entry;
    for (size_t bit = 0; bit < entry.size() * 8; ++bit) {
      entry[bit / 8] = static_cast<char>(entry[bit / 8] ^ (1 << bit % 8));
      const auto event = decode(as_bytes(entry));
      (void)commitments_of(as_bytes(entry));
      if (event.has_value()) {
        ++read;
        (void)open_fields(event.value().body);
      } else {
        ++refused;
        REQUIRE(event.error().fault == Fault::kCorrupt);
      }
      entry[bit / 8] = static_cast<char>(entry[bit / 8] ^ (1 << bit % 8));
    }
  }
  CHECK(refused > 0);
  CHECK(read > 0);
}

TEST_CASE("an entry that is cut short is refused, unless only padding went", "[codec]") {
  for (const auto& body : marked_bodies()) {
    const std::string entry = encoded(event_with(body)).entry;
    for (size_t size = 0; size < entry.size(); ++size) {
      const std::vector<uint8_t> cut(entry.begin(), entry.begin() + static_cast<long>(size));  // its own block: reading past it is found out
      INFO(name_of(body) << " cut to " << size << " of " << entry.size());
      const auto event = decode(cut);
      const auto commitments = commitments_of(cut);
      if (event.has_error()) {
        REQUIRE(event.error().fault == Fault::kCorrupt);
      } else {
        REQUIRE(size > entry.size() - 8);
        REQUIRE(same_body(event.value().body, decoded(entry).body));
        REQUIRE(event.value().envelope.idempotency_key == decoded(entry).envelope.idempotency_key);
        REQUIRE(commitments.has_value());
        REQUIRE((commitments.value() == commitments_of(as_bytes(entry)).value()));
      }
    }
  }
}

TEST_CASE("bytes that are no entry are refused", "[codec]") {
  SeededRandomness randomness(7);
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes(static_cast<size_t>(round % 300), '\0');
    randomness.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    const auto event = decode(as_bytes(bytes));
    REQUIRE(event.has_error());
    REQUIRE(event.error().fault == Fault::kCorrupt);
  }
}

TEST_CASE("a sealed record comes back as it was", "[codec]") {
  SealedRecord record;
  record.seed.fill(0xa5);
  record.values = {{0, ""}, {3, std::string("a\0b\xff", 4)}, {264, std::string(100'000, 'x')}, {65'535, "last"}};

  const auto back = decode_record(as_bytes(encode_record(record)));

  REQUIRE(back.has_value());
  CHECK(to_hex(back.value().seed) == to_hex(record.seed));
  CHECK((back.value().values == record.values));
  REQUIRE(back.value().find(3) != nullptr);
  CHECK(*back.value().find(3) == record.values[1].second);
  CHECK(back.value().find(4) == nullptr);
}

TEST_CASE("a sealed record that is flipped or cut is refused or read, and never stops the process", "[codec]") {
  SealedRecord record;
  record.values = {{0, "zero"}, {3, "three"}};
  std::string bytes = encode_record(record);

  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto back = decode_record(as_bytes(bytes));
    if (back.has_error()) REQUIRE(back.error().fault == Fault::kCorrupt);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    INFO("cut to " << size << " of " << bytes.size());
    const auto back = decode_record(std::vector<uint8_t>(bytes.begin(), bytes.begin() + static_cast<long>(size)));
    if (back.has_error()) {
      REQUIRE(back.error().fault == Fault::kCorrupt);
    } else {
      REQUIRE(back.value().values.size() < record.values.size());  // cut between two values: the seal is what tells
    }
  }
}

TEST_CASE("the open fields of an event are all of them, in the schema's order, and no other", "[codec][S0-06]") {
  for (const auto& body : marked_bodies()) {
    INFO(name_of(body));
    std::vector<std::string> want, names;
    for (const auto& field : schema().kinds.at(name_of(body))) {
      if (field.field_class == "open") want.push_back(field.name);
    }

    for (const auto& [name, text] : open_fields(body)) {
      names.push_back(name);
      CHECK(text.find("SECRET") == std::string::npos);
    }

    CHECK(names == want);
  }
  const auto fields = open_fields(RecordViewed{"show", {"s1", "s2"}, {"contact"}, "prog", "2024", 7, true, "why", "who", false, 0, ""});
  CHECK(fields[0] == std::pair<std::string, std::string>("verb", "show"));
  CHECK(fields[1] == std::pair<std::string, std::string>("subjects", "s1;s2"));
  CHECK(fields[5] == std::pair<std::string, std::string>("bookEnd", "7"));
  for (const auto& [name, text] : open_fields(bodies()[9])) {
    if (name == "criteria") CHECK(text == "contract=met;service=failed;x=referred");
  }
}

}  // namespace daybook::test
