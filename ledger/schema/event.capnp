# What Daybook writes down: the entry, and one struct for each kind of event. This file is an interface. Numbers are
# never used again, fields are never removed, and each field says what it holds and who may be hurt by it.
@0xf61f890185896b80;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("daybook::schema");

enum Class {
  # How confidential a field is. Everything but `open` leaves the log: its value stands in the vault, the log holds a
  # commitment to it. A confidential field is always Text (or a list of Text): its canonical form is the value itself.
  open @0;           # may stand in the log: says nothing about a person who is not known already
  contact @1;        # how to reach a person: name, staff number, e-mail
  staff @2;          # the personnel record, as the personnel system gave it
  registration @3;   # the application form and what was seen of it (S0-06: the programme's administrators only)
  participation @4;  # taking part before the ledger began
  credential @5;     # a coach's proof of training and their undertaking
  profile @6;        # what a coach shows to those who choose
  session @7;        # a session beyond the fact that it took place
  feedback @8;       # what somebody said of a session, in their words
  statistic @9;      # values that only figures use; they belong to the cohort
  reason @10;        # why somebody did a thing, in their words
  intake @11;        # what an import saw in a row
  operator @12;      # who sat at the keyboard
  purpose @13;       # why somebody looked
  review @14;        # why rights were asked for, given, limited or looked into, in somebody's words
}

enum Owner {
  # Whose a confidential field is: with whose erasure it goes.
  nobody @0;   # of open fields
  subject @1;  # the person whom the event is about
  actor @2;    # the person who acted
  cohort @3;   # the cycle, until its expiry; a person's erasure leaves it
}

annotation class @0x829a91ad5c605f18 (field) :Class;
annotation owner @0xc48875e35fa66075 (field) :Owner;
annotation stream @0xefcfb18814724528 (struct) :Text;
# Where events of this kind are filed.
annotation requirement @0x886a7ef0d1dc7ae3 (struct) :Text;
# The requirements that ask for the kind.

struct Commitment {
  # What the log holds in place of a confidential value: it binds the value without telling it.
  field @0 :UInt16;  # the field's number; of item i of a list 256 * (i + 1) + the number
  digest @1 :Data;   # SHA-256 over 0x02, salt, field number and value: 32 bytes; FORMAT.md says how
}

enum Channel {
  cli @0;      # the command line
  import @1;   # a spreadsheet
  service @2;  # the service
  clock @3;    # a moment that passed by itself
}

struct Entry {
  # One event as it is stored and hashed.
  position @0 :UInt64;          # place in the book, from 0, no gaps
  eventId @1 :Data;             # 16 random bytes
  stream @2 :Text;              # what the event is about, such as pairing/P00017
  version @3 :UInt64;           # place in the stream, from 0, no gaps
  recordedAt @4 :Int64;         # microseconds since 1970, UTC; never less than the entry's before
  happenedAt @5 :Int64;         # microseconds since 1970, UTC; when it took place
  actor @6 :Text;               # the person who acted, by random id
  role @7 :Text;                # in which role they acted; empty where the record does not say
  recordedBy @8 :Text;          # who put it in, by random id
  channel @9 :Channel;          # how it was put in
  batch @10 :Text;              # the import it came with; empty for none
  subject @11 :Text;            # the person it is about, by random id; empty for none
  correlation @12 :Data;        # 16 random bytes that all events of one command share (ImportStarted has its own)
  causedBy @13 :UInt64;         # 1 + the position of the event that led to this one: another of its command, what set the deadline, what was answered; else its import's ImportStarted; 0 for none
  corrects @14 :UInt64;         # 1 + the position of the event that this one mends or replaces; 0 for none
  charterVersion @15 :UInt32;   # the version of the charter it was decided under; 0 where no charter speaks
  idempotencyKey @16 :Data;     # keyed (HMAC) of what the caller gave, 32 bytes; empty for none
  commitments @17 :List(Commitment);  # one for each confidential field, in order of number

