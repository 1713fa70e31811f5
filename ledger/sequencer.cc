#include "ledger/sequencer.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>

#include "ledger/civil_time.h"
#include "ledger/edition_facts.h"
#include "ledger/facts.h"
#include "ledger/labels.h"
#include "ledger/pending_rows.h"
#include "ledger/replay.h"
#include "ledger/require.h"

namespace daybook {
namespace {

constexpr size_t kWaitingMax = 4096, kGroupMax = 1024;
constexpr std::chrono::microseconds kLinger{60};
constexpr std::chrono::minutes kClockJumpMax{5};

std::string sheet_action(const Command& command) {
  if (const auto* act = std::get_if<Act>(&command.body)) return std::string(kActionNames[static_cast<size_t>(act->action)]);
  if (std::holds_alternative<SubmitApplication>(command.body)) return "submit-application";
  if (std::holds_alternative<RecordCoach>(command.body)) return "record-coach";
  if (std::holds_alternative<RecordParticipation>(command.body)) return "record-participation";
  return "record-staff";
}

std::string ref_of(const Command& command) {
  if (const auto* act = std::get_if<Act>(&command.body)) return act->ref;
  if (const auto* apply = std::get_if<SubmitApplication>(&command.body)) return apply->values.application;
  return {};
}

CycleId cycle_named(const State& state, const Command& command) {
  if (const auto* apply = std::get_if<SubmitApplication>(&command.body)) return {apply->values.programme, apply->values.cycle};
  if (const auto* act = std::get_if<Act>(&command.body)) {
    if (act->action == Action::kRequestPairing) return {act->programme, act->cycle};
    if (const auto* pairing = state.pairing(act->ref)) return pairing->cycle;
  }
  return {};
}

// Whether deciding it wants events or values of events, not the state alone.
bool reads_the_log(const CommandBody& body) {
  return std::holds_alternative<UndoImport>(body) || std::holds_alternative<DecideCycle>(body) || std::holds_alternative<Tick>(body) ||
         std::holds_alternative<ErasePerson>(body) || std::holds_alternative<ExpireCohort>(body) || std::holds_alternative<CloseProposal>(body) ||
         std::holds_alternative<RectifyStaff>(body) || std::holds_alternative<RectifyForm>(body);
}

}  // namespace

// The commands that are decided together and written with one fsync.
class Sequencer::Group {
 public:
  explicit Group(Sequencer& sequencer) : s_(sequencer), rows_(s_.log_.vault()), vault_(s_.log_, rows_, s_.keys_) {}

  void add(const Command& command, Callback callback) {
    auto answer = process(command);
    if (!answer) {
      s_.keys_.owners->forget_all();  // one that was made for this command was not kept
      answer_now(std::move(callback), Answer{Outcome::kFailed, {}, {}, "", answer.error()});
    } else {
      answers_.push_back({std::move(answer).value(), std::move(callback)});
    }
  }

  std::vector<Batch> batches;
  std::vector<std::string> erased;  // owners whose keys go with the write

  // After the write: `error` is why it failed, or null.
  void answer_all(const Error* error) {
    for (auto& [answer, callback] : answers_) {
      if (error) answer = Answer{Outcome::kFailed, {}, {}, "", *error};
      callback(std::move(answer));
    }
    answers_.clear();
  }

 private:
  static void answer_now(Callback callback, Answer answer) { callback(std::move(answer)); }

