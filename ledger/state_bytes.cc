#include "ledger/state_bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ledger/replay.h"

namespace daybook {
namespace {

// The fields of each part of the state, shown to a visitor one by one: one list for writing and for reading.
template <class V>
void parts(V& v, CycleId& s) {
  v(s.programme), v(s.cycle);
}
template <class V>
void parts(V& v, CharterVersion& s) {
  v(s.adopted);
}
template <class V>
void parts(V& v, ProgrammeState& s) {
  v(s.versions);
}
template <class V>
void parts(V& v, AcceptedPairing& s) {
  v(s.programme), v(s.pairing);
}
template <class V>
void parts(V& v, PutRight& s) {
  v(s.record), v(s.by);
}
template <class V>
void parts(V& v, PersonState& s) {
  v(s.staff), v(s.earlier_staff), v(s.put_right), v(s.participations), v(s.accepted), v(s.erased), v(s.held);
}
template <class V>
void parts(V& v, Criterion& s) {
  v(s.name), v(s.outcome), v(s.limit), v(s.facts_from);
}
template <class V>
void parts(V& v, SeatOffer& s) {
  v(s.status), v(s.answer_by), v(s.offered_at), v(s.offered), v(s.changed);
}
template <class V>
void parts(V& v, ApplicationState& s) {
  v(s.ref), v(s.person), v(s.cycle), v(s.submitted_at), v(s.submitted), v(s.outcome), v(s.criteria), v(s.decided), v(s.referral_decided),
      v(s.seat_event), v(s.rectified), v(s.seat), v(s.rank), v(s.offer);
}
template <class V>
void parts(V& v, Miss& s) {
  v(s.held_on), v(s.reporter), v(s.same), v(s.at);
}
template <class V>
void parts(V& v, GivenFeedback& s) {
  v(s.giver), v(s.at);
}
template <class V>
void parts(V& v, SessionMark& s) {
  v(s.done), v(s.sponsored), v(s.unsponsored), v(s.outside_window), v(s.held_on), v(s.marked), v(s.withdrawn), v(s.feedback);
}
template <class V>
void parts(V& v, SessionState& s) {
  parts(v, static_cast<SessionMark&>(s)), v(s.earlier), v(s.misses);
}
template <class V>
void parts(V& v, Window& s) {
  v(s.last), v(s.set), v(s.elapsed);
}
template <class V>
void parts(V& v, PairingState& s) {
  v(s.ref), v(s.application), v(s.cycle), v(s.client), v(s.coach), v(s.status), v(s.requested), v(s.changed), v(s.accepted), v(s.paired_on),
      v(s.ended_on), v(s.re_pairing), v(s.sessions);
}
template <class V>
void parts(V& v, ClientState& s) {
  v(s.window_last), v(s.window_set), v(s.elapsed), v(s.earlier_windows), v(s.sponsored), v(s.used), v(s.requested), v(s.accepted), v(s.current);
}
template <class V>
void parts(V& v, CoachRecord& s) {
  v(s.review), v(s.capacity), v(s.recorded);
}
template <class V>
void parts(V& v, CoachState& s) {
  parts(v, static_cast<CoachRecord&>(s)), v(s.earlier), v(s.active);
}
template <class V>
void parts(V& v, EditionState& s) {
  v(s.number), v(s.due_on), v(s.published);
}
template <class V>
void parts(V& v, CycleState& s) {
  v(s.id), v(s.charter_version), v(s.opened), v(s.applications), v(s.applicants), v(s.seats_taken), v(s.last_seat), v(s.waitlist),
      v(s.waitlist_joined), v(s.offers), v(s.closed), v(s.refused_applications), v(s.replaced_refusals), v(s.pairings), v(s.clients), v(s.editions),
      v(s.expired);
}
template <class V>
void parts(V& v, ImportState& s) {
  v(s.sheet), v(s.started), v(s.started_at), v(s.finished), v(s.recorded), v(s.refused), v(s.unchanged), v(s.undone);
}
template <class V>
void parts(V& v, Undone& s) {
  v(s.by), v(s.stream), v(s.subject), v(s.stands_again);
}
template <class V>
void parts(V& v, HeldRole& s) {
  v(s.role), v(s.programme), v(s.unit), v(s.last_day), v(s.granted);
}
template <class V>
void parts(V& v, ProposalState& s) {
  v(s.action), v(s.about), v(s.subject), v(s.proposer), v(s.role), v(s.made), v(s.outcome), v(s.closed);
}
template <class V>
void parts(V& v, GlassState& s) {
  v(s.holder), v(s.subject), v(s.about), v(s.role), v(s.classes), v(s.ends_at), v(s.told), v(s.broken), v(s.finding), v(s.reviewed);
}
template <class V>
void parts(V& v, RightsState& s) {
  v(s.roles), v(s.proposals), v(s.glasses);
}
template <class V>
void parts(V& v, State& s) {
  v(s.end), v(s.last_recorded_at), v(s.programmes), v(s.cycles), v(s.people), v(s.applications), v(s.pairings), v(s.coaches), v(s.imports),
      v(s.undone), v(s.rights), v(s.uncertified), v(s.key_changed_at), v(s.stream_versions);
}

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

// The largest number that a value of the type may have.
template <Number T>
constexpr uint64_t largest() {
  if constexpr (std::is_same_v<T, bool>)
    return 1;
  else if constexpr (std::is_same_v<T, SeatStatus>)
    return static_cast<uint64_t>(SeatStatus::kWaitlisted);
  else if constexpr (std::is_same_v<T, PairingStatus>)
    return static_cast<uint64_t>(PairingStatus::kEnded);
  else if constexpr (std::is_same_v<T, OfferStatus>)
    return static_cast<uint64_t>(OfferStatus::kExpired);
  else if constexpr (std::is_signed_v<T>)
    return std::numeric_limits<uint64_t>::max();
  else
    return std::numeric_limits<T>::max();
}

// Numbers with seven bits a byte, smallest first; text and collections behind their length; a map in order of its keys.
class Writer {
 public:
  std::string out;

