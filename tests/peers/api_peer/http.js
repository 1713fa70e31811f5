// A request and its answer, whole, and nothing beside what was said: no field is added but Host, Connection and Content-Length.
'use strict';
const http = require('node:http');

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

const is_json = (answer) => /^application\/(problem\+)?json$/.test(answer.type);
const json = (answer) => JSON.parse(answer.body.toString('utf8'));

module.exports = { send, is_json, json };
