#include "server/catalogue.h"

#include <algorithm>
#include <array>

namespace daybook {
namespace {

constexpr std::string_view kList = "/v1/programmes/{programme}/cycles/{cycle}/{list}";
constexpr std::string_view kAtKeyboard = "it is for whoever has the ledger's folder and keys";

constexpr std::array kActions = std::to_array<ActionEntry>({
    {"request-pairing", "do request-pairing", "request-pairing"},
    {"request-own-pairing", "do request-pairing", "request-own-pairing"},
    {"accept-pairing", "do accept-pairing", "accept-pairing"},
    {"decline-pairing", "do decline-pairing", "decline-pairing"},
    {"end-pairing", "do end-pairing", "end-pairing"},
    {"extend-window", "do extend-window", "extend-window"},
    {"mark-session-done", "do mark-session-done", "mark-session-done"},
    {"mark-session-missed", "do mark-session-missed", "mark-session-missed"},
    {"withdraw-session", "do withdraw-session", "withdraw-session"},
    {"give-feedback", "do give-feedback", "give-feedback"},
    {"decide", "decide", "decide"},
    {"decide-referral", "do decide-referral", "decide-referral"},
    {"grant-seat", "do grant-seat", "grant-seat"},
    {"offer-seat", "do offer-seat", "offer-seat"},
    {"accept-offer", "do accept-offer", "accept-offer"},
    {"decline-offer", "do decline-offer", "decline-offer"},
    {"charter-add", "charter add", "charter-add"},
    {"undo-import", "do undo-import", "undo-import"},
    {"rectify-staff", "do rectify-staff", "rectify-staff"},
    {"rectify-form", "do rectify-form", "rectify-form"},
    {"place-hold", "do place-hold", "place-hold"},
    {"lift-hold", "do lift-hold", "lift-hold"},
    {"role-grant", "role grant", "role-grant"},
    {"role-end", "role end", "role-end"},
    {"second", "second", ""},
    {"decline", "decline", ""},
    {"withdraw", "withdraw", ""},
    {"erase", "erase", "erase"},
    {"expire-cohort", "do expire-cohort", "expire-cohort"},
    {"rotate-keys", "rotate-keys", "rotate-keys"},
    {"break-glass", "break-glass", "break-glass"},
    {"review-glass", "review-glass", "review-glass"},
    {"import", "import", "import", "", "/v1/imports/{kind}"},
    {"backup", "backup", "backup", kAtKeyboard},
    {"role-begin", "role begin", "role-begin", kAtKeyboard},
    {"tick", "tick", "tick", "the service does it by itself"},
});

constexpr std::array kViews = std::to_array<ViewEntry>({
    {"charter list", "", "/v1/programmes"},
    {"charter show", "programme", "/v1/programmes/{programme}/charters/{version}"},
    {"list decisions", "decisions", kList},
    {"list applications", "applications", kList},
    {"list seats", "decisions", kList},
    {"list waitlist", "decisions", kList},
    {"list pairings", "pairings", kList},
    {"list sessions", "pairings", kList},
    {"list coaches", "coaches", kList},
    {"list overdue", "pairings", kList},
    {"list editions", "", kList},
    {"list refused", "intake", kList},
    {"list imports", "programme", "/v1/imports"},
    {"list roles", "rights", "/v1/roles"},
    {"list proposals", "rights", "/v1/proposals"},
    {"list glasses", "rights", "/v1/glasses"},
    {"find", "people", "/v1/find"},
    {"show", "people", "/v1/things/{id}"},
    {"show NAME", "people", "/v1/show"},
    {"show PROGRAMME/CYCLE", "", "/v1/programmes/{programme}/cycles/{cycle}"},
    {"show PROGRAMME/PERSON", "coaches", "/v1/programmes/{programme}/coaches/{person}"},
    {"explain", "decisions", "/v1/things/{id}/explain"},
    {"explain NAME", "decisions", "/v1/explain"},
    {"stats", "figures", "/v1/programmes/{programme}/cycles/{cycle}/stats"},
    {"history", "programme", "/v1/history"},
    {"access-log", "access-book", "/v1/access-log"},
    {"rights export", "export", "/v1/people/{person}/export"},
    {"diff", "", "", "it tells of everybody in a cycle; over the wire `list`, `show` and `stats` take both clocks"},
    {"checkpoint", "", "/v1/checkpoint"},
    {"prove inclusion", "", "/v1/proof/inclusion/{size}/{position}"},
    {"prove consistency", "", "/v1/proof/consistency/{old}/{size}"},
    {"export tiles", "", "/v1/tile/{level}/{index*}"},
});

constexpr std::array kOther = std::to_array<OtherRoute>({
    {"/v1/jobs/{id}", "how far an import is"},
    {"/v1/jobs/{id}/report", "what became of its rows"},
    {"/v1/export/history", "the view history, whole"},
    {"/v1/tile/entries/{index*}", "the events as they are hashed, for whoever is told all of history"},
    {"/v1/export/programmes/{programme}/cycles/{cycle}/{list}", "a list of a cycle, whole, for a spreadsheet"},
});

constexpr std::array kLocal = std::to_array<LocalVerb>({
    {"init", "it makes a ledger"},
    {"simulate", "it makes a ledger"},
    {"restore", "it makes a ledger"},
    {"replay", kAtKeyboard},
    {"views", kAtKeyboard},
    {"verify", kAtKeyboard},
    {"doctor", kAtKeyboard},
    {"backup verify", kAtKeyboard},
    {"backup erasures", kAtKeyboard},
    {"bench", "it asks nothing of a ledger"},
    {"completion", "it asks nothing of a ledger"},
    {"serve", "it starts the service"},
    {"sign-in", "it says who asks"},
    {"sign-out", "it says who asks"},
});

}  // namespace

std::span<const ActionEntry> action_entries() { return kActions; }

const ActionEntry* find_served_action(std::string_view name) {
  const auto it = std::find_if(kActions.begin(), kActions.end(),
                               [&](const ActionEntry& entry) { return entry.name == name && entry.no_route.empty() && entry.route.empty(); });
  return it == kActions.end() ? nullptr : &*it;
}

std::span<const ViewEntry> view_entries() { return kViews; }
std::span<const OtherRoute> other_routes() { return kOther; }
std::span<const LocalVerb> local_verbs() { return kLocal; }

}  // namespace daybook
