// The frames of the feed against the document's schemas of them. Prism waits for the end of an answer, which a feed has not.
'use strict';
const http = require('node:http');

const kFrames = 500; // of each reader, from the first event on
const kWait = 20000; // milliseconds

const schema_of = (name) => `Feed${name[0].toUpperCase()}${name.slice(1)}`;

// { id, event, data } of a frame; undefined: a comment.
function frame_in(text) {
  const fields = Object.fromEntries(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return fields.data === undefined ? undefined : fields;
}

// The first frames of a feed, at most `most`; fewer only where it ends, or says nothing more for a while.
function read_frames(port, path, headers, most) {
  return new Promise((resolve, reject) => {
    let text = '';
    const frames = () => text.split('\n\n').slice(0, -1).map(frame_in).filter((one) => one).slice(0, most);
    const asked = http.get({ host: '127.0.0.1', port, path, headers }, (answer) => {
      const done = () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], frames: frames() });
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        text += part;
        if (frames().length >= most) answer.destroy();
      });
      answer.on('error', done);
      answer.on('close', done);
    });
    asked.setTimeout(kWait, () => asked.destroy(new Error('the feed says nothing')));
    asked.on('error', reject);
  });
}

async function read_feed(exchanges, as, schemas, checks) {
  const port = exchanges.ports.daybookd;
  const { status, type, frames } = await read_frames(port, '/v1/feed?from=0', exchanges.fields(as, 'GET', {}, port), kFrames);
  const who = `the feed of a ${as.role}`;
  checks.that(who, status === 200 && type === 'text/event-stream', `found ${status} ${type}`);
  checks.that(who, frames.length === kFrames && frames[0].event === 'begin', `found ${frames.length} frames, the first ${frames[0]?.event}`);
  frames.forEach(({ id, event, data }, n) => {
    const told = JSON.parse(data);
    const fault = schemas.fault(schema_of(event), told);
    checks.that(`${who}: ${event} ${data}`, !fault, fault);
    checks.that(`${who}: ${event} ${data} and a member "unknown"`, schemas.fault(schema_of(event), { ...told, unknown: 1 }), 'it is passed');
    if (n > 0) checks.that(`${who}: the place of ${data}`, told.position === n - 1 && Number(id) === n - 1, `found id ${id} as the frame ${n}`);
  });
  exchanges.statuses.add(status);
  return new Set(frames.map((one) => one.event));
}

// `readers`: one who may be told of most events, and one of few.
async function feeds(exchanges, readers, schemas, checks) {
  const seen = new Set();
  for (const reader of readers) for (const name of await read_feed(exchanges, reader, schemas, checks)) seen.add(name);
  const never = ['begin', 'recorded', 'position'].filter((name) => !seen.has(name));
  checks.that('every kind of frame is seen', never.length === 0, `the feed never tells ${never.join(', ')}`);
}

module.exports = { feeds };
