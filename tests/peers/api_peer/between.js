// What stands between Prism and daybookd: passes requests on and keeps the newest answer; or gives an answer that it was told, without asking.
'use strict';
const http = require('node:http');
const { send } = require('./http.js');

const of_one_connection = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];

class Between {
  constructor(port) {
    this.port = port; // of daybookd
    this.newest = undefined;
    this.instead = undefined;
    this.server = http.createServer((request, response) => this.pass(request, response));
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.server.address().port;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  async pass(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const headers = { ...request.headers };
    for (const name of of_one_connection) delete headers[name];
    const body = parts.length > 0 ? Buffer.concat(parts).toString('utf8') : undefined;
    try {
      this.newest = this.instead ?? (await send(this.port, { method: request.method, path: request.url, headers, body }));
    } catch (error) {
      this.newest = { status: 502, headers: {}, body: Buffer.from(String(error)) };
    }
    const given = Object.entries(this.newest.headers).filter(([name]) => !of_one_connection.includes(name));
    response.writeHead(this.newest.status, Object.fromEntries(given));
    response.end(this.newest.body);
  }
}

module.exports = { Between };