  Result<Answer> process(const Command& command) {
    if (!command.idempotency_key.empty()) {
      DAYBOOK_TRY(const auto known, find_key(command.idempotency_key));
      if (known) return repeated(command, *known);
    }
    if (command.seen_to && *command.seen_to != s_.state_.end) return moved_on();
    const Instant recorded_at = std::max(s_.clock_.now(), s_.state_.last_recorded_at);
    const Day today = std::chrono::floor<std::chrono::days>(recorded_at);
    std::optional<RowOutcome> before;
    DAYBOOK_TRY(auto known, answer_of_row(command, recorded_at, before));
    if (known) return std::move(*known);
    if (std::holds_alternative<FinishImport>(command.body)) return finish_import(command);
    DAYBOOK_TRY(auto gathered, gather_facts(s_.state_, vault_, s_.log_, command, s_.names_, s_.randomness_, today, s_.rights_));
    gathered.facts.zone_data = s_.zone_data_;
    gathered.facts.recorded_at = recorded_at;
    const Instant happened_at = command.happened_at.value_or(recorded_at);
    if (std::holds_alternative<Tick>(command.body)) {
      DAYBOOK_TRY(gathered.facts.editions, edition_facts(s_.state_, vault_, s_.log_, happened_at));
    }
    Decision decision = decide(s_.state_, gathered.facts, happened_at, command, s_.rights_);
    if (auto* refusal = std::get_if<Refusal>(&decision)) {
      if (gathered.erasure) s_.keys_.owners->forget_all();  // what was planned for it was not kept
      if (before && before->refusal == refusal->rule) return unchanged(*before);
      Answer answer{Outcome::kRefused, {}, *refusal, "", {Fault::kStorage, ""}};
      if (!command.row) return answer;
      DAYBOOK_TRY(
          write(command, gathered, happened_at, recorded_at, {refused_row(command, gathered.facts, *refusal)}, before, refusal->rule, answer));
      return answer;
    }
    auto& events = std::get<std::vector<NewEvent>>(decision);
    if (events.empty()) return Answer{Outcome::kUnchanged, {s_.state_.end, s_.state_.end, false}, {}, "", {Fault::kStorage, ""}};
    Answer answer{Outcome::kRecorded, {}, {}, flags_of(events.back().body), {Fault::kStorage, ""}};
    DAYBOOK_TRY(write(command, gathered, happened_at, recorded_at, std::move(events), before, "", answer));
    return answer;
  }

  // What is answered to a row that was here before, without judging it again. `before`: what became of it then.
  Result<std::optional<Answer>> answer_of_row(const Command& command, Instant recorded_at, std::optional<RowOutcome>& before) {
    if (!command.row) return std::nullopt;
    DAYBOOK_TRY(before, standing_outcome(command.row->fingerprint));
    if (!before) return std::nullopt;
    if (before->of_erased() && std::chrono::floor<std::chrono::days>(recorded_at) > before->erased_until) {
      before.reset();
      return std::nullopt;
    }
    if (before->is_tombstone()) {
      DAYBOOK_TRY(auto refused, refuse_erased(command, *before, recorded_at));
      return std::optional(std::move(refused));
    }
    const bool may_come_again = command.row->judged_again || before->refusal == "held";  // a hold is for a time
    const bool stands = before->refusal.empty() || before->of_erased() || !may_come_again;
    return stands ? std::optional(unchanged(*before)) : std::nullopt;
  }

  // A row of somebody who was erased. Nothing that is recorded may say who that was: the names in the row are not even looked up.
  Result<Answer> refuse_erased(const Command& command, const RowOutcome& tombstone, Instant recorded_at) {
    Command nobodys;
    nobodys.body = FinishImport{};
    nobodys.actor = nobodys.recorded_by = command.recorded_by;
    nobodys.channel = command.channel;
    nobodys.import = command.import;
    nobodys.row = command.row;
    DAYBOOK_TRY(const auto gathered, gather_facts(s_.state_, vault_, s_.log_, nobodys, s_.names_, s_.randomness_, Day{}, s_.rights_));
    Answer answer{Outcome::kRefused, {}, {"erased", "", "a row about somebody who was not erased", std::nullopt}, "", {Fault::kStorage, ""}};
    RowRefused refused;  // without reference or cycle: no figure changes, and nothing leads back
    refused.batch = command.import->batch;
    refused.sheet = command.import->sheet;
    refused.row = command.row->number;
    refused.action = sheet_action(command);
    refused.reason = answer.refusal.rule;
    refused.wants = answer.refusal.wants;
    NewEvent event;
    event.stream = "import/" + refused.batch;
    event.subject = gathered.facts.actor;
    event.body = std::move(refused);
    DAYBOOK_TRY(write(nobodys, gathered, recorded_at, recorded_at, {std::move(event)}, std::nullopt, "erased", answer, tombstone.erased_until));
    return answer;
  }

  // A known key: the earlier answer, unless something else was asked with it then.
  Result<Answer> repeated(const Command& command, const Appended& known) const {
    DAYBOOK_TRY(const auto asked, rows_.get(Vault::asked_row(command.idempotency_key, {}).key));
    if (asked && *asked != as_text(asked_digest(command))) {
      return Answer{Outcome::kRefused,
                    {},
                    {"key-reused", "the idempotency key stands for another command", "a key of its own", known.first},
                    "",
                    {Fault::kStorage, ""}};
    }
    return Answer{Outcome::kUnchanged, known, {}, "", {Fault::kStorage, ""}};
  }
  Hash asked_digest(const Command& command) const { return hmac_sha256(s_.keys_.fingerprint, {as_bytes("asked\n"), as_bytes(command.asked)}); }