  body :union {
    charterAdopted @18 :CharterAdopted;
    cycleOpened @19 :CycleOpened;
    importStarted @20 :ImportStarted;
    importFinished @21 :ImportFinished;
    rowRefused @22 :RowRefused;
    staffRecorded @23 :StaffRecorded;
    participationRecorded @24 :ParticipationRecorded;
    coachRecorded @25 :CoachRecorded;
    applicationSubmitted @26 :ApplicationSubmitted;
    eligibilityDecided @27 :EligibilityDecided;
    referralDecided @28 :ReferralDecided;
    seatGranted @29 :SeatGranted;
    waitlistJoined @30 :WaitlistJoined;
    pairingRequested @31 :PairingRequested;
    pairingAccepted @32 :PairingAccepted;
    pairingDeclined @33 :PairingDeclined;
    pairingEnded @34 :PairingEnded;
    windowExtended @35 :WindowExtended;
    sessionMarkedDone @36 :SessionMarkedDone;
    sessionMarkedMissed @37 :SessionMarkedMissed;
    sessionWithdrawn @38 :SessionWithdrawn;
    feedbackGiven @39 :FeedbackGiven;
    recordViewed @40 :RecordViewed;
    tailDropped @41 :TailDropped;
    rowUndone @42 :RowUndone;
    windowElapsed @44 :WindowElapsed;
    cycleClosed @45 :CycleClosed;
    seatOffered @46 :SeatOffered;
    offerDeclined @47 :OfferDeclined;
    offerExpired @48 :OfferExpired;
    editionPublished @49 :EditionPublished;
    ledgerRestored @50 :LedgerRestored;
    proposalMade @51 :ProposalMade;
    proposalClosed @52 :ProposalClosed;
    roleGranted @53 :RoleGranted;
    roleEnded @54 :RoleEnded;
    glassBroken @55 :GlassBroken;
    glassReviewed @56 :GlassReviewed;
    personErased @57 :PersonErased;
    erasureCertified @58 :ErasureCertified;
    holdPlaced @59 :HoldPlaced;
    holdLifted @60 :HoldLifted;
    formRectified @61 :FormRectified;
    wrappingKeyChanged @62 :WrappingKeyChanged;
    cohortExpired @63 :CohortExpired;
    looksExpired @64 :LooksExpired;
  }
  row @43 :UInt32;  # which record of the import's file it came as, from 1; 0 for none
}

struct CharterAdopted $stream("charter/PROGRAMME") $requirement("S0-18 E-39") {
  # A programme's rulebook came into force: cycles that open from now on are held to it.
  programme @0 :Text $class(open);  # the programme's short name
  version @1 :UInt32 $class(open);  # from 1, no gaps
  sponsor @2 :Text $class(open);    # who pays, as the repeat rule compares it
  text @3 :Text $class(open);       # the charter, whole, as it was given (TOML)
}

struct CycleOpened $stream("cycle/PROGRAMME/CYCLE") $requirement("S0-33 S1-02 S1-41") {
  # A run of a programme is there to be applied to, under the version of the charter that it keeps to its end.
  programme @0 :Text $class(open);       # the programme's short name
  cycle @1 :Text $class(open);           # the cycle's name within the programme
  charterVersion @2 :UInt32 $class(open);  # the charter it is pinned to
  opensOn @3 :Int32 $class(open);        # first day of the application period: days since 1970 in the cycle's zone
  closesOn @4 :Int32 $class(open);       # last day of the application period, whole
  timeZone @5 :Text $class(open);        # IANA name of the cycle's zone
  seats @6 :UInt32 $class(open);         # how many may take part
}

struct ImportStarted $stream("import/ID") $requirement("E-38") {
  # The first row of a spreadsheet that changed anything is about to be recorded.
  batch @0 :Text $class(open);                              # the import's random id
  sheet @1 :Text $class(open);                              # staff, participations, coaches, applications or activity
  operator @2 :Text $class(operator) $owner(actor);         # user and host that ran it
  fileDigest @3 :Text $class(intake) $owner(actor);         # SHA-256 of the file, hex
}

struct ImportFinished $stream("import/ID") $requirement("E-38") {
  # The spreadsheet was read to its end.
  batch @0 :Text $class(open);        # the import's random id
  recorded @1 :UInt64 $class(open);   # rows recorded
  refused @2 :UInt64 $class(open);    # rows refused, each with its reason
  unchanged @3 :UInt64 $class(open);  # rows that were known already
}