  template <Number T>
  void operator()(const T& value) {
    auto rest = static_cast<uint64_t>(value);
    for (; rest >= 0x80; rest >>= 7) out += static_cast<char>(rest | 0x80);
    out += static_cast<char>(rest);
  }
  void operator()(const std::string& text) {
    (*this)(text.size());
    out += text;
  }
  void operator()(const PersonId& person) { (*this)(person.value); }
  void operator()(const Position& at) { (*this)(at.value); }
  void operator()(const Instant& at) { (*this)(at.time_since_epoch().count()); }
  void operator()(const Day& day) { (*this)(int64_t{day.time_since_epoch().count()}); }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <class A, class B>
  void operator()(const std::pair<A, B>& pair) {
    (*this)(pair.first), (*this)(pair.second);
  }
  template <class T>
  void operator()(const std::vector<T>& all) {
    each(all);
  }
  template <class T>
  void operator()(const std::set<T>& all) {
    each(all);
  }
  template <class K, class T>
  void operator()(const std::map<K, T>& all) {
    each(all);
  }
  template <class K, class T>
  void operator()(const boost::container::flat_map<K, T>& all) {
    each(all);
  }
  template <class K, class T>
  void operator()(const ByWord<K, T>& all) {
    std::vector<const std::pair<const K, T>*> ordered;
    ordered.reserve(all.size());
    for (const auto& entry : all) ordered.push_back(&entry);
    std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    (*this)(ordered.size());
    for (const auto* entry : ordered) (*this)(*entry);
  }
  template <class S>
  void operator()(const S& part) {
    parts(*this, const_cast<S&>(part));  // which only reads here
  }

 private:
  template <class All>
  void each(const All& all) {
    (*this)(all.size());
    for (const auto& one : all) (*this)(one);
  }
};

// Reads what Writer wrote. After bytes that it did not write, everything reads as nothing, and `good` is false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}
  bool good = true;
  bool at_end() const { return rest_.empty(); }

  template <Number T>
  void operator()(T& value) {
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (rest_.empty() || shift > 63) return fail();
      const uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      number |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    if (number > largest<T>()) return fail();
    value = static_cast<T>(number);
  }
  void operator()(std::string& text) {
    const size_t size = count();
    text.assign(as_text(rest_.first(size)));
    rest_ = rest_.subspan(size);
  }
  void operator()(PersonId& person) { (*this)(person.value); }
  void operator()(Position& at) { (*this)(at.value); }
  void operator()(Instant& at) {
    int64_t microseconds = 0;
    (*this)(microseconds);
    at = Instant(std::chrono::microseconds{microseconds});
  }
  void operator()(Day& day) {
    int64_t days = 0;
    (*this)(days);
    day = Day(std::chrono::days{days});
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    bool there = false;
    (*this)(there);
    if (there) (*this)(value.emplace());
  }
  template <class A, class B>
  void operator()(std::pair<A, B>& pair) {
    (*this)(pair.first), (*this)(pair.second);
  }
  template <class T>
  void operator()(std::vector<T>& all) {
    all.reserve(count_ahead());
    each<T>([&](T one) { all.push_back(std::move(one)); });
  }
  template <class T>
  void operator()(std::set<T>& all) {
    each<T>([&](T one) { all.insert(all.end(), std::move(one)); });
  }
  template <class K, class T>
  void operator()(std::map<K, T>& all) {
    each<std::pair<K, T>>([&](std::pair<K, T> one) { all.insert(all.end(), std::move(one)); });
  }
  template <class K, class T>
  void operator()(boost::container::flat_map<K, T>& all) {
    all.reserve(count_ahead());
    each<std::pair<K, T>>([&](std::pair<K, T> one) { all.insert(all.end(), std::move(one)); });
  }
  template <class K, class T>
  void operator()(ByWord<K, T>& all) {
    all.reserve(count_ahead());
    each<std::pair<K, T>>([&](std::pair<K, T> one) { all.insert(std::move(one)); });
  }
  template <class S>
  void operator()(S& part) {
    parts(*this, part);
  }

