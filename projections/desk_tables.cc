#include "projections/desk_tables.h"

#include <clocale>
#include <cwctype>

#include <algorithm>
#include <set>

#include "ledger/require.h"

namespace daybook {
namespace {

const KindInfo& record_kind() { return kind_of(Body(StaffRecorded{})); }

size_t index_of(std::string_view field) {
  const auto& fields = record_kind().fields;
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& info) { return info.name == field; });
  require(it != fields.end(), "a personnel record has the field");
  return static_cast<size_t>(it - fields.begin());
}

constexpr std::string_view kSearched[] = {"staffNumber", "name",   "email",      "organisation", "entity", "dutyStation",
                                          "country",     "region", "jobNetwork", "grade",        "post",   "languages"};

// Without case, in any script that the C library knows; bytes that are no UTF-8 stay as they are.
std::string fold(std::string_view text) {
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (!utf8) return std::string(text);
  const locale_t before = ::uselocale(utf8);
  std::string folded;
  std::mbstate_t reading{}, writing{};
  while (!text.empty()) {
    wchar_t letter = 0;
    size_t length = std::mbrtowc(&letter, text.data(), text.size(), &reading);
    if (length == 0) length = 1;  // a nought byte
    char bytes[16];
    if (length > text.size()) {
      reading = {};
      folded += text.front();
      length = 1;
    } else if (const size_t written = std::wcrtomb(bytes, static_cast<wchar_t>(std::towlower(static_cast<wint_t>(letter))), &writing);
               written != static_cast<size_t>(-1)) {
      folded.append(bytes, written);
    }
    text.remove_prefix(length);
  }
  ::uselocale(before);
  return folded;
}

}  // namespace

Result<DeskTables> DeskTables::build(const State& state, const Vault& vault, const DeskTables* known) {
  DeskTables tables = known ? *known : DeskTables();
  std::erase_if(tables.rows_, [&](const auto& row) {
    const auto* person = state.person(row.first);
    return !person || person->staff != row.second->recorded;
  });
  for (const auto& [id, person] : state.people) {
    if (!person.staff || tables.rows_.contains(id)) continue;
    DAYBOOK_TRY(tables.take(id, *person.staff, vault));
  }
  return tables;
}

Result<void> DeskTables::renew(const PersonId& person, const State& state, const Vault& vault) {
  const auto* known = state.person(person);
  if (known && known->staff) return take(person, *known->staff, vault);
  rows_.erase(person);
  return success();
}

Result<void> DeskTables::take(const PersonId& person, Position recorded, const Vault& vault) {
  const auto& fields = record_kind().fields;
  DeskRow row{person, recorded, std::vector<std::string>(fields.size()), {}};
  std::set<FieldClass> classes;
  for (const auto& field : fields) classes.insert(field.field_class);
  for (const auto field_class : classes) {
    DAYBOOK_TRY(const auto record, vault.record(recorded, field_class));
    for (size_t i = 0; record && i < fields.size(); ++i) {
      if (const auto* text = fields[i].field_class == field_class ? record->find(fields[i].number) : nullptr) row.values[i] = *text;
    }
  }
  for (const auto field : kSearched) row.folded += fold(row.values[index_of(field)]) + "\n";
  rows_.insert_or_assign(person, std::make_shared<const DeskRow>(std::move(row)));
  return success();
}

const DeskRow* DeskTables::find(const PersonId& person) const {
  const auto it = rows_.find(person);
  return it == rows_.end() ? nullptr : it->second.get();
}

const std::string& DeskTables::value(const DeskRow& row, std::string_view field) { return row.values[index_of(field)]; }

std::vector<const DeskRow*> DeskTables::search(const std::vector<std::string>& words) const {
  std::vector<std::string> wanted;
  for (const auto& word : words) wanted.push_back(fold(word));
  std::vector<const DeskRow*> found;
  for (const auto& [id, row] : rows_) {
    const auto stands = [&, &text = row->folded](const std::string& word) { return text.find(word) != std::string::npos; };
    if (std::all_of(wanted.begin(), wanted.end(), stands)) found.push_back(row.get());
  }
  const auto number = index_of("staffNumber");
  std::sort(found.begin(), found.end(), [&](const auto* a, const auto* b) { return a->values[number] < b->values[number]; });
  return found;
}

}  // namespace daybook
