// Requests through Prism, which holds each and its answer against the document; and those that Prism would not let through, whose answer it is
// given all the same.
'use strict';
const { is_json, json, send } = require('./http.js');

const kPrism = 'https://stoplight.io/prism/errors#';

class Exchanges {
  // `ports`: of prism, between and daybookd.
  constructor(document, ports, between, checks) {
    Object.assign(this, { document, ports, between, checks });
    this.seen = new Map(); // operation and status -> { operation, answer }
    this.statuses = new Set(); // of all answers
    this.key = 0;
  }

  // `as`: { cookie, role, purpose }. Fields that are given count more.
  fields(as, method, given, port) {
    const all = {};
    if (as.cookie) all.cookie = as.cookie;
    if (as.role) all['daybook-role'] = as.role;
    if (as.role) all['daybook-purpose'] = as.purpose ?? 'a test';
    if (method === 'POST') {
      Object.assign(all, { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin', 'daybook-console': '1' });
    }
    Object.assign(all, given);
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    return all;
  }

  request(as, method, path, { body, headers = {} }, port) {
    const typed = body === undefined ? headers : { 'content-type': 'application/json', ...headers };
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return { method, path, headers: this.fields(as, method, typed, port), body: text };
  }

  // A request that the document allows. `want`: { status (one, or several), problem, body, headers }.
  async ask(as, method, path, want = {}) {
    this.between.instead = undefined;
    const told = await send(this.ports.prism, this.request(as, method, path, want, this.ports.between));
    const answer = { ...this.between.newest };
    if (prism_says(told)) this.checks.fail(`${method} ${path}: Prism objects: ${told.body}`);
    else this.judge(method, path, answer, want);
    return answer;
  }

  // One that it does not allow: to daybookd itself; then Prism is given the answer.
  async ask_wrongly(as, method, path, want) {
    return this.hold(method, path, await send(this.ports.daybookd, this.request(as, method, path, want, this.ports.daybookd)), want);
  }

  // An answer that came by another way: Prism is given it.
  async hold(method, path, answer, want) {
    const operation = this.document.find(want.like?.method ?? method, want.like?.path ?? path);
    const told = await this.replay(operation, answer);
    if (prism_says(told)) this.checks.fail(`${method} ${path}: Prism objects: ${told.body}`);
    this.judge(method, path, answer, want);
    return answer;
  }

  // What Prism says of an answer to an operation.
  async replay(operation, answer) {
    this.between.instead = answer;
    const told = await send(this.ports.prism, this.document.allowed(operation));
    this.between.instead = undefined;
    return told;
  }

  judge(method, path, answer, { status = 200, problem, like }) {
    const operation = this.document.find(like?.method ?? method, like?.path ?? path);
    const found = `${answer.status} ${answer.type} ${answer.body.toString('utf8').slice(0, 300)}`;
    this.checks.that(`${method} ${path}`, [status].flat().includes(answer.status), `found ${found}, want ${[status].flat().join(' or ')}`);
    if (problem) this.checks.that(`${method} ${path}`, json(answer).type === `/problems/${problem}`, `found ${found}, want ${problem}`);
    this.statuses.add(answer.status);
    if (!operation) return;
    this.checks.that(`${method} ${path}`, String(answer.status) in operation.responses, `${answer.status} is not one of its statuses`);
    const key = `${operation.name} ${answer.status}`;
    const known = this.seen.get(key);
    if (is_json(answer) && (!known || known.answer.body.length < answer.body.length)) this.seen.set(key, { operation, answer });
  }

  async command(as, action, body, want = {}) {
    const headers = { 'idempotency-key': `"${++this.key} of the test"`, ...want.headers };
    const answer = await this.ask(as, 'POST', `/v1/commands/${action}`, { status: [200, 403, 409], ...want, body, headers });
    return { status: answer.status, ...json(answer) };
  }
}

// Whether it is Prism's own answer.
const prism_says = (answer) => is_json(answer) && String(json(answer).type).startsWith(kPrism);
// ... which says that the upstream's answer is not as the document has it.
const prism_objects = (answer) => is_json(answer) && json(answer).type === `${kPrism}VIOLATIONS`;

module.exports = { Exchanges, prism_says, prism_objects };
