import type { ConsoleMessage, Page } from 'playwright-core';

// Reports that are known, harmless and not ours to fix. The workbench's own console is not judged at all.
const allowed: readonly { readonly text: RegExp; readonly why: string }[] = [
  { text: /service-worker\.js/, why: 'VS Code: the webview service worker has a 404 of its own' },
  {
    text: /Applying inline style violates.*\(observable-plot\)/,
    why: 'Observable Plot puts two <style> elements into its SVG; our own sheet replaces them',
  },
];

/** Collects what webview pages report as errors: console errors, CSP violations, uncaught exceptions. */
export class ConsoleHealth {
  #errors: string[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      if (message.type() === 'error' && isFromWebview(message)) this.#note(message.text());
    });
    page.on('pageerror', (error) => {
      if (/vscode-cdn\.net|vscode-webview/.test(error.stack ?? '')) this.#note(error.stack ?? error.message);
    });
  }

  /** Errors since the last call. */
  take(): string[] {
    const errors = this.#errors;
    this.#errors = [];
    return errors;
  }

  #note(text: string): void {
    if (!allowed.some((report) => report.text.test(text))) this.#errors.push(text);
  }
}

/** Webview documents and their files are served from `https://<hash>.vscode-cdn.net` and `vscode-webview:`. */
function isFromWebview(message: ConsoleMessage): boolean {
  return /vscode-cdn\.net|^vscode-webview:/.test(message.location().url);
}
