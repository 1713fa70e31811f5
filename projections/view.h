// A ledger view: a pure fold of the programme book with a name and a version. The same events give the same view, byte for
// byte, on any machine and in any process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "projections/state_lines.h"

namespace daybook {

class View {
 public:
  virtual ~View() = default;
  virtual void take(const Event& event) = 0;  // every event of the book, in order
  virtual std::string save() const = 0;       // what a snapshot keeps
  // The view that save() made the bytes of. kCorrupt if they are none. `log` is the book they were folded from.
  virtual Result<void> load(Bytes bytes, const EventLog& log) = 0;
  virtual StateLines lines() const = 0;  // for people, and to name a difference
};

// `version` is raised with every change of what take() or save() do.
struct ViewKind {
  std::string name;
  uint32_t version = 1;
  std::function<std::unique_ptr<View>()> make;
};

// The views that this program keeps: `state`, which decisions, lists, statistics and cards are answered from.
std::vector<ViewKind> ledger_views();

}  // namespace daybook
