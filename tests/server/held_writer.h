// Keeps a sequencer from writing, so that a test sees what waits for it.
#pragma once

#include <future>
#include <thread>

#include "ledger/sequencer.h"

namespace daybook::test {

class HeldWriter {
 public:
  // Returns when nothing is written any more. `sequencer` is borrowed.
  explicit HeldWriter(Sequencer& sequencer)
      : holding_([this, &sequencer] {
          sequencer.look([this](const State&) {
            held_.set_value();
            released_.get_future().wait();
          });
        }) {
    held_.get_future().wait();
  }
  ~HeldWriter() { let_go(); }

  // What waits is written. Once is enough.
  void let_go() {
    if (!holding_.joinable()) return;
    released_.set_value();
    holding_.join();
  }

 private:
  std::promise<void> held_, released_;
  std::thread holding_;
};

}  // namespace daybook::test