struct RowRefused $stream("import/ID") $requirement("S0-33 S0-27") {
  # A well-formed row broke a rule. It changed nothing; that it was tried is part of the record.
  batch @0 :Text $class(open);                       # the import it came with
  sheet @1 :Text $class(open);                       # which spreadsheet
  row @2 :UInt64 $class(open);                       # which record of the file, from 1
  action @3 :Text $class(open);                      # what was tried
  ref @4 :Text $class(open);                         # the row's own reference; empty where it is a staff number
  reason @5 :Text $class(open);                      # the rule that refused it, as a word of the contract
  programme @6 :Text $class(open);                   # the programme it named, where that is known
  cycle @7 :Text $class(open);                       # the cycle it named, where that is known
  blockedBy @8 :UInt64 $class(open);                 # 1 + the position of the event that stands in the way; 0 for none
  saw @9 :Text $class(intake) $owner(subject);       # what the rule saw, in words
  wants @10 :Text $class(open);                      # what it would take, with the limits that the rule compared, in words
}

struct StaffRecorded $stream("person/ID") $requirement("S0-19 S0-20 S0-22") {
  # The personnel record of a person, whole; it replaces the one before.
  staffNumber @0 :Text $class(contact) $owner(subject);          # the organisation's number
  name @1 :Text $class(contact) $owner(subject);                 # as the person writes it
  email @2 :Text $class(contact) $owner(subject);                # work address
  organisation @3 :Text $class(staff) $owner(subject);           # employer
  entity @4 :Text $class(staff) $owner(subject);                 # department or mission
  dutyStation @5 :Text $class(staff) $owner(subject);            # town
  country @6 :Text $class(staff) $owner(subject);                # of the duty station
  region @7 :Text $class(staff) $owner(subject);                 # of the duty station
  jobNetwork @8 :Text $class(staff) $owner(subject);             # family of posts
  grade @9 :Text $class(staff) $owner(subject);                  # such as P4
  post @10 :Text $class(staff) $owner(subject);                  # position, such as head-of-office
  contractType @11 :Text $class(staff) $owner(subject);          # one of the contract's fixed words
  gender @12 :Text $class(staff) $owner(subject);                # f, m, x or empty
  languages @13 :Text $class(staff) $owner(subject);             # ;-separated
  timeZone @14 :Text $class(staff) $owner(subject);              # IANA name
  entryOnDuty @15 :Text $class(staff) $owner(subject);           # day service began, YYYY-MM-DD
  trainingCompletedOn @16 :Text $class(staff) $owner(subject);   # day mandatory training was complete; empty: it is not
  supervisor @17 :Text $class(staff) $owner(subject);            # staff number; no rule reads it (S1-15)
  separatedOn @18 :Text $class(staff) $owner(subject);           # day service ended; empty: it has not
}

struct ParticipationRecorded $stream("person/ID") $requirement("S0-31 S0-32") {
  # The person took part in a programme before the ledger began.
  programme @0 :Text $class(participation) $owner(subject);     # as the row named it
  sponsor @1 :Text $class(participation) $owner(subject);       # who paid: the repeat rule looks at this
  edition @2 :Text $class(participation) $owner(subject);       # which run
  sessionsDone @3 :Text $class(participation) $owner(subject);  # how many sessions, as given
}

struct CoachRecorded $stream("coach/PROGRAMME/ID") $requirement("S1-10 S1-13 S1-33") {
  # What a programme knows of a coach, whole; it replaces what it knew before.
  programme @0 :Text $class(open);                                   # the programme
  review @1 :Text $class(open);                                      # accepted, declined, or empty while pending
  capacity @2 :UInt32 $class(open);                                  # clients at the same time, at most
  pledged @3 :Bool $class(open);                                     # the confidentiality undertaking was given (S1-35)
  credentialKind @4 :Text $class(credential) $owner(subject);        # icf-certification or icf-training
  trainingHours @5 :Text $class(credential) $owner(subject);         # hours of training, as given
  credentialReference @6 :Text $class(credential) $owner(subject);   # number of the certificate
  pledgedOn @7 :Text $class(credential) $owner(subject);             # day of the undertaking
  reviewedOn @8 :Text $class(credential) $owner(subject);            # day of the review
  areas @9 :Text $class(profile) $owner(subject);                    # ;-separated (S1-08)
  languages @10 :Text $class(profile) $owner(subject);               # ;-separated
  timeZone @11 :Text $class(profile) $owner(subject);                # IANA name
}

