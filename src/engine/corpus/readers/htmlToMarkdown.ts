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
  $('tr').each((_, row) => {
    const cells = $(row)
      .children('td, th')
      .map((_, cell) => $(cell).text().replace(/\s+/g, ' ').trim())
      .get();
    if (cells.length > 0) $(row).replaceWith($('<p></p>').text(cells.join(' | ')));
  });
  $('table').each((_, table) => {
    // Rows are paragraphs now; inside table elements a second parse would throw them out.
    $(table).replaceWith($('<div></div>').append($(table).find('caption, p')));
  });
  service ??= createService();
  const markdown = (await service).turndown($('body').html() ?? $.html());
  return cleanText(markdown)
    .replace(/\u00ad/g, '')
    .replace(/[ \t\u00a0]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
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
