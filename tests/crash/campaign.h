// What the campaigns share. The parent never opens a database, so that every child is a clean fork.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace daybook::test {

struct Campaign {
  uint64_t count = 0, seed = 1, writers = 8;
  uint64_t events = 2'000, places = 0, clean = 0;  // of tamper
};

using Tell = std::function<void(std::string_view)>;

struct ChildEnd {
  std::string told;
  bool died = false;    // by a signal, or with another status than 0
  bool killed = false;  // by kill -9
};

// Runs `work` in a child and gives what it told its parent. `kill_after_ms`: kill -9 then; negative: never.
ChildEnd in_child(const std::function<void(const Tell&)>& work, int kill_after_ms = -1);

// Each prints its totals and gives the exit status: 1 on any violation.
int kill_campaign(const Campaign& campaign);
int crash_campaign(const Campaign& campaign);
int flip_campaign(const Campaign& campaign);
int tamper_campaign(const Campaign& campaign);
int look_campaign(const Campaign& campaign);

}  // namespace daybook::test
