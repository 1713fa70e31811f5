#include "tests/crash/tampering.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>

#include "ledger/big_endian.h"
#include "ledger/codec.h"
#include "ledger/proof.h"
#include "ledger/require.h"
#include "ledger/segment_index.h"
#include "ledger/verify.h"
#include "tests/crash/account.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

// Tables never change in place, so a copy shares them.
void copy_folder(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::create_directories(to);
  for (const auto& item : fs::recursive_directory_iterator(from)) {
    const auto target = fs::path(to) / fs::relative(item.path(), from);
    if (item.is_directory()) {
      fs::create_directories(target);
    } else if (item.path().extension() == ".sst") {
      fs::create_hard_link(item.path(), target);
    } else {
      fs::copy_file(item.path(), target);
    }
  }
}

std::string after(const Result<void>& result) { return result ? "" : result.error().message; }

enum class Party { kVerify, kOpen, kHolder };
constexpr std::string_view kPartyNames[] = {"verify", "open", "holder"};

// Who must find it, in which words, and which positions may be named: at most so many, some of them in [first, last]; 0:
// none need be named.
struct Expected {
  Party party;
  std::string words;
  uint64_t first = 0, last = 0, named_max = 0;
};

// A contradiction that the forged entries carry in themselves, whatever is hashed anew.
struct Flaw {
  std::string words;
  uint64_t first, last;
};

// How much the forger does beside the change: the last three hash everything anew, and then leave what was signed, take
// away the kept checkpoints that do not fit, and put an older one in the watermark's place too.
enum class Depth { kEntry, kTile, kBook, kKept, kWatermark };

class Scene {
 public:
  Scene(const Victim& of, uint64_t seed, std::string scratch) : victim(of), folder(std::move(scratch)), random(seed), randomness_(seed) {
    copy_folder(victim.home.path(""), folder);
  }

  const Victim& victim;
  const std::string folder;
  std::mt19937_64 random;

  uint64_t pick(uint64_t from, uint64_t to) { return from + random() % (to - from); }
  uint64_t size() const { return victim.book.events.size(); }
  std::string path(const std::string& name) const { return folder + "/" + name; }
  std::string watermark() const { return path("programme.checkpoint"); }
  SignerKey forged_key(const std::string& name = "ledger.example/season") { return made(SignerKey::make(name, randomness_)); }

  // An event past the charters that has values in the vault.
  uint64_t pick_sealed() {
    for (;;) {
      if (const auto at = pick(10, size()); !victim.book.events[at].sealed.empty()) return at;
    }
  }
  // The size of a kept checkpoint, not the newest.
  uint64_t pick_kept(uint64_t at_least) {
    std::vector<uint64_t> sizes;
    for (const auto& [size, note] : victim.book.checkpoints) {
      if (size >= at_least && size < victim.newest.checkpoint.head.size) sizes.push_back(size);
    }
    return sizes.at(random() % sizes.size());
  }

  Event event_at(const StoredBook& book, uint64_t at) const { return made(decode(as_bytes(book.events.at(at).entry))); }

  // An entry that nobody can tell from a true one: of a kind without confidential fields.
  StoredEvent made_up(Envelope envelope) {
    Event event;
    event.envelope = std::move(envelope);
    event.body = PairingAccepted{"P-forged", Day{}, Day{}, false};
    StoredEvent stored;
    stored.put(made(encode(event, {}, randomness_)).entry);
    return stored;
  }

  // Puts the book back, changed from `first` on, and says who must find that.
  Expected put_back(StoredBook book, uint64_t first, Depth depth, std::optional<Flaw> flaw = std::nullopt) {
    const uint64_t size = book.events.size(), bundle = first / kTileWidth * kTileWidth;
    if (depth >= Depth::kKept) std::erase_if(book.checkpoints, [&](const auto& kept) { return kept.first > first; });
    const Reach reach = depth == Depth::kEntry ? Reach::kEntry : depth == Depth::kTile ? Reach::kTile : Reach::kBook;
    write_book(path("programme"), book, first, reach);
    if (depth == Depth::kWatermark) {
      fs::remove(watermark());
      if (!book.checkpoints.empty()) write(watermark(), book.checkpoints.rbegin()->second);
    }
    const auto [signed_to, signed_next] = signed_around(first);
    if (depth <= Depth::kTile && bundle + kTileWidth > size) return {Party::kOpen, "that do not have the hash in the head", first, first, kTileWidth};
    if (depth == Depth::kEntry) return {Party::kVerify, "an entry that does not have the hash in tile/0", first, first, 1};
    if (depth == Depth::kTile)
      return {Party::kVerify, "found entries", first, bundle + kTileWidth - 1, std::max(kTileWidth, signed_next - signed_to)};
    const Party party = depth != Depth::kWatermark ? Party::kOpen : flaw ? Party::kVerify : Party::kHolder;
    if (flaw) return {party, flaw->words, flaw->first, flaw->last, 1};
    if (depth == Depth::kBook) return {party, "checkpoint", first, signed_next - 1, signed_next - signed_to};
    return {party, depth == Depth::kWatermark ? "" : "the watermark has it"};
  }

