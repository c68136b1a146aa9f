/** What a panel's page needs from its webview. */
export interface PageParts {
  readonly nonce: string;
  readonly cspSource: string;
  readonly script: string;
  readonly styles: readonly string[];
  readonly title: string;
  readonly loading: string;
  /** BCP 47 tag of the editor's language. */
  readonly language: string;
}

/**
 * A panel's page under a strict policy: no inline script or style without the nonce, nothing from
 * elsewhere, no connection. The `csp-nonce` property is where the toolkit finds the nonce for its own style element.
 * `window`'s errors reach the console; nothing of the project is in this text.
 */
export function pageDocument({ nonce, cspSource, script, styles, title, loading, language }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta property="csp-nonce" content="${attribute(nonce)}">
<title>${attribute(title)}</title>
<style nonce="${attribute(nonce)}">
body { background: var(--vscode-editor-background); color: var(--vscode-editor-foreground); }
#loading { padding: 2em; }
</style>
${styles.map((style) => `<link rel="stylesheet" nonce="${attribute(nonce)}" href="${attribute(style)}">`).join('\n')}
</head>
<body>
<main id="app"><p id="loading" role="status">${attribute(loading)}</p></main>
<script type="module" nonce="${attribute(nonce)}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
