// What a forger does to a book, and that verify() finds it and names the place. A forger who also makes the stored root
// fit is held against what the entries say of each other.
#include "ledger/verify.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <map>

#include "ledger/codec.h"
#include "tests/ledger/naive_tree.h"
#include "tests/support/made.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

// No checkpoint is signed in these books, so any key will do.
VerifierKey test_key() {
  SeededRandomness randomness;
  return SignerKey::make("test", randomness).value().verifier();
}

// A copy of a book that a test can change behind the book's back.
class ForgedLog final : public EventLog, public VaultRows {
 public:
  explicit ForgedLog(const EventLog& log) : stored_head(log.head()) {
    REQUIRE(log.read(Position{0}, log.end(), [&](Position, Bytes bytes) { return entries.emplace_back(as_text(bytes)), true; }).has_value());
    labels = log.directory(0).value();
    REQUIRE(log.vault().scan("", [&](std::string_view key, std::string_view value) { return rows.emplace(key, value), true; }).has_value());
  }

  // As a forger leaves it who can also write the stored head.
  void rehash() { stored_head = {entries.size(), naive_root(entries)}; }

  using EventLog::append;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    return std::vector<Result<Appended>>(group.size(), Result<Appended>(Error{Fault::kStorage, "a forged log takes nothing"}));
  }
  Position end() const override { return {entries.size()}; }
  TreeHead head() const override { return stored_head; }
  Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
    for (uint64_t at = from.value; at < std::min<uint64_t>(to.value, entries.size()); ++at) {
      if (!entry(Position{at}, as_bytes(entries[at]))) break;
    }
    return success();
  }
  Result<std::optional<Appended>> find(std::string_view) const override { return std::optional<Appended>{}; }
  Position wait(Position, std::chrono::milliseconds) const override { return end(); }
  const VaultRows& vault() const override { return *this; }
  Result<void> rewrite(std::span<const VaultRow>) override { return success(); }
  Result<void> purge() override { return success(); }
  // The book is too small for a full tile or an index row, and keeps no checkpoint. The directory is as it was.
  Result<std::vector<Hash>> tile(unsigned, uint64_t, uint64_t) const override { return Error{Fault::kNotFound, "no tile"}; }
  Result<std::vector<Labels>> directory(uint64_t) const override { return labels; }
  Result<std::vector<uint64_t>> bundles_with(uint32_t) const override { return std::vector<uint64_t>{}; }
  Result<std::string> index_row(uint64_t, uint8_t) const override { return Error{Fault::kNotFound, "no index"}; }
  Result<TreeHead> read_back() override { return stored_head; }
  Result<void> check_files() const override { return success(); }
  Result<void> keep_checkpoint(uint64_t, const std::string&) override { return success(); }
  Result<void> checkpoints(const std::function<bool(uint64_t, std::string_view)>&) const override { return success(); }
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto it = rows.find(std::string(key));
    return it == rows.end() ? std::nullopt : std::optional(it->second);
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    for (const auto& [key, value] : rows) {
      if (key.starts_with(prefix) && !row(key, value)) break;
    }
    return success();
  }

  std::vector<std::string> entries;
  std::vector<Labels> labels;
  std::map<std::string, std::string> rows;
  TreeHead stored_head;
};

// A season in small: every stream has several events, many with confidential fields.
ForgedLog a_book() {
  TestLedger ledger;
  const std::string cycle = "un-coaching/2023-pilot";
  ledger.accepted_coach("C1", "un-coaching", 3);
  for (const std::string client : {"U1", "U2"}) {
    ledger.seated(client, cycle);
    ledger.clock.pass(std::chrono::seconds{1});
    ledger.paired("P-" + client, cycle, client, "C1", "2023-03-01T10:00:00Z");
    for (uint32_t session = 0; session < 3; ++session) {
      ledger.done("P-" + client, session, "2023-03-02", "2023-03-03T10:00:00Z");
      ledger.feedback("P-" + client, session, "5", "2023-03-04T10:00:00Z", client);
    }
    ledger.clock.pass(std::chrono::seconds{1});
    ledger.withdraw("P-" + client, 1, "2023-03-05T10:00:00Z");
    ledger.act("end-pairing", "P-" + client, "2023-03-06T10:00:00Z");
  }
  return ForgedLog(ledger.log());
}

Event event_at(const ForgedLog& log, size_t at) {
  auto event = decode(as_bytes(log.entries.at(at)));
  REQUIRE(event.has_value());
  return std::move(event).value();
}

// The first event of `T`, or the next of the kind after `after`.
template <class T>
size_t find_kind(const ForgedLog& log, size_t from = 0) {
  for (size_t at = from; at < log.entries.size(); ++at) {
    if (std::holds_alternative<T>(event_at(log, at).body)) return at;
  }
  FAIL("no such event");
  return 0;
}