  // Goes on in the forged folder with the product itself: so many people, then a signature.
  void resume(uint64_t count) {
    OpenOptions options;
    options.mode = OpenMode::kReadWrite;
    options.holder = "the forger";
    const auto ledger = made(Ledger::open(folder, options, clock_, randomness_));
    for (uint64_t i = 0; i < count; ++i) {
      Command command;
      command.body = RecordStaff{staff_of(fmt::format("F{}", i))};
      command.actor = command.recorded_by = "forger";
      require(ledger->sequencer().execute(std::move(command)).outcome == Outcome::kRecorded, "a forger can go on");
    }
    fine(ledger->close());
  }

 private:
  // The kept checkpoints below and above a position.
  std::pair<uint64_t, uint64_t> signed_around(uint64_t position) const {
    const auto& kept = victim.book.checkpoints;
    const auto above = kept.upper_bound(position);
    return {above == kept.begin() ? 0 : std::prev(above)->first, above == kept.end() ? size() : above->first};
  }
  FakeClock clock_;
  SeededRandomness randomness_;
};

Result<std::unique_ptr<Ledger>> open_to_read(const std::string& folder, bool held) {
  static const FakeClock clock;
  static SeededRandomness randomness;
  OpenOptions options;
  options.held = held;
  return Ledger::open(folder, options, clock, randomness);
}

// What `daybook verify` does with the programme book.
Result<void> verify_verb(const std::string& folder) {
  DAYBOOK_TRY(const auto ledger, open_to_read(folder, false));
  DAYBOOK_TRY(verify(ledger->programme(), ledger->config().programme_key, ledger->keys()));
  if (ledger->watermark()) {
    DAYBOOK_TRY(check_watermark(ledger->programme(), ledger->watermark()->checkpoint));
  }
  return check_kept(ledger->programme(), watermark_file(folder, "programme"), ledger->config().programme_key);
}

// What somebody finds who holds the true book's newest checkpoint and key, and a receipt for one event.
std::string holder_finds(const Victim& victim, const std::string& folder, uint64_t receipt) {
  const auto opened = open_to_read(folder, true);
  if (!opened) return "it does not open: " + opened.error().message;
  const Ledger& ledger = *opened.value();
  EventLog& log = opened.value()->programme();
  if (!ledger.watermark()) return "it shows no checkpoint";
  const auto shown = open_checkpoint(ledger.watermark()->note, victim.key);
  if (!shown) return "its checkpoint is refused: " + shown.error().message;
  const auto& held = victim.newest.checkpoint.head;
  const auto& head = shown.value().head;
  const auto proof = prove_consistency(log, held.size, head.size);
  if (!proof) return "there is no proof of consistency: " + proof.error().message;
  if (const auto wrong = check_consistency(proof.value(), held, head); !wrong.empty()) return "the proof of consistency is refused: " + wrong;
  Hash leaf{};
  const auto read = log.read(Position{receipt}, Position{receipt + 1}, [&](Position, Bytes entry) { return leaf = leaf_hash(entry), true; });
  if (!read || leaf != victim.book.events[receipt].leaf) return fmt::format("position {}: another entry than the receipt's", receipt);
  return "";
}

// The positions that a message names: "position 7: ..." or "positions 3 to 9: ...", wherever it stands.
std::optional<std::pair<uint64_t, uint64_t>> positions_in(const std::string& message) {
  const auto at = message.find("position");
  if (at == std::string::npos) return std::nullopt;
  unsigned long long first = 0, last = 0;
  if (std::sscanf(message.c_str() + at, "positions %llu to %llu:", &first, &last) == 2) return std::pair{first, last};
  if (std::sscanf(message.c_str() + at, "position %llu:", &first) == 1) return std::pair{first, first};
  return std::nullopt;
}

