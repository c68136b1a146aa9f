export interface CsvRecord {
  /** 1-based line on which the record begins. */
  line: number;
  fields: string[];
}

/**
 * Records of a CSV text (RFC 4180: quoted fields may hold separators, line breaks and doubled quotes). Blank lines are
 * left out. The separator is the first of tab, semicolon or comma that stands in the first line, in this order.
 */
export function parseCsv(source: string): CsvRecord[] {
  const firstLine = source.slice(0, source.search(/\n|$/));
  const separator = ['\t', ';', ','].find((candidate) => firstLine.includes(candidate)) ?? ',';
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let begins = 1;
  const endField = () => {
    fields.push(field);
    field = '';
  };
  const endRecord = () => {
    endField();
    if (fields.some((text) => text.trim())) records.push({ line: begins, fields });
    fields = [];
    begins = line;
  };
  for (let at = 0; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') field += character;
      else if (source.charAt(at + 1) === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && !field.trim()) {
      field = '';
      quoted = true;
    } else if (character === separator) endField();
    else if (character === '\n') endRecord();
    else if (character !== '\r') field += character;
  }
  endRecord();
  return records;
}
