#include "tests/crash/look_case.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "ledger/init.h"
#include "ledger/require.h"
#include "ledger/verify.h"
#include "projections/lists.h"
#include "tests/crash/account.h"
#include "tests/support/a_look.h"
#include "tests/support/made.h"
#include "tools/verbs.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

constexpr int kPeople = 50;
constexpr std::string_view kAnswer = "the answer";

// Standard output, as a file of the disk. What leaves is kept in `file`, where a kill leaves it.
class AnswerFile {
 public:
  AnswerFile(FaultFileSystem& disk, const std::string& file, size_t chunk)
      : disk_(disk), file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    require(file_ >= 0 && chunk <= buffer_.size(), "an answer can be kept");
    stdout = ::fopencookie(this, "w", {nullptr, &AnswerFile::write, nullptr, nullptr});
    std::setvbuf(stdout, buffer_.data(), _IOFBF, chunk);
  }
  AnswerFile(const AnswerFile&) = delete;  // the stream stays until the process ends

 private:
  static ssize_t write(void* self, const char* bytes, size_t count) {
    auto& answer = *static_cast<AnswerFile*>(self);
    // As no write that grows a file: what is full is the disk, not the reader's screen.
    if (!answer.disk_.step(Op::kSync, std::string(kAnswer)).ok()) return 0;
    return ::write(answer.file_, bytes, count);
  }
  FaultFileSystem& disk_;
  const int file_;
  std::array<char, 4096> buffer_;
};

char letter_of(const Operation& operation) {
  if (operation.path == kAnswer) return 'a';
  return operation.op == Op::kAppend && operation.path.ends_with(".log") ? 'l' : '.';
}

// One process that is asked: its answer goes to HOME/answer, its messages to HOME/messages.
void be_asked(const std::string& home, const Question& question, const Incident& incident, size_t chunk, const Tell& tell) {
  const int messages = ::open((home + "/messages").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(messages, 2);
  FaultFileSystem disk(home + "/season/access", incident.plan);
  const auto env = env_of(disk);
  AnswerFile answer(disk, home + "/answer", chunk);
  Settings settings;
  settings.ledger = home + "/season";
  settings.as = "test@host";
  settings.role = "administrator";
  settings.purpose = "a test";
  settings.env = env.get();
  question.ask(settings);
  std::fflush(stdout);
  std::string operations;
  for (const auto& operation : disk.operations()) operations += letter_of(operation);
  disk.drop_unsynced(incident.left, incident.seed);
  tell(operations);
}

// Tells whether the look is there, l or -, then what is wrong.
void look_again(const std::string& home, uint64_t before, uint64_t answered, const Tell& tell) {
  const SystemClock clock;
  SystemRandomness randomness;
  const auto ledger = Ledger::open(home + "/season", {}, clock, randomness);
  if (!ledger) return tell("-the ledger does not open: " + ledger.error().message);
  const auto book = ledger.value()->access_book("the test", clock, randomness);
  if (!book) return tell("-the access book does not open: " + book.error().message);
  const auto& log = book.value()->log();
  const uint64_t looks = log.end().value;
  tell(looks > before ? "l" : "-");
  if (looks < before || looks > before + 1) tell(fmt::format("{} looks are there, {} were taken before; ", looks, before));
  if (answered > 0 && looks == before) tell(fmt::format("{} bytes of an answer left without a look; ", answered));
  if (text_of(home + "/messages").find("Canary") != std::string::npos) tell("a message has a confidential word; ");
  fine(read_events(log, Position{before}, log.end(), [&](const Event& event) {
    const auto* look = std::get_if<RecordViewed>(&event.body);
    if (!look || look->denied || look->classes.empty()) tell("what was written is no look that was granted; ");
    return true;
  }));
  const auto verified = verify(log, ledger.value()->config().access_key, ledger.value()->access_keys());
  if (!verified) tell(verified.error().message + "; ");
}

void record_people(Sequencer& sequencer) {
  for (int i = 0; i < kPeople; ++i) {
    auto staff = staff_of("S" + std::to_string(i));
    staff.name = "Canary" + std::to_string(i);
    Command command;
    command.body = RecordStaff{staff};
    command.actor = "admin";
    command.recorded_by = "test@host";
    require(sequencer.execute(std::move(command)).outcome == Outcome::kRecorded, "a test's staff is recorded");
  }
}

void make_ledger(const TempFolder& home, uint64_t seed, uint64_t looks) {
  const SystemClock clock;
  SeededRandomness randomness(seed);
  made(init_ledger({home.path("season"), home.path("root-key"), home.path("log-key"), "ledger.example/season"}, "test@host", clock, randomness));
  std::ofstream(home.path("season/daybook.toml"), std::ios::app) << "\n[disk]\nfloor_mib = 0\nballast_mib = 0\n";
  for (const auto* book : {"programme", "access"}) fs::remove(ballast_file(home.path("season"), book));  // only to be copied over and over
  OpenOptions options;
  options.mode = OpenMode::kReadWrite;
  options.holder = "the test";
  const auto ledger = made(Ledger::open(home.path("season"), options, clock, randomness));
  record_people(ledger->sequencer());
  const auto book = made(ledger->access_book("the test", clock, randomness));
  for (uint64_t i = 0; i < looks; ++i) made(book->record(a_look()));
  fine(ledger->close());
}

Settings in_role(Settings settings, const std::string& role, const std::string& format) {
  settings.role = role;
  settings.format = format;
  return settings;
}

}  // namespace

std::vector<Question> questions() {
  return {
      {"find", [](const Settings& settings) { return find_people(in_role(settings, "administrator", "csv"), {"Canary"}); }},
      {"show", [](const Settings& settings) { return show(in_role(settings, "administrator", "text"), "S7"); }},
      {"explain", [](const Settings& settings) { return explain(in_role(settings, "administrator", "json"), "S8"); }},
      {"access-log", [](const Settings& settings) { return access_log(in_role(settings, "compliance-officer", "json"), {}); }},
  };
}

Question answered_first() {
  return {"find, answered first", [](const Settings& settings) {
            Session session(settings);
            const auto view = made(session.view("find"));
            print_table(people({"Canary"}, *view->desk), Format::kCsv);
            std::fflush(stdout);
            return session.account_for("find", *view) ? kDone : kFailed;
          }};
}

AskedLedger::AskedLedger(uint64_t seed, uint64_t looks) : home_(memory_folder()), looks_(looks) {
  const auto made_it = in_child([&](const Tell&) { make_ledger(home_, seed, looks); });
  require(!made_it.died, "a ledger to ask can be made");
}

Asked ask(const AskedLedger& ledger, const Question& question, const Incident& incident, size_t chunk) {
  const TempFolder home(memory_folder());
  fs::copy(ledger.folder(), home.path("season"), fs::copy_options::recursive);
  Asked asked;
  const auto life = in_child([&](const Tell& tell) { be_asked(home.path(), question, incident, chunk, tell); });
  asked.operations = life.told;
  asked.killed = life.killed;
  asked.answered = fs::exists(home.path("answer")) ? fs::file_size(home.path("answer")) : 0;
  const auto found = in_child([&](const Tell& tell) { look_again(home.path(), ledger.looks(), asked.answered, tell); });
  asked.look = found.told.starts_with('l');
  asked.faults = found.died ? "the check died" : found.told.substr(1);
  return asked;
}

}  // namespace daybook::test