std::string why_not(const Expected& expected, const std::string& said) {
  if (said.empty()) return "nothing was found";
  if (!says(said, expected.words)) return "it does not say \"" + expected.words + "\"";
  if (expected.named_max == 0) return "";
  const auto named = positions_in(said);
  if (!named) return "no position is named";
  if (named->second - named->first >= expected.named_max) return fmt::format("more than {} positions are named", expected.named_max);
  const bool right = named->first <= expected.last && named->second >= expected.first;
  return right ? "" : fmt::format("the first bad position is {}", expected.first);
}

Found judge(const Scene& scene, const Expected& expected, uint64_t receipt) {
  Found found{std::string(kPartyNames[static_cast<int>(expected.party)]), "", ""};
  const auto verified = after(verify_verb(scene.folder));
  if (expected.party == Party::kHolder) {
    found.said = holder_finds(scene.victim, scene.folder, receipt);
    if (!verified.empty()) found.fault = "verify found it by itself: " + verified;
  } else {
    found.said = verified;
  }
  if (expected.party == Party::kOpen && open_to_read(scene.folder, true)) found.fault = "it opens";
  if (found.fault.empty()) found.fault = why_not(expected, found.said);
  return found;
}

// ---- the kinds ----

constexpr Depth kAllDepths[] = {Depth::kEntry, Depth::kTile, Depth::kBook, Depth::kKept, Depth::kWatermark};
constexpr Depth kWholeDepths[] = {Depth::kBook, Depth::kKept, Depth::kWatermark};
const std::string kOutOfPlace = "want the one of this place", kUnfit = "does not fit its commitment";

// One entry changed at a place, with whatever hashes.
using Edit = std::function<void(Scene&, StoredBook&, uint64_t at)>;
Expected edited(Scene& scene, int way, const Edit& edit) {
  const uint64_t at = scene.pick_sealed();
  StoredBook book = scene.victim.book;
  edit(scene, book, at);
  return scene.put_back(std::move(book), at, kAllDepths[way]);
}

void edit_payload(Scene& scene, StoredBook& book, uint64_t at) {
  auto& event = book.events[at];
  auto& record = *event.sealed[scene.pick(0, event.sealed.size())].opened;
  auto& [field, value] = record.values[scene.pick(0, record.values.size())];
  const Hash before = commitment(record.seed, field, value);
  value += " (forged)";
  const Hash forged = commitment(record.seed, field, value);
  replace_bytes(event, as_text(before), as_text(forged));
}
void edit_metadata(Scene& scene, StoredBook& book, uint64_t at) {
  std::string correlation = scene.event_at(book, at).envelope.correlation, forged = correlation;
  forged[scene.pick(0, forged.size())] ^= 1;
  replace_bytes(book.events[at], correlation, forged);
}
void edit_time(Scene& scene, StoredBook& book, uint64_t at) {
  set_happened_at(book.events[at], scene.event_at(book, at).envelope.happened_at - std::chrono::hours{24});
}
void edit_actor(Scene& scene, StoredBook& book, uint64_t at) {
  const auto actor = scene.event_at(book, at).envelope.provenance.actor.value;
  for (;;) {
    const auto other = scene.event_at(book, scene.pick_sealed()).envelope.subject.value;
    if (other.size() != actor.size() || other == actor) continue;
    return replace_bytes(book.events[at], actor, other);
  }
}
void edit_type(Scene& scene, StoredBook& book, uint64_t at) { book.events[at] = scene.made_up(scene.event_at(book, at).envelope); }

// Rows of the vault changed at a place, nothing else.
Expected with_vault(Scene& scene, StoredBook book, uint64_t at) {
  write_book(scene.path("programme"), book, at, Reach::kEntry);
  return {Party::kVerify, "in the vault", at, at, 1};
}
// As they stand: the forger has no key of the vault.
void without_keys(StoredEvent& event) {
  for (auto& record : event.sealed) record.opened.reset();
}
Expected swap_between_subjects(Scene& scene, int way) {
  StoredBook book = scene.victim.book;
  uint64_t one = scene.pick_sealed(), other = one;
  while (book.events[other].labels.subject == book.events[one].labels.subject) other = scene.pick_sealed();
  if (one > other) std::swap(one, other);
  std::swap(book.events[one].sealed, book.events[other].sealed);
  if (way == 0) without_keys(book.events[one]), without_keys(book.events[other]);
  write_book(scene.path("programme"), book, other, Reach::kEntry);
  return with_vault(scene, std::move(book), one);
}
Expected replay_older(Scene& scene, int way) {
  StoredBook book = scene.victim.book;
  for (;;) {
    const uint64_t newer = scene.pick_sealed(), older = scene.pick(10, newer + 1);
    const bool same = book.events[newer].labels.subject == book.events[older].labels.subject && newer != older &&
                      book.events[newer].sealed.size() == book.events[older].sealed.size();
    if (!same) continue;
    book.events[newer].sealed = book.events[older].sealed;
    if (way == 0) without_keys(book.events[newer]);
    return with_vault(scene, std::move(book), newer);
  }
}