struct ApplicationSubmitted $stream("application/REF") $requirement("S0-33 S0-34 S0-35") {
  # A person asked to take part.
  application @0 :Text $class(open);                             # the application's reference
  programme @1 :Text $class(open);                               # the programme
  cycle @2 :Text $class(open);                                   # the cycle
  submittedOn @3 :Int32 $class(open);                            # day it came in: days since 1970 in the cycle's zone
  formVersion @4 :Text $class(registration) $owner(subject);     # the form it was given on
  commitment @5 :Text $class(registration) $owner(subject);      # yes or no: to the whole programme (S0-21)
  goalType @6 :Text $class(statistic) $owner(cohort);            # professional, personal or both (S0-05)
  languages @7 :Text $class(registration) $owner(subject);       # ;-separated
  timeZone @8 :Text $class(registration) $owner(subject);        # IANA name
  motivation @9 :Text $class(registration) $owner(subject);      # in their own words
}

struct Criterion {
  # One rule of the charter, as it was applied.
  name @0 :Text;     # the rule
  outcome @1 :Text;  # met, failed or referred
  limit @2 :Text;    # what the charter wants, in its words
  factsFrom @3 :Text;  # positions of the events behind the fact that it saw, ;-separated
}

struct EligibilityDecided $stream("application/REF") $requirement("S0-19 S0-20 S0-31") {
  # The charter's criteria were held against what the ledger knew. Made once; never made again.
  application @0 :Text $class(open);                          # the application
  programme @1 :Text $class(open);                            # the programme
  cycle @2 :Text $class(open);                                # the cycle
  outcome @3 :Text $class(open);                              # eligible, not-eligible or referred
  asOf @4 :Int32 $class(open);                                # the day the dates in the facts are held against
  zoneData @5 :Text $class(open);                             # edition of the zone database
  criteria @6 :List(Criterion) $class(open);                  # in the charter's order
  facts @7 :List(Text) $class(registration) $owner(subject);  # what each criterion saw, in the same order
}

struct ReferralDecided $stream("application/REF") $requirement("S0-24") {
  # A person decided what the charter left to judgement.
  application @0 :Text $class(open);                    # the application
  programme @1 :Text $class(open);                      # the programme
  cycle @2 :Text $class(open);                          # the cycle
  outcome @3 :Text $class(open);                        # eligible or not-eligible
  reason @4 :Text $class(reason) $owner(subject);       # why
}

struct SeatGranted $stream("application/REF") $requirement("S0-29 S0-30 E-06") {
  # The applicant may take part.
  application @0 :Text $class(open);    # the application
  programme @1 :Text $class(open);      # the programme
  cycle @2 :Text $class(open);          # the cycle
  seat @3 :UInt32 $class(open);         # how many seats are taken with this one
  fromWaitlist @4 :Bool $class(open);   # by an explicit step from the waitlist's head
}

struct WaitlistJoined $stream("application/REF") $requirement("S0-29 E-06") {
  # No seat was free: the applicant waits.
  application @0 :Text $class(open);  # the application
  programme @1 :Text $class(open);    # the programme
  cycle @2 :Text $class(open);        # the cycle
  rank @3 :UInt32 $class(open);       # place in the cycle's waitlist, from 1, counting all who ever joined
}

struct PairingRequested $stream("pairing/REF") $requirement("S1-19 S1-20") {
  # A series was asked of a coach for the subject.
  pairing @0 :Text $class(open);      # the pairing's reference
  programme @1 :Text $class(open);    # the programme
  cycle @2 :Text $class(open);        # the cycle
  coach @3 :Text $class(open);        # the coach, by random id
  application @4 :Text $class(open);  # the application whose seat it uses
}

