// What is exported is accounted for like any other answer, block by block: who asks is judged anew for each, and what it shows is written down before
// a byte of it may leave. An export that is cut short leaves looks for all that was sent, and for one block more at most.
#pragma once

#include <optional>
#include <set>
#include <string_view>

#include "server/view_answer.h"

namespace daybook {

// Of one export; for one thread at a time.
class ExportAccounts {
 public:
  // `caller`: who sent the request. `verb`: as the access book names it. What `parts` borrows must outlive it.
  ExportAccounts(const ViewParts& parts, const Request& request, Caller caller, std::string_view verb)
      : parts_(parts), request_(request), caller_(std::move(caller)), verb_(verb) {}

  const ViewParts& parts() const { return parts_; }

  // Before each block after the first: their session or token is not over. After an error, `problem` is its kind.
  Result<void> still_signed_in();

  // A question of now. The reading is borrowed as long as it lives.
  Result<std::unique_ptr<Inquiry>> ask(const Newest& newest) const;

  // What is still to be written down of a block, when nothing of the record is held any longer.
  struct Account {
    std::optional<Look> look;
    bool may_ask = true;
    Position known_to = {};  // it knows of nothing that was recorded there or later
  };
  // Of what the desk handed out since the question was asked. `told`: false where nothing that was wanted may be told.
  Result<Account> account_of(const Inquiry& inquiry, const CycleId& cycle, bool told) const;

  // Until it succeeds, nothing of the block may leave. After an error, `problem` is its kind.
  Result<void> write_down(Account account);

  // Before any part of what was written down last is sent: nobody in it was erased since. After an error, `problem` is its kind.
  Result<void> nobody_erased();
  std::string_view problem() const { return problem_; }

 private:
  const ViewParts parts_;
  const Request request_;
  const Caller caller_;
  const std::string_view verb_;
  std::string_view problem_;
  std::set<PersonId> shown_;  // in what was written down last
  Position known_to_;
};

}  // namespace daybook
