// The API as its clients use it: every view, every kind of command, every sort of problem, proofs.
'use strict';
const fs = require('node:fs');
const { join } = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');
const { json, send } = require('./http.js');

const kCycle = '/v1/programmes/iom-coaching/cycles/2024';
const nobody = {};

// Signs each of those in who have a code: name -> { cookie }.
async function sign_in(exchanges, codes) {
  const people = {};
  for (const [name, code] of Object.entries(codes)) {
    const answer = await exchanges.ask(nobody, 'POST', '/v1/sign-in/demo', { status: 204, body: { code } });
    people[name] = { cookie: String(answer.headers['set-cookie']).split(';')[0] };
  }
  await exchanges.ask(nobody, 'POST', '/v1/sign-in/demo', { status: 401, problem: 'sign-in-refused', body: { code: 'none' } });
  return people;
}

async function service(exchanges) {
  for (const path of ['/healthz', '/readyz', '/problems', '/v1/openapi.json', '/v1/programmes']) await exchanges.ask(nobody, 'GET', path);
  await exchanges.ask(nobody, 'GET', '/problems/nothing', { status: 404, problem: 'not-found' });
  const kept = await exchanges.ask(nobody, 'GET', '/v1/openapi.json');
  await exchanges.ask(nobody, 'GET', '/v1/openapi.json', { status: 304, headers: { 'if-none-match': kept.headers.etag } });
}

// Where each `type` of a problem leads.
async function problem_pages(exchanges) {
  const text = JSON.stringify(exchanges.document.whole);
  const names = new Set([...text.matchAll(/"\/problems\/([a-z-]+)"/g)].map((found) => found[1]));
  for (const name of names) {
    await exchanges.ask(nobody, 'GET', `/problems/${name}`);
  }
}

async function proofs(exchanges) {
  const note = (await exchanges.ask(nobody, 'GET', '/v1/checkpoint')).body.toString();
  const size = Number(note.split('\n')[1]);
  await exchanges.ask(nobody, 'GET', '/v1/tile/0/000');
  await exchanges.ask(nobody, 'GET', `/v1/tile/0/${String(Math.floor(size / 256)).padStart(3, '0')}.p/${size % 256 || 1}`, { status: [200, 404] });
  await exchanges.ask(nobody, 'GET', '/v1/tile/0/x001/234', { status: 404 });
  await exchanges.ask(nobody, 'GET', '/v1/tile/0/x001/234.p/12', { status: 404 });
  await exchanges.ask(nobody, 'GET', '/v1/tile/63/999', { status: 404, problem: 'not-found' });
  await exchanges.ask_wrongly(nobody, 'GET', '/v1/tile/entries/000', { status: 401, problem: 'sign-in-wanted' });
  await exchanges.ask(nobody, 'GET', `/v1/proof/inclusion/${size}/7`);
  await exchanges.ask(nobody, 'GET', `/v1/proof/consistency/${size}/${size}`);
  await exchanges.ask(nobody, 'GET', '/v1/proof/inclusion/1/7', { status: 404, problem: 'not-found' });
  await exchanges.ask(nobody, 'GET', `/v1/proof/consistency/${size + 1}/${size}`, { status: 404, problem: 'not-found' });
}

// Every list with its pages, as of several moments. Gives the rows of each.
async function lists(exchanges, admin) {
  const rows = {};
  for (const operation of exchanges.document.operations) {
    if (!operation.path.startsWith('/v1/programmes/{programme}/cycles/{cycle}/') || operation.path.endsWith('/stats')) continue;
    const name = operation.path.split('/').pop();
    const answer = await exchanges.ask(admin, 'GET', `${kCycle}/${name}`);
    rows[name] = json(answer).rows;
    const page = await exchanges.ask(admin, 'GET', `${kCycle}/${name}?limit=2&happened-by=2024-06-01`);
    const next = /<([^>]*)>/.exec(page.headers.link ?? '');
    if (next) await exchanges.ask(admin, 'GET', next[1]);
    const sort = exchanges.document.parameters(operation, 'query').find((one) => one.name === 'sort').schema.enum;
    for (const by of sort.slice(0, 2)) await exchanges.ask(admin, 'GET', `${kCycle}/${name}?sort=${by}&limit=3`);
  }
  await exchanges.ask(admin, 'GET', '/v1/programmes/none/cycles/none/seats', { status: 404, problem: 'not-found' });
  return rows;
}