struct PairingAccepted $stream("pairing/REF") $requirement("S0-25 S0-36 E-04") {
  # The coach took the client on. The first acceptance of a client in a cycle sets their window.
  pairing @0 :Text $class(open);       # the pairing
  pairedOn @1 :Int32 $class(open);     # the pairing date: days since 1970 in the cycle's zone
  windowLast @2 :Int32 $class(open);   # last day of the client's window, inclusive
  setsWindow @3 :Bool $class(open);    # false: the client had a window already
}

struct PairingDeclined $stream("pairing/REF") $requirement("S1-20") {
  # The coach did not take the client on.
  pairing @0 :Text $class(open);                   # the pairing
  reason @1 :Text $class(reason) $owner(subject);  # why
}

struct PairingEnded $stream("pairing/REF") $requirement("S1-23 S0-14") {
  # The series is over, for whatever reason.
  pairing @0 :Text $class(open);                   # the pairing
  endedOn @1 :Int32 $class(open);                  # days since 1970 in the cycle's zone
  reason @2 :Text $class(reason) $owner(subject);  # why
}

struct WindowExtended $stream("pairing/REF") $requirement("E-01 E-03") {
  # The client has longer.
  pairing @0 :Text $class(open);                   # the pairing
  oldLast @1 :Int32 $class(open);                  # last day of the window until now
  newLast @2 :Int32 $class(open);                  # last day of the window from now on
  reason @3 :Text $class(reason) $owner(subject);  # why
}

struct SessionMarkedDone $stream("pairing/REF") $requirement("S1-26 S1-27 S0-27") {
  # A session took place.
  pairing @0 :Text $class(open);                     # the pairing
  session @1 :UInt32 $class(open);                   # its number in the pairing; 0 is the introduction
  heldOn @2 :Int32 $class(open);                     # the day it took place, as reported
  sponsored @3 :Bool $class(open);                   # it uses one of the client's sponsored sessions
  unsponsored @4 :Bool $class(open);                 # flag: the allowance was used up
  outsideWindow @5 :Bool $class(open);               # flag: held after the window's last day
  minutes @6 :Text $class(session) $owner(subject);  # how long it took, as given
}

struct SessionMarkedMissed $stream("pairing/REF") $requirement("E-21") {
  # A session did not take place although it was due.
  pairing @0 :Text $class(open);                     # the pairing
  session @1 :UInt32 $class(open);                   # its number in the pairing; 0 is the introduction
  heldOn @2 :Int32 $class(open);                     # the day it was due
  sameMiss @3 :Bool $class(open);                    # flag: another person reported the same miss before
  minutes @4 :Text $class(session) $owner(subject);  # as given
}

struct SessionWithdrawn $stream("pairing/REF") $requirement("E-20") {
  # A session was marked done by mistake. The entry it mends stays.
  pairing @0 :Text $class(open);                   # the pairing
  session @1 :UInt32 $class(open);                 # its number in the pairing
  givesBack @2 :Bool $class(open);                 # it was sponsored: the client has that session again
  reason @3 :Text $class(reason) $owner(subject);  # why
}

struct FeedbackGiven $stream("pairing/REF") $requirement("S1-28 E-25") {
  # Somebody said how a session was.
  pairing @0 :Text $class(open);                    # the pairing
  session @1 :UInt32 $class(open);                  # its number in the pairing
  rating @2 :Text $class(statistic) $owner(cohort);   # 1 to 5, or empty
  comment @3 :Text $class(feedback) $owner(actor);    # in their words
}

struct RecordViewed $stream("access/ACTOR") $requirement("S0-06") {
  # Somebody looked at confidential fields. Of the access book only.
  verb @0 :Text $class(open);                       # what was asked for, such as show
  subjects @1 :List(Text) $class(open);             # whose fields, by random id
  classes @2 :List(Text) $class(open);              # which classes of fields
  programme @3 :Text $class(open);                  # where the question was about one cycle
  cycle @4 :Text $class(open);                      # where the question was about one cycle
  bookEnd @5 :UInt64 $class(open);                  # the programme book's end when the answer was made
  authenticated @6 :Bool $class(open);              # false: who looked is a claim
  purpose @7 :Text $class(purpose) $owner(actor);   # why, in their words
  operator @8 :Text $class(operator) $owner(actor); # user and host
  denied @9 :Bool $class(open);                     # it was asked for and not given
  glass @10 :UInt64 $class(open);                   # 1 + the position of the GlassBroken that the right rests on; 0 for none
  unit @11 :Text $class(open);                      # the unit that the role was held in; empty for the whole programme
}

