// The house: two clients with a coach each, and everybody else who might look; and every answer there is to give them, as text, by the
// surface that it is given on. Whatever is confidential holds words that stand nowhere else.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "projections/card.h"
#include "tests/support/looker.h"

namespace daybook::test {

inline constexpr const char* kHouseCycle = "iom-coaching/2024";
inline const CycleId kIn{"iom-coaching", "2024"};

// Who holds a role there before anything happens.
std::vector<Grant> roles_of_house();
// What happens in it, on a ledger that has charters and these roles.
void fill_house(TestLedger& ledger);

// U1 to U3 apply, K1 coaches U1 and K2 coaches U2; K3 is not accepted. In a role of the same programme are AD (administrator), SL, SP, LM, AU,
// CO, DP, K2 (administrator too), UA (administrator of the unit of U1); AX is administrator of another. GL is a line manager, to whom the role
// shows nothing, with a glass over all of it that no rule would give them: what they see is what a glass opens. AF was administrator until that
// was taken, AE until yesterday.
class House {
 public:
  House();
  PersonId id(const std::string& name) const;
  // As somebody by name, in a role.
  Reader reader(const std::string& name, Role role, const SeeTable& table) const;

  std::unique_ptr<EventLog> log = make_memory_log();
  mutable std::optional<TestLedger> ledger;
  State state;
  std::optional<Vault> vault;
  DeskTables tables;
  std::unique_ptr<EventLog> access = make_memory_log();

 private:
  void look_at_somebody();
};

// A card as text: a line each, after `how` it was asked for.
std::string text_of(const std::string& how, const Card& card);

using BySurface = std::map<std::string, std::string>;  // "show", "list seats", "history" -> what is told there
std::string all_of(const BySurface& answers);

// Everything that can be asked, asked by one reader. Both are borrowed.
class Answers {
 public:
  Answers(const House& house, const Reader& reader) : house_(house), reader_(reader) {}
  BySurface by_surface();

 private:
  Desk desk() const;
  void cards_of(const std::string& id);
  void lists();
  void figures();
  void history();
  void pages();
  void exports();
  void access_book();

  const House& house_;
  const Reader& reader_;
  BySurface told_;
};

}  // namespace daybook::test