  // Decided here, where nothing comes between this and the append.
  Answer moved_on() const {
    return {Outcome::kRefused,
            {},
            {"moved-on", fmt::format("the book ends at position {} by now", s_.state_.end.value), "the position at which it ends: look again", {}},
            "",
            {Fault::kStorage, ""}};
  }

  static Answer unchanged(const RowOutcome& before) {
    Answer answer{Outcome::kUnchanged, {before.at, Position{before.at.value + 1}, true}, {}, "", {Fault::kStorage, ""}};
    answer.refusal.rule = before.refusal;
    return answer;
  }

  // What became of a row that was here before. Of one that was undone since: what it had been before that, if anything.
  Result<std::optional<RowOutcome>> standing_outcome(const Hash& fingerprint) const {
    DAYBOOK_TRY(auto outcome, vault_.outcome(fingerprint));
    for (;;) {
      const auto undone = outcome ? s_.state_.undone.find(outcome->at.value) : s_.state_.undone.end();
      if (undone == s_.state_.undone.end()) return outcome;
      DAYBOOK_TRY(outcome, refusal_at(undone->second.stands_again));
    }
  }
  // `next`: one past the row's position, 0 for none. An undone row's past is in the log: an undo waits for that.
  Result<std::optional<RowOutcome>> refusal_at(uint64_t next) const {
    std::optional<RowOutcome> outcome;
    if (next == 0) return outcome;
    DAYBOOK_TRY(read_events(s_.log_, Position{next - 1}, Position{next}, [&](const Event& event) {
      if (const auto* row = std::get_if<RowRefused>(&event.body)) outcome = RowOutcome{event.envelope.position, row->reason};
      return true;
    }));
    return outcome;
  }

  Result<std::optional<Appended>> find_key(const std::string& key) const {
    if (const auto it = keys_.find(key); it != keys_.end()) return std::optional(it->second);
    return s_.log_.find(key);
  }

  NewEvent refused_row(const Command& command, const Facts& facts, const Refusal& refusal) const {
    RowRefused refused;
    refused.batch = command.import->batch;
    refused.sheet = command.import->sheet;
    refused.row = command.row->number;
    refused.action = sheet_action(command);
    refused.ref = ref_of(command);
    refused.reason = refusal.rule;
    NewEvent event;
    if (const auto id = cycle_named(s_.state_, command); const auto* cycle = s_.state_.cycle(id)) {
      refused.programme = id.programme;
      refused.cycle = id.cycle;
      event.charter_version = cycle->charter_version;
    } else if (const auto* coach = std::get_if<RecordCoach>(&command.body)) {
      if (const auto* programme = s_.state_.programme(coach->values.programme)) {
        refused.programme = coach->values.programme;
        event.charter_version = static_cast<uint32_t>(programme->versions.size());
      }
    }
    refused.blocked_by = refusal.because ? refusal.because->value + 1 : 0;
    refused.saw = refusal.saw;
    refused.wants = refusal.wants;
    event.stream = "import/" + refused.batch;
    const auto* pairing = s_.state_.pairing(refused.ref);
    event.subject = !facts.person.empty() ? facts.person : pairing && refused.sheet == "activity" ? pairing->client : facts.actor;
    event.body = std::move(refused);
    return event;
  }

  Result<Answer> finish_import(const Command& command) {
    Answer answer{Outcome::kUnchanged, {s_.state_.end, s_.state_.end, false}, {}, "", {Fault::kStorage, ""}};
    if (!s_.state_.imports.contains(command.import->batch)) return answer;  // no row changed anything
    const auto& counts = std::get<FinishImport>(command.body);
    NewEvent event;
    event.stream = "import/" + command.import->batch;
    event.body = ImportFinished{command.import->batch, counts.recorded, counts.refused, counts.unchanged};
    DAYBOOK_TRY(const auto gathered, gather_facts(s_.state_, vault_, s_.log_, command, s_.names_, s_.randomness_, Day{}, s_.rights_));
    const Instant now = std::max(s_.clock_.now(), s_.state_.last_recorded_at);
    answer.outcome = Outcome::kRecorded;
    DAYBOOK_TRY(write(command, gathered, command.happened_at.value_or(now), now, {std::move(event)}, std::nullopt, "", answer));
    return answer;
  }