// What tells where a person's or a cohort's events stand: the directory of a bundle, or the index of a segment.
Expected forge_directory(Scene& scene, int way) {
  const auto database = scene.path("programme");
  const auto flip = [&](std::string row) {
    row[scene.pick(0, row.size())] ^= static_cast<char>(scene.pick(1, 256));
    return row;
  };
  if (way == 0 || scene.size() < kSegmentEvents) {
    const uint64_t at = scene.pick(10, scene.size() / kTileWidth * kTileWidth);
    const auto key = "d" + big_endian(at / kTileWidth);
    auto row = read_row(database, key);
    write_row(database, key, row.replace(12 * (at % kTileWidth), 12, flip(row.substr(12 * (at % kTileWidth), 12))));
    return {Party::kVerify, "another stream, subject or cohort in the directory", at, at, 1};
  }
  const auto key = "e" + std::string(1, static_cast<char>(scene.pick(0, 256))) + big_endian(0);
  write_row(database, key, way == 1 ? std::optional(flip(read_row(database, key))) : std::nullopt);
  return {Party::kVerify, way == 1 ? "another index of the labels" : "found no index of segment 0", 0, kSegmentEvents - 1, kSegmentEvents};
}

// Positions, and versions of one stream, counted anew after an event came or went.
void renumber(StoredBook& book, uint64_t from) {
  for (uint64_t at = from; at < book.events.size(); ++at) set_position(book.events[at], at);
}

Expected erased(Scene& scene, int way, uint64_t at) {
  StoredBook book = scene.victim.book;
  book.events.erase(book.events.begin() + static_cast<std::ptrdiff_t>(at));
  return scene.put_back(std::move(book), at, kWholeDepths[way], Flaw{kOutOfPlace, at, at});
}
Expected delete_middle(Scene& scene, int way) { return erased(scene, way, scene.pick(10, scene.size() - 1)); }
Expected delete_first(Scene& scene, int way) { return erased(scene, way, 0); }

Expected truncate_to(Scene& scene, uint64_t size, Depth depth) {
  StoredBook book = scene.victim.book;
  book.events.resize(size);
  auto expected = scene.put_back(std::move(book), size, depth);
  if (depth == Depth::kBook) expected.words = "a signed checkpoint of";
  expected.last = scene.size() - 1, expected.named_max = depth == Depth::kBook ? scene.size() : 0;
  return expected;
}
Expected delete_last(Scene& scene, int way) { return truncate_to(scene, scene.size() - 1, kWholeDepths[way]); }
Expected truncate_at_commit(Scene& scene, int way) {
  const auto& commits = scene.victim.commits;
  return truncate_to(scene, commits[scene.pick(0, commits.size() - 1)], kWholeDepths[way]);
}
Expected truncate_at_checkpoint(Scene& scene, int way) { return truncate_to(scene, scene.pick_kept(4), kWholeDepths[way]); }

