// Statuses that take more than a wrong request: bytes that no client sends, a service that lets few requests in, a full disk. And which of the
// document's are never seen.
'use strict';
const { json, send, send_raw } = require('./http.js');

// Listed, and provoked nowhere here.
const kElsewhere = new Map([
  [303, 'it takes a provider of sign-ins, which oidc_peer has'],
  [500, 'nothing from outside leads to a fault of our own'],
]);

const kRequestsMost = 200; // until a service that lets few in says so

// What is refused by its bytes.
async function problems_of_bytes(exchanges, schemas) {
  const port = exchanges.ports.daybookd;
  const raw = (line, more = '') => send_raw(port, `${line}\r\nHost: 127.0.0.1:${port}\r\n${more}\r\n`);
  const held = async (method, path, answer, status, problem) => exchanges.hold(method, path, answer, { status, problem });
  await held('POST', '/v1/find', await raw('POST /v1/find HTTP/1.1', 'Content-Type: application/json\r\n'), 411, 'length-required');
  await held('POST', '/v1/find', await raw('POST /v1/find HTTP/1.1', 'Content-Length: 99999999\r\n'), 413, 'body-too-large');
  await held('GET', '/v1/programmes', await raw('GET /v1/programmes HTTP/1.0'), 505, 'version-not-supported');
  // Of no operation, so that Prism has nothing to hold them against: the form is that of every problem.
  for (const [method, status, problem] of [['BREW', 501, 'unknown-method'], ['DELETE', 405, 'method-not-allowed']]) {
    const answer = await raw(`${method} /v1/programmes HTTP/1.1`);
    exchanges.judge(method, '/v1/programmes', answer, { status, problem });
    const fault = schemas.fault('Problem404', { ...json(answer), type: '/problems/not-found', title: 'There is nothing here', status: 404 });
    exchanges.checks.that(`${method}: the form of the problem`, !fault && json(answer).status === status, `${fault}: ${answer.body}`);
  }
}

// A service whose disk is full, and which lets few requests in.
async function problems_of_little_room(exchanges, port, name, code) {
  const like = { method: 'POST', path: '/v1/commands/role-grant' };
  const ask = (as, path, body, headers) => send(port, exchanges.request(as, 'POST', path, { body, headers }, port));
  const signed_in = await ask({}, '/v1/sign-in/demo', { code });
  const as = { cookie: String(signed_in.headers['set-cookie']).split(';')[0], role: 'administrator' };
  const full = await ask(as, like.path, { person: name, role: 'auditor', reason: 'a test' }, { 'idempotency-key': '"full"' });
  await exchanges.hold(like.method, like.path, full, { status: 507, problem: 'full' });
  let answer;
  for (let n = 0; n < kRequestsMost && answer?.status !== 429; ++n) answer = await send(port, { method: 'GET', path: '/v1/programmes' });
  await exchanges.hold('GET', '/v1/programmes', answer, { status: 429, problem: 'too-many-requests' });
}

// Every status that the document lists was an answer, but for those that have a reason not to.
function every_status_is_seen(document, exchanges, checks) {
  const listed = new Set(document.operations.flatMap((one) => Object.keys(one.responses).map(Number)));
  for (const status of listed) {
    const [seen, reason] = [exchanges.statuses.has(status), kElsewhere.get(status)];
    checks.that(`the status ${status}`, seen === (reason === undefined), seen ? `it is seen, though ${reason}` : 'it is listed, and no answer has it');
  }
}

module.exports = { problems_of_bytes, problems_of_little_room, every_status_is_seen };