  // Stages the events as one batch, which the answer then tells of, and moves the state past them. The state runs ahead of the disk until the group
  // is written; if that fails, nothing more is ever decided on it.
  Result<void> write(const Command& command, const Gathered& gathered, Instant happened_at, Instant recorded_at, std::vector<NewEvent> events,
                     const std::optional<RowOutcome>& before, const std::string& refused_for, Answer& answer, Day erased_until = {}) {
    const Causes causes = causes_of(command);
    if (causes.begins_import) events.insert(events.begin(), import_started(*command.import));
    Batch batch;
    batch.expected = s_.state_.end;
    batch.idempotency_key = command.idempotency_key;
    std::vector<Event> made;
    std::map<std::string, uint64_t> versions;  // of the streams of this batch
    const auto correlation = random_bytes();
    for (auto& event : events) {
      const auto next = s_.state_.stream_versions.find(event.stream);
      const auto version = versions.try_emplace(event.stream, next == s_.state_.stream_versions.end() ? 0 : next->second).first;
      Event full{envelope_of(command, gathered.facts, event, Position{s_.state_.end.value + made.size()}, version->second++), std::move(event.body)};
      full.envelope.recorded_at = recorded_at;
      full.envelope.happened_at = event.happened_at.value_or(happened_at);
      const bool of_command = full.envelope.position >= causes.first;  // what begins an import is no part of its first row
      full.envelope.correlation = of_command ? correlation : random_bytes();
      if (of_command) full.envelope.caused_by = causes.of(event);
      if (of_command && command.row) full.envelope.provenance.row = static_cast<uint32_t>(command.row->number);
      if (of_command && before) full.envelope.corrects = before->at.value + 1;
      DAYBOOK_TRY(auto encoded, encode(full, event.cohort, s_.randomness_));
      batch.entries.push_back(std::move(encoded.entry));
      batch.labels.push_back(labels_of(full.envelope, full.body, event.cohort));
      if (const auto* staff = std::get_if<StaffRecorded>(&full.body); staff && !staff->email.empty())
        batch.vault.push_back(vault_.person_row(Vault::address_name(staff->email), full.envelope.subject));
      for (const auto& [field_class, record] : encoded.sealed) {
        DAYBOOK_TRY(vault_.add_record(full, field_class, record, s_.randomness_, batch.vault));
      }
      made.push_back(std::move(full));
    }
    for (const auto& fresh : gathered.new_names) {
      DAYBOOK_TRY(vault_.add_name(fresh.person, fresh.name, s_.randomness_, batch.vault));
    }
    if (gathered.erasure) take_out(*gathered.erasure, made, batch);
    const Appended range{s_.state_.end, Position{s_.state_.end.value + made.size()}};
    if (command.row) batch.vault.push_back(Vault::outcome_row(command.row->fingerprint, {Position{range.end.value - 1}, refused_for, erased_until}));
    if (!batch.idempotency_key.empty()) {
      keys_.emplace(batch.idempotency_key, range);
      batch.vault.push_back(Vault::asked_row(batch.idempotency_key, asked_digest(command)));
    }
    for (const auto& row : batch.vault) rows_.put(row);
    for (const auto& event : made) evolve(s_.state_, event);
    batches.push_back(std::move(batch));
    answer.range = range;
    answer.events = std::move(made);
    return success();
  }

  // What is erased goes in the write that says so; a proposal says no such thing.
  void take_out(const Erasure& erasure, const std::vector<Event>& made, Batch& batch) {
    const auto says_so = std::find_if(made.begin(), made.end(), [](const Event& event) {
      return std::holds_alternative<PersonErased>(event.body) || std::holds_alternative<CohortExpired>(event.body);
    });
    if (says_so == made.end()) return s_.keys_.owners->forget_all();  // a key that was made for it is not kept
    const auto by = says_so->envelope.position;
    // What was just sealed for them goes too: why it was asked for, and agreed to.
    std::erase_if(batch.vault, [&](const VaultRow& row) {
      const auto owner = row.key.starts_with(Vault::record_key({}, {}).front()) && row.value ? Vault::owner_of(*row.value) : Result<std::string>("");
      return owner && owner.value() == erasure.owner;
    });
    batch.vault.insert(batch.vault.end(), erasure.rows.begin(), erasure.rows.end());
    batch.vault.push_back(OwnerKeys::destroyed_row(erasure.owner, by));
    s_.keys_.owners->forget(erasure.owner);
    erased.push_back(erasure.owner);
    s_.names_ = {};
  }