Expected insert(Scene& scene, int way) {
  const uint64_t at = scene.pick(10, scene.size());
  StoredBook book = scene.victim.book;
  auto envelope = scene.event_at(book, at).envelope;
  envelope.stream = "pairing/P-forged", envelope.version = 0;
  book.events.insert(book.events.begin() + static_cast<std::ptrdiff_t>(at), scene.made_up(envelope));
  if (way == 0) return scene.put_back(std::move(book), at, Depth::kKept, Flaw{kOutOfPlace, at, at + 1});
  renumber(book, at);
  return scene.put_back(std::move(book), at, kWholeDepths[way]);
}
Expected duplicate(Scene& scene, int way) {
  const uint64_t at = scene.pick(10, scene.size());
  StoredBook book = scene.victim.book;
  book.events.insert(book.events.begin() + static_cast<std::ptrdiff_t>(at), book.events[at]);
  return scene.put_back(std::move(book), at + 1, kWholeDepths[way], Flaw{kOutOfPlace, at + 1, at + 1});
}
Expected swap_neighbours(Scene& scene, int way) {
  const uint64_t at = scene.pick(10, scene.size() - 1);
  StoredBook book = scene.victim.book;
  std::swap(book.events[at], book.events[at + 1]);
  return scene.put_back(std::move(book), at, kWholeDepths[way], Flaw{kOutOfPlace, at, at});
}
Expected reorder(Scene& scene, int way) {
  const uint64_t at = scene.pick(10, scene.size() - 22), count = scene.pick(3, 21);
  StoredBook book = scene.victim.book;
  std::reverse(book.events.begin() + static_cast<std::ptrdiff_t>(at), book.events.begin() + static_cast<std::ptrdiff_t>(at + count));
  return scene.put_back(std::move(book), at, kWholeDepths[way], Flaw{kOutOfPlace, at, at});
}
// Another ledger's events of the same positions, values and all: streams that go on without a beginning.
Expected splice(Scene& scene, int way) {
  uint64_t at = scene.pick(10, scene.size() - 21);
  if (scene.event_at(scene.victim.other_book, at).envelope.version == 0) ++at;
  StoredBook book = scene.victim.book;
  for (uint64_t i = at; i < at + 20; ++i) book.events[i] = scene.victim.other_book.events[i];
  return scene.put_back(std::move(book), at, kWholeDepths[way], Flaw{"of its stream", at, at});
}
// Without a contradiction left: the stream's later versions are counted anew too.
Expected renumber_after_delete(Scene& scene, int way) {
  const uint64_t at = scene.pick(10, scene.size() - 1);
  StoredBook book = scene.victim.book;
  const auto gone = scene.event_at(book, at).envelope;
  book.events.erase(book.events.begin() + static_cast<std::ptrdiff_t>(at));
  renumber(book, at);
  for (uint64_t i = at; i < book.events.size(); ++i) {
    if (book.events[i].labels.stream != short_hash(gone.stream)) continue;
    const auto envelope = scene.event_at(book, i).envelope;
    if (envelope.stream == gone.stream) set_version(book.events[i], envelope.version - 1);
  }
  return scene.put_back(std::move(book), at, kWholeDepths[way]);
}

// Cut back to a checkpoint among the newest, then gone on with other events: fewer, as many, more than there were.
uint64_t go_on(Scene& scene, int way) {
  const uint64_t size = scene.pick_kept(scene.size() - 100);
  truncate_to(scene, size, Depth::kWatermark);
  const uint64_t more = scene.size() - size + static_cast<uint64_t>(way) - 1;
  scene.resume(more);
  return size + more;
}
Expected truncate_and_resume(Scene& scene, int way) {
  go_on(scene, way);
  write(scene.watermark(), scene.victim.newest.note);  // the anchor outside the database was left where it was
  return {Party::kOpen, "the watermark"};
}
Expected roll_back_and_go_on(Scene& scene, int way) {
  go_on(scene, way);
  constexpr const char* kWords[] = {"there is no proof of consistency", "two roots of one size differ", "does not lead to the old root"};
  return {Party::kHolder, kWords[way]};
}
Expected roll_back_whole(Scene& scene, int) {
  truncate_to(scene, scene.pick_kept(4), Depth::kWatermark);
  return {Party::kHolder, "there is no proof of consistency"};
}

Expected delete_wal(Scene& scene, int way) {
  copy_folder(scene.victim.killed, scene.folder);
  for (const auto& item : fs::directory_iterator(scene.path("programme"))) {
    if (item.path().extension() != ".log" || item.file_size() == 0) continue;
    if (way == 0) fs::remove(item.path());
    if (way == 1) fs::resize_file(item.path(), 0);
    if (way == 2) fs::resize_file(item.path(), scene.pick(1, item.file_size() * 8 / 10));
  }
  return {Party::kOpen, "cut or rolled back"};
}

// ---- fork ----

// Two heads on one parent: the second is shown to the holder of the first.
Expected fork(Scene& scene, int) {
  go_on(scene, 1);
  return {Party::kHolder, "two roots of one size differ"};
}
// A receipt from one reader's book against the other's head.
Expected two_readers(Scene& scene, int) {
  go_on(scene, 2);
  return {Party::kHolder, "does not lead to the old root"};
}

// ---- keys and proofs ----