// Puts a changed event in an entry's place. Only for kinds without confidential fields: others would get new seeds.
void replace(ForgedLog& log, size_t at, const Event& event) {
  SeededRandomness randomness;
  auto encoded = encode(event, {}, randomness);
  REQUIRE(encoded.has_value());
  REQUIRE(encoded.value().sealed.empty());
  log.entries[at] = encoded.value().entry;
}

// Seals other values for an event, as a forger does who has every key.
void put_record(ForgedLog& log, size_t at, FieldClass field_class, const SealedRecord& record) {
  const auto keys = derive_vault_keys(Hash{});
  SeededRandomness randomness(9);
  std::vector<VaultRow> rows;
  REQUIRE(Vault(log, keys).add_record(event_at(log, at), field_class, record, randomness, rows).has_value());
  for (const auto& row : rows) log.rows[row.key] = *row.value;
}

std::string damage(const ForgedLog& log) {
  const auto verified = verify(log, test_key(), derive_vault_keys(Hash{}));
  if (verified.has_value()) return "nothing found";
  CHECK(verified.error().fault == Fault::kCorrupt);
  return verified.error().message;
}

std::string at(size_t position) { return "position " + std::to_string(position) + ":"; }

}  // namespace

TEST_CASE("an honest book is verified, with its head and a count of what was checked", "[verify]") {
  const ForgedLog log = a_book();
  REQUIRE(log.entries.size() > 35);
  uint64_t commitments = 0;
  for (const auto& entry : log.entries) commitments += commitments_of(as_bytes(entry)).value().size();

  const auto verified = verify(log, test_key(), derive_vault_keys(Hash{}));

  REQUIRE(verified.has_value());
  CHECK(verified.value().head == TreeHead{log.entries.size(), naive_root(log.entries)});
  CHECK(verified.value().head == log.stored_head);
  CHECK(verified.value().events == log.entries.size());
  CHECK(verified.value().commitments == commitments);
  CHECK(verified.value().values_checked == commitments);
  CHECK(commitments > 50);
}

TEST_CASE("roles of one programme and then of all, and a glass over a cycle that is reviewed, are no damage", "[verify][rights]") {
  TestLedger ledger;
  for (const auto* number : {"A1", "B1"}) ledger.staff(number);
  const auto give = [&](const std::string& who, const std::string& role, const std::string& programme) {
    REQUIRE(said(ledger.run(GrantRole{who, role, programme, "", std::nullopt, "why"})) == "recorded");
  };
  give("A1", "administrator", "iom-coaching");
  give("A1", "auditor", "");
  give("B1", "compliance-officer", "");
  REQUIRE(said(ledger.run(BreakGlass{"g1", "", {"iom-coaching", "2024"}, {"contact"}, 5, "why", "B1"}, "", "A1")) == "recorded");
  REQUIRE(said(ledger.run(ReviewGlass{"g1", "proper", "why"}, "", "B1")) == "recorded");

  const auto verified = verify(ForgedLog(ledger.log()), test_key(), ledger.keys);

  CHECK(verified.has_value());
}

TEST_CASE("an empty book is verified", "[verify]") {
  const auto log = make_memory_log();

  const auto verified = verify(*log, test_key(), derive_vault_keys(Hash{}));

  REQUIRE(verified.has_value());
  CHECK(verified.value().head == TreeHead{0, naive_root({})});
}

TEST_CASE("any one byte changed in any entry is found", "[verify]") {
  ForgedLog log = a_book();
  for (size_t position = 0; position < log.entries.size(); ++position) {
    auto& entry = log.entries[position];
    for (size_t byte = position % 37; byte < entry.size(); byte += 37) {
      entry[byte] = static_cast<char>(entry[byte] ^ 0x40);
      INFO("position " << position << " byte " << byte);
      REQUIRE(damage(log) != "nothing found");
      entry[byte] = static_cast<char>(entry[byte] ^ 0x40);
    }
  }
  CHECK(damage(log) == "nothing found");
}

TEST_CASE("a changed byte that still decodes is found by the root, which is named as found and as stored", "[verify]") {
  ForgedLog log = a_book();
  auto& entry = log.entries[find_kind<PairingRequested>(log)];
  const auto place = entry.rfind("P-U1");  // the body's, past the stream's
  REQUIRE(place != std::string::npos);
  entry[place] = 'Q';

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, "root"));
  CHECK(says(message, to_hex(log.stored_head.root)));
  CHECK(says(message, to_hex(naive_root(log.entries))));
}

TEST_CASE("an entry that does not decode is named", "[verify]") {
  ForgedLog log = a_book();
  log.entries[7] = GENERATE("", "rubbish", "rubbish of some length that is no entry at all.");
  log.rehash();

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(7)));
  CHECK(says(message, "entry"));
}

