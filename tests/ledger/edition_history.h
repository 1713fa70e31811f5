// Editions of one cycle as they follow each other: what was true, what was told, and a check of the one against the other
// that is written from the definition: whatever follows from the tables tells of nobody or of the minimum.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "ledger/edition.h"

namespace daybook::test {

struct TrueEdition {
  std::vector<Participant> people;
  std::vector<ToldTable> tables;  // of all audiences together
};

struct EditionHistory {
  Charter charter;
  std::vector<Group> places;  // every station that there is, whether anybody applied from it or not
  std::vector<TrueEdition> editions;
  bool only_grows = false;  // nobody leaves a population
};

// Tables from people, for the edition of that number: next_edition, or what a test puts in its place.
using Publisher =
    std::function<std::vector<ToldTable>(const Charter&, const std::vector<Participant>&, const std::vector<ToldTable>& told, uint32_t)>;
inline std::vector<ToldTable> publish(const Charter& charter, const std::vector<Participant>& people, const std::vector<ToldTable>& told,
                                      uint32_t number) {
  return next_edition(charter, people, told, number);
}

// A charter with random tables, a random organisation, and a random life of it with so many editions.
EditionHistory random_history(std::mt19937& random, size_t editions, const Publisher& publisher = publish);

// The tables of an edition whose figures are its own.
std::vector<ToldTable> fresh_tables(const EditionHistory& history, size_t edition);

// How many of a population belong to any of those places.
uint64_t true_count(const TrueEdition& edition, const std::string& population, const std::vector<Group>& places);
bool is_within(const Group& group, const Group& wider);
// Which of the table's groups somebody at that place counts in.
Group told_group(const ToldTable& table, const Group& place);

// What is wrong with what was told, a sentence each.
std::vector<std::string> faults_of(const EditionHistory& history);

}  // namespace daybook::test