Expected rehash_without_key(Scene& scene, int way) {
  const uint64_t at = scene.pick_sealed();
  StoredBook book = scene.victim.book;
  edit_payload(scene, book, at);
  if (way == 0) return scene.put_back(std::move(book), at, Depth::kKept);
  // A key of the forger's own: at the watermark alone, or in the config too, with all that was kept signed anew.
  const SignerKey key = scene.forged_key();
  book.checkpoints.clear();
  scene.put_back(book, at, Depth::kBook);
  TreeHead head;
  {
    const auto log = made(open_rocks_log(scene.path("programme"), OpenMode::kReadOnly));
    head = log->head();
  }
  write(scene.watermark(), sign_checkpoint({key.verifier().name, head}, key));
  if (way == 1) return {Party::kOpen, "no known key signed it"};
  std::string config = text_of(scene.path("daybook.toml"));
  const auto own = scene.victim.key.text();
  write(scene.path("daybook.toml"), config.replace(config.find(own), own.size(), key.verifier().text()));
  return {Party::kHolder, "no known key signed it"};
}
Expected resign_older(Scene& scene, int way) {
  StoredBook book = scene.victim.book;
  const SignerKey newer = scene.forged_key();
  auto kept = std::next(book.checkpoints.begin(), static_cast<std::ptrdiff_t>(scene.pick(0, book.checkpoints.size())));
  const auto checkpoint = made(open_checkpoint(kept->second, scene.victim.key));
  kept->second = sign_checkpoint(checkpoint, newer);
  write_book(scene.path("programme"), book, 0, Reach::kEntry);
  if (way == 0) return {Party::kVerify, fmt::format("checkpoint kept at {}: found another: note: no known key signed it", kept->first)};
  write(scene.watermark(), sign_checkpoint(scene.victim.newest.checkpoint, newer));
  return {Party::kOpen, "no known key signed it"};
}
Expected unknown_key(Scene& scene, int way) {
  const auto& newest = scene.victim.newest;
  const SignerKey key = scene.forged_key(way == 0 ? "ledger.example/season" : "ledger.example/retired");
  std::string note = sign_checkpoint(newest.checkpoint, key);
  if (way == 2) {  // its signature under the known key's name and id
    const auto line = newest.note.rfind("\n\n") + 2;
    note = newest.note;
    const auto place = note.find(' ', note.find(' ', line) + 1) + 1 + scene.pick(8, 80);
    note[place] = note[place] == 'A' ? 'B' : 'A';
  }
  write(scene.watermark(), note);
  return {Party::kOpen, way == 2 ? "does not hold" : "no known key signed it"};
}
Expected replay_checkpoint(Scene& scene, int way) {
  const uint64_t size = scene.pick_kept(3);
  StoredBook book = scene.victim.book;
  write(scene.watermark(), book.checkpoints.at(size));
  if (way == 0) return {Party::kOpen, fmt::format("older than the book's own checkpoints: found one of {} events", size)};
  std::erase_if(book.checkpoints, [&](const auto& kept) { return kept.first > size; });
  write_book(scene.path("programme"), book, 0, Reach::kEntry);
  return {Party::kHolder, "there is no proof of consistency"};
}
Expected of_another_ledger(Scene& scene, int way) {
  const auto& newest = scene.victim.newest;
  const SignerKey other = scene.forged_key("ledger.example/other");
  if (way == 0) write(scene.watermark(), text_of(scene.victim.other->path("programme.checkpoint")));
  if (way == 1) write(scene.watermark(), sign_checkpoint({"ledger.example/other", newest.checkpoint.head}, other));
  if (way == 2) {  // with its book
    fs::remove_all(scene.path("programme"));
    copy_folder(scene.victim.other->path("programme"), scene.path("programme"));
    return {Party::kOpen, "no known key signed it"};
  }
  return {Party::kOpen, "no known key signed it"};
}

// Held against nothing but the newest checkpoint: nobody needs the ledger for it.
Found forged_proof(const Victim& victim, int way, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto& head = victim.newest.checkpoint.head;
  const uint64_t old_size = 1 + random() % (head.size - 1), at = 1 + random() % (head.size - 1);
  const TreeHead old_head{old_size, made(tree_root(*victim.log, old_size))};
  const Proof inclusion = made(prove_inclusion(*victim.log, at, head.size)), consistency = made(prove_consistency(*victim.log, old_size, head.size));
  const Hash& leaf = victim.book.events[at].leaf;
  require(check_inclusion(inclusion, at, leaf, head).empty() && check_consistency(consistency, old_head, head).empty(), "true proofs hold");
  Proof one = inclusion, two = consistency;
  std::string words = "root", other_words;
  TreeHead shown = head;
  switch (way) {
    case 0:
      one.clear(), two.clear(), words = "fewer hashes", other_words = "empty";
      break;
    case 1:
      one.pop_back(), two.pop_back(), words = "fewer hashes", other_words = two.empty() ? "empty" : "";
      break;
    case 2:
      one.push_back(leaf), two.push_back(leaf), words = "more hashes";
      break;
    case 3:
      one[random() % one.size()][random() % 32] ^= 1, two[random() % two.size()][random() % 32] ^= 1;
      break;
    default:
      shown.size = 1 + random() % std::min(old_size, at), words = "is not in a tree of", other_words = "size";
      break;
  }
  const auto said = check_inclusion(one, at, leaf, shown), other = check_consistency(two, old_head, shown);
  Found found{"holder", said + "; " + other, ""};
  if (!says(said, words) || !says(other, other_words) || said.empty() || other.empty()) found.fault = "not refused, or not by name";
  return found;
}