  // What the events of a command follow from: another of them, else the import that the command is a row of.
  struct Causes {
    bool begins_import = false;
    Position first;  // of the command's own events
    std::optional<Position> import;
    uint64_t of(const NewEvent& event) const {
      if (event.caused_by > 0) return event.caused_by;
      if (event.led_to_by) return first.value + *event.led_to_by + 1;
      return import ? import->value + 1 : 0;
    }
  };
  Causes causes_of(const Command& command) const {
    if (!command.import) return {false, s_.state_.end, std::nullopt};
    const auto begun = s_.state_.imports.find(command.import->batch);
    if (begun != s_.state_.imports.end()) return {false, s_.state_.end, begun->second.started};
    return {true, Position{s_.state_.end.value + 1}, s_.state_.end};
  }

  static NewEvent import_started(const ImportInfo& import) {
    NewEvent event;
    event.stream = "import/" + import.batch;
    event.body = ImportStarted{import.batch, import.sheet, import.operator_name, import.file_digest};
    return event;
  }

  std::string random_bytes() const {
    std::string bytes(16, '\0');
    s_.randomness_.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
  }

  Envelope envelope_of(const Command& command, const Facts& facts, const NewEvent& event, Position position, uint64_t version) const {
    Envelope envelope;
    envelope.position = position;
    envelope.event_id = random_bytes();
    envelope.stream = event.stream;
    envelope.version = version;
    envelope.provenance = {event.actor.empty() ? facts.actor : event.actor, event.role.empty() ? command.role : event.role, facts.recorded_by,
                           command.channel, command.import ? command.import->batch : ""};
    envelope.subject = event.subject;
    envelope.corrects = event.corrects;
    envelope.charter_version = event.charter_version;
    envelope.idempotency_key = command.idempotency_key;
    return envelope;
  }

  struct Waiting {
    Answer answer;
    Callback callback;
  };
  Sequencer& s_;
  PendingRows rows_;
  Vault vault_;
  std::map<std::string, Appended> keys_;
  std::vector<Waiting> answers_;
};

Sequencer::Sequencer(EventLog& log, const VaultKeys& keys, const Clock& clock, Randomness& randomness, DoTable rights)
    : log_(log),
      keys_(keys),
      clock_(clock),
      randomness_(randomness),
      zone_data_(zone_database_version()),
      rights_(std::move(rights)),
      wall_start_(clock.now()),
      running_start_(clock.running()) {}

Result<std::unique_ptr<Sequencer>> Sequencer::start(EventLog& log, const VaultKeys& keys, const Clock& clock, Randomness& randomness,
                                                    bool clock_confirmed, std::function<void(const Error&)> on_unknown, State known, DoTable rights) {
  std::unique_ptr<Sequencer> sequencer(new Sequencer(log, keys, clock, randomness, std::move(rights)));
  sequencer->on_unknown_ = std::move(on_unknown);
  DAYBOOK_TRY(sequencer->state_, fold(log, {}, std::move(known)));
  if (const auto newest = sequencer->state_.last_recorded_at; !clock_confirmed && clock.now() < newest - kClockJumpMax) {
    return Error{Fault::kRejected, fmt::format("the clock says {}, but the newest event was recorded at {}: set the clock, or confirm it",
                                               to_text(clock.now()), to_text(newest))};
  }
  sequencer->thread_ = std::thread([raw = sequencer.get()] { raw->run(); });
  return sequencer;
}

Sequencer::~Sequencer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  thread_.join();
}

void Sequencer::enqueue(Job job) {
  std::unique_lock lock(mutex_);
  taken_.wait(lock, [&] { return waiting_.size() < kWaitingMax; });
  waiting_.push_back(std::move(job));
  if (waiting_.size() == wanted_) arrived_.notify_one();
}

void Sequencer::submit(Command command, std::function<void(Answer)> answer) { enqueue({std::move(command), std::move(answer)}); }

