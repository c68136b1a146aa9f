import type { CheerioAPI } from 'cheerio';
import type { default as TurndownService } from 'turndown';
import { cleanText } from './plainText.ts';

let service: Promise<TurndownService> | undefined;

/**
 * The readable text of an HTML page as plain Markdown: headings, lists, quotes and table rows stay; scripts, styles,
 * images, link targets and emphasis go, because they are noise in a sentence that will be quoted or learned.
 */
export async function htmlToMarkdown($: CheerioAPI): Promise<string> {
  $('script, style, noscript, template, iframe, object, embed, svg, canvas, form, head, nav, [hidden]').remove();
  tablesToParagraphs($);
  service ??= createService();
  const markdown = (await service).turndown($('body').html() ?? $.html());
  return cleanText(markdown)
    .replace(/\u00ad/g, '')
    .replace(/[ \t\u00a0]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A row of figures becomes one line, `Tern | 34`; a cell that is a text of its own (page layout by table) stays one. */
function tablesToParagraphs($: CheerioAPI): void {
  // Innermost first, so that the rows found are always the table's own.
  for (const table of $('table').get().reverse()) {
    const block = $('<div></div>').append($('<p></p>').text($(table).find('caption').text().trim()));
    for (const row of $(table).find('tr').get()) {
      const cells = $(row).children('td, th');
      const texts = cells.get().some((cell) => $(cell).find('p, div, li, h1, h2, h3, h4, h5, h6').length > 1);
      if (texts) for (const cell of cells.get()) block.append($('<div></div>').append($(cell).contents()));
      else {
        const line = cells.get().map((cell) => $(cell).text().replace(/\s+/g, ' ').trim());
        block.append($('<p></p>').text(line.filter(Boolean).join(' | ')));
      }
    }
    $(table).replaceWith(block);
  }
}

async function createService(): Promise<TurndownService> {
  const { default: Turndown } = await import('turndown');
  const turndown = new Turndown({ headingStyle: 'atx', bulletListMarker: '-', codeBlockStyle: 'fenced', hr: '* * *' });
  turndown.escape = (text) => text;
  turndown.addRule('text of links and emphasis', {
    filter: ['a', 'em', 'i', 'strong', 'b'],
    replacement: (content) => content,
  });
  turndown.remove(['img', 'picture', 'video', 'audio']);
  return turndown;
}