struct Kind {
  TamperKind shown;
  std::function<Expected(Scene&, int way)> forge;
};

Kind edit_kind(int number, const std::string& name, const Edit& edit) {
  return {{number, name, 5}, [edit](Scene& scene, int way) { return edited(scene, way, edit); }};
}

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> kinds = {
      edit_kind(1, "edit payload", edit_payload),
      edit_kind(2, "edit metadata", edit_metadata),
      edit_kind(3, "edit time", edit_time),
      edit_kind(4, "edit actor", edit_actor),
      edit_kind(5, "change type", edit_type),
      {{6, "swap sealed values between subjects", 2}, swap_between_subjects},
      {{7, "replay older sealed values", 2}, replay_older},
      {{8, "delete middle", 3}, delete_middle},
      {{9, "delete first", 3}, delete_first},
      {{10, "delete last", 3}, delete_last},
      {{11, "insert", 3}, insert},
      {{12, "duplicate", 3}, duplicate},
      {{13, "swap neighbours", 3}, swap_neighbours},
      {{14, "reorder a range", 3}, reorder},
      {{15, "splice from another ledger", 3}, splice},
      {{16, "renumber after delete", 3}, renumber_after_delete},
      {{17, "truncate at a commit", 3}, truncate_at_commit},
      {{18, "truncate at a checkpoint", 3}, truncate_at_checkpoint},
      {{19, "truncate and resume", 3}, truncate_and_resume},
      {{20, "delete the write-ahead log", 3}, delete_wal},
      {{21, "roll back the whole copy", 1}, roll_back_whole},
      {{22, "roll back and go on otherwise", 3}, roll_back_and_go_on},
      {{23, "two heads on one parent", 1}, fork},
      {{24, "other heads to another reader", 1}, two_readers},
      {{25, "hash all anew without the key", 3}, rehash_without_key},
      {{26, "sign an older range with a newer key", 2}, resign_older},
      {{27, "retired or unknown key", 3}, unknown_key},
      {{28, "replay an old checkpoint", 2}, replay_checkpoint},
      {{29, "checkpoint of another ledger", 3}, of_another_ledger},
      {{30, "forged proofs", 5}, nullptr},
      {{31, "forge the directory or its index", 3}, forge_directory},
  };
  return kinds;
}

// So many events: of people, each with one record of theirs and four of where they took part.
void fill(LedgerHome& home, uint64_t events, std::vector<uint64_t>* commits, std::string* killed) {
  const auto record = [&](Ledger& ledger, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; ++i) {
      Command command;
      const auto number = fmt::format("S{}", i / 5);
      if (i % 5 == 0) command.body = RecordStaff{staff_of(number)};
      if (i % 5 > 0) command.body = RecordParticipation{number, {"iom-coaching", "OHR", fmt::format("{}", 2000 + i % 5), "4"}};
      command.actor = "admin";
      command.recorded_by = "test@host";
      ledger.sequencer().submit(std::move(command), [commits](const Answer& answer) {
        require(answer.outcome == Outcome::kRecorded, "a test's event is recorded");
        if (commits) commits->push_back(answer.range.end.value);
      });
    }
    ledger.sequencer().look([](const State&) {});  // what was submitted is durable
  };
  const uint64_t begun = made(home.open(OpenMode::kReadOnly))->programme().end().value;  // charters and cycles
  const uint64_t all = events - begun, step = all / 8;
  uint64_t done = 0;
  {
    const auto ledger = made(home.open(OpenMode::kReadWrite));
    for (uint64_t to : {step, 2 * step, 3 * step, 5 * step, 6 * step, 7 * step, all - 70, all - 30}) {
      record(*ledger, done, to);
      made(ledger->checkpoint());
      done = to;
    }
    fine(ledger->close());
  }
  const auto ledger = made(home.open(OpenMode::kReadWrite));  // so that the newest stand in the write-ahead log
  record(*ledger, done, all);
  made(ledger->checkpoint());
  if (killed) copy_folder(home.path(""), *killed);
  fine(ledger->close());
}

}  // namespace