async function things(exchanges, admin, rows) {
  const pairing = rows.pairings.find((row) => row.status === 'active');
  const coach = rows.coaches.find((row) => row.review === 'accepted').coach;
  for (const id of [rows.applications[0].ref, pairing.ref, pairing.client]) {
    await exchanges.ask(admin, 'GET', `/v1/things/${id}`);
    await exchanges.ask(admin, 'GET', `/v1/things/${id}?at=100`, { status: [200, 404] });
    await exchanges.ask(admin, 'GET', `/v1/things/${id}/explain`, { status: [200, 404] });
  }
  await exchanges.ask(admin, 'GET', kCycle);
  await exchanges.ask(admin, 'GET', `/v1/programmes/iom-coaching/coaches/${coach}`);
  await exchanges.ask(admin, 'GET', `/v1/programmes/iom-coaching/coaches/${pairing.client}`, { status: [200, 404] });
  await exchanges.ask(admin, 'POST', '/v1/find', { body: { words: [pairing.client_number] } });
  await exchanges.ask(admin, 'POST', '/v1/find', { body: { words: ['geneva', 'P4'] } });
}

// Of the books, by a staff number in a body; the next page is a GET, by the id.
async function named(exchanges, admin, person) {
  const officer = { ...admin, role: 'compliance-officer' };
  for (const [as, path, body] of [[admin, '/v1/history', { subject: person }], [officer, '/v1/access-log', { about: person }], [officer, '/v1/access-log', {}]]) {
    const first = await exchanges.ask(as, 'POST', `${path}?limit=1`, { body });
    const next = /<([^>]*)>/.exec(first.headers.link ?? '')?.[1];
    exchanges.checks.that(`${path} by name`, next?.startsWith(path) && !next.includes(`=${person}`), `found ${first.headers.link} to lead on`);
    if (next) await exchanges.ask(as, 'GET', next);
  }
}

// What has no example above: views without a path parameter, and a few whose parameter is known.
async function others(exchanges, admin, client, rows) {
  const person = rows.seats[0].person;
  for (const operation of exchanges.document.operations) {
    const told = operation.responses['200']?.content?.['application/json'];
    const plain = operation.method === 'GET' && told && !operation.path.includes('{');
    if (plain && !exchanges.seen.has(`${operation.name} 200`)) await exchanges.ask(admin, 'GET', operation.path);
  }
  const ask = async (method, path, want) => {
    if (exchanges.document.find(method, path)) await exchanges.ask(admin, method, path, want);
  };
  for (const version of ['newest', '1']) await ask('GET', `/v1/programmes/iom-coaching/charters/${version}`);
  await ask('GET', '/v1/programmes/iom-coaching/charters/99', { status: 404, problem: 'not-found' });
  await ask('GET', `/v1/history?kind=SeatGranted&limit=3`);
  await ask('GET', `/v1/history?subject=${person}`);
  const own = rows.applications.find((row) => row.person_number === client.name).person;
  if (exchanges.document.find('GET', `/v1/people/${own}/export`)) await exchanges.ask(client, 'GET', `/v1/people/${own}/export`);
  await ask('GET', `/v1/people/${person}/export`, { status: [200, 404] });
  await named(exchanges, admin, rows.seats[0].person_number);
  for (const verb of ['show', 'explain']) await ask('POST', `/v1/${verb}`, { body: { id: rows.applications[0].ref } });
}

// An import of rows that are there already, followed to its end; and exports.
async function jobs(exchanges, admin) {
  const import_of = (kind, body, want) =>
    exchanges.ask(admin, 'POST', `/v1/imports/${kind}`, { body, headers: { 'content-type': 'text/csv', 'idempotency-key': `"${kind} ${want}"` }, status: 202 });
  if (exchanges.document.find('POST', '/v1/imports/staff')) {
    for (const [body, want] of [['staff_number,name\nX,Y\n', 'malformed'], [fs.readFileSync(join(process.env.DEMO, 'coaches.csv'), 'utf8'), 'good']]) {
      const begun = json(await import_of(want === 'good' ? 'coaches' : 'staff', body, want));
      let job = begun;
      for (let n = 0; n < 100 && !['done', 'failed'].includes(job.state); ++n) {
        await wait(50);
        job = json(await exchanges.ask(admin, 'GET', `/v1/jobs/${begun.job}`));
      }
      await exchanges.ask(admin, 'GET', `/v1/jobs/${begun.job}/report`);
    }
    await exchanges.ask(admin, 'GET', '/v1/jobs/00000000000000000000000000', { status: 404, problem: 'not-found' });
  }
  for (const operation of exchanges.document.operations.filter((one) => one.path.startsWith('/v1/export/'))) {
    await exchanges.ask(admin, 'GET', operation.path.replace('{programme}', 'iom-coaching').replace('{cycle}', '2024').replace('history', 'history?since=2030-01-01'));
  }
}

