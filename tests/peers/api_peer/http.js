// A request and its answer, whole, and nothing beside what was said: no field is added but Host, Connection and Content-Length.
'use strict';
const http = require('node:http');
const net = require('node:net');

const kRawWait = 20000; // milliseconds

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

// Gives { status, type, headers, body } of `request`: { method, path, headers, body }. A body is a text.
function send(port, { method, path, headers = {}, body }) {
  const fields = { ...headers };
  if (body !== undefined || method === 'POST') fields['content-length'] = Buffer.byteLength(body ?? '');
  return new Promise((resolve, reject) => {
    const asked = http.request({ host: '127.0.0.1', port, method, path, headers: fields, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const type = (answer.headers['content-type'] ?? '').split(';')[0];
        resolve({ status: answer.statusCode, type, headers: answer.headers, body: Buffer.concat(parts) });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

// The answer to `bytes`, after which the service closes the connection or is left.
function send_raw(port, bytes) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(kRawWait, () => socket.destroy(new Error('no answer')));
    socket.on('data', (part) => {
      parts.push(part);
      const answer = answer_in(Buffer.concat(parts));
      if (answer) socket.destroy();
      if (answer) resolve(answer);
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the connection ended without an answer')));
  });
}

// Undefined: it is not whole yet.
function answer_in(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const body = bytes.subarray(end + 4);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  return { status: Number(first.split(' ')[1]), type: (headers['content-type'] ?? '').split(';')[0], headers, body };
}

const is_json = (answer) => /^application\/(problem\+)?json$/.test(answer.type);
const json = (answer) => JSON.parse(answer.body.toString('utf8'));

module.exports = { send, send_raw, is_json, json };
