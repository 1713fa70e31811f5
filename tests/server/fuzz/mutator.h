// Bytes that nearly are what is wanted: inputs of a corpus, changed a little, over and over. The same seed gives the same ones.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::test {

class Mutator {
 public:
  // `inputs` is not empty; `words` may be. Both are borrowed.
  Mutator(std::span<const std::string> inputs, std::span<const std::string_view> words, uint64_t seed)
      : inputs_(inputs), words_(words), random_(seed) {}

  // The next input. Each of the corpus comes as it is first.
  std::string next();

 private:
  size_t below(size_t end) { return end == 0 ? 0 : static_cast<size_t>(random_() % end); }
  const std::string& any_input() { return inputs_[below(inputs_.size())]; }
  void change(std::string& text);
  void change_bytes(std::string& text);
  void splice(std::string& text);
  std::span<const std::string> inputs_;
  std::span<const std::string_view> words_;
  std::mt19937_64 random_;
  size_t given_ = 0;
};

// A corpus has an input on each line, with \\ \r \n \t and \xHH for what a line cannot hold; a line that begins with # is a remark.
std::string escaped(std::string_view bytes);
// Stops the process at what escaped() would not have written: a corpus is ours.
std::string unescaped(std::string_view line);
std::vector<std::string> read_corpus(const std::string& file);

}  // namespace daybook::test