struct TailDropped $stream("book/NAME") $requirement("promise 1") {
  # A write that a crash left half done was dropped when the book was opened: it had never been acknowledged. The book
  # ended then where this event stands.
  file @0 :Text $class(open);     # the write-ahead log it stood in, such as programme/000012.log
  offset @1 :UInt64 $class(open); # where in it the last whole write ends
  bytes @2 :UInt64 $class(open);  # how many were dropped after that
}

struct RowUndone $stream("that of the event it corrects") $requirement("E-38 E-20") {
  # A row of an import was taken back as a mistake: everything is as if it had not been recorded. The entry it corrects stays. It happened when the
  # row did, for as long as the row held; recordedAt says when it was taken back.
  batch @0 :Text $class(open);                     # the import it came with
  row @1 :UInt64 $class(open);                     # which record of the file, from 1; 0: not known
  standsAgain @2 :UInt64 $class(open);             # 1 + the position of what the row had corrected, which stands again; 0 for nothing
  reason @3 :Text $class(reason) $owner(subject);  # why
  programme @4 :Text $class(open);                 # the programme that the row was about; empty for a person's record
  cycle @5 :Text $class(open);                     # the cycle that the row was about; empty where it was about none
}

struct WindowElapsed $stream("pairing/REF") $requirement("E-01 S0-36 S0-37") {
  # The last day of the client's window passed with sponsored sessions left. Happened at that day's last instant in the
  # cycle's zone; recorded once for each last day.
  pairing @0 :Text $class(open);         # the client's newest accepted pairing
  windowLast @1 :Int32 $class(open);     # the last day, inclusive: days since 1970 in the cycle's zone
  sessionsLeft @2 :UInt32 $class(open);  # sponsored sessions that were not used when this was recorded
  zoneData @3 :Text $class(open);        # edition of the zone database
}

struct CycleClosed $stream("cycle/PROGRAMME/CYCLE") $requirement("S0-34 S1-02") {
  # The last day of the application period passed. Happened at that day's last instant in the cycle's zone. Nothing is
  # decided by it: whether an application is late goes by when it happened.
  programme @0 :Text $class(open);  # the programme's short name
  cycle @1 :Text $class(open);      # the cycle's name within the programme
  closesOn @2 :Int32 $class(open);  # the last day, inclusive: days since 1970 in the cycle's zone
  zoneData @3 :Text $class(open);   # edition of the zone database
}

struct SeatOffered $stream("application/REF") $requirement("S0-29 S0-32 E-07") {
  # A free seat is held for the applicant, who was the first on the waitlist without an offer, until they answer.
  application @0 :Text $class(open);  # the application
  programme @1 :Text $class(open);    # the programme
  cycle @2 :Text $class(open);        # the cycle
  answerBy @3 :Int32 $class(open);    # last day for an answer, whole: days since 1970 in the cycle's zone
}

struct OfferDeclined $stream("application/REF") $requirement("E-07") {
  # The applicant does not want the seat and leaves the waitlist. The seat is free again.
  application @0 :Text $class(open);              # the application
  programme @1 :Text $class(open);                # the programme
  cycle @2 :Text $class(open);                    # the cycle
  reason @3 :Text $class(reason) $owner(subject); # why
}

struct OfferExpired $stream("application/REF") $requirement("E-07") {
  # Nobody answered: the seat is free again and the applicant goes to the end of the waitlist. Happened at the last
  # instant of the last day for an answer, in the cycle's zone.
  application @0 :Text $class(open);  # the application
  programme @1 :Text $class(open);    # the programme
  cycle @2 :Text $class(open);        # the cycle
  answerBy @3 :Int32 $class(open);    # the last day for an answer: days since 1970 in the cycle's zone
  rank @4 :UInt32 $class(open);       # the new place in the cycle's waitlist, from 1, counting all who ever joined
  zoneData @5 :Text $class(open);     # edition of the zone database
}