 private:
  void fail() {
    good = false;
    rest_ = {};
  }
  // How many bytes or items follow; never more than there are bytes.
  size_t count() {
    size_t size = 0;
    (*this)(size);
    if (size <= rest_.size()) return size;
    fail();
    return 0;
  }
  size_t count_ahead() {
    const auto here = rest_;
    const size_t size = count();
    if (good) rest_ = here;
    return size;
  }
  template <class T, class Use>
  void each(const Use& use) {
    for (size_t left = count(); left > 0 && good; --left) {
      T one{};
      (*this)(one);
      if (good) use(std::move(one));
    }
  }

  Bytes rest_;
};

// The charter that was adopted by the event at a position.
Result<std::shared_ptr<const Charter>> charter_at(const EventLog& log, Position at) {
  std::shared_ptr<const Charter> charter;
  DAYBOOK_TRY(read_events(log, at, Position{at.value + 1}, [&](const Event& event) {
    if (const auto* adopted = std::get_if<CharterAdopted>(&event.body))
      charter = std::make_shared<const Charter>(read_adopted_charter(adopted->text));
    return true;
  }));
  if (!charter) return Error{Fault::kCorrupt, fmt::format("position {}: found no charter, want the one of the snapshot", at.value)};
  return charter;
}

Result<void> join_charters(State& state, const EventLog& log) {
  for (auto& [name, programme] : state.programmes) {
    for (auto& version : programme.versions) {
      DAYBOOK_TRY(version.charter, charter_at(log, version.adopted));
    }
  }
  for (auto& [id, cycle] : state.cycles) {
    const auto* programme = state.programme(id.programme);
    const bool known = programme && cycle.charter_version >= 1 && cycle.charter_version <= programme->versions.size();
    if (known) cycle.charter = programme->versions[cycle.charter_version - 1].charter;
    cycle.rules = known ? cycle.charter->find_cycle(id.cycle) : nullptr;
    if (!cycle.rules) return Error{Fault::kCorrupt, fmt::format("found cycle {} without its rulebook", id.text())};
  }
  return success();
}

// Whatever one part names is there.
class Names {
 public:
  explicit Names(const State& state) : state_(state) {}

  Result<void> check() {
    for (const auto& [ref, application] : state_.applications) want(application.ref == ref && state_.cycle(application.cycle), "cycle of", ref);
    for (const auto& [ref, pairing] : state_.pairings) {
      const auto* cycle = state_.cycle(pairing.cycle);
      want(pairing.ref == ref && cycle && cycle->clients.contains(pairing.client), "client of", ref);
      want_application(pairing.application);
    }
    for (const auto& [id, cycle] : state_.cycles) check(cycle);
    for (const auto& [id, person] : state_.people) {
      for (const auto& accepted : person.accepted) want_pairing(accepted.pairing);
    }
    for (const auto& [id, coach] : state_.coaches) {
      for (const auto& [ref, at] : coach.active) want_pairing(ref);
    }
    return missing_.empty() ? Result<void>(success()) : Result<void>(Error{Fault::kCorrupt, missing_});
  }

 private:
  void check(const CycleState& cycle) {
    for (const auto* refs : {&cycle.applications, &cycle.waitlist, &cycle.offers}) {
      for (const auto& ref : *refs) want_application(ref);
    }
    for (const auto& ref : cycle.offers) want(state_.application(ref) && state_.application(ref)->offer, "offer of", ref);
    for (const auto& [person, ref] : cycle.applicants) want_application(ref);
    for (const auto& ref : cycle.pairings) want_pairing(ref);
    for (const auto& [person, client] : cycle.clients) {
      if (!client.current.empty()) want_pairing(client.current);
    }
  }
  void want_application(const std::string& ref) { want(state_.application(ref) != nullptr, "application", ref); }
  void want_pairing(const std::string& ref) { want(state_.pairing(ref) != nullptr, "pairing", ref); }
  void want(bool there, std::string_view what, const std::string& name) {
    if (!there && missing_.empty()) missing_ = fmt::format("found {} \"{}\" named and not there", what, name);
  }

  const State& state_;
  std::string missing_;  // the first
};

}  // namespace

std::string save_state(const State& state) {
  Writer writer;
  writer(state);
  return std::move(writer.out);
}

Result<State> load_state(Bytes bytes, const EventLog& log) {
  Reader reader(bytes);
  State state;
  reader(state);
  if (!reader.good || !reader.at_end()) return Error{Fault::kCorrupt, "found bytes that are no saved state"};
  DAYBOOK_TRY(join_charters(state, log));
  DAYBOOK_TRY(Names(state).check());
  return state;
}

}  // namespace daybook
