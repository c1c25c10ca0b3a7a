/** Collects everything that a healthy page never does: it asks nobody else, breaks no policy and logs no error. */
export class Complaints {
  all = [];

  /** Watches all pages of a browser, workers included; call it before the first page is opened. */
  static async of(browser, host) {
    const complaints = new Complaints();
    browser.on('request', (request) => complaints.checkAddress(request.url(), host));
    browser.on('requestfailed', (request) => {
      // Stopping a subscription breaks its request off, and nothing else may.
      const stopped = request.url().endsWith('/graphql/sse') && request.failure()?.errorText === 'net::ERR_ABORTED';
      if (!stopped) complaints.add('failed request', request.url());
    });
    browser.on('response', (response) => complaints.checkAnswer(response));
    browser.on('console', (message) => complaints.checkMessage(message));
    browser.on('weberror', (error) => complaints.add('uncaught error', error.error()));
    await complaints.watchPolicy(browser);
    return complaints;
  }

  add(kind, what) {
    this.all.push(`${kind}: ${what}`);
  }

  /** `data:` and `blob:` stay inside the browser; the policy decides about those. */
  checkAddress(address, host) {
    const { host: asked, protocol } = new URL(address);
    if (!['data:', 'blob:'].includes(protocol) && asked !== host) this.add('foreign host', address);
  }

  checkAnswer(response) {
    if (response.status() >= 400) this.add(`status ${response.status()}`, response.url());
  }

  /** Warnings count as well: a missing worker or a formatter that does not load is no more than that. */
  checkMessage(message) {
    if (['error', 'warning'].includes(message.type())) this.add('console', message.text());
  }

  /** The event also tells of violations that the console leaves out. */
  async watchPolicy(browser) {
    await browser.exposeFunction('reportPolicyViolation', (what) => this.add('policy', what));
    await browser.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        window.reportPolicyViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
      });
    });
  }
}