struct EditionPublished $stream("edition/PROGRAMME/CYCLE") $requirement("C5 S0-43") {
  # Figures of a cycle went out to an audience, on a date that the charter names. They are all that this audience is ever
  # told: no number in them, no remainder to a total and no change since an earlier edition lies between 0 and the minimum.
  programme @0 :Text $class(open);   # the programme's short name
  cycle @1 :Text $class(open);       # the cycle's name within the programme
  audience @2 :Text $class(open);    # sponsor or public
  edition @3 :UInt32 $class(open);   # of this cycle and audience, from 1, no gaps
  dueOn @4 :Int32 $class(open);      # the charter's date: days since 1970 in the cycle's zone
  countedTo @5 :UInt64 $class(open); # the figures are of the events before this position
  minimum @6 :UInt32 $class(open);   # the smallest number that is told, 0 aside
  tables @7 :Text $class(open);      # what was published: JSON, as EDITIONS.md describes it
}

struct LedgerRestored $stream("book/NAME") $requirement("promise 1") {
  # The book goes on from a backup that ends before the newest checkpoint anybody may hold: under a new origin and key.
  # The first event under them.
  origin @0 :Text $class(open);         # the new origin
  formerOrigin @1 :Text $class(open);   # the origin until then; under it nothing is signed any more
  formerSize @2 :UInt64 $class(open);   # the size that was known to have been signed under the former origin
  formerRoot @3 :Text $class(open);     # the root at that size, base64; empty if it is not known
  reason @4 :Text $class(review) $owner(actor);  # why the loss was accepted
}

struct ProposalMade $stream("proposal/ID") $requirement("C3 S0-07") {
  # Somebody asked for an action that needs a second person. Nothing has been done yet.
  proposal @0 :Text $class(open);    # its id: the position of this event
  action @1 :Text $class(open);      # what is proposed, as the table of rights names it
  programme @2 :Text $class(open);   # the programme that it is about; empty for all
  cycle @3 :Text $class(open);       # the cycle that it is about; empty for none
  arguments @4 :Text $class(review) $owner(subject);  # of the action: KEY=VALUE, a line each
  reason @5 :Text $class(review) $owner(subject);     # why
}

struct ProposalClosed $stream("proposal/ID") $requirement("C3 S0-07") {
  # A second person agreed, and what was proposed follows; or it came to nothing.
  proposal @0 :Text $class(open);    # the proposal
  outcome @1 :Text $class(open);     # seconded, declined or withdrawn
  reason @2 :Text $class(review) $owner(subject);     # why
  programme @3 :Text $class(open);   # as in the proposal
  cycle @4 :Text $class(open);       # as in the proposal
}

struct RoleGranted $stream("role/ID") $requirement("S0-06 S0-07") {
  # The subject may act and look in this role from here on.
  role @0 :Text $class(open);        # as the tables of rights name it
  programme @1 :Text $class(open);   # where; empty for every programme
  unit @2 :Text $class(open);        # in which unit of the organisation; empty for all
  lastDay @3 :Int32 $class(open);    # last day of the right, inclusive, UTC: days since 1970; 0 for no end
  alone @4 :Bool $class(open);       # nobody held a role yet that could have seconded it
  reason @5 :Text $class(review) $owner(subject);     # why
}

struct RoleEnded $stream("role/ID") $requirement("S0-07") {
  # The subject no longer holds this role.
  role @0 :Text $class(open);        # as it was granted
  programme @1 :Text $class(open);   # as it was granted
  unit @2 :Text $class(open);        # as it was granted
  reason @3 :Text $class(review) $owner(subject);     # why
  alone @4 :Bool $class(open);       # nobody held a role yet that could have seconded it
}

