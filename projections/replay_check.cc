#include "projections/replay_check.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <thread>

#include "ledger/replay.h"

namespace daybook {
namespace {

Result<void> take_events(View& view, const EventLog& log, Position from, Position to) {
  return read_events(log, from, to, [&](const Event& event) { return view.take(event), true; });
}

// Runs the work on a thread of its own, where hash tables have another order and fresh memory another content: what a view
// must not rest on.
template <class Work>
auto run_apart(const Work& work) {
  std::optional<decltype(work())> result;
  ::mallopt(M_PERTURB, 0x5a);
  std::thread([&] {
    WordHash::seed = 0x9e3779b97f4a7c15;
    result.emplace(work());
  }).join();
  ::mallopt(M_PERTURB, 0);
  return std::move(*result);
}

// One kind of view of one log, folded as often as it takes to tell where a difference begins.
class Check {
 public:
  Check(const ViewKind& kind, const EventLog& log) : kind_(kind), log_(log) {}

  Result<CheckedView> run(const Snapshots& snapshots) const {
    CheckedView checked{kind_.name, kind_.version, {}, {}};
    auto snapshot = snapshots.read(kind_.name, kind_.version, log_);
    if (snapshot) checked.kept = Position{snapshot.value().head.size};
    if (!snapshot && snapshot.error().fault != Fault::kNotFound) {
      checked.difference = Difference{kind_.name, "", "", "", {}, 0, snapshot.error().message};
      return checked;
    }
    if (snapshot) {
      DAYBOOK_TRY(checked.difference, against_snapshot(snapshot.value()));
    }
    if (!checked.difference) {
      DAYBOOK_TRY(checked.difference, against_itself());
    }
    return checked;
  }

 private:
  using Folded = std::unique_ptr<View>;

  Result<Folded> fold_to(Position end) const {
    auto view = kind_.make();
    DAYBOOK_TRY(take_events(*view, log_, Position{}, end));
    return view;
  }
  Result<std::string> bytes_at(Position end) const {
    DAYBOOK_TRY(const auto view, fold_to(end));
    return view->save();
  }
  Result<StateLines> lines_at(Position end) const {
    DAYBOOK_TRY(const auto view, fold_to(end));
    return view->lines();
  }

  // The view as questions see it: its snapshot, read back.
  Result<std::optional<Difference>> against_snapshot(const Snapshot& snapshot) const {
    const Position end{snapshot.head.size};
    DAYBOOK_TRY(const auto rebuilt, fold_to(end));
    const auto bytes = rebuilt->save();
    const auto kept = kind_.make();
    const auto loaded = kept->load(as_bytes(snapshot.bytes), log_);
    const bool same = loaded && bytes == snapshot.bytes && kept->save() == bytes;
    if (same) return std::optional<Difference>();
    auto difference = loaded ? first_of(kept->lines(), rebuilt->lines()) : std::nullopt;
    if (!difference) {
      const auto at = std::mismatch(bytes.begin(), bytes.end(), snapshot.bytes.begin(), snapshot.bytes.end()).first - bytes.begin();
      difference = Difference{kind_.name, fmt::format("byte {}", at), "", "", {}, 0, ""};
    }
    if (!difference->event && loaded) {
      DAYBOOK_TRY(difference->event, giver_of(difference->key, difference->wanted, end));
    }
    difference->what = loaded ? "the snapshot is not what the events say" : "the snapshot cannot be read: " + loaded.error().message;
    return difference;
  }

  // Two folds of the same events that differ: the view rests on something else.
  Result<std::optional<Difference>> against_itself() const {
    const auto end = log_.end();
    DAYBOOK_TRY(const bool same, agree_at(end));
    if (same) return std::optional<Difference>();
    Position agreed{}, differing = end;
    while (differing.value - agreed.value > 1) {
      const Position middle{agreed.value + (differing.value - agreed.value) / 2};
      DAYBOOK_TRY(const bool agree, agree_at(middle));
      (agree ? agreed : differing) = middle;
    }
    DAYBOOK_TRY(const auto one, lines_at(differing));
    DAYBOOK_TRY(const auto other, run_apart([&] { return lines_at(differing); }));
    auto difference = first_of(other, one).value_or(Difference{kind_.name, "", "", "", {}, 0, ""});
    difference.event = agreed;
    difference.what = "two folds of the same events differ: the view rests on a clock, a hash table's order or memory that was never written";
    return std::optional(std::move(difference));
  }
  Result<bool> agree_at(Position end) const {
    DAYBOOK_TRY(const auto one, bytes_at(end));
    DAYBOOK_TRY(const auto other, run_apart([&] { return bytes_at(end); }));
    return one == other;
  }

  std::optional<Difference> first_of(const StateLines& found, const StateLines& wanted) const {
    const auto all = changes(found, wanted);
    if (all.empty()) return std::nullopt;
    const auto named = std::find_if(all.begin(), all.end(), [](const Change& change) { return change.event.has_value(); });
    const auto& first = named == all.end() ? all.front() : *named;
    return Difference{kind_.name, first.path, first.from, first.to, first.event, all.size() - 1, ""};
  }

  // The event that gave a line, which names none, the value that it has at `end`.
  Result<std::optional<Position>> giver_of(const std::string& key, const std::string& value, Position end) const {
    Position without{}, with = end;
    while (with.value - without.value > 1) {
      const Position middle{without.value + (with.value - without.value) / 2};
      DAYBOOK_TRY(const auto lines, lines_at(middle));
      const auto line = lines.find(key);
      (line != lines.end() && line->second.value == value ? with : without) = middle;
    }
    return std::optional(without);
  }

  const ViewKind& kind_;
  const EventLog& log_;
};

}  // namespace

Result<std::vector<CheckedView>> check_views(const std::vector<ViewKind>& kinds, const Snapshots& snapshots, const EventLog& log) {
  std::vector<CheckedView> all;
  for (const auto& kind : kinds) {
    DAYBOOK_TRY(auto checked, Check(kind, log).run(snapshots));
    all.push_back(std::move(checked));
  }
  return all;
}

}  // namespace daybook
