#include "ledger/action_keys.h"

#include <algorithm>

#include "ledger/action_text.h"

namespace daybook {
namespace {

using Keys = std::vector<ActionKey>;
constexpr bool kIfYouLike = false;

struct ActionRow {
  std::string_view action;
  Keys keys;
};

const Keys kOfCycle = {{"programme"}, {"cycle"}};
const Keys kOfPairing = {{"ref", KeyForm::kRef}, {"programme"}, {"cycle"}, {"client"}, {"coach"}};
const Keys kOfPerson = {{"person"}, {"reason"}};
const Keys kOfProposal = {{"proposal"}, {"reason", KeyForm::kText, kIfYouLike}};

const std::vector<ActionRow>& rows() {
  static const std::vector<ActionRow> all = {
      {"request-pairing", kOfPairing},
      {"request-own-pairing", kOfPairing},
      {"accept-pairing", {{"ref", KeyForm::kRef}}},
      {"decline-pairing", {{"ref", KeyForm::kRef}, {"reason", KeyForm::kText, kIfYouLike}}},
      {"end-pairing", {{"ref", KeyForm::kRef}, {"reason", KeyForm::kText, kIfYouLike}}},
      {"extend-window", {{"ref", KeyForm::kRef}, {"held_on", KeyForm::kDay}, {"reason", KeyForm::kText, kIfYouLike}}},
      {"mark-session-done",
       {{"ref", KeyForm::kRef}, {"session", KeyForm::kNumber}, {"held_on", KeyForm::kDay}, {"minutes", KeyForm::kText, kIfYouLike}}},
      {"mark-session-missed",
       {{"ref", KeyForm::kRef}, {"session", KeyForm::kNumber}, {"held_on", KeyForm::kDay}, {"minutes", KeyForm::kText, kIfYouLike}}},
      {"withdraw-session", {{"ref", KeyForm::kRef}, {"session", KeyForm::kNumber}, {"reason", KeyForm::kText, kIfYouLike}}},
      {"give-feedback",
       {{"ref", KeyForm::kRef}, {"session", KeyForm::kNumber}, {"rating", KeyForm::kRating, kIfYouLike}, {"comment", KeyForm::kText, kIfYouLike}}},
      {"decide", kOfCycle},
      {"decide-referral", {{"application"}, {"outcome", KeyForm::kReferral}, {"reason"}}},
      {"grant-seat", kOfCycle},
      {"offer-seat", {{"programme"}, {"cycle"}, {"answer_by", KeyForm::kDay}}},
      {"accept-offer", {{"application"}}},
      {"decline-offer", {{"application"}, {"reason"}}},
      {"charter-add", {{"text"}}},
      {"undo-import", {{"batch"}, {"reason"}, {"rows", KeyForm::kNumber, kIfYouLike}}},
      {"place-hold", kOfPerson},
      {"lift-hold", kOfPerson},
      {"role-grant",
       {{"person"},
        {"role", KeyForm::kRole},
        {"reason"},
        {"programme", KeyForm::kText, kIfYouLike},
        {"unit", KeyForm::kText, kIfYouLike},
        {"until", KeyForm::kDay, kIfYouLike}}},
      {"role-end",
       {{"person"}, {"role", KeyForm::kRole}, {"reason"}, {"programme", KeyForm::kText, kIfYouLike}, {"unit", KeyForm::kText, kIfYouLike}}},
      {"erase", {{"person"}, {"known_until", KeyForm::kDay}, {"reason"}}},
      {"expire-cohort", kOfCycle},
      {"rotate-keys", {{"root", KeyForm::kYes, kIfYouLike}}},
      {"break-glass", {{"about"}, {"classes"}, {"minutes", KeyForm::kNumber}, {"reason"}, {"told"}}},
      {"review-glass", {{"glass"}, {"finding", KeyForm::kFinding}, {"reason"}}},
      {"second", kOfProposal},
      {"decline", kOfProposal},
      {"withdraw", kOfProposal},
  };
  return all;
}

// Those that name the record, and the columns of it that can be put right.
template <class Kind, size_t N>
Keys of_correction(std::string_view record, const CorrectableField<Kind> (&fields)[N]) {
  Keys keys = {{record}, {"reason"}};
  for (const auto& field : fields) keys.push_back({field.column, KeyForm::kText, kIfYouLike});
  return keys;
}

}  // namespace

std::vector<ActionKey> action_keys(std::string_view action) {
  if (action == "rectify-staff") return of_correction("staff_number", kStaffFields);
  if (action == "rectify-form") return of_correction("application", kFormFields);
  const auto it = std::find_if(rows().begin(), rows().end(), [&](const ActionRow& row) { return row.action == action; });
  return it == rows().end() ? Keys{} : it->keys;
}

}  // namespace daybook