async function figures(exchanges, admin) {
  await exchanges.ask(admin, 'GET', `${kCycle}/stats`);
  await exchanges.ask(admin, 'GET', `${kCycle}/stats?happened-by=2024-06-01`);
  await exchanges.ask(admin, 'GET', `${kCycle}/stats?audience=sponsor`, { status: [200, 404] });
  await exchanges.ask(nobody, 'GET', `${kCycle}/stats?audience=public`, { status: [200, 404] });
  await exchanges.ask(nobody, 'GET', `${kCycle}/stats?audience=public&edition=1`, { status: [200, 404] });
  await exchanges.ask(nobody, 'GET', `${kCycle}/stats?audience=public&at=3`, { status: 400, problem: 'wrong-parameter' });
}

async function views(exchanges, admin, client) {
  const rows = await lists(exchanges, admin);
  await things(exchanges, admin, rows);
  await figures(exchanges, admin);
  await others(exchanges, admin, client, rows);
  await jobs(exchanges, admin);
  return rows;
}

// ---- commands ----

// Roles are given by two: proposed by one, and seconded, declined or withdrawn.
async function roles(exchanges, admin, other) {
  const grant = (role) => exchanges.command(admin, 'role-grant', { person: other.name, role, reason: 'a test' }, { status: 200 });
  await grant('administrator');
  const second = { ...other, role: 'administrator' };
  const seconded = await grant('auditor');
  await exchanges.command(second, 'second', { proposal: String(seconded.first) });
  const declined = await grant('supervision-lead');
  await exchanges.command(second, 'decline', { proposal: String(declined.first), reason: 'not this year' });
  const withdrawn = await grant('line-manager');
  await exchanges.command(admin, 'withdraw', { proposal: String(withdrawn.first) });
  await exchanges.command(admin, 'role-end', { person: other.name, role: 'auditor', reason: 'a test' });
}

async function pairings(exchanges, admin, client, rows) {
  const active = rows.pairings.find((row) => row.status === 'active');
  const paired = new Set(rows.pairings.filter((row) => row.status !== 'ended').map((row) => row.client));
  const free = rows.seats.find((row) => !paired.has(row.person));
  const coaches = rows.coaches.filter((row) => row.free > 0);
  const ask = (ref, action, more) => exchanges.command(admin, action, { ref, ...more });
  const wanted = { programme: 'iom-coaching', cycle: '2024', client: free?.person_number ?? 'none', coach: coaches[0]?.coach_number ?? 'none' };
  await ask('PX1', 'request-pairing', wanted);
  await ask('PX1', 'accept-pairing');
  await ask('PX2', 'request-pairing', wanted);
  await ask('PX2', 'decline-pairing', { reason: 'no room' });
  await exchanges.command(client, 'request-own-pairing', { ref: 'PX3', ...wanted });
  await ask(active.ref, 'extend-window', { held_on: '2026-12-31', reason: 'was away' });
  await ask(active.ref, 'mark-session-missed', { session: 9, held_on: '2024-05-01' });
  await ask(active.ref, 'mark-session-done', { session: active.sessions_done + 1, held_on: '2024-05-02', minutes: '60' });
  await ask(active.ref, 'withdraw-session', { session: 1, reason: 'wrong day' });
  await ask(active.ref, 'give-feedback', { session: 1, rating: 5, comment: 'clear' });
  await ask(active.ref, 'end-pairing', { reason: 'fit' });
}