TEST_CASE("swapped, dropped, doubled and inserted entries are named by the first wrong place, also under a new root", "[verify]") {
  ForgedLog log = a_book();
  const size_t last = log.entries.size() - 1;
  size_t wrong = 9;
  switch (GENERATE(0, 1, 2, 3, 4, 5, 6)) {
    case 0:
      std::swap(log.entries[9], log.entries[10]);
      break;
    case 1:
      std::swap(log.entries[9], log.entries[20]);
      break;
    case 2:
      log.entries.erase(log.entries.begin() + 9);
      break;
    case 3:
      log.entries.insert(log.entries.begin() + 9, log.entries[8]);
      break;
    case 4:
      log.entries[9] = log.entries[8];
      break;
    case 5:
      log.entries.erase(log.entries.begin()), wrong = 0;
      break;
    case 6:
      log.entries.push_back(log.entries[last]), wrong = last + 1;
      break;
  }
  const bool rehashed = GENERATE(false, true);
  if (rehashed) log.rehash();

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(wrong)));
  CHECK(says(message, "want the one of this place"));
}

TEST_CASE("an end that was cut off is found by the stored root", "[verify]") {
  ForgedLog log = a_book();
  log.entries.pop_back();

  CHECK(says(damage(log), "root"));
}

TEST_CASE("an entry that was dropped and the rest renumbered is found by its stream", "[verify]") {
  ForgedLog log = a_book();
  const size_t dropped = find_kind<PairingRequested>(log);  // version 0 of its stream; the acceptance follows
  log.entries.erase(log.entries.begin() + static_cast<long>(dropped));
  Event next = event_at(log, dropped);
  REQUIRE(std::holds_alternative<PairingAccepted>(next.body));
  next.envelope.position = Position{dropped};
  replace(log, dropped, next);
  log.rehash();

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(dropped)));
  CHECK(says(message, "stream"));
}

TEST_CASE("a version that stands twice or too high in its stream is named", "[verify]") {
  ForgedLog log = a_book();
  const size_t accepted = find_kind<PairingAccepted>(log);
  Event event = event_at(log, accepted);
  REQUIRE(event.envelope.version == 1);
  event.envelope.version = GENERATE(0, 2);
  replace(log, accepted, event);
  log.rehash();

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(accepted)));
  CHECK(says(message, "stream"));
}

TEST_CASE("a time of recording that runs backwards is named", "[verify]") {
  ForgedLog log = a_book();
  const size_t accepted = find_kind<PairingAccepted>(log);
  Event event = event_at(log, accepted);
  event.envelope.recorded_at -= std::chrono::microseconds{1};
  replace(log, accepted, event);
  log.rehash();

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(accepted)));
  CHECK(says(message, "recorded"));
}

TEST_CASE("a value changed in the vault is named by its event", "[verify]") {
  ForgedLog log = a_book();
  const size_t staff = find_kind<StaffRecorded>(log);
  const auto keys = derive_vault_keys(Hash{});
  auto record = Vault(log, keys).record(Position{staff}, FieldClass::kContact).value().value();
  switch (GENERATE(0, 1, 2, 3)) {
    case 0:
      record.values[1].second += "x";
      break;  // a value
    case 1:
      record.seed[31] ^= 1;
      break;  // what its commitment rests on
    case 2:
      std::swap(record.values[0].second, record.values[1].second);
      break;  // two values
    case 3:
      record.values.emplace_back(200, "never committed to");
      break;  // one that was not there
  }
  put_record(log, staff, FieldClass::kContact, record);

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(staff)));
  CHECK(says(message, "vault"));
}

TEST_CASE("a vault record that is damaged is named by its event", "[verify]") {
  ForgedLog log = a_book();
  const size_t staff = find_kind<StaffRecorded>(log);
  const auto key = Vault::record_key(Position{staff}, FieldClass::kStaff);
  REQUIRE(log.rows.contains(key));
  log.rows[key] = GENERATE("", "rubbish");

  const std::string message = damage(log);

  INFO(message);
  CHECK(says(message, at(staff)));
  CHECK(says(message, "vault"));
}

TEST_CASE("the sealed records of two people cannot be exchanged", "[verify][S0-06]") {
  ForgedLog log = a_book();
  const size_t one = find_kind<StaffRecorded>(log), other = find_kind<StaffRecorded>(log, one + 1);
  const auto key = [](size_t event) { return Vault::record_key(Position{event}, FieldClass::kContact); };
  std::swap(log.rows.at(key(one)), log.rows.at(key(other)));

  CHECK(says(damage(log), at(one)));
}

TEST_CASE("values that are gone from the vault are damage as long as nothing says that they were erased", "[verify]") {
  ForgedLog log = a_book();
  const size_t staff = find_kind<StaffRecorded>(log);
  REQUIRE(log.rows.erase(Vault::record_key(Position{staff}, FieldClass::kContact)) == 1);

  const auto message = damage(log);

  CHECK(says(message, at(staff)));
  INFO(message);
  CHECK(says(message, "3 values less in the vault than were committed to"));
}

}  // namespace daybook::test