struct GlassBroken $stream("glass/ID") $requirement("C4") {
  # Somebody took a right to look that they do not have, for a short time, and said why before. Open until somebody else
  # has reviewed it.
  glass @0 :Text $class(open);           # its random id
  classes @1 :List(Text) $class(open);   # which classes of fields
  programme @2 :Text $class(open);       # where; the person, if it is about one, is the subject
  cycle @3 :Text $class(open);           # where; empty for the whole programme
  endsAt @4 :UInt64 $class(open);        # microseconds since 1970, UTC: from then on the right is gone
  told @5 :Text $class(open);            # the second person who was told, by random id
  reason @6 :Text $class(review) $owner(actor);       # why
}

struct GlassReviewed $stream("glass/ID") $requirement("C4") {
  # Somebody else looked into it.
  glass @0 :Text $class(open);       # which
  finding @1 :Text $class(open);     # proper, improper or unclear: unclear leaves it open
  reason @2 :Text $class(review) $owner(actor);       # what was found
}

struct PersonErased $stream("person/ID") $requirement("C3") {
  # Every value, seed and key of the subject went out of the vault with this event, in one write. What was decided stands.
  records @0 :UInt64 $class(open);       # how many sealed records went
  rows @1 :UInt64 $class(open);          # how many rows of imports became tombstones
  repeatUntil @2 :Int32 $class(open);    # last day on which the repeat rule still knows the staff number: days since 1970; 0: it does not
}

struct ErasureCertified $stream("person/ID") $requirement("C3") {
  # No live file holds anything of the subject any more, not even sealed.
  erased @0 :UInt64 $class(open);        # 1 + the position of PersonErased
  keyVersion @1 :UInt32 $class(open);    # the wrapping key that is in force; all before it are destroyed
  backupHorizon @2 :Int32 $class(open);  # the last day on which a backup of the keys may still hold theirs: days since 1970
}

struct HoldPlaced $stream("person/ID") $requirement("C3") {
  # The subject's data may be kept, and not used, until the hold is lifted.
  reason @0 :Text $class(review) $owner(subject);     # why
}

struct HoldLifted $stream("person/ID") $requirement("C3") {
  # The subject's data may be used again.
  reason @0 :Text $class(review) $owner(subject);     # why
}

struct FormRectified $stream("application/REF") $requirement("C3 S1-22") {
  # Answers of an application were put right. Decisions already made stand; the earlier answers stay under an audit right.
  application @0 :Text $class(open);                             # the application
  programme @1 :Text $class(open);                               # the programme
  cycle @2 :Text $class(open);                                   # the cycle
  formVersion @3 :Text $class(registration) $owner(subject);     # as in ApplicationSubmitted, whole
  commitment @4 :Text $class(registration) $owner(subject);      # as in ApplicationSubmitted
  languages @5 :Text $class(registration) $owner(subject);       # as in ApplicationSubmitted
  timeZone @6 :Text $class(registration) $owner(subject);        # as in ApplicationSubmitted
  motivation @7 :Text $class(registration) $owner(subject);      # as in ApplicationSubmitted
  reason @8 :Text $class(review) $owner(subject);                # why
}

struct WrappingKeyChanged $stream("book/NAME") $requirement("C3") {
  # The keys of all owners were wrapped anew, and the wrapping key before was destroyed. No event and no value changed.
  retired @0 :UInt32 $class(open);   # the version that is gone
  version @1 :UInt32 $class(open);   # the version in force
  owners @2 :UInt64 $class(open);    # how many keys were wrapped anew
}

struct CohortExpired $stream("cycle/PROGRAMME/CYCLE") $requirement("C3") {
  # What only the cycle's statistics used went out of the vault: values, seeds and the cohort's key.
  programme @0 :Text $class(open);   # the programme's short name
  cycle @1 :Text $class(open);       # the cycle's name within the programme
  records @2 :UInt64 $class(open);   # how many sealed records went
}

struct LooksExpired $stream("book/NAME") $requirement("C3 C4") {
  # Entries of the access book were dropped because they were older than the policy keeps them. Their hashes stay, so that
  # the rest can still be checked. Of the access book only.
  through @0 :UInt64 $class(open);   # entries before this position are gone: whole bundles
  keptDays @1 :UInt32 $class(open);  # what the policy says: how many days a look is kept
}