async function seats(exchanges, admin, client, rows) {
  const cycle = { programme: 'iom-coaching', cycle: '2024' };
  const application = rows.waitlist[0].ref;
  await exchanges.command(admin, 'decide', cycle);
  await exchanges.command(admin, 'decide-referral', { application, outcome: 'eligible', reason: 'leads' });
  await exchanges.command(admin, 'grant-seat', cycle);
  await exchanges.command(admin, 'offer-seat', { ...cycle, answer_by: '2030-01-01' });
  await exchanges.command(client, 'accept-offer', { application });
  await exchanges.command(client, 'decline-offer', { application, reason: 'no time' });
  await exchanges.command(client, 'grant-seat', cycle, { status: 403, problem: 'not-allowed' });
}

async function records(exchanges, admin, rows) {
  const person = rows.seats[0].person_number;
  await exchanges.command(admin, 'place-hold', { person, reason: 'contested' }, { status: 200 });
  await exchanges.command(admin, 'place-hold', { person, reason: 'contested' }, { status: [200, 409] });
  await exchanges.command(admin, 'lift-hold', { person, reason: 'settled' }, { status: 200 });
  await exchanges.command(admin, 'rectify-staff', { staff_number: person, reason: 'typo', grade: 'P4' });
  await exchanges.command(admin, 'rectify-form', { application: rows.applications[0].ref, reason: 'typo', motivation: 'two\nlines' });
  await exchanges.command(admin, 'undo-import', { batch: 'none', reason: 'a test', rows: 3 });
  await exchanges.command(admin, 'charter-add', { text: 'programme = "x"\n' });
  await exchanges.command(admin, 'place-hold', { person: 'nobody at all', reason: 'contested' }, { status: [403, 409] });
}

// What wants two, or is never taken back; where it has a route.
async function deeds(exchanges, admin, other, rows) {
  const act = async (as, action, body, want) => {
    if (exchanges.document.find('POST', `/v1/commands/${action}`)) return exchanges.command(as, action, body, want);
  };
  const glass = await act(admin, 'break-glass', { about: 'iom-coaching/2024', classes: 'session', minutes: 30, reason: 'a test', told: other.name });
  await act({ ...other, role: 'administrator' }, 'review-glass', { glass: glass?.glass ?? 'none', finding: 'proper', reason: 'a test' });
  await act(admin, 'expire-cohort', { programme: 'un-coaching', cycle: '2023-pilot' });
  await act(admin, 'erase', { person: rows.seats[2].person, reason: 'asked for it' });
  await act(admin, 'rotate-keys', {}, { status: [200, 403, 409, 503] });
}

// One key, one command; and only if nothing was recorded since.
async function once(exchanges, admin, rows) {
  const body = { person: rows.seats[1].person_number, reason: 'contested' };
  const headers = { 'idempotency-key': '"once"' };
  const first = await exchanges.command(admin, 'place-hold', body, { status: 200, headers });
  const again = await exchanges.command(admin, 'place-hold', body, { status: 200, headers });
  exchanges.checks.that('a repeated key', again.outcome === 'unchanged' && again.first === first.first, `found ${JSON.stringify(again)}`);
  await exchanges.command(admin, 'place-hold', { ...body, reason: 'another' }, { status: 422, problem: 'key-reused', headers });
  await exchanges.command(admin, 'lift-hold', body, { status: 412, problem: 'moved-on', headers: { 'if-match': '"1"' } });
  await exchanges.command(admin, 'lift-hold', body, { status: 200, headers: { 'if-match': `"${first.position}"` } });
}

async function commands(exchanges, admin, people, rows) {
  await once(exchanges, admin, rows);
  await records(exchanges, admin, rows);
  await seats(exchanges, admin, people.client, rows);
  await pairings(exchanges, admin, people.client, rows);
  await roles(exchanges, admin, people.coach);
  await deeds(exchanges, admin, people.coach, rows);
}

// ---- problems ----

