/**
 * Text for a notification without live links. VS Code turns `[text](command:…)` in a message into a link that runs a
 * command when clicked; project names, document titles and server messages are written by strangers. Pure.
 */
export function plainNotice(text: string): string {
  return text.replace(/\]\(/g, '] (');
}
