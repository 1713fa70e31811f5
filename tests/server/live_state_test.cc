#include "server/live_state.h"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "projections/state_lines.h"
#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

// Everything that is kept, as text.
std::string text_of(const Newest& newest) {
  std::string text = to_hex(newest.head.root) + " " + std::to_string(newest.head.size) + "\n";
  for (const auto& [path, line] : lines_of(newest.state)) text += path + " = " + line.value + "\n";
  for (const auto* row : newest.tables.search({})) text += row->person.value + " " + std::to_string(row->recorded.value) + " " + row->folded;
  return text;
}

Newest built_anew(ServedLedger& served) {
  auto state = made(fold(served.ledger->programme()));
  auto tables = made(DeskTables::build(state, served.ledger->vault()));
  return {std::move(state), served.ledger->programme().head(), std::move(tables)};
}

StaffRecorded moved(const std::string& number) {
  auto staff = staff_of(number);
  staff.duty_station = "Nairobi";
  return staff;
}

}  // namespace

TEST_CASE("what is kept is what folding the ledger anew would give, whatever was recorded since", "[server][live_state]") {
  ServedLedger served;
  CHECK(text_of(*made(served.live->read())) == text_of(built_anew(served)));

  served.run(RecordStaff{staff_of("U4")});
  served.run(RecordStaff{moved("U1")});
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");
  CHECK(text_of(*made(served.live->read())) == text_of(built_anew(served)));

  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31"), "their request"});
  const auto reading = made(served.live->read());
  CHECK(text_of(*reading) == text_of(built_anew(served)));
  CHECK(reading->tables.search({"Name of U2"}).empty());
}

TEST_CASE("who was who at an earlier moment is the same, with the rows of now at hand or without", "[server][live_state]") {
  ServedLedger served;
  served.run(RecordStaff{staff_of("U4")});
  served.run(RecordStaff{moved("U1")});
  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31"), "their request"});
  const auto newest = made(served.live->kept());

  for (uint64_t end = 0; end <= served.end(); ++end) {
    CAPTURE(end);
    auto state = made(fold(served.ledger->programme(), AsOf{Position{end}, {}, {}}));
    auto alone = made(DeskTables::build(state, served.ledger->vault()));
    auto with_newest = made(DeskTables::build(state, served.ledger->vault(), &newest->tables));
    CHECK(text_of(Newest{state, {}, std::move(with_newest)}) == text_of(Newest{state, {}, std::move(alone)}));
  }
}

TEST_CASE("what somebody reads stays as it was, and who reads next has what came since", "[server][live_state]") {
  ServedLedger served;
  const auto before = served.end();
  {
    const auto held = made(served.live->read());

    served.run(RecordStaff{staff_of("U4")});

    CHECK(held->state.end.value == before);
    CHECK(held->head.size == before);
  }
  const auto next = made(served.live->read());
  CHECK(next->state.end.value == served.end());
  CHECK(next->head == served.ledger->programme().head());
}

TEST_CASE("those who read for long share a copy, which stays as it was and ends with the last of them", "[server][live_state]") {
  ServedLedger served;
  const auto before = served.end();
  auto first = made(served.live->kept());
  CHECK(made(served.live->kept()) == first);
  CHECK(text_of(*first) == text_of(*made(served.live->read())));

  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31"), "their request"});
  const auto next = made(served.live->kept());

  CHECK(first->state.end.value == before);
  CHECK(text_of(*next) == text_of(built_anew(served)));
  CHECK(next->tables.search({"Name of U2"}).empty());
  const std::weak_ptr<const Newest> left = std::exchange(first, nullptr);
  CHECK(left.expired());
}

TEST_CASE("a copy that is moved on from one that nobody holds any longer is what folding anew would give", "[server][live_state]") {
  ServedLedger served;
  CHECK(made(served.live->kept())->state.end.value == served.end());

  served.run(RecordStaff{moved("U1")});
  const auto held = made(served.live->kept());
  const auto before = text_of(*held);
  CHECK(before == text_of(built_anew(served)));
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");
  CHECK(text_of(*made(served.live->kept())) == text_of(built_anew(served)));  // beside the one that is held
  served.run(RecordStaff{staff_of("U4")});
  CHECK(text_of(*made(served.live->kept())) == text_of(built_anew(served)));
  CHECK(text_of(*held) == before);

  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31"), "their request"});
  const auto newest = made(served.live->kept());
  CHECK(text_of(*newest) == text_of(built_anew(served)));
  CHECK(newest->tables.search({"Name of U2"}).empty());
}

TEST_CASE("of earlier moments so many are there at a time, until what was made of them is gone", "[server][live_state]") {
  ServedLedger served;
  const AsOf earlier{Position{1}, {}, {}};
  const auto long_away = std::chrono::steady_clock::now() + std::chrono::hours(1), now = std::chrono::steady_clock::now();
  std::vector<LiveState::Fold> folds;
  for (int i = 0; i < LiveState::kFoldsMax; ++i) folds.push_back(made(served.live->at(earlier, long_away)));

  const auto one_more = served.live->at(earlier, now);
  REQUIRE(one_more.has_error());
  CHECK(one_more.error().fault == Fault::kBusy);

  folds.pop_back();
  CHECK(made(served.live->at(earlier, now)).replayed.state.end == Position{1});
}

TEST_CASE("following goes on until it is asked to end, beside those who read and write", "[server][live_state]") {
  ServedLedger served;
  std::optional<Result<void>> followed;
  {
    const std::jthread follower([&](const std::stop_token& stop) { followed = served.live->follow(stop); });
    for (int i = 10; i < 30; ++i) {
      served.run(RecordStaff{staff_of("U" + std::to_string(i))});
      CHECK(made(served.live->read())->state.end.value == served.end());
    }
  }

  CHECK(followed->has_value());
  CHECK(text_of(*made(served.live->read())) == text_of(built_anew(served)));
}

}  // namespace daybook::test
