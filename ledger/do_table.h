// Who may do what, as WHO_MAY_DO.md says it: the page is the table. What it does not name is never.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/relation.h"
#include "ledger/result.h"

namespace daybook {

enum class Verdict { kNever, kSecond, kMay };  // kSecond: when a second person agrees, who may do it too
inline constexpr std::array<std::string_view, 3> kVerdictNames = {"never", "second", "may"};

// Every action that rights are asked for, one a row.
inline constexpr auto kDeeds = std::to_array<std::string_view>({"request-pairing",
                                                                "request-own-pairing",
                                                                "accept-pairing",
                                                                "decline-pairing",
                                                                "end-pairing",
                                                                "extend-window",
                                                                "mark-session-done",
                                                                "mark-session-missed",
                                                                "withdraw-session",
                                                                "give-feedback",
                                                                "decide",
                                                                "decide-referral",
                                                                "grant-seat",
                                                                "offer-seat",
                                                                "accept-offer",
                                                                "decline-offer",
                                                                "charter-add",
                                                                "undo-import",
                                                                "rectify-staff",
                                                                "rectify-form",
                                                                "place-hold",
                                                                "lift-hold",
                                                                "role-grant",
                                                                "role-end",
                                                                "erase",
                                                                "break-glass",
                                                                "review-glass",
                                                                "expire-cohort",
                                                                "rotate-keys",
                                                                "backup",
                                                                "role-begin",
                                                                "import",
                                                                "tick"});

struct Standing {
  Role role;
  Relation relation;
  bool operator==(const Standing&) const = default;
};
// Every way to stand to a thing, one a column. Of a role that is granted, own is also what its holder is a party to.
const std::vector<Standing>& standings();
std::string text(const Standing& standing);  // administrator in scope

// What the table says of one action.
class DoRow {
 public:
  Verdict at(const Standing& standing) const;
  // Whether the role may do it, alone or with a second person, however it stands to the thing.
  bool gives(Role role) const;

 private:
  friend class DoTable;
  std::array<Verdict, 28> cells_{};  // in the order of standings()
};

class DoTable {
 public:
  const DoRow& row(std::string_view deed) const;  // of what it does not name: never, whoever asks
  Verdict at(std::string_view deed, const Standing& standing) const { return row(deed).at(standing); }
  bool names(std::string_view deed) const { return rows_.contains(deed); }
  // One of kDeeds and of standings().
  void set(std::string_view deed, const Standing& standing, Verdict verdict);

 private:
  std::map<std::string, DoRow, std::less<>> rows_;
};

// The table of a page. kRejected with one line per fault, each `NAME:LINE: found .., want ..`, unless it has a row for each
// action and no other, the columns in order, and nothing but may, second and never in the cells.
Result<DoTable> parse_do_table(std::string_view page, std::string_view name);

// The page that this program was built with.
std::string_view shipped_do_page();
DoTable shipped_do_table();

}  // namespace daybook