Victim::Victim(uint64_t events, uint64_t seed)
    : home(seed, memory_folder()), killed(home.folder.path("killed")), key(), other(std::make_unique<LedgerHome>(seed + 1, memory_folder())) {
  fill(home, events, &commits, &killed);
  fill(*other, events, nullptr, nullptr);
  book = read_book(home.path("programme"), made(home.open(OpenMode::kReadOnly))->keys());
  other_book = read_book(other->path("programme"), made(other->open(OpenMode::kReadOnly))->keys());
  log = made(open_rocks_log(home.path("programme"), OpenMode::kReadOnly));
  key = made(home.open(OpenMode::kReadOnly))->config().programme_key;
  const auto watermark = made(read_watermark(home.path("programme.checkpoint"), key));
  newest = *watermark;
  require(newest.checkpoint.head.size == events && book.events.size() == events && !commits.empty(), "a victim has the events it was asked for");
}

const std::vector<TamperKind>& tamper_kinds() {
  static const std::vector<TamperKind> shown = [] {
    std::vector<TamperKind> all;
    for (const auto& kind : all_kinds()) all.push_back(kind.shown);
    return all;
  }();
  return shown;
}

Found tamper(const Victim& victim, size_t kind, int way, uint64_t seed, const std::string& scratch) {
  const auto& chosen = all_kinds().at(kind);
  if (!chosen.forge) return forged_proof(victim, way, seed);
  Scene scene(victim, seed, scratch);
  const auto expected = chosen.forge(scene, way);
  return judge(scene, expected, scene.pick(expected.first, victim.book.events.size()));
}

namespace {

// One life of a process on a disk that loses its power at some operation, or is closed before. Gives what an opening or a
// signature had to say while the power was on.
std::string live(const std::string& folder, const Plan& plan, Left left, std::mt19937_64& random, Recovered& out) {
  SeededRandomness randomness(random());
  SeededRandomness always_one(7);
  const SignerKey key = made(SignerKey::make("ledger.example/clean", always_one));
  const std::string watermark_file = folder + ".checkpoint";
  FaultFileSystem disk(folder, plan);
  const auto env = env_of(disk);
  std::string said;
  {
    const auto watermark = made(read_watermark(watermark_file, key.verifier()));
    auto log = open_rocks_log(folder, OpenMode::kReadWrite, env.get());
    const auto powered = [&] { return plan.power_cut_at == 0 || disk.operations().size() < plan.power_cut_at; };
    if (!log) return powered() ? log.error().message : "";
    if (watermark) said = after(check_watermark(*log.value(), watermark->checkpoint));
    if (said.empty()) said = after(check_kept(*log.value(), watermark_file, key.verifier()));
    if (!said.empty() && powered()) return said;
    const VaultKeys keys = derive_vault_keys(Hash{});
    const FakeClock clock;
    auto sequencer = Sequencer::start(*log.value(), keys, clock, randomness);
    if (!sequencer) return powered() ? sequencer.error().message : "";
    Checkpointer checkpointer(*log.value(), key, watermark_file, watermark);
    for (uint64_t left_over = 5 + random() % 20; left_over > 0; --left_over) {
      Command command;
      command.body = RecordStaff{staff_of(fmt::format("S{}", random() % 1'000'000))};
      command.actor = command.recorded_by = "admin";
      if (sequencer.value()->execute(std::move(command)).outcome == Outcome::kFailed) break;
      if (random() % 4 > 0) continue;
      const auto signed_one = checkpointer.sign();
      if (!signed_one && powered()) said = signed_one.error().message;
      if (!signed_one) break;
    }
    sequencer = Error{Fault::kStorage, "closed"};
    if (said.empty() && plan.power_cut_at == 0) {
      const auto verified = verify(*log.value(), key.verifier(), keys);
      if (!verified) return verified.error().message;
      out.events = verified.value().events, out.checkpoints = verified.value().checkpoints;
    }
    if (random() % 2 == 0) disk.cut_power();  // no closing, but for what a destructor tries in vain
  }
  disk.drop_unsynced(left, random());
  return said;
}

}  // namespace

Recovered crash_and_recover(uint64_t seed) {
  std::mt19937_64 random(seed);
  const TempFolder temp(memory_folder());
  Recovered out;
  for (out.crashes = 0; out.crashes < 3 && out.said.empty(); ++out.crashes) {
    Plan plan;
    plan.power_cut_at = 1 + random() % 120;
    constexpr Left kLeft[] = {Left::kNothing, Left::kSome, Left::kAll};
    out.said = live(temp.path("log"), plan, kLeft[random() % 3], random, out);
  }
  if (out.said.empty()) out.said = live(temp.path("log"), {}, Left::kAll, random, out);
  return out;
}

}  // namespace daybook::test