async function problems_of_asking(exchanges, admin, client) {
  const seats = `${kCycle}/seats`;
  const wrong = (as, path, status, problem, headers) => exchanges.ask_wrongly(as, 'GET', path, { status, problem, headers });
  await exchanges.ask({ ...client, role: 'auditor' }, 'GET', seats, { status: 403, problem: 'role-not-held' });
  await exchanges.ask(admin, 'GET', '/v1/things/none', { status: 404, problem: 'not-found' });
  await exchanges.ask(admin, 'GET', `${seats}?cursor=none`, { status: 400, problem: 'cursor' });
  await exchanges.ask(admin, 'GET', seats, { status: 503, problem: 'behind', headers: { 'daybook-after': '999999999' } });
  await exchanges.ask(admin, 'GET', `${seats}?at=999999999`, { status: 400, problem: 'past-the-end' });
  await wrong(nobody, seats, 401, 'sign-in-wanted');
  await wrong(nobody, seats, 401, 'sign-in-refused', { authorization: 'Bearer none' });
  await wrong({ cookie: admin.cookie }, seats, 400, 'role-wanted');
  await wrong(admin, seats, 400, 'purpose-wanted', { 'daybook-purpose': undefined });
  await wrong(admin, seats, 400, 'wrong-field', { 'daybook-role': 'king' });
  await wrong(admin, seats, 400, 'wrong-field', { 'daybook-after': 'soon' });
  for (const query of ['limit=0', 'sort=none', 'nothing=1', 'limit=1&limit=2', 'at=never']) {
    await wrong(admin, `${seats}?${query}`, 400, 'wrong-parameter');
  }
}

async function problems_of_doing(exchanges, admin) {
  const path = '/v1/commands/place-hold';
  const body = { person: 'nobody', reason: 'x' };
  const headers = { 'idempotency-key': '"wrong"' };
  const wrong = (as, want) => exchanges.ask_wrongly(as, 'POST', path, { body, ...want, headers: { ...headers, ...want.headers } });
  await exchanges.ask(admin, 'POST', path, { status: 403, problem: 'cross-site', body, headers: { ...headers, origin: 'http://elsewhere.example' } });
  await wrong(nobody, { status: 401, problem: 'sign-in-wanted' });
  await wrong(admin, { status: 400, problem: 'key-wanted', headers: { 'idempotency-key': undefined } });
  await wrong(admin, { status: 400, problem: 'wrong-field', headers: { 'if-match': 'none' } });
  for (const text of ['', '{', '[]', '{"person": ["x"]}', '{"reason": "x"}', '{"person": "x", "person": "y", "reason": "x"}', '{"actor": "x"}']) {
    await wrong(admin, { status: 400, problem: 'malformed-body', body: text });
  }
  await wrong(admin, { status: 415, problem: 'unsupported-media-type', headers: { 'content-type': 'text/plain' } });
  await exchanges.ask_wrongly(admin, 'POST', '/v1/sign-out', { status: 415, body: 'x', headers: { 'content-type': 'text/plain' } });
  await exchanges.ask_wrongly(admin, 'POST', '/v1/commands/nothing', { status: 404, body, headers, like: { method: 'POST', path } });
  await exchanges.ask_wrongly(admin, 'POST', '/v1/find', { status: 400, problem: 'malformed-body', body: { words: 'x' } });
}

// What is refused before there is anybody to ask; each is an answer that any operation may give.
async function problems_of_admission(exchanges) {
  const like = { method: 'GET', path: '/v1/programmes' };
  const wrong = (path, status, problem, headers) => exchanges.ask_wrongly(nobody, 'GET', path, { status, problem, headers, like });
  await wrong('/v1/programmes%zz', 400, 'malformed-request');
  await wrong('/v1//programmes', 400, 'malformed-request');
  await wrong('/' + 'x'.repeat(5000), 414, 'target-too-long');
  await wrong('/v1/programmes', 417, 'expectation-failed', { expect: 'nothing' });
  await wrong('/v1/programmes', 421, 'unknown-host', { host: 'elsewhere.example' });
  await wrong('/v1/programmes', 431, 'head-too-large', { 'x-long': 'x'.repeat(9000) });
  const removed = await send(exchanges.ports.daybookd, { method: 'DELETE', path: '/v1/programmes' });
  exchanges.checks.that('Allow', removed.headers.allow === 'OPTIONS, GET, HEAD', `found ${removed.status} ${removed.headers.allow}`);
}

async function sign_out(exchanges, client) {
  await exchanges.ask(client, 'POST', '/v1/sign-out', { status: [200, 204] });
}

module.exports = { sign_in, service, problem_pages, proofs, views, commands, problems_of_asking, problems_of_doing, problems_of_admission, sign_out };