Answer Sequencer::execute(Command command) {
  std::promise<Answer> promise;
  submit(std::move(command), [&](Answer answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

Result<std::optional<Appended>> Sequencer::asked_before(const Command& command) const {
  if (command.idempotency_key.empty()) return std::nullopt;
  return log_.find(keyed(command.idempotency_key));
}

size_t Sequencer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Sequencer::look(const std::function<void(const State&)>& look) {
  std::promise<void> done;
  enqueue({[&](const State& state) { look(state), done.set_value(); }, {}});
  done.get_future().wait();
}

void Sequencer::run() {
  for (;;) {
    std::deque<Job> jobs;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      linger(lock);
      if (waiting_.size() <= kGroupMax) {
        jobs.swap(waiting_);
      } else {
        for (size_t i = 0; i < kGroupMax; ++i) {
          jobs.push_back(std::move(waiting_.front()));
          waiting_.pop_front();
        }
      }
    }
    taken_.notify_all();
    serve(std::move(jobs));
  }
}

// Callers that were answered together send their next commands one after the other. Where several were waiting a moment
// ago, as many are waited for again, a little: one write for all is worth more than an early start.
void Sequencer::linger(std::unique_lock<std::mutex>& lock) {
  if (last_group_ < 2 || stopping_) return;
  wanted_ = std::min(last_group_, kGroupMax);
  arrived_.wait_for(lock, kLinger, [&] { return stopping_ || waiting_.size() >= wanted_; });
  wanted_ = 1;
}

void Sequencer::serve(std::deque<Job> jobs) {
  last_group_ = jobs.size();
  if (broken_.empty()) broken_ = clock_fault();
  const auto room = log_.room();
  std::optional<Group> group(std::in_place, *this);
  std::vector<std::function<void(const State&)>*> looks;
  for (auto& job : jobs) {
    if (auto* look = std::get_if<std::function<void(const State&)>>(&job.task)) {
      looks.push_back(look);
    } else if (!broken_.empty()) {
      job.answer(Answer{Outcome::kFailed, {}, {}, "", {Fault::kStorage, broken_}});
    } else if (!room) {
      job.answer(Answer{Outcome::kFailed, {}, {}, "", room.error()});
    } else {
      auto& command = std::get<Command>(job.task);
      if (!command.idempotency_key.empty()) command.idempotency_key = keyed(command.idempotency_key);
      if (reads_the_log(command.body)) {  // what was decided before must stand there
        commit(*group);
        group.emplace(*this);
      }
      if (broken_.empty()) {
        group->add(command, std::move(job.answer));
        if (!group->erased.empty()) {  // until that is written its key can be read: nobody else is decided before
          commit(*group);
          group.emplace(*this);
        }
      } else {
        job.answer(Answer{Outcome::kFailed, {}, {}, "", {Fault::kStorage, broken_}});
      }
    }
  }
  commit(*group);
  for (auto* look : looks) (*look)(state_);
}

// What the record keeps of an idempotency key: whoever chose it may have put a name into it.
std::string Sequencer::keyed(const std::string& idempotency_key) const {
  return std::string(as_text(hmac_sha256(keys_.fingerprint, {as_bytes("key\n"), as_bytes(idempotency_key)})));
}

void Sequencer::commit(Group& group) {
  std::optional<Error> failed;
  if (!group.batches.empty()) {
    for (const auto& answer : log_.append(group.batches)) {
      if (!answer) failed = answer.error();
    }
  }
  if (failed) {
    if (failed->fault == Fault::kStorage && on_unknown_) on_unknown_(*failed);
    const bool goes_on = failed->fault == Fault::kFull;
    if (!goes_on) broken_ = failed->message;
    // State and names ran ahead of the disk: back to what is durable.
    auto durable = fold(log_);
    if (durable) state_ = std::move(durable).value();
    if (!durable && goes_on) broken_ = durable.error().message;
    names_ = {};
    keys_.owners->forget_all();  // of keys that were not written
  }
  for (const auto& owner : group.erased) keys_.owners->forget(owner);  // somebody may have asked for it until now
  group.answer_all(failed ? &*failed : nullptr);
}

// A clock that jumps against running time would poison every later time in the book.
std::string Sequencer::clock_fault() {
  const auto jump = (clock_.now() - wall_start_) - (clock_.running() - running_start_);
  if (std::chrono::abs(jump) <= kClockJumpMax) return {};
  return fmt::format("the clock jumped by {} seconds against running time: nothing is recorded until an operator confirms it",
                     std::chrono::duration_cast<std::chrono::seconds>(jump).count());
}

}  // namespace daybook
