// As much of a browser as signing in takes: a jar of cookies for each origin, and going where it is sent.
export class Browser {
  jars = new Map();
  seen = []; // everything that it was given to see: heads and bodies

  jar(url) {
    const { origin } = new URL(url);
    if (!this.jars.has(origin)) this.jars.set(origin, new Map());
    return this.jars.get(origin);
  }

  // One request. The answer: status, headers, body, and `sets`: the cookies as they were set.
  async ask(url, { method = 'GET', headers = {}, body } = {}) {
    const jar = this.jar(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { method, body, redirect: 'manual', headers: { ...headers, ...(cookie && { cookie }) } });
    const sets = answer.headers.getSetCookie();
    for (const set of sets) {
      const [pair, ...attributes] = set.split(';').map((part) => part.trim());
      const equals = pair.indexOf('=');
      const over = attributes.some((attribute) => /^max-age=0$/i.test(attribute) || (/^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) < Date.now()));
      if (over) jar.delete(pair.slice(0, equals));
      else jar.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const text = await answer.text();
    const location = answer.headers.get('location');
    this.seen.push(text, ...[...answer.headers].flat());
    return { status: answer.status, headers: answer.headers, text, sets, location: location && new URL(location, url).href };
  }

  // Goes where it is sent until that is below `end`, and gives that address.
  async follow(url, end) {
    for (let step = 0; step < 12; ++step) {
      if (url.startsWith(end)) return url;
      const answer = await this.ask(url);
      if (!answer.location) throw new Error(`${url}: found status ${answer.status} and no way on: ${answer.text.slice(0, 300)}`);
      url = answer.location;
    }
    throw new Error(`${url}: sent from one to the next without end`);
  }

  // As a script of the console does.
  send(url, body, more = {}) {
    const headers = { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin', 'daybook-console': '1', ...more };
    if (body) headers['content-type'] = 'application/json';
    return this.ask(url, { method: 'POST', headers, body });
  }

  // The form of a page, with all that is hidden in it; `more`: the button that is pressed.
  submit(page, url, more) {
    const action = page.match(/<form[^>]*action="([^"]*)"/)[1].replaceAll('&amp;', '&');
    const form = new URLSearchParams(more);
    for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) form.set(name, value);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.ask(new URL(action, url).href, { method: 'POST', headers, body: form.toString() });
  }
}
